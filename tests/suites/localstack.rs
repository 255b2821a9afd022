//! The file that has LocalStack keep bodies as they are, without LocalStack.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What LocalStack 4.14.0 has there, as far as it matters: the same line begins another loop.
const POLLER: &str = r#"
    def handle_messages(self, messages):
        polled_events = transform_into_events(messages)
        for event in polled_events:
            try:
                event["body"] = json.loads(event["body"])
            except json.JSONDecodeError:
                pass
        matching_events = self.filter_events(polled_events)
        for event in polled_events:
            count(event)
"#;

/// A LocalStack that has nothing but that file.
struct LocalStack {
    root: PathBuf,
}

impl LocalStack {
    fn with(name: &str, poller: Option<&str>) -> Self {
        let root = std::env::temp_dir().join(format!("aduana-localstack-{name}-{}", std::process::id()));
        let localstack = Self { root };
        if let Some(poller) = poller {
            let file = localstack.poller();
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, poller).unwrap();
        }
        localstack
    }

    fn poller(&self) -> PathBuf {
        self.root.join("localstack/services/lambda_/event_source_mapping/pollers/sqs_poller.py")
    }

    /// As LocalStack runs its scripts: `exec` in a process that ends with it.
    fn boot(&self) -> Output {
        let hook = checkout().join("localstack/keep-bodies.py");
        let exec = format!("exec(open({:?}, 'rb').read(), {{}})", hook.display().to_string());
        let mut python = Command::new("python3");
        python.args(["-c", &exec]).env("PYTHONPATH", &self.root).env("PYTHONDONTWRITEBYTECODE", "1");
        python.env("ADUANA_BODIES_ARE_KEPT", self.root.join("kept")).current_dir("/");
        python.output().expect("python3, which the commands of this project need")
    }

    fn is_healthy(&self) -> bool {
        self.root.join("kept").exists()
    }
}

impl Drop for LocalStack {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.root).ok();
    }
}

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn one_line_is_changed_and_nothing_else_however_often_it_starts() {
    let localstack = LocalStack::with("right", Some(POLLER));
    let due = POLLER.replacen(
        "for event in polled_events:\n            try:",
        "for event in polled_events if self.filter_patterns else []:\n            try:",
        1,
    );
    assert_ne!(due, POLLER);
    for _ in 0..2 {
        let output = localstack.boot();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_to_string(localstack.poller()).unwrap(), due);
        assert!(localstack.is_healthy());
    }
}

#[test]
fn another_localstack_does_not_come_up() {
    let renamed = POLLER.replace("polled_events:", "events:");
    let twice = format!("{POLLER}{POLLER}");
    for (name, poller) in
        [("renamed", Some(renamed.as_str())), ("twice", Some(&twice)), ("gone", None), ("empty", Some(""))]
    {
        let localstack = LocalStack::with(name, poller);
        let output = localstack.boot();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains("failed to have LocalStack keep the bodies"), "{name}: {said}");
        assert!(!localstack.is_healthy(), "{name}");
        assert_eq!(fs::read_to_string(localstack.poller()).ok().as_deref(), poller, "{name}");
    }
}

#[test]
fn the_compose_file_mounts_it_and_the_health_check_asks_for_what_it_makes() {
    let read = |name: &str| fs::read_to_string(checkout().join("localstack").join(name)).unwrap();
    let (compose, hook) = (read("compose.yaml"), read("keep-bodies.py"));
    assert!(compose.contains("- ./keep-bodies.py:/etc/localstack/init/boot.d/keep-bodies.py:ro\n"));
    assert!(compose.contains("test -e /tmp/aduana-bodies-are-kept &&"));
    assert!(hook.contains("\"/tmp/aduana-bodies-are-kept\")"));
}
