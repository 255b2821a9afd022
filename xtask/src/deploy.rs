//! Deploys the template to a local AWS, as `sam deploy` does to AWS: the code goes into a bucket, the template names it
//! there, CloudFormation does the rest.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::aws::{Aws, Outputs};
use crate::failure::{Doing, Failure};
use crate::functions::architecture;
use crate::hash::sha256;

const BUCKET: &str = "aduana-functions";
const PATIENCE: Duration = Duration::from_mins(5);
/// A schedule whose only day is far away.
const NEVER: &str = "cron(0 0 1 1 ? 2099)";

/// What makes this deployment different from another one. The keys are the template's parameters.
pub type Parameters = BTreeMap<String, String>;

/// The parameters for a local AWS at `endpoint`: its own architecture, batches as it makes them, tables that may be deleted,
/// and nothing that happens by itself.
pub fn local_parameters(endpoint: &str, prefix: &str) -> Result<Parameters, Failure> {
    let parameters = [
        ("Prefix", prefix),
        ("EndpointUrl", endpoint),
        ("Architecture", architecture()?),
        ("BatchSize", "10"),
        ("BatchWindow", "0"),
        // MiniStack fails on a number that comes from a parameter here; without one it takes five batches at a time.
        ("MaximumConcurrency", "0"),
        ("DeletionProtection", "false"),
        // MiniStack names the caller in the events of an API, and not in those of a function URL.
        ("RedriveEndpoint", "api"),
        // Only when it is asked to: what is shown and tested stays as it is until then. Not by nothing: LocalStack takes the default
        // for an empty parameter.
        ("ReconcileRate", NEVER),
        ("NotifyRate", NEVER),
    ];
    Ok(parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
}

/// Makes the stack `name`, or brings it up to date, and returns its outputs.
pub fn deploy(
    aws: &Aws,
    name: &str,
    template: &Path,
    functions: &[(&str, PathBuf)],
    parameters: &Parameters,
) -> Result<Outputs, Failure> {
    let what = || format!("deploy the stack {name} to {}", aws.endpoint());
    let mut text = fs::read_to_string(template).doing(|| format!("read {}", template.display()))?;
    aws.make_bucket(BUCKET).doing(what)?;
    for (function, zip) in functions {
        let place = upload(aws, function, zip)?;
        text = with_code(&text, function, &place)?;
    }
    // By the bucket, as a request has no room for so large a template.
    let key = format!("templates/{}.yaml", sha256(text.as_bytes()));
    aws.put_object(BUCKET, &key, text.as_bytes()).doing(what)?;
    let url = aws.object_url(BUCKET, &key);
    let begun = match aws.stack(name).doing(what)? {
        None => aws.create_stack(name, &url, parameters).map(|()| true),
        Some(_) => aws.update_stack(name, &url, parameters),
    };
    if begun.doing(what)? {
        sleep(Duration::from_millis(50));
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        match aws.stack(name).doing(what)? {
            Some(stack) if stack.is_good() => return Ok(stack.outputs),
            Some(stack) if stack.is_in_progress() && Instant::now() < deadline => {
                sleep(Duration::from_millis(200));
            }
            stack => {
                let status = stack.map_or("it is gone".to_owned(), |stack| stack.status);
                let failures = aws.stack_failures(name).doing(what)?;
                return Err(Failure::to(what()).because(format!("{status}\n{}", failures.join("\n"))));
            }
        }
    }
}

/// Puts a function's code into the bucket, under a name that changes with it.
fn upload(aws: &Aws, function: &str, zip: &Path) -> Result<String, Failure> {
    let code = fs::read(zip).doing(|| format!("read {}", zip.display()))?;
    let key = format!("{function}/{}.zip", sha256(&code));
    aws.put_object(BUCKET, &key, &code).doing(|| format!("upload the function {function}"))?;
    Ok(format!("s3://{BUCKET}/{key}"))
}

/// The template with a function's code at `place` instead of where `package` leaves it.
fn with_code(template: &str, function: &str, place: &str) -> Result<String, Failure> {
    let here = format!("CodeUri: ../target/lambda/{function}/bootstrap.zip\n");
    match template.matches(&here).count() {
        1 => Ok(template.replace(&here, &format!("CodeUri: {place}\n"))),
        count => Err(Failure::to(format!("find the code of the function {function} in the template"))
            .because(format!("{count} lines say {:?}, and one must", here.trim()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_names_the_code_of_each_function_once() {
        let template = fs::read_to_string(crate::folders::Folders::find().template()).expect("the template");
        for function in crate::functions::FUNCTIONS {
            let with_code = with_code(&template, function, "s3://bucket/key.zip").expect("one place");
            assert!(with_code.contains("      CodeUri: s3://bucket/key.zip\n"));
        }
    }

    #[test]
    fn a_function_without_a_place_in_the_template_is_reported() {
        let failure = with_code("Resources:\n", "validator", "s3://bucket/key.zip").expect_err("no place");
        assert!(failure.to_string().contains("0 lines say"), "{failure}");
    }

    #[test]
    fn every_parameter_that_is_set_locally_is_one_of_the_template() {
        let template = fs::read_to_string(crate::folders::Folders::find().template()).expect("the template");
        for name in local_parameters("http://127.0.0.1:4566", "aduana-").expect("parameters").keys() {
            assert!(template.contains(&format!("\n  {name}:\n    Type: ")), "{name}");
        }
    }
}
