//! Runs the real `aduana` as a user does, in surroundings that are the same everywhere.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// `aduana` with these arguments, in the folder of fixtures, without the tester's own settings.
pub(crate) fn aduana(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aduana"));
    command.args(args).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["ADUANA_", "AWS_", "LC_", "CLICOLOR"].iter().any(|ours| name.starts_with(ours))
            || name == "NO_COLOR"
        {
            command.env_remove(name.as_ref());
        }
    }
    // No profile of the tester's either.
    command.env("AWS_CONFIG_FILE", "absent").env("AWS_SHARED_CREDENTIALS_FILE", "absent");
    command.env("LANG", "C.UTF-8").stdin(Stdio::null());
    command
}

/// Runs `command` with `input` on its standard input.
pub(crate) fn feed(mut command: Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The program may end without having read it all.
    let fed = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(fed.is_ok() || output.status.code() == Some(2), "it did not read its input");
    output
}

/// What a user sees of a run: its exit code, then both outputs.
pub(crate) fn seen(output: &Output) -> String {
    let code = output.status.code().map_or("killed".to_owned(), |code| code.to_string());
    let mut seen = format!("exit code {code}\n");
    for (name, bytes) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
        if !bytes.is_empty() {
            write!(seen, "--- {name}\n{}", std::str::from_utf8(bytes).unwrap()).unwrap();
        }
    }
    seen
}

/// Runs `aduana` with these arguments and shows what a user sees.
pub(crate) fn run(args: &[&str]) -> String {
    seen(&aduana(args).output().unwrap())
}

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// JSON, one object a line.
pub(crate) fn lines(output: &[u8]) -> Vec<serde_json::Value> {
    let parse = |line: &str| {
        #[expect(clippy::disallowed_methods, reason = "the program's output, not an invoice")]
        serde_json::from_str(line).unwrap()
    };
    std::str::from_utf8(output).unwrap().lines().map(parse).collect()
}
