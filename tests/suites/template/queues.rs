//! The queues and topics, as AWS advises.

use super::*;

/// What is wrong with the queues of a template: what AWS advises against, and what would lose messages.
fn faults_of_queues(template: &Value) -> Vec<String> {
    let resources = template["Resources"].as_object().expect("resources");
    let default = |name: &str| number(&template["Parameters"][name]["Default"]);
    let mut faults = Vec::new();
    let timeout = number(&resources["ValidatorFunction"]["Properties"]["Timeout"]);
    if default("VisibilityTimeout") < 6 * timeout + default("BatchWindow") {
        faults.push("visibility timeout under six times the function's timeout".to_owned());
    }
    let retention = |queue: &str| number(&resources[queue]["Properties"]["MessageRetentionPeriod"]);
    for (name, queue) in resources.iter().filter(|(_, it)| it["Type"] == "AWS::SQS::Queue") {
        let target = queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["!GetAtt"].as_str();
        if let Some(target) = target.and_then(|arn| arn.strip_suffix(".Arn"))
            && retention(target) < retention(name)
        {
            faults.push(format!("{target} keeps messages for less time than {name}"));
        }
    }
    let kinds = [("AWS::SQS::Queue", "Queues", "sqs:*"), ("AWS::SNS::Topic", "Topics", "sns:Publish")];
    for (kind, list, action) in kinds {
        for (name, _) in resources.iter().filter(|(_, it)| it["Type"] == kind) {
            let by_tls = resources.values().any(|policy| {
                let properties = &policy["Properties"];
                let is_of_it = listed(&properties[list]).iter().any(|it| it["!Ref"] == name.as_str());
                let statements = listed(&properties["PolicyDocument"]["Statement"]);
                is_of_it && statements.iter().any(|it| denies_what_is_not_by_tls(it, action))
            });
            if !by_tls {
                faults.push(format!("{name} takes what does not come by TLS"));
            }
        }
    }
    faults
}

fn denies_what_is_not_by_tls(statement: &Value, action: &str) -> bool {
    let not_by_tls = json!({ "Bool": { "aws:SecureTransport": "false" } });
    statement["Effect"] == "Deny"
        && statement["Principal"] == "*"
        && statement["Action"] == action
        && statement["Condition"] == not_by_tls
}

#[test]
fn the_queues_are_as_aws_advises_and_take_nothing_but_by_tls() {
    assert_eq!(faults_of_queues(&template()), Vec::<String>::new());
}

#[test]
fn a_queue_that_is_not_is_seen() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 5] = [
        ("visibility", |it| it["Parameters"]["VisibilityTimeout"]["Default"] = 179.into()),
        ("visibility", |it| it["Resources"]["ValidatorFunction"]["Properties"]["Timeout"] = 60.into()),
        ("less time", |it| {
            it["Resources"]["DeadLetterQueue"]["Properties"]["MessageRetentionPeriod"] = 1_209_599.into();
        }),
        ("DeadLetterQueue takes", |it| {
            it["Resources"].as_object_mut().expect("resources").remove("DeadLetterQueuePolicy");
        }),
        ("AlarmsTopic takes", |it| {
            let policy = &mut it["Resources"]["AlarmsTopicPolicy"]["Properties"]["PolicyDocument"];
            policy["Statement"].as_array_mut().expect("statements").truncate(1);
        }),
    ];
    for (fault, change) in changes {
        let mut template = template();
        change(&mut template);
        let faults = faults_of_queues(&template);
        assert!(faults.len() == 1 && faults[0].contains(fault), "{fault}: {faults:?}");
    }
}

#[test]
fn producers_of_other_accounts_may_send_and_nothing_else() {
    let template = template();
    let statements =
        listed(&template["Resources"]["InvoicesQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]);
    let allowed: Vec<&Value> = statements
        .iter()
        .filter_map(|it| Some((it["!If"][0].as_str()?, &it["!If"][1])))
        .map(|(condition, statement)| {
            assert_eq!(condition, "HasProducers", "nobody, unless somebody is named");
            statement
        })
        .collect();
    let [producers] = allowed[..] else { panic!("{allowed:?}") };
    assert_eq!(producers["Effect"], "Allow");
    assert_eq!(producers["Principal"], json!({ "AWS": { "!Ref": "ProducerPrincipals" } }));
    assert_eq!(producers["Action"], json!(["sqs:SendMessage", "sqs:GetQueueUrl"]));
    assert_eq!(producers["Resource"], json!({ "!GetAtt": "InvoicesQueue.Arn" }));
    let others: Vec<&Value> = statements.iter().filter(|it| it["!If"].is_null()).collect();
    assert!(others.iter().all(|it| it["Effect"] == "Deny"), "{others:?}");
}

#[test]
fn what_the_intake_gives_up_is_tried_again_before_it_is_for_people() {
    let template = template();
    let of = |queue: &str, name: &str| template["Resources"][queue]["Properties"][name].clone();
    let target = |queue: &str| of(queue, "RedrivePolicy")["deadLetterTargetArn"]["!GetAtt"].clone();
    assert_eq!(target("InvoicesQueue"), "UnprocessedQueue.Arn");
    // AWS's console offers its redrive of the dead-letter queue of another queue, and of no other.
    assert_eq!(target("UnprocessedQueue"), "DeadLetterQueue.Arn");
    // The functions know by its name whose messages it has (`cases::message::sent_to`).
    let name = of("UnprocessedQueue", "QueueName");
    let name = name["!Sub"].as_str().expect("a name");
    assert_eq!(aduana_cases::message::sent_to(name), ("${Prefix}invoices", true));
    let events = &template["Resources"]["ValidatorFunction"]["Properties"]["Events"];
    assert_eq!(events["Unprocessed"]["Properties"]["Queue"]["!GetAtt"], "UnprocessedQueue.Arn");
    assert_eq!(
        events["Unprocessed"]["Properties"]["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"])
    );
}
