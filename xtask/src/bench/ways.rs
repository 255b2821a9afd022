//! Programs that read documents in one way or several, and take turns at it, so that a slow moment of the machine hits all alike.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::numbers::median;
use crate::failure::{Doing, Failure};

/// A program that answers `DOCUMENT<tab>TIMES` by `WAY<tab>NANOSECONDS` for each of its ways, and an empty line.
#[derive(Debug)]
pub(super) struct Reader {
    what: &'static str,
    process: Child,
    asked: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// How often it reads a document in one turn.
    times: u32,
}

/// The time that a way takes for a document, in nanoseconds: the median of its turns.
#[derive(Debug, Clone)]
pub(super) struct Time {
    pub(super) document: String,
    pub(super) way: String,
    pub(super) nanoseconds: u128,
}

impl Reader {
    /// Starts one, which reads a document `times` times in a turn.
    pub(super) fn start(what: &'static str, command: &mut Command, times: u32) -> Result<Self, Failure> {
        let doing = || format!("start {what}");
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .doing(doing)?;
        let asked = process.stdin.take();
        let answers = process.stdout.take().ok_or_else(|| Failure::to(doing()))?;
        Ok(Self { what, process, asked, answers: BufReader::new(answers), times })
    }

    /// One turn: each way, and the time that it took for the document.
    fn read(&mut self, document: &str) -> Result<Vec<(String, u128)>, Failure> {
        let doing = || format!("have {document} read by {}", self.what);
        let asked = self.asked.as_mut().ok_or_else(|| Failure::to(doing()))?;
        writeln!(asked, "{document}\t{}", self.times).and_then(|()| asked.flush()).doing(doing)?;
        let mut ways = Vec::new();
        loop {
            let mut line = String::new();
            if self.answers.read_line(&mut line).doing(doing)? == 0 {
                return Err(Failure::to(doing()).because("it has ended".to_owned()));
            }
            let Some((way, time)) = line.trim_end().split_once('\t') else { return Ok(ways) };
            ways.push((way.to_owned(), time.parse().doing(doing)?));
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.asked = None;
        drop(self.process.wait());
    }
}

/// So many turns at the beginning do not count: a just-in-time compiler has to see what it is about.
const WARM_UP: usize = 3;

/// Has each reader read each document, turn by turn.
pub(super) fn measure(
    readers: &mut [Reader],
    documents: &[&str],
    turns: usize,
) -> Result<Vec<Time>, Failure> {
    let mut all: Vec<(String, String, Vec<u128>)> = Vec::new();
    for turn in 0..turns + WARM_UP {
        for document in documents {
            for reader in &mut *readers {
                for (way, time) in reader.read(document)? {
                    if turn < WARM_UP {
                        continue;
                    }
                    match all.iter_mut().find(|(of, by, _)| of == document && *by == way) {
                        Some((_, _, times)) => times.push(time),
                        None => all.push(((*document).to_owned(), way, vec![time])),
                    }
                }
            }
        }
    }
    let time = |(document, way, times)| Time { document, way, nanoseconds: median(times) };
    Ok(all.into_iter().map(time).collect())
}

/// The time of a way for a document.
pub(super) fn of(times: &[Time], document: &str, way: &str) -> u128 {
    let found = times.iter().find(|time| time.document == document && time.way == way);
    found.map_or(0, |time| time.nanoseconds)
}
