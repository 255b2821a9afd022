//! A test as a process of its own, which a mutant may keep from ever coming to an end.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What a process may take, in kilobytes of addresses: a vector that grows without an end fails before the machine does.
const MEMORY: &str = "8000000";

/// What it may take of a core, in seconds: a loop without an end stops even if nobody is there any more to stop it.
const PROCESSOR: &str = "600";

/// Sets the limits where the system has them, and becomes the program.
const WITH_LIMITS: &str = r#"ulimit -v "$1" 2>/dev/null; ulimit -t "$2" 2>/dev/null; shift 2; exec "$@""#;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    Passed,
    /// By its own word, or by a limit.
    Failed,
    OutOfTime,
}

/// `program` with limits, and without a terminal.
pub(super) fn limited(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", WITH_LIMITS, "sh", MEMORY, PROCESSOR]).arg(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // What it starts ends with it.
    command.process_group(0);
    command
}

/// Runs it for `limit` at most.
pub(super) fn run(command: &mut Command, limit: Duration) -> io::Result<Ran> {
    let begun = Instant::now();
    let mut child = command.spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { Ran::Passed } else { Ran::Failed });
        }
        let elapsed = begun.elapsed();
        if elapsed > limit {
            kill(&mut child)?;
            return Ok(Ran::OutOfTime);
        }
        // Most end within milliseconds.
        sleep((elapsed / 20).clamp(Duration::from_micros(500), Duration::from_millis(20)));
    }
}

/// Ends a process and all that it started.
fn kill(child: &mut Child) -> io::Result<()> {
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status()?;
    child.kill()?;
    child.wait().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = limited(Path::new("sh"));
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_process_ends_by_itself_or_with_all_that_it_started() {
        let minute = Duration::from_mins(1);
        assert_eq!(run(&mut shell("exit 0"), minute).expect("a shell"), Ran::Passed);
        assert_eq!(run(&mut shell("exit 3"), minute).expect("a shell"), Ran::Failed);
        let mark = std::env::temp_dir().join(format!("aduana-process-{}", std::process::id()));
        let script = format!("(sleep 1; echo > '{}') & sleep 600", mark.display());
        assert_eq!(run(&mut shell(&script), Duration::from_millis(100)).expect("a shell"), Ran::OutOfTime);
        sleep(Duration::from_secs(2));
        assert!(!mark.exists(), "what it started lived on");
    }

    #[test]
    fn a_program_gets_its_own_words() {
        let mut command = limited(Path::new("test"));
        assert_eq!(
            run(command.args(["a b", "=", "a b"]), Duration::from_mins(1)).expect("test"),
            Ran::Passed
        );
    }
}
