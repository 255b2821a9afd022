//! What a run takes: memory, the processor's time, and messages a second in each part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::figures::Figures;
use crate::stack::Stack;
use crate::workers::{processor_time, status, workers};

/// The number of parts whose speed is reported.
const PARTS: usize = 10;

/// How much larger than after the first part a process may have become, in KiB: of its size, and besides.
const GROWTH_PERCENT: u64 = 25;
const GROWTH: u64 = 8 * 1024;

/// The largest that the redrive may become, in KiB: it holds a page of cases and an answer of at most 6 MB, several times over.
const REDRIVE_MAX: u64 = 64 * 1024;

const FUNCTIONS: [&str; 2] = ["validator", "redrive"];

pub(super) struct Gauge<'s> {
    stack: &'s Stack,
    count: usize,
    /// When a part was done, the beginning first.
    marks: Vec<Instant>,
    /// When the memory is looked at next, in messages.
    looks: Vec<usize>,
    sizes: Vec<(String, BTreeMap<&'static str, Size>)>,
    /// The processor's time of each process, as seen first and last, in hundredths of a second.
    of_functions: BTreeMap<String, [u64; 2]>,
    of_local_aws: BTreeMap<String, [u64; 2]>,
    /// What the local AWS itself holds at the end, in KiB.
    local_aws_size: u64,
}

/// The processes of a function, in KiB.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    processes: usize,
    largest: u64,
    largest_ever: u64,
}

impl<'s> Gauge<'s> {
    pub(super) fn begin(stack: &'s Stack, count: usize) -> Self {
        Self {
            stack,
            count,
            marks: vec![Instant::now()],
            looks: vec![count / 2, 1_000.min(count / 10)],
            sizes: Vec::new(),
            of_functions: BTreeMap::new(),
            of_local_aws: BTreeMap::new(),
            local_aws_size: 0,
        }
    }

    /// So many messages have left the intake.
    pub(super) fn see(&mut self, done: usize) {
        while self.marks.len() <= PARTS && done >= self.count * self.marks.len() / PARTS {
            self.marks.push(Instant::now());
            self.look();
        }
        if let Some(at) = self.looks.pop_if(|at| done >= *at) {
            self.size(format!("after {at} messages"));
        }
    }

    pub(super) fn end(&mut self) {
        self.look();
        self.size("at the end".to_owned());
        self.local_aws_size = self.of_local_aws.keys().filter_map(|process| status(process, "VmRSS")).sum();
    }

    fn processes(&self, function: &str) -> Vec<String> {
        workers(&self.stack.name(function), self.stack.aws.endpoint())
    }

    /// Notes the processor's time that all have used.
    fn look(&mut self) {
        let processes: Vec<String> =
            FUNCTIONS.into_iter().flat_map(|function| self.processes(function)).collect();
        // The local AWS is what started them.
        let parents: BTreeSet<String> =
            processes.iter().filter_map(|process| status(process, "PPid")).map(|it| it.to_string()).collect();
        for (processes, times) in
            [(processes, &mut self.of_functions), (parents.into_iter().collect(), &mut self.of_local_aws)]
        {
            for process in processes {
                if let Some(time) = processor_time(&process) {
                    times.entry(process).or_insert([time; 2])[1] = time;
                }
            }
        }
    }

    fn size(&mut self, when: String) {
        let size = |function| {
            let processes = self.processes(function);
            let largest = |field| {
                processes.iter().filter_map(|process| status(process, field)).max().unwrap_or_default()
            };
            Size { processes: processes.len(), largest: largest("VmRSS"), largest_ever: largest("VmHWM") }
        };
        let sizes = FUNCTIONS.map(|function| (function, size(function))).into();
        self.sizes.push((when, sizes));
    }

    pub(super) fn report(&self, figures: &mut Figures) {
        let speeds: Vec<String> = self
            .marks
            .array_windows()
            .map(|[from, to]| {
                let millis = to.duration_since(*from).as_millis().max(1);
                (self.count as u128 * 1_000 / PARTS as u128 / millis).to_string()
            })
            .collect();
        figures.add("messages a second, in each tenth of the run", speeds.join(" · "));
        for (when, sizes) in &self.sizes {
            for (function, size) in sizes {
                figures.add(
                    &format!("memory of the {function} {when}: processes; the largest, now and ever"),
                    format!(
                        "{}; {}, {}",
                        size.processes,
                        mebibytes(size.largest),
                        mebibytes(size.largest_ever)
                    ),
                );
            }
        }
        let seconds = |times: &BTreeMap<String, [u64; 2]>| {
            times.values().map(|[first, last]| last - first).sum::<u64>() / 100
        };
        figures.add(
            "processor seconds of the functions, and of the local AWS, from the first tenth to the end",
            format!("{}, {}", seconds(&self.of_functions), seconds(&self.of_local_aws)),
        );
        figures.add(
            "memory of the local AWS at the end, all that was sent in it",
            mebibytes(self.local_aws_size),
        );
    }

    /// No process of the validator has become larger in all of the run than the largest one was in its first part, but for a margin.
    /// The redrive grows with what one call reads, which has an end.
    pub(super) fn assert_flat(&self) {
        let (Some((_, first)), Some((_, last))) = (self.sizes.first(), self.sizes.last()) else {
            panic!("the memory was looked at");
        };
        let redrive = last["redrive"];
        let (first, last) = (first["validator"], last["validator"]);
        let most = first.largest_ever + first.largest_ever * GROWTH_PERCENT / 100 + GROWTH;
        assert!(
            first.processes > 0 && last.processes > 0 && last.largest_ever <= most,
            "the validator has grown: {first:?}, then {last:?} (KiB)"
        );
        assert!(
            redrive.processes > 0 && redrive.largest_ever <= REDRIVE_MAX,
            "the redrive has grown: {redrive:?} (KiB)"
        );
    }
}

fn mebibytes(kibibytes: u64) -> String {
    format!("{} MiB", kibibytes.div_ceil(1024))
}
