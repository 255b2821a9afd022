//! `demo`: the whole of it, shown with the real template, the real function and the real program.

mod found;
mod review;
mod road;
mod samples;

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use self::found::{Found, look, reasons};
use self::review::review;
use self::road::Road;
use self::samples::{Sample, samples};
use crate::aws::text;
use crate::failure::Failure;
use crate::folders::Folders;
use crate::functions::{Profile, run};
use crate::python::{KAFKA, LOCAL_AWS};
use crate::terminal::{BAD, GOOD, clean, heading, painted, say, short, table};
use crate::up::{Begin, Deployment, ENV, PREFIX, say_next, settings, up, up_on_localstack};

const PATIENCE: Duration = Duration::from_mins(5);

/// `cargo xtask demo`; with `kafka`, the samples go through a topic instead of the queue.
pub fn run_demo(folders: &Folders, profile: Profile, kafka: bool) -> Result<(), Failure> {
    announce(folders, kafka);
    show(folders, kafka, || up(folders, profile, Begin::Afresh))
}

/// `cargo xtask demo --localstack`.
pub fn run_demo_on_localstack(folders: &Folders) -> Result<(), Failure> {
    say("Aduana on LocalStack: the template, the functions as Lambda takes them, and the program aduana.\n");
    show(folders, false, || up_on_localstack(folders))
}

/// Deploys, and shows what becomes of the samples.
fn show(
    folders: &Folders,
    kafka: bool,
    up: impl FnOnce() -> Result<Deployment, Failure>,
) -> Result<(), Failure> {
    let samples = samples(&folders.samples())?;
    let deployment = up()?;
    let mut road = Road::open(folders, &deployment, kafka)?;
    let (second, mut first): (Vec<_>, Vec<_>) = samples.iter().partition(|sample| sample.due.is_second());
    if deployment.emulator.may_rewrite() {
        let ahead = [first.remove(0)];
        publish(folders, &deployment, &mut road, "Publishing one of the sample invoices ahead", &ahead)?;
    }
    publish(folders, &deployment, &mut road, "Publishing the sample invoices", &first)?;
    let again = "Publishing again some of what is stored: the same, and altered";
    publish(folders, &deployment, &mut road, again, &second)?;
    let found = look(&deployment)?;
    show_stored(&found, &samples);
    show_held(&found, &samples);
    road.show(&found);
    show_dead_letter(&found);
    show_alert(&found);
    judge(&deployment, &found, &samples, &road)?;
    review(folders, &deployment, &samples, &found)?;
    say_next(&next(deployment.emulator.stop()));
    if kafka {
        say("\nThe Kafka broker ends here. `cargo xtask kafka` runs one beside what is deployed.");
    }
    Ok(())
}

fn announce(folders: &Folders, kafka: bool) {
    say(
        "Aduana on this machine: the template, the function and the program that production uses, on a local AWS.\n",
    );
    if !LOCAL_AWS.are_installed(folders) {
        say(&format!("It installs {}.", LOCAL_AWS.what));
        say("The first time, building takes some minutes. Later runs take seconds.");
    }
    if kafka && !KAFKA.are_installed(folders) {
        say(&format!("It installs {}.", KAFKA.what));
    }
    say("Everything stays in .aduana/ and target/; `rm -r .aduana` removes what was installed.");
    say(
        "The local AWS starts empty: what an earlier run left in it is gone. It listens on 127.0.0.1 only.\n",
    );
}

/// Sends the samples with the program `aduana`, and waits until the function has taken them all.
fn publish(
    folders: &Folders,
    deployment: &Deployment,
    road: &mut Road,
    what: &str,
    samples: &[&Sample],
) -> Result<(), Failure> {
    heading(what);
    let mut aduana = aduana(folders, deployment);
    aduana.arg("publish").args(samples.iter().map(|sample| &sample.path));
    road.lead(&mut aduana);
    run(&mut aduana, "publish the samples with aduana")?;
    road.wait(deployment, samples.len())
}

