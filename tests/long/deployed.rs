//! Deployed by the tools that people use, by the files that they use, and working.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use xtask::folders::Folders;
use xtask::functions::{FUNCTIONS, architecture, zip_of};

use crate::{aws, scratch};

const PATIENCE: Duration = Duration::from_mins(2);

/// A checkout whose packages are the functions as built for this machine: those for Lambda need not be there, and are not
/// replaced.
fn checkout(name: &str) -> PathBuf {
    let (folders, root) = (Folders::find(), scratch(name));
    for function in FUNCTIONS {
        let package = root.join("target/lambda").join(function);
        fs::create_dir_all(&package).unwrap();
        symlink(zip_of(&folders, function), package.join("bootstrap.zip")).unwrap();
    }
    for folder in ["infra", "localstack"] {
        fs::create_dir_all(root.join(folder)).unwrap();
        for entry in fs::read_dir(folders.root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, root.join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    root
}

/// A tool on the PATH that `cargo xtask test --long` gives, pointed at the local AWS and at nothing of the user's.
fn tool(name: impl AsRef<std::ffi::OsStr>, root: &Path) -> Command {
    let mut tool = Command::new(name);
    tool.current_dir(root).stdin(Stdio::null());
    for (name, value) in [
        ("AWS_ENDPOINT_URL", aws().endpoint()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_CONFIG_FILE", "/nonexistent"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ("SAM_CLI_TELEMETRY", "0"),
    ] {
        tool.env(name, value);
    }
    tool.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
    tool
}

fn passes(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// An invoice sent to the intake is stored, and one that is wrong is held.
fn works(prefix: &str) {
    let (aws, samples) = (aws(), Folders::find().samples());
    let queue = aws.queue_url(&format!("{prefix}invoices")).unwrap();
    let bodies = ["valid-minimal.json", "invalid-data-BR-CO-15-wrong-total.json"]
        .map(|name| fs::read_to_string(samples.join(name)).unwrap());
    aws.send_batch(&queue, &bodies.each_ref().map(String::as_str)).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let count = |table: &str| aws.items(&format!("{prefix}{table}")).unwrap().len();
    while count("Invoices") == 0 || count("InvalidMessages") == 0 || aws.depth(&queue).unwrap().total() > 0 {
        assert!(Instant::now() < deadline, "{} stored, {} held", count("Invoices"), count("InvalidMessages"));
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn sam_deploys_what_its_configuration_says() {
    let root = checkout("sam");
    passes(tool("sam", &root).args(["validate", "--lint", "--template-file", "infra/template.yaml"]));
    // What a local AWS needs besides.
    let config = root.join("infra/samconfig.toml");
    let text = fs::read_to_string(&config).unwrap();
    let stage = "  \"Prefix=aduana-dev-\",\n";
    assert_eq!(text.matches(stage).count(), 1);
    let local = format!(
        "{stage}  \"EndpointUrl={}\",\n  \"Architecture={}\",\n  \"BatchSize=10\",\n  \"BatchWindow=0\",\n",
        aws().endpoint(),
        architecture().unwrap()
    );
    let text = text.replace(stage, &local).replace("MaximumConcurrency=2", "MaximumConcurrency=0");
    fs::write(&config, text).unwrap();
    let deploy = ["deploy", "--template-file", "infra/template.yaml", "--config-env", "dev"];
    passes(tool("sam", &root).args(deploy));
    works("aduana-dev-");
}

#[test]
fn the_script_of_localstacks_compose_file_deploys() {
    let root = checkout("script");
    let deploy = || {
        let mut script = tool("sh", &root);
        script.arg("localstack/deploy.sh").env("ADUANA_EMULATOR", "ministack");
        script.env("ADUANA_STACK", "script").env("ADUANA_PREFIX", "script-");
        script
    };
    let said = passes(&mut deploy());
    assert!(said.contains("script-Invoices"), "{said}");
    works("script-");
    passes(&mut deploy());
}

#[test]
fn without_packages_the_script_says_which_command_makes_them() {
    let root = checkout("unpacked");
    fs::remove_dir_all(root.join("target/lambda/redrive")).unwrap();
    let output = tool("sh", &root).arg("localstack/deploy.sh").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("failed to find the function redrive"), "{said}");
    assert!(said.contains("cargo xtask package --arch"), "{said}");
}
