//! What Linux reports of a process.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::{Doing, Failure};

/// What a process took so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken {
    /// The time that its threads were on a processor (`schedstat`).
    pub(super) cpu: Duration,
    /// The most memory that it had, in bytes (`VmHWM`).
    pub(super) peak: u128,
}

/// What the process of this id took.
pub(super) fn taken(id: u32) -> Result<Taken, Failure> {
    look(id).doing(|| format!("look at the process {id}"))
}

fn look(id: u32) -> std::io::Result<Taken> {
    let process = PathBuf::from(format!("/proc/{id}"));
    let mut nanoseconds = 0;
    for thread in fs::read_dir(process.join("task"))? {
        let stat = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += stat.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or_default();
    }
    let status = fs::read_to_string(process.join("status"))?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u128>().ok());
    Ok(Taken { cpu: Duration::from_nanos(nanoseconds), peak: peak.unwrap_or_default() * 1024 })
}
