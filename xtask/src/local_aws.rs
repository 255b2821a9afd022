//! A local AWS as a process of its own: MiniStack, on a free port, for this machine only, in a folder under `.aduana/`.
//!
//! What it holds lives as long as it runs.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::aws::Aws;
use crate::failure::{Doing, Failure};
use crate::folders::Folders;

/// The port that people expect an AWS on their machine at, if it is free.
const USUAL_PORT: u16 = 4566;
const START: Duration = Duration::from_mins(1);
const STOP: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);

/// How long it is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Until it is stopped, on the usual port where possible.
    UntilStopped,
    /// As long as this command, Ctrl-C included, on any port.
    ThisCommand,
}

/// A running local AWS.
#[derive(Debug)]
pub struct LocalAws {
    folder: PathBuf,
    pid: u32,
    port: u16,
    child: Option<Child>,
}

impl LocalAws {
    /// The one that runs in `.aduana/<name>`, if any does.
    pub fn find(folders: &Folders, name: &str) -> Option<Self> {
        let folder = folders.private().join(name);
        let text = fs::read_to_string(folder.join("running")).ok()?;
        let (pid, port) = text.trim().split_once(' ')?;
        let found = Self { folder, pid: pid.parse().ok()?, port: port.parse().ok()?, child: None };
        found.is_alive().then_some(found)
    }

    /// Starts one in `.aduana/<name>` with the programs in `bin`, empty.
    pub fn start(folders: &Folders, name: &str, bin: &Path, life: Life) -> Result<Self, Failure> {
        let folder = folders.private().join(name);
        let what = || format!("start the local AWS in {}", folders.shown(&folder));
        if let Some(old) = Self::find(folders, name) {
            old.stop()?;
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).doing(what)?;
        }
        for inner in ["home", "tmp"] {
            fs::create_dir_all(folder.join(inner)).doing(what)?;
        }
        let port = free_port(life).doing(what)?;
        let log = File::create(folder.join("log")).doing(what)?;
        let mut command = Command::new(bin.join("python"));
        command.args(["-m", "ministack"]).current_dir(&folder).stdin(Stdio::null());
        command.stdout(log.try_clone().doing(what)?).stderr(log);
        surroundings(&mut command, &folder, port);
        if life == Life::UntilStopped {
            apart(&mut command);
        }
        let child = command.spawn().doing(what)?;
        let mut started = Self { pid: child.id(), port, child: Some(child), folder: folder.clone() };
        started.write_down().doing(what)?;
        started.wait_until_ready()?;
        Ok(started)
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A client for it.
    pub fn aws(&self) -> Aws {
        Aws::at(&self.endpoint())
    }

    /// What it says, function logs included.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Ends it, and what it started. Its log stays.
    pub fn stop(mut self) -> Result<(), Failure> {
        let what = || format!("stop the local AWS (process {})", self.pid);
        for (signal, patience) in [("-TERM", STOP), ("-KILL", STOP)] {
            let killed =
                Command::new("kill").args([signal, &self.pid.to_string()]).stderr(Stdio::null()).status();
            killed.doing(what)?;
            let deadline = Instant::now() + patience;
            while Instant::now() < deadline {
                let ended = match &mut self.child {
                    // Our own child stays in the list of processes until somebody asks how it ended.
                    Some(child) => child.try_wait().doing(|| "wait for the local AWS".to_owned())?.is_some(),
                    None => !self.is_alive(),
                };
                if ended {
                    for left in ["running", "home", "tmp"].map(|name| self.folder.join(name)) {
                        // A worker's last file may come and go meanwhile; the next start clears the folder.
                        if left.is_dir() { fs::remove_dir_all(&left) } else { fs::remove_file(&left) }.ok();
                    }
                    return Ok(());
                }
                sleep(POLL);
            }
        }
        Err(Failure::to(format!("stop the local AWS (process {})", self.pid)).because("it does not end"))
    }

    fn write_down(&self) -> std::io::Result<()> {
        fs::write(self.folder.join("running"), format!("{} {}\n", self.pid, self.port))
    }

    /// Whether the process is there, and is what we think it is: numbers of processes are used again.
    fn is_alive(&self) -> bool {
        let pid = self.pid.to_string();
        let output = Command::new("ps").args(["-o", "stat=", "-o", "command=", "-p", &pid]).output();
        output.is_ok_and(|output| {
            let line = String::from_utf8_lossy(&output.stdout);
            line.contains("ministack") && !line.trim_start().starts_with('Z')
        })
    }

    fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + START;
        let reason = loop {
            if self.aws().queue_url("none").is_err_and(|error| !error.is_no_answer()) {
                return Ok(());
            }
            match self.child.as_mut().map(Child::try_wait) {
                Some(Ok(Some(status))) => break format!("it ended ({status})"),
                _ if Instant::now() > deadline => break "it does not answer".to_owned(),
                _ => sleep(POLL),
            }
        };
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let from = log.len().saturating_sub(2000);
        let end = log.get(from..).unwrap_or(&log);
        if let Some(child) = &mut self.child {
            child.kill().and_then(|()| child.wait()).ok();
        }
        Err(Failure::to(format!("start the local AWS on port {}", self.port))
            .because(format!("{reason}; the end of its log:\n{end}"))
            .help("if its installation is broken, remove .aduana and try again"))
    }
}

/// Its environment: nothing of the user's that would lead the functions, which inherit it, to a real AWS.
fn surroundings(command: &mut Command, folder: &Path, port: u16) {
    command.env_clear();
    for name in ["PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("HOME", folder.join("home"))
        .env("TMPDIR", folder.join("tmp"))
        .env("S3_DATA_DIR", folder.join("tmp/s3"))
        .env("STATE_DIR", folder.join("tmp/state"))
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        // Otherwise it opens one more port, to all the world.
        .env("IOT_MTLS_ENABLED", "0")
        .env("PYTHONUNBUFFERED", "1");
}

/// Ctrl-C in the terminal ends this command, not the local AWS that it leaves running.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}

/// A port that nobody listens at. Somebody may take it before the local AWS does, which then says so.
fn free_port(life: Life) -> std::io::Result<u16> {
    if life == Life::UntilStopped && TcpListener::bind(("127.0.0.1", USUAL_PORT)).is_ok() {
        return Ok(USUAL_PORT);
    }
    any_port()
}

/// A port of this machine that nobody listens at.
pub(crate) fn any_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
