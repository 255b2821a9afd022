//! The console as it is: the program `aduana console` over a stack on the local AWS.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use xtask::aws::REGION;
use xtask::folders::Folders;

use crate::browser::Browser;
use crate::stack::Stack;

/// A console that runs until it is dropped.
pub(crate) struct Program {
    child: Child,
    window_update: String,
    /// Held open: a program that writes into a closed pipe ends.
    _output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts it for this stack.
    pub(crate) fn start(stack: &Stack) -> Self {
        let mut aduana = Command::new(Folders::find().target().join("debug/aduana"));
        aduana.args(["console", "--no-open"]).env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
        aduana.env("AWS_ENDPOINT_URL", stack.aws.endpoint()).env("AWS_REGION", REGION);
        aduana.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        aduana.env("ADUANA_PREFIX", &stack.prefix).env("NO_COLOR", "1");
        let started = aduana.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = started.expect("aduana runs: `cargo xtask build --dev` builds it");
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut window_update = String::new();
        output.read_line(&mut window_update).unwrap();
        let window_update = window_update.trim().to_owned();
        assert!(window_update.contains("?token="), "the program prints its address: {window_update:?}");
        Self { child, window_update, _output: output }
    }

    /// A browser that was let in by the URL that the program prints.
    pub(crate) fn browser(&self, languages: &str) -> Browser {
        let browser = Browser::open(languages);
        browser.go(&self.window_update);
        browser
    }

    /// A page's address.
    pub(crate) fn at(&self, path: &str) -> String {
        let (base, _) = self.window_update.split_once("/?").unwrap();
        format!("{base}{path}")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
