//! `cargo xtask`: the project's own commands.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use xtask::failure::Failure;
use xtask::folders::Folders;
use xtask::functions::Profile;
use xtask::package::{self, Arch};
use xtask::terminal::complain;
use xtask::test::Which;
use xtask::{
    bench, coverage, demo, functions, fuzz, kafka, lint, mutants, reliability, sbom, seeded_bugs, test, up,
};

/// The project's own commands. All that they install or leave behind is in .aduana/ and target/
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole of it: deploy to an empty local AWS, publish the sample invoices, and see what becomes of them
    Demo {
        /// Send the sample invoices through a topic of Kafka instead of the queue
        #[arg(long)]
        kafka: bool,
        /// Build as for production, which takes some minutes more
        #[arg(long)]
        release: bool,
        /// On LocalStack, which needs Docker: the one that runs, or one started by docker compose
        #[arg(long, conflicts_with_all = ["release", "kafka"])]
        localstack: bool,
    },
    /// Deploy to a local AWS, and leave it running
    Up {
        /// Build as for production, which takes some minutes more
        #[arg(long)]
        release: bool,
    },
    /// Stop the local AWS
    Down,
    /// Run all tests, end to end on a local AWS included
    Test {
        /// Only those that need no local AWS
        #[arg(long)]
        quick: bool,
        /// Only those that do
        #[arg(long, conflicts_with = "quick")]
        end_to_end: bool,
        /// Fail where there is no browser to test the console with, instead of leaving that out
        #[arg(long, conflicts_with = "quick")]
        browser: bool,
        /// With the numbers of a night: ten thousand random histories, a thousand cases resent
        #[arg(long)]
        nightly: bool,
        /// Only those that take half an hour: cargo-lambda, the AWS and SAM command lines, two builds of the same bytes
        #[arg(long, conflicts_with_all = ["quick", "end_to_end", "browser", "nightly"])]
        long: bool,
    },
    /// Check the formatting, the code, the template, the compose files, and the licences of what is built in
    Lint,
    /// Deploy to a local AWS, and run a Kafka broker whose records go to it, until Ctrl-C
    Kafka {
        /// Build as for production, which takes some minutes more
        #[arg(long)]
        release: bool,
    },
    /// Build the functions for this machine, zipped into target/functions/
    Build {
        /// Build as for the tests: sooner done, larger and slower
        #[arg(long)]
        dev: bool,
    },
    /// Build the functions for Lambda, zipped where infra/template.yaml finds them; the same bytes each time
    Package {
        /// The processor to build for
        #[arg(long, value_enum, default_value_t = Arch::Arm64)]
        arch: Arch,
        /// A policy to put beside the functions, as policy.json; deploy with `PolicyFile=policy.json`
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// List what each program that is shipped is made of, as a bill of materials (CycloneDX) in target/sbom/
    Sbom,
    /// Count the lines of `invoice` and `intake` that the tests pass through
    Coverage {
        /// Put the figures into docs/reliability.md
        #[arg(long)]
        write: bool,
    },
    /// Put known bugs into a copy of the code, one at a time, and see that the named test catches each
    SeededBugs {
        /// Only those with this in their names; may be said several times
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// Put the list into docs/reliability.md
        #[arg(long)]
        write: bool,
    },
    /// Change the code in small ways, one at a time, and see whether a test notices; all of it takes most of a day
    Mutants {
        /// Only what has changed since this revision, or since the branch left main; files that git does not track are left out
        #[arg(long, value_name = "REVISION", num_args = 0..=1, default_missing_value = "")]
        diff: Option<String>,
        /// Only a part of it, from 0/N to N-1/N, e.g. to have several machines do it
        #[arg(long, value_name = "K/N")]
        shard: Option<String>,
        /// Further arguments of cargo-mutants, e.g. --file 'crates/intake/src/redrive/*.rs' or --re 'replace < with'
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORD")]
        words: Vec<String>,
    },
    /// Look for a lost or doubled message in an AWS in memory: random worlds, and every one in which a single thing goes wrong
    Simulate {
        /// How many seconds the random worlds have; the others have an end
        #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
        #[command(flatten)]
        size: Size,
        #[command(flatten)]
        seed: Seed,
    },
    /// Look for one on a local AWS, behind a bad network and with sudden deaths of the functions
    Chaos {
        /// How many messages: 2,000 unless it is said, 10,000 in a night; the functions are killed once in a hundred
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        messages: Option<u32>,
        #[command(flatten)]
        size: Size,
        #[command(flatten)]
        seed: Seed,
    },
    /// Look for one on a local AWS under load, in a release build, with memory and speed from beginning to end
    Load {
        /// How many messages: 10,000 unless it is said, 100,000 in a night
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        messages: Option<u32>,
        #[command(flatten)]
        size: Size,
    },
    /// Make up inputs for what reads the texts of strangers, each within its limits of time and memory
    Fuzz {
        /// How many seconds each target has
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
        #[command(flatten)]
        seed: Seed,
        /// Put the figures into docs/reliability.md
        #[arg(long)]
        write: bool,
    },
    /// Measure a verdict, the start of the functions and a batch, each against the least that could be done
    Bench {
        /// Only this part; may be said several times
        #[arg(long, value_name = "PART", value_parser = PossibleValuesParser::new(bench::names()))]
        only: Vec<String>,
        /// Install what a verdict is measured against (Ajv, jsonschema-rs, fastjsonschema, pydantic) into .aduana/peers
        #[arg(long)]
        peers: bool,
        /// Put the tables into docs/benchmarks.md and the plots into docs/images
        #[arg(long)]
        write: bool,
    },
    /// Make the pictures of the guides, from the running console
    Screenshots,
}

