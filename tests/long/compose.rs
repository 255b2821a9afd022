//! What stands in `localstack/`, by docker compose: the deployment, the show of the samples, bodies that nobody may rewrite, SQS's own
//! redrive, the console. `cargo xtask test --long` runs these one after the other, where there are Docker and the images.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ureq::Agent;
use xtask::aws::{Aws, Item, REGION, text};
use xtask::compose::Compose;
use xtask::folders::Folders;
use xtask::hash::sha256;

/// An emulator on a busy machine, whose functions start in containers.
const PATIENCE: Duration = Duration::from_mins(10);

/// What other programs than ours change, refuse or end by: of `JSONTestSuite`, with one that is nested too deep for most.
const HOSTILE: [&str; 9] = [
    "i_string_incomplete_surrogates_escape_valid",
    "i_structure_500_nested_arrays",
    "n_array_extra_comma",
    "n_structure_100000_opening_arrays",
    "y_array_arraysWithSpaces",
    "y_number_real_capital_e_neg_exp",
    "y_object_duplicated_key",
    "y_string_unicodeEscapedBackslash",
    "y_string_utf8",
];

/// What a file of docker compose has started, on a port of its own and under a name of its own; ended with all that it left.
struct Running {
    compose: Compose,
    port: u16,
    /// What `.aduana/env` and its like held, which the show writes.
    settings: BTreeMap<PathBuf, Option<Vec<u8>>>,
}

impl Running {
    fn start(compose: Compose) -> Self {
        let private = Folders::find().private();
        let settings = ["env", "functions.env"].map(|name| private.join(name));
        let settings = settings.into_iter().map(|file| (file.clone(), fs::read(file).ok())).collect();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let running = Self { compose, port, settings };
        let up = running.docker(&["up", "--pull", "never", "--detach"]).status().unwrap();
        assert!(up.success(), "{}", running.said());
        let deadline = Instant::now() + PATIENCE;
        while !running.aws().stack("aduana").is_ok_and(|stack| stack.is_some_and(|stack| stack.is_good())) {
            assert!(Instant::now() < deadline, "{}", running.said());
            sleep(Duration::from_secs(1));
        }
        running
    }

    fn docker(&self, words: &[&str]) -> Command {
        let mut docker = self.compose.command(&Folders::find());
        docker.args(["--project-name", "aduana-long"]).args(words).env("ADUANA_PORT", self.port.to_string());
        docker
    }

    fn said(&self) -> String {
        let logs = self.docker(&["logs", "--tail", "40"]).output().unwrap();
        String::from_utf8_lossy(&[logs.stdout, logs.stderr].concat()).into_owned()
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn aws(&self) -> Aws {
        Aws::at(&self.endpoint())
    }

    /// The heads of the cases.
    fn heads(&self) -> Vec<Item> {
        let mut items = self.aws().items("aduana-InvalidMessages").unwrap();
        items.retain(|item| text(item, "item") == Some("head"));
        items
    }

    /// Waits until the intake is empty and `done` is so.
    fn wait_until(&self, what: &str, mut done: impl FnMut(&Aws) -> bool) {
        let (aws, deadline) = (self.aws(), Instant::now() + PATIENCE);
        let intake = aws.queue_url("aduana-invoices").unwrap();
        while !done(&aws) || aws.depth(&intake).unwrap().total() > 0 {
            assert!(Instant::now() < deadline, "{what}: {}", self.said());
            sleep(Duration::from_millis(500));
        }
    }

    /// Ends it, and looks whether anything is left.
    fn end(self, before: &BTreeSet<String>) {
        drop(self);
        let left: Vec<_> = docker_has().difference(before).cloned().collect();
        assert_eq!(left, Vec::<String>::new(), "containers, volumes or networks");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.docker(&["down", "--volumes"]).status().ok();
        for (file, held) in &self.settings {
            held.as_ref().map_or_else(|| fs::remove_file(file), |held| fs::write(file, held)).ok();
        }
    }
}

/// The containers, volumes and networks that Docker has.
fn docker_has() -> BTreeSet<String> {
    let listed =
        [&["ps", "--all", "--quiet"][..], &["volume", "ls", "--quiet"], &["network", "ls", "--quiet"]];
    let list = |words| Command::new("docker").args(words).output().unwrap().stdout;
    let lists = listed.map(|words| String::from_utf8(list(words)).unwrap());
    lists.iter().flat_map(|list| list.lines().map(str::to_owned)).collect()
}

/// `cargo xtask demo --localstack` shows all samples, each where its name says.
fn shows_the_samples(running: &Running) {
    let folders = Folders::find();
    let mut demo = Command::new(env!("CARGO"));
    demo.current_dir(folders.root()).args(["xtask", "demo", "--localstack"]).env("NO_COLOR", "1");
    match running.compose {
        Compose::LocalStack => demo.env("ADUANA_PORT", running.port.to_string()),
        Compose::MiniStack => demo.env("ADUANA_LOCALSTACK", running.endpoint()),
    };
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_") && name != "CARGO_HOME" && name != "CARGO_TARGET_DIR"
        {
            demo.env_remove(name);
        }
    }
    let output = demo.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}\n{}", running.said());
    let samples = fs::read_dir(folders.samples()).unwrap().count();
    assert!(said.contains(&format!("each of the {samples} samples ended as its name says")), "{said}");
    assert!(said.contains("4 corrected invoices were stored"), "{said}");
}