/// The program `aduana`, pointed at the deployment.
fn aduana(folders: &Folders, deployment: &Deployment) -> Command {
    let mut aduana = Command::new(deployment.programs.join("aduana"));
    aduana
        .current_dir(folders.root())
        .envs(settings(deployment.aws.endpoint()))
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    aduana
}

fn show_stored(found: &Found, samples: &[Sample]) {
    heading(&format!("Stored: {} invoices, in the table {PREFIX}Invoices", found.stored.len()));
    let rows = samples.iter().filter_map(|sample| {
        let item = found.stored.get(&sample.fingerprint)?;
        let get = |name| text(item, name).unwrap_or("-").to_owned();
        let payable = format!("{} {}", get("payable"), get("currency"));
        Some([sample.name.clone(), get("seller"), get("number"), payable, short(&get("seller_name"), 40)])
    });
    say(&table(["sample", "seller", "number", "payable", "seller's name"], rows));
}

fn show_held(found: &Found, samples: &[Sample]) {
    heading(&format!(
        "Held: {} invoices, in the table {PREFIX}InvalidMessages, with every reason",
        found.held.len()
    ));
    let rows = samples
        .iter()
        .filter_map(|sample| Some((sample, found.held.get(&sample.fingerprint)?)))
        .flat_map(|(sample, case)| {
            reasons(case).into_iter().enumerate().map(|(index, [code, category, path, actual, expected])| {
                let name = if index == 0 { sample.name.clone() } else { String::new() };
                [name, code, category, short(&path, 48), short(&actual, 28), short(&expected, 44)]
            })
        });
    say(&table(["sample", "code", "category", "where", "found", "expected"], rows));
}

fn show_dead_letter(found: &Found) {
    heading(&format!("One of the messages in the queue {PREFIX}invoices-dlq"));
    let Some(message) = found.dead_letters.first() else { return };
    let attributes = message.attributes.iter().map(|(name, value)| [name.clone(), short(value, 120)]);
    say(&table(["attribute", "value"], attributes));
    say(&format!("and as its body, byte for byte what was received: {}", short(&clean(&message.body), 70)));
}

fn show_alert(found: &Found) {
    heading("One of the alerts in the administrator's mailbox");
    let Some(alert) = found.alerts.first() else { return };
    let field = |name: &str| alert.get(name).and_then(Value::as_str).unwrap_or_default();
    say(&format!("Subject: {}", clean(field("Subject"))));
    for line in field("Message").lines() {
        say(&format!("  {}", short(&clean(line), 160)));
    }
}

/// Whether all went as the samples' names say.
fn judge(deployment: &Deployment, found: &Found, samples: &[Sample], road: &Road) -> Result<(), Failure> {
    let mut wrong: Vec<String> = samples.iter().filter_map(|sample| found.wrong_with(sample)).collect();
    if !found.held.is_empty() && found.dead_letters.is_empty() {
        wrong.push("nothing is in the dead-letter queue".to_owned());
    }
    if !found.held.is_empty() && found.alerts.is_empty() {
        wrong.push("the administrator got no alert".to_owned());
    }
    let strangers = road.strangers(found);
    if strangers > 0 {
        wrong.push(format!("{strangers} came by another road"));
    }
    if wrong.is_empty() {
        say(&format!(
            "\n{} each of the {} samples ended as its name says",
            painted(GOOD, "✓"),
            samples.len()
        ));
        return Ok(());
    }
    say("");
    for line in &wrong {
        say(&format!("{} {line}", painted(BAD, "✗")));
    }
    let log = deployment.emulator.log();
    Err(Failure::to("see every sample end as its name says")
        .because(format!("{} did not", wrong.len()))
        .help(format!("what the function says is in {log}")))
}

const fn next(stop: &str) -> [(&str, &str); 8] {
    [
        (". .aduana/env", ENV),
        ("aduana console", "all of that in the browser"),
        ("aduana invalid list", "what is still held"),
        ("aduana invalid show ID", "why, with its history"),
        ("aduana invalid correct ID --edit --resend", "correct it in your editor, and send it through again"),
        ("aduana invoices list", "what was stored"),
        ("aduana publish FILE", "send an invoice of your own"),
        (stop, "stop it; what it holds is gone then"),
    ]
}
