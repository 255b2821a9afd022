//! `bench`: what a verdict costs, and what the functions cost to start, each against the least that could be done.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Doing, Failure};
use crate::folders::Folders;
use crate::functions::{cargo, run};
use crate::terminal::{Step, heading, say, table};

/// So many times each program is started; the median counts.
const STARTS: usize = 31;

/// `cargo xtask bench`.
pub fn run_bench(folders: &Folders) -> Result<(), Failure> {
    heading("A verdict, against the bare parse of the same bytes to a serde_json::Value");
    run(
        cargo(folders).args([
            "bench",
            "--locked",
            "--quiet",
            "--package",
            "aduana-invoice",
            "--bench",
            "verdict",
        ]),
        "measure verdicts",
    )?;
    if !cfg!(target_os = "linux") {
        say("\nThe start of the functions is measured on Linux only.");
        return Ok(());
    }
    heading("The start of the functions, up to their first request for work");
    let package =
        ["build", "--locked", "--release", "--package", "aduana-validator", "--package", "aduana-redrive"];
    Step::begin("Building the functions").loud(|| {
        run(
            cargo(folders).args(package).args([
                "--bin",
                "validator",
                "--bin",
                "redrive",
                "--example",
                "hello_world",
            ]),
            "build them",
        )
    })?;
    let release = folders.target().join("release");
    let programs = [
        ("hello world", release.join("examples").join("hello_world")),
        ("validator", release.join("validator")),
        ("redrive", release.join("redrive")),
    ];
    let starts = Step::begin(format!("Starting each {STARTS} times")).done(|| measure(&programs))?;
    say(&report(&programs, &starts)?);
    Ok(())
}

/// What one start took.
#[derive(Debug, Clone, Copy)]
struct Start {
    /// From the start of the process to its first request for work.
    wall: Duration,
    /// The time that it was on a processor.
    cpu: Duration,
    /// The most memory that it had, in KiB.
    peak: u64,
}

/// The starts of each program, taken in turn, so that a slow moment of the machine hits all alike.
fn measure(programs: &[(&str, PathBuf)]) -> Result<Vec<Vec<Start>>, Failure> {
    let mut starts = vec![Vec::new(); programs.len()];
    for _ in 0..STARTS {
        for ((_, program), starts) in programs.iter().zip(&mut starts) {
            starts.push(start(program)?);
        }
    }
    Ok(starts)
}

/// Starts a function on a Runtime API of our own, and looks at it while it waits for its first event.
fn start(program: &Path) -> Result<Start, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").doing(|| "open a Runtime API".to_owned())?;
    let address = listener.local_addr().doing(|| "open a Runtime API".to_owned())?.to_string();
    let failed = || format!("start {}", program.display());
    let begun = Instant::now();
    let mut child = command(program, &address).spawn().doing(failed)?;
    let seen = listener.accept().and_then(|(connection, _)| {
        let mut request = String::new();
        BufReader::new(connection.try_clone()?).read_line(&mut request)?;
        let wall = begun.elapsed();
        // The connection stays open, and the function waits, until it is gone.
        Ok((request, look_at(&child, wall)?, connection))
    });
    let ended = child.kill().and_then(|()| child.wait());
    let (request, start, _connection) = seen.doing(failed)?;
    ended.doing(failed)?;
    if request.starts_with("GET ") {
        Ok(start)
    } else {
        Err(Failure::to(failed()).because(format!("it did not ask for work: {}", request.trim())))
    }
}

fn command(program: &Path, runtime_api: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::inherit()).stderr(Stdio::inherit()).envs([
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("ADUANA_INVOICES_TABLE", "bench"),
        ("ADUANA_CASES_TABLE", "bench"),
        ("ADUANA_INTAKE_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/bench"),
        ("ADUANA_DLQ_URL", "https://sqs.us-east-1.amazonaws.com/000000000000/bench"),
        ("ADUANA_ALERTS_TOPIC_ARN", "arn:aws:sns:us-east-1:000000000000:bench"),
    ]);
    command
}

/// What Linux tells of a process: its threads' time on a processor (`schedstat`) and its peak memory (`VmHWM`).
fn look_at(child: &Child, wall: Duration) -> std::io::Result<Start> {
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let mut nanoseconds = 0;
    for thread in fs::read_dir(process.join("task"))? {
        let stat = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += stat.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or_default();
    }
    let status = fs::read_to_string(process.join("status"))?;
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    Ok(Start { wall, cpu: Duration::from_nanos(nanoseconds), peak: peak.unwrap_or_default() })
}

fn report(programs: &[(&str, PathBuf)], starts: &[Vec<Start>]) -> Result<String, Failure> {
    let mut rows = Vec::new();
    let mut least = None;
    for ((name, program), starts) in programs.iter().zip(starts) {
        let [wall, cpu] = [
            median(starts.iter().map(|start| start.wall.as_micros())),
            median(starts.iter().map(|start| start.cpu.as_micros())),
        ];
        let peak = median(starts.iter().map(|start| u128::from(start.peak)));
        let size = fs::metadata(program).doing(|| format!("look at {}", program.display()))?.len();
        let least = *least.get_or_insert(cpu.max(1));
        rows.push([
            (*name).to_owned(),
            format!("{} ms", tenths(wall, 1_000)),
            format!("{} ms", tenths(cpu, 1_000)),
            format!("{} ×", tenths(cpu, least)),
            format!("{} MB", tenths(peak, 1_000)),
            format!("{} MB", tenths(size.into(), 1_000_000)),
        ]);
    }
    Ok(table(["function", "start", "CPU", "CPU ratio", "peak memory", "binary"], rows))
}

fn median(values: impl Iterator<Item = u128>) -> u128 {
    let mut values: Vec<u128> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// `value / unit` with one decimal, rounded to the nearest.
fn tenths(value: u128, unit: u128) -> String {
    let tenths = (value * 10 + unit / 2) / unit;
    format!("{}.{}", tenths / 10, tenths % 10)
}