/// A batch of what strangers send is held byte for byte, and costs a good invoice beside it nothing.
fn keeps_hostile_bodies(running: &Running) {
    let folders = Folders::find();
    let suite = folders.root().join("tests/hostile/json_test_suite");
    let hostile = HOSTILE.map(|name| fs::read_to_string(suite.join(format!("{name}.json"))).unwrap());
    let good = fs::read_to_string(folders.samples().join("valid-minimal.json")).unwrap();
    let good = good.replacen("\"number\": \"", "\"number\": \"LONG-", 1);
    let mut bodies: Vec<&str> = hostile.iter().map(String::as_str).collect();
    bodies.push(&good);
    let aws = running.aws();
    aws.send_batch(&aws.queue_url("aduana-invoices").unwrap(), &bodies).unwrap();
    let is_of = |items: &[Item], body: &str| {
        let fingerprint = sha256(body.as_bytes());
        items.iter().any(|item| text(item, "fingerprint") == Some(&fingerprint))
    };
    running.wait_until("hostile bodies", |aws| {
        let heads = running.heads();
        hostile.iter().all(|body| is_of(&heads, body)) && is_of(&aws.items("aduana-Invoices").unwrap(), &good)
    });
}

/// SQS's own redrive leads every held message to its case, where its next attempt is.
fn moves_back(running: &Running) {
    let aws = running.aws();
    let arn = |name: &str| {
        let attributes = aws.queue_attributes(&aws.queue_url(name).unwrap()).unwrap();
        attributes.get("QueueArn").unwrap().clone()
    };
    let waiting = |item: &Item| matches!(text(item, "state"), Some("open" | "parked"));
    let attempt = |item: &Item| text(item, "attempt").unwrap().parse::<u32>().unwrap();
    let before = running.heads();
    let stored = aws.items("aduana-Invoices").unwrap().len();
    let (open, tried) =
        before.iter().filter(|item| waiting(item)).partition::<Vec<_>, _>(|item| attempt(item) == 1);
    assert!(open.len() > 20 && tried.is_empty(), "{} open, {} tried before", open.len(), tried.len());
    let started = aws.start_move(&arn("aduana-invoices-dlq"), &arn("aduana-invoices"));
    if running.compose == Compose::MiniStack {
        return assert!(started.is_err(), "MiniStack did not know the call: localstack/README.md says so");
    }
    started.unwrap();
    running.wait_until("moved back", |_| {
        running.heads().iter().filter(|item| waiting(item)).all(|item| attempt(item) > 1)
    });
    let after = running.heads();
    assert_eq!(after.len(), before.len(), "no case is new");
    assert_eq!(after.iter().filter(|item| waiting(item)).count(), open.len(), "each is held again");
    assert_eq!(aws.items("aduana-Invoices").unwrap().len(), stored, "nothing is stored twice");
}

/// Each page of the console is there.
fn serves_the_console(running: &Running) {
    let mut aduana = Command::new(Folders::find().target().join("debug/aduana"));
    aduana.args(["console", "--no-open"]).env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
    aduana.env("AWS_ENDPOINT_URL", running.endpoint()).env("AWS_REGION", REGION).env("NO_COLOR", "1");
    aduana.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    let mut console =
        aduana.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut opening = String::new();
    let mut output = BufReader::new(console.stdout.take().unwrap());
    output.read_line(&mut opening).unwrap();
    let agent: Agent =
        Agent::config_builder().proxy(None).max_redirects(0).http_status_as_error(false).build().into();
    let let_in = agent.get(opening.trim()).call().unwrap();
    let cookie = let_in.headers().get("set-cookie").expect("a cookie").to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let (base, _) = opening.split_once("/?").unwrap();
    let heads = running.heads();
    let (case, group) = (text(&heads[0], "case_id").unwrap(), text(&heads[0], "group_id").unwrap());
    let pages = ["/", "/groups", &format!("/groups/{group}"), "/cases", &format!("/cases/{case}"), "/runs"];
    let status = |page: &&str| {
        let mut reply = agent.get(format!("{base}{page}")).header("Cookie", &cookie).call().unwrap();
        let body = reply.body_mut().read_to_string().unwrap();
        (reply.status().as_u16(), body.contains("</html>"))
    };
    let statuses: Vec<_> = pages.iter().map(status).collect();
    console.kill().ok();
    console.wait().ok();
    assert!(statuses.iter().all(|status| *status == (200, true)), "{pages:?}: {statuses:?}");
}

fn works(compose: Compose) {
    let before = docker_has();
    let running = Running::start(compose);
    shows_the_samples(&running);
    keeps_hostile_bodies(&running);
    serves_the_console(&running);
    moves_back(&running);
    running.end(&before);
}

#[test]
#[ignore = "`cargo xtask test --long` runs it where there is Docker"]
fn localstack() {
    works(Compose::LocalStack);
}

#[test]
#[ignore = "`cargo xtask test --long` runs it where there is Docker"]
fn ministack() {
    works(Compose::MiniStack);
}
