//! A chromedriver of one test's own, and the browser that it drives, by W3C WebDriver.
//!
//! WebDriver is JSON over HTTP, and the calls that these tests need are few: a library would bring more than it saves.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use xtask::browser::Programs;

/// Longer than any call takes on a slow machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// It takes a port that is free for IPv6, and ends if the same is not free for IPv4.
const TRIES: usize = 20;

/// How many browsers this program has started.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A call that was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// What it is, such as `no such element`.
    pub(super) code: String,
    pub(super) message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// A session. Both programs end with it.
pub(super) struct Driver {
    agent: Agent,
    address: String,
    session: String,
    program: Child,
    /// Held open: a program that writes into a closed pipe ends.
    _output: BufReader<ChildStdout>,
    profile: PathBuf,
}

impl Driver {
    /// A new browser with an empty profile, which prefers `languages`.
    pub(super) fn start(languages: &str) -> Self {
        let programs = Programs::find().unwrap_or_else(|failure| panic!("{failure}"));
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let profile = format!("browser-{}-{number}", std::process::id());
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(profile);
        fs::create_dir_all(&profile).unwrap();

        let (program, output, port) = (0..TRIES)
            .find_map(|_| listening(&programs, &profile))
            .expect("chromedriver starts: what it said is above");
        let config = Agent::config_builder().proxy(None).http_status_as_error(false);
        let agent = config.timeout_global(Some(PATIENCE)).build().into();
        let address = format!("http://127.0.0.1:{port}");
        let mut driver = Self { agent, address, session: String::new(), program, _output: output, profile };
        driver.open(&programs, languages);
        driver
    }

    fn open(&mut self, programs: &Programs, languages: &str) {
        let profile = self.profile.join("profile");
        let mut flags = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-lcd-text".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-sync".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--no-first-run".to_owned(),
            "--no-proxy-server".to_owned(),
            format!("--accept-lang={languages}"),
            format!("--user-data-dir={}", profile.display()),
        ];
        if xtask::browser::is_root() {
            flags.push("--no-sandbox".to_owned());
        }
        let capabilities = json!({
            "pageLoadStrategy": "normal",
            // A dialog that a script opens stays, and fails whatever is called next.
            "unhandledPromptBehavior": "ignore",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "binary": programs.chromium, "args": flags },
        });
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let opened = self.call("POST", "/session", &body).unwrap_or_else(|refusal| panic!("{refusal}"));
        self.session = format!("/session/{}", opened["sessionId"].as_str().unwrap());
    }

    /// Sends a command to the browser.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        self.call("POST", &format!("{}{path}", self.session), body)
    }

    /// Asks the browser.
    pub(super) fn get(&self, path: &str) -> Result<Value, Refusal> {
        self.call("GET", &format!("{}{path}", self.session), &Value::Null)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value, Refusal> {
        let address = format!("{}{path}", self.address);
        let sent = match method {
            "POST" => self.agent.post(&address).content_type("application/json").send(body.to_string()),
            "DELETE" => self.agent.delete(&address).call(),
            _ => self.agent.get(&address).call(),
        };
        let mut reply = sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let text = reply.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
        #[expect(clippy::disallowed_methods, reason = "an answer of the driver, not an invoice")]
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        let value = answer["value"].take();
        if reply.status().is_success() {
            return Ok(value);
        }
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Err(Refusal { code: text("error"), message: text("message") })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let address = format!("{}{}", self.address, self.session);
            self.agent.delete(&address).call().ok();
        }
        self.program.kill().ok();
        self.program.wait().ok();
        fs::remove_dir_all(&self.profile).ok();
    }
}

/// A chromedriver, what it says, and the port that it is at; `None` if it ends instead.
fn listening(programs: &Programs, home: &Path) -> Option<(Child, BufReader<ChildStdout>, u16)> {
    let mut driver = Command::new(&programs.chromedriver);
    // Only what is said here is heeded: no settings of the user's, no display.
    driver.args(["--port=0", "--log-level=WARNING"]).env("HOME", home).env_remove("DISPLAY");
    let mut program = driver.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("chromedriver runs");
    let mut output = BufReader::new(program.stdout.take().unwrap());
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if let Some((_, port)) = line.trim_end().rsplit_once("started successfully on port ") {
            let port = port.trim_end_matches('.').parse().unwrap();
            return Some((program, output, port));
        }
        line.clear();
    }
    program.wait().unwrap();
    None
}