/// How much is tried, and where the figures go.
#[derive(Debug, Clone, Copy, Args)]
struct Size {
    /// In the size of a night
    #[arg(long)]
    nightly: bool,
    /// Put the figures into docs/reliability.md
    #[arg(long)]
    write: bool,
}

#[derive(Debug, Clone, Copy, Args)]
struct Seed {
    /// Where the random numbers begin; a failure names its own
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Size {
    fn from(self, seed: u64) -> reliability::Options {
        reliability::Options { nightly: self.nightly, seed, write: self.write }
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<(), Failure> {
    if cfg!(windows) {
        return Err(Failure::to("run on Windows")
            .because("the local AWS starts Linux or macOS programs")
            .help("use WSL2: `wsl --install`, then the same command in its shell"));
    }
    let folders = Folders::find();
    let profile = |release| if release { Profile::Release } else { Profile::Dev };
    match *command {
        Command::Demo { localstack: true, .. } => demo::run_demo_on_localstack(&folders),
        Command::Demo { kafka, release, .. } => demo::run_demo(&folders, profile(release), kafka),
        Command::Up { release } => up::run_up(&folders, profile(release)),
        Command::Kafka { release } => kafka::run_kafka(&folders, profile(release)),
        Command::Down => up::run_down(&folders),
        Command::Build { dev } => functions::run_build(&folders, profile(!dev)),
        Command::Test { long: true, .. } => test::run_long(&folders),
        Command::Test { quick, end_to_end, browser, nightly, .. } => {
            let size = if nightly { test::Size::Nightly } else { test::Size::Usual };
            let which = Which { alone: !end_to_end, with_local_aws: !quick, browser_is_due: browser, size };
            test::run_test(&folders, which)
        }
        Command::Screenshots => test::run_screenshots(&folders),
        Command::Package { arch, ref policy } => package::run_package(&folders, arch, policy.as_deref()),
        Command::Sbom => sbom::run_sbom(&folders),
        Command::Lint => lint::run_lint(&folders),
        Command::Bench { ref only, peers, write } => {
            bench::run_bench(&folders, bench::Options { only, peers, write })
        }
        Command::Coverage { write } => coverage::run_coverage(&folders, write),
        Command::SeededBugs { ref only, write } => seeded_bugs::run_seeded_bugs(&folders, only, write),
        Command::Mutants { ref diff, ref shard, ref words } => {
            let (since, shard) = (diff.as_deref(), shard.as_deref());
            mutants::run_mutants(&folders, mutants::Options { since, shard, words })
        }
        Command::Simulate { seconds, size, seed: Seed { seed } } => {
            reliability::run_simulate(&folders, size.from(seed), seconds)
        }
        Command::Chaos { messages, size, seed: Seed { seed } } => {
            reliability::run_chaos(&folders, size.from(seed), messages)
        }
        Command::Load { messages, size } => reliability::run_load(&folders, size.from(0), messages),
        Command::Fuzz { seconds, seed: Seed { seed }, write } => {
            fuzz::run_fuzz(&folders, seconds, seed, write)
        }
    }
}
