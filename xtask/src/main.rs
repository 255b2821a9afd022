//! `cargo xtask`: the project's own commands.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};
use xtask::failure::Failure;
use xtask::folders::Folders;
use xtask::functions::Profile;
use xtask::package::{self, Arch};
use xtask::prove::{self, Budget};
use xtask::terminal::complain;
use xtask::test::Which;
use xtask::{bench, coverage, demo, functions, kafka, lint, mutants, planted, sbom, test, up};

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
    /// Deploy to a local AWS, and run a Kafka broker whose records go to it, until Ctrl-C
    Kafka {
        /// Build as for production, which takes some minutes more
        #[arg(long)]
        release: bool,
    },
    /// Stop the local AWS
    Down,
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
    },
    /// List what each program that is shipped is made of, as a bill of materials (CycloneDX) in target/sbom/
    Sbom,
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
    /// Make the pictures of the guides, from the running console
    Screenshots,
    /// Check the formatting, the code, the template, the compose files, and the licences of what is built in
    Lint,
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
    /// Count the lines of `invoice` and `intake` that the tests pass through
    Coverage {
        /// Put the figures into docs/reliability.md
        #[arg(long)]
        write: bool,
    },
    /// Change the code in small ways, one at a time, and see whether a test notices; of all files it takes an hour or two
    Mutants {
        /// Only those in these files, e.g. 'crates/intake/src/redrive/*.rs'
        #[arg(long, value_name = "GLOB")]
        file: Option<String>,
        /// Only those whose names this regular expression matches, e.g. 'replace < with'
        #[arg(long, value_name = "REGEX")]
        re: Option<String>,
        /// How many at a time: as many as there are cores, unless said otherwise
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
        jobs: Option<u8>,
    },
    /// Plant known bugs, one at a time, and see that the named test catches each
    Planted {
        /// Only those with this in their names; may be said several times
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// Put the list into docs/reliability.md
        #[arg(long)]
        write: bool,
    },
    /// Look for a lost or doubled message, whatever fails: figures, and the seed of what is found
    Prove {
        /// How long the parts without an end run, all together
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1440))]
        minutes: u32,
        /// The parts with an end in the size of a night
        #[arg(long)]
        nightly: bool,
        /// Where the random numbers begin; a failure names its own
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many messages the part `load` sends: 10,000, or 100,000 in a night
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        messages: Option<u32>,
        /// Only this part; may be said several times. `load` runs only so, or in a night
        #[arg(long, value_name = "PART", value_parser = PossibleValuesParser::new(prove::names()))]
        only: Vec<String>,
        /// Put the figures into docs/reliability.md
        #[arg(long)]
        write: bool,
    },
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
        Command::Package { arch } => package::run_package(&folders, arch),
        Command::Sbom => sbom::run_sbom(&folders),
        Command::Lint => lint::run_lint(&folders),
        Command::Bench { ref only, peers, write } => {
            bench::run_bench(&folders, bench::Options { only, peers, write })
        }
        Command::Coverage { write } => coverage::run_coverage(&folders, write),
        Command::Mutants { ref file, ref re, jobs } => {
            let (file, name, jobs) = (file.as_deref(), re.as_deref(), jobs.map(usize::from));
            mutants::run_mutants(&folders, mutants::Options { file, name, jobs })
        }
        Command::Planted { ref only, write } => planted::run_planted(&folders, only, write),
        Command::Prove { minutes, nightly, seed, messages, ref only, write } => {
            prove::run_prove(&folders, Budget { minutes, nightly, seed, messages }, only, write)
        }
    }
}
