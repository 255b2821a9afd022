//! The processes in which the local AWS runs the functions: which they are, what they hold, and their sudden end.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

/// The processes of a function of this name that find AWS at `endpoint`.
pub(crate) fn workers(function: &str, endpoint: &str) -> Vec<String> {
    let wanted = [format!("AWS_LAMBDA_FUNCTION_NAME={function}"), format!("AWS_ENDPOINT_URL={endpoint}")];
    let is_wanted = |environment: &[u8]| {
        let variables: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
        wanted.iter().all(|wanted| variables.contains(&wanted.as_bytes()))
    };
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter(|process| {
            fs::read(process.path().join("environ")).is_ok_and(|environment| is_wanted(&environment))
        })
        .filter_map(|process| process.file_name().into_string().ok())
        .collect()
}

/// A number of `/proc/<process>/status`, such as `VmRSS` (KiB) or `PPid`.
pub(crate) fn status(worker: &str, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{worker}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The processor's time that a process has used, in hundredths of a second, as Linux counts it.
pub(crate) fn processor_time(worker: &str) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{worker}/stat")).ok()?;
    // The name, in brackets, may have blanks in it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let (user, system): (u64, u64) = (fields.get(11)?.parse().ok()?, fields.get(12)?.parse().ok()?);
    Some(user + system)
}

/// SIGKILL. Whether there was somebody to kill.
pub(crate) fn kill(worker: &str) -> bool {
    Command::new("kill").args(["-KILL", worker]).status().is_ok_and(|status| status.success())
}

/// Kills the one of these processes that has a connection from this address: it waits for an answer just then.
pub(crate) fn kill_holder(workers: &[String], address: SocketAddr) -> bool {
    socket_at(address).is_some_and(|socket| {
        let holder = workers.iter().find(|worker| holds(worker, &socket));
        holder.is_some_and(|worker| kill(worker))
    })
}

/// What the kernel calls the socket with this local address, `socket:[4711]`.
fn socket_at(address: SocketAddr) -> Option<String> {
    let port = format!(":{:04X}", address.port());
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let mut rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    let row = rows.find(|row| row.get(1).is_some_and(|local| local.ends_with(&port)))?;
    Some(format!("socket:[{}]", row.get(9)?))
}

fn holds(worker: &str, socket: &str) -> bool {
    let files = fs::read_dir(format!("/proc/{worker}/fd")).into_iter().flatten().filter_map(Result::ok);
    files.filter_map(|file| fs::read_link(file.path()).ok()).any(|target| target.as_os_str() == socket)
}
