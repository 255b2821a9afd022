//! CloudFormation.

use std::collections::BTreeMap;

use super::{Aws, AwsError, Service, Xml};

/// A stack's outputs by their names.
pub type Outputs = BTreeMap<String, String>;

/// A stack as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Such as `CREATE_COMPLETE`.
    pub status: String,
    /// Its outputs.
    pub outputs: Outputs,
}

impl Stack {
    /// Whether something is still being done to it.
    pub fn is_in_progress(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS")
    }

    /// Whether it is as its last template says.
    pub fn is_good(&self) -> bool {
        matches!(self.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE")
    }
}

impl Aws {
    /// The stack, if there is one.
    pub fn stack(&self, name: &str) -> Result<Option<Stack>, AwsError> {
        let input = vec![("StackName".to_owned(), name.to_owned())];
        match self.query(Service::CloudFormation, "DescribeStacks", input) {
            Ok(xml) => Ok(xml.text("StackStatus").map(|status| Stack { status, outputs: outputs(&xml) })),
            Err(error) if error.says("does not exist") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Begins to make a stack of the template at `template_url`.
    pub fn create_stack(
        &self,
        name: &str,
        template_url: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<(), AwsError> {
        self.query(Service::CloudFormation, "CreateStack", input(name, template_url, parameters)).map(|_| ())
    }

    /// Begins to bring a stack to the template at `template_url`. Tells whether there is something to do.
    pub fn update_stack(
        &self,
        name: &str,
        template_url: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<bool, AwsError> {
        match self.query(Service::CloudFormation, "UpdateStack", input(name, template_url, parameters)) {
            Ok(_) => Ok(true),
            Err(error) if error.says("No updates are to be performed") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Why something of a stack failed, the first cause first.
    pub fn stack_failures(&self, name: &str) -> Result<Vec<String>, AwsError> {
        let input = vec![("StackName".to_owned(), name.to_owned())];
        let xml = self.query(Service::CloudFormation, "DescribeStackEvents", input)?;
        let failed =
            |event: &Xml| event.text("ResourceStatus").is_some_and(|status| status.ends_with("_FAILED"));
        let mut failures: Vec<String> = xml
            .all("member")
            .filter(failed)
            .map(|event| {
                let resource = event.text("LogicalResourceId").unwrap_or_default();
                format!("{resource}: {}", event.text("ResourceStatusReason").unwrap_or_default())
            })
            .collect();
        // AWS lists the newest first.
        failures.reverse();
        Ok(failures)
    }
}

fn input(name: &str, template_url: &str, parameters: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut input = vec![
        ("StackName".to_owned(), name.to_owned()),
        ("TemplateURL".to_owned(), template_url.to_owned()),
        ("Capabilities.member.1".to_owned(), "CAPABILITY_IAM".to_owned()),
        ("Capabilities.member.2".to_owned(), "CAPABILITY_AUTO_EXPAND".to_owned()),
    ];
    for (index, (key, value)) in (1..).zip(parameters) {
        input.push((format!("Parameters.member.{index}.ParameterKey"), key.clone()));
        input.push((format!("Parameters.member.{index}.ParameterValue"), value.clone()));
    }
    input
}

fn outputs(stack: &Xml) -> Outputs {
    let outputs = stack.first("Outputs");
    let members = outputs.iter().flat_map(|outputs| outputs.all("member"));
    members.filter_map(|member| Some((member.text("OutputKey")?, member.text("OutputValue")?))).collect()
}
