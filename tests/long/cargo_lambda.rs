//! `cargo lambda watch` and `invoke`, as CONTRIBUTING.md describes.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xtask::aws::text;
use xtask::deploy::{deploy, local_parameters};
use xtask::folders::Folders;
use xtask::functions::{FUNCTIONS, zip_of};
use xtask::up::functions_env;

use crate::{aws, scratch};

/// The functions are built at their first invocation.
const PATIENCE: Duration = Duration::from_mins(20);

/// `cargo lambda watch`, ended with all that it started.
struct Watch {
    child: Child,
    port: u16,
}

impl Watch {
    fn start(folders: &Folders, environment: &str) -> Self {
        let folder = scratch("cargo-lambda");
        let env_file = folder.join("functions.env");
        fs::write(&env_file, environment).unwrap();
        let log = File::create(folder.join("log")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut watch = cargo_lambda(folders, "watch", port);
        watch.arg("--ignore-changes").arg("--env-file").arg(env_file);
        watch.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        Self { child: watch.spawn().unwrap(), port }
    }

    /// The reply to the event in a file; asks again while there is none.
    fn invoke(&self, folders: &Folders, function: &str, event: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut invoke = cargo_lambda(folders, "invoke", self.port);
            let output = invoke.arg(function).args(["--data-file", event]).output().unwrap();
            if output.status.success() {
                #[expect(clippy::disallowed_methods, reason = "a function's reply, not an invoice")]
                return serde_json::from_slice(&output.stdout).unwrap();
            }
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(Instant::now() < deadline, "{function} with {event}: {said}");
            sleep(Duration::from_secs(1));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        Command::new("kill").args(["-TERM", "--", &format!("-{}", self.child.id())]).status().ok();
        self.child.wait().ok();
    }
}

fn cargo_lambda(folders: &Folders, what: &str, port: u16) -> Command {
    let mut cargo = Command::new(folders.private().join("cargo-lambda/bin/cargo-lambda"));
    cargo.current_dir(folders.root()).args(["lambda", what]);
    cargo.args(["--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
    // The settings of `cargo test` for this package would make other packages look changed.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    cargo
}

#[test]
fn the_sample_events_go_through_both_functions_by_cargo_lambda() {
    let (folders, aws, prefix) = (Folders::find(), aws(), "watch-");
    let zips = FUNCTIONS.map(|function| (function, zip_of(&folders, function)));
    let parameters = local_parameters(aws.endpoint(), prefix).unwrap();
    let outputs = deploy(&aws, "watch", &folders.template(), &zips, &parameters).unwrap();
    let watch = Watch::start(&folders, &functions_env(aws.endpoint(), &outputs));

    let reply = watch.invoke(&folders, "validator", "events/sqs-mixed.json");
    assert_eq!(reply, json!({ "batchItemFailures": [] }));
    let stored = aws.items("watch-Invoices").unwrap();
    assert_eq!(stored.iter().filter(|item| item.contains_key("stored_day")).count(), 2);
    let cases = aws.items("watch-InvalidMessages").unwrap();
    assert_eq!(cases.iter().filter(|item| text(item, "item") == Some("head")).count(), 4);

    let reply = watch.invoke(&folders, "redrive", "events/redrive-groups.json");
    assert_eq!(reply["groups"].as_array().map(Vec::len), Some(3), "{reply}");
    let reply = watch.invoke(&folders, "redrive", "events/redrive-list.json");
    assert!(reply["cases"].as_array().is_some_and(|cases| !cases.is_empty()), "{reply}");
}
