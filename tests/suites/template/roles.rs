//! Who may do what.

use super::*;

/// Every action of a role with each of its resources, e.g. `sqs:SendMessage` on `InvoicesQueue.Arn`.
fn allowed(role: &str) -> BTreeSet<(String, String)> {
    let template = template();
    let properties = &template["Resources"][role]["Properties"];
    assert!(properties["ManagedPolicyArns"].is_null(), "{role} has what is written here and nothing else");
    let policies = properties["Policies"].as_array().expect("policies");
    let statements = policies.iter().flat_map(|it| listed(&it["PolicyDocument"]["Statement"]));
    let statements = statements.map(|it| in_condition(&it).map_or(it.clone(), |(_, inner)| inner.clone()));
    let mut allowed = BTreeSet::new();
    for statement in statements {
        assert_eq!(statement["Effect"], "Allow");
        assert!(statement["NotAction"].is_null() && statement["NotResource"].is_null(), "{statement}");
        for action in listed(&statement["Action"]) {
            for resource in listed(&statement["Resource"]).iter().flat_map(either) {
                let name = ["!GetAtt", "!Ref", "!Sub"].into_iter().find_map(|tag| resource[tag].as_str());
                let name = name.or(resource.as_str()).map_or_else(|| resource.to_string(), str::to_owned);
                allowed.insert((action.as_str().expect("an action").to_owned(), name));
            }
        }
    }
    assert!(allowed.len() > 5, "{allowed:?}");
    allowed
}

/// A statement that is there by a condition, with that.
pub(super) fn in_condition(statement: &Value) -> Option<(&str, &Value)> {
    Some((statement["!If"][0].as_str()?, &statement["!If"][1]))
}

/// What AWS has no resources for.
fn has_no_resource(action: &str) -> bool {
    action.starts_with("xray:") || action.starts_with("ec2:Describe")
}

/// What a role may do on resources whose names begin so.
fn on(role: &str, resource: &str) -> BTreeSet<String> {
    let on_it = |(_, name): &(String, String)| {
        name == "*" || name.starts_with(resource) || name.starts_with(&format!("${{{resource}"))
    };
    allowed(role)
        .into_iter()
        .filter(on_it)
        .map(|(action, _)| action)
        .filter(|it| !has_no_resource(it))
        .collect()
}

pub(super) fn set(actions: &[&str]) -> BTreeSet<String> {
    actions.iter().map(|action| (*action).to_owned()).collect()
}

#[test]
fn the_validator_cannot_read_the_dead_letter_queue() {
    assert_eq!(on("ValidatorRole", "DeadLetterQueue."), set(&["sqs:SendMessage"]));
    assert!(
        !on("ValidatorRole", "InvoicesQueue.").contains("sqs:SendMessage"),
        "nor send invoices to itself"
    );
}

#[test]
fn the_redrive_deletes_and_updates_nothing_in_the_invoices_table() {
    let allowed = set(&["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]);
    assert_eq!(on("RedriveRole", "InvoicesTable."), allowed, "it sets invoices aside");
}

#[test]
fn the_redrive_sends_to_the_intake_and_does_not_take_from_it() {
    assert_eq!(on("RedriveRole", "InvoicesQueue."), set(&["sqs:SendMessage"]));
    assert_eq!(
        on("RedriveRole", "DeadLetterQueue."),
        set(&["sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"])
    );
}

#[test]
fn nobody_deletes_from_a_case_or_an_invoice_nor_scans_a_table() {
    let template = template();
    for role in ["ValidatorRole", "RedriveRole"] {
        // From the outbox of alerts alone: its partitions are those of groups.
        let policies = listed(&template["Resources"][role]["Properties"]["Policies"]);
        let statements = policies.iter().flat_map(|it| listed(&it["PolicyDocument"]["Statement"]));
        for statement in statements.filter(|it| listed(&it["Action"]).contains(&json!("dynamodb:DeleteItem")))
        {
            assert_eq!(listed(&statement["Action"]).len(), 1, "{role}: with nothing else");
            let condition = json!({
                "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["group:*"] },
                "Null": { "dynamodb:LeadingKeys": "false" },
            });
            assert_eq!(statement["Condition"], condition, "{role}");
        }
        for (action, resource) in allowed(role) {
            let is_known = ["sqs:DeleteMessage", "dynamodb:DeleteItem"].contains(&action.as_str());
            let is_known = is_known || action.starts_with("ec2:");
            assert!(!action.contains("Delete") || is_known, "{role}: {action}");
            assert!(action != "dynamodb:DeleteItem" || resource == "InvalidMessagesTable.Arn", "{role}");
            assert!(!action.contains("Scan"), "{role}: {action} on {resource}");
        }
    }
}

#[test]
fn a_role_names_its_actions_and_its_resources() {
    for role in ["ValidatorRole", "RedriveRole"] {
        for (action, resource) in allowed(role) {
            // KMS has several actions for data keys.
            assert!(!action.contains('*') || action == "kms:GenerateDataKey*", "{role}: {action}");
            assert!(resource != "*" || has_no_resource(&action), "{role}: {action} on everything");
        }
    }
}

#[test]
fn the_redrive_queries_the_indexes_that_there_are_and_they_hold_all_of_a_line() {
    let template = template();
    let table = &template["Resources"]["InvalidMessagesTable"]["Properties"];
    let indexes = table["GlobalSecondaryIndexes"].as_array().expect("indexes");
    for index in indexes {
        let name = index["IndexName"].as_str().expect("a name");
        let resource = format!("${{InvalidMessagesTable.Arn}}/index/{name}");
        assert!(allowed("RedriveRole").contains(&("dynamodb:Query".to_owned(), resource)), "{name}");
        if name == "by_due" {
            assert_eq!(index["Projection"]["NonKeyAttributes"], json!(["held", "opened_ms"]));
            continue;
        }
        let keys = index["KeySchema"].as_array().expect("keys").iter().map(|key| &key["AttributeName"]);
        let held: BTreeSet<&str> = listed_names(&index["Projection"]["NonKeyAttributes"])
            .chain(keys.filter_map(Value::as_str))
            .collect();
        for name in [
            "state",
            "attempt",
            "source",
            "received_at",
            "first_seen",
            "last_seen",
            "queued_at",
            "reason_code",
            "reason_category",
            "reason_count",
            "codes",
            "group_id",
            "group_label",
            "seller",
            "seller_name",
            "number",
            "issue_date",
            "currency",
            "payable",
            "owner",
            "ticket",
        ] {
            assert!(held.contains(name), "{name} in {index}");
        }
    }
    assert_eq!(indexes.len(), 3);
}

fn listed_names(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().expect("names").iter().filter_map(Value::as_str)
}

#[test]
fn the_redrives_url_takes_signed_requests_only_and_its_operators_come_by_it_alone() {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let urls = resources.values().filter(|it| it["Type"] == "AWS::Lambda::Url");
    let kinds: Vec<&Value> = urls.map(|url| &url["Properties"]["AuthType"]).collect();
    assert_eq!(kinds, [&json!("AWS_IAM")]);
    let statements = listed(&resources["RedriveOperatorPolicy"]["Properties"]["PolicyDocument"]["Statement"]);
    let invoke = statements.iter().find(|it| it["Action"] == "lambda:InvokeFunction").expect("a statement");
    assert_eq!(invoke["Condition"], json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }));
}

#[test]
fn a_key_of_ones_own_encrypts_all_that_is_kept_and_the_functions_may_use_it_by_those_services_alone() {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let key = |value: &Value| either(value).first() == Some(&json!({ "!Ref": "KmsKeyArn" }));
    let mut kept = 0;
    for (name, resource) in resources {
        let properties = &resource["Properties"];
        let by = match resource["Type"].as_str().expect("a type") {
            "AWS::SQS::Queue" | "AWS::SNS::Topic" => &properties["KmsMasterKeyId"],
            "AWS::DynamoDB::Table" => &properties["SSESpecification"]["KMSMasterKeyId"],
            "AWS::Logs::LogGroup" => &properties["KmsKeyId"],
            "AWS::Serverless::Function" => &properties["KmsKeyArn"],
            _ => continue,
        };
        assert!(key(by), "{name}: {by}");
        kept += 1;
    }
    assert!(kept >= 9, "{kept}");

    let policy = &resources["KmsKeyPolicy"];
    assert_eq!(policy["Condition"], "HasKmsKey");
    for statement in listed(&policy["Properties"]["PolicyDocument"]["Statement"]) {
        assert_eq!(statement["Resource"], json!({ "!Ref": "KmsKeyArn" }));
        let services = listed(&statement["Condition"]["StringEquals"]["kms:ViaService"]);
        let services: Vec<_> =
            services.iter().filter_map(|it| it["!Sub"].as_str()?.split('.').next()).collect();
        assert_eq!(services, ["dynamodb", "lambda", "sns", "sqs"]);
    }
}

/// The calls of AWS in the source of a program, by the names of the SDK's methods.
fn calls_in(folder: &Path, calls: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            calls_in(&path, calls);
            continue;
        }
        let source = fs::read_to_string(&path).expect("a source");
        // Its clients are fields of the account.
        let source: String = source.split_whitespace().collect();
        for client in ["sqs", "dynamodb", "lambda", "cloudwatch", "sts"] {
            for owner in ["account", "self"] {
                let begin = format!("{owner}.{client}.");
                let methods = source.split(&begin).skip(1).filter_map(|after| after.split('(').next());
                calls.extend(methods.map(|method| format!("{client}:{method}")));
            }
        }
    }
}

#[test]
fn who_reviews_may_make_each_call_that_aduana_makes_and_no_other() {
    let mut calls = BTreeSet::new();
    calls_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/operator/src"), &mut calls);
    // Everybody may ask who they are; who sends invoices is somebody else.
    for other in ["sts:get_caller_identity", "sqs:send_message_batch"] {
        assert!(calls.remove(other), "{other} in {calls:?}");
    }
    // An action is spelt as its method, but for the invocation.
    let action = |call: &String| match call.as_str() {
        "lambda:invoke" => "lambda:InvokeFunction".to_owned(),
        call => {
            let (service, method) = call.split_once(':').expect("a client and a method");
            let words = method.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
            format!("{service}:{}", words.collect::<String>())
        }
    };
    let needed: BTreeSet<String> = calls.iter().map(action).collect();
    assert!(needed.len() > 6, "{needed:?}");

    let template = template();
    let statements =
        listed(&template["Resources"]["ReviewerPolicy"]["Properties"]["PolicyDocument"]["Statement"]);
    let always = statements.iter().filter(|it| in_condition(it).is_none());
    let allowed = always.flat_map(|it| listed(&it["Action"]));
    let allowed: BTreeSet<String> = allowed.map(|it| it.as_str().expect("an action").to_owned()).collect();
    assert_eq!(allowed, needed);
    for statement in &statements {
        let statement = in_condition(statement).map_or(statement, |(_, statement)| statement);
        let names_none = listed(&statement["Resource"]).contains(&json!("*"));
        assert_eq!(names_none, statement["Action"] == "cloudwatch:GetMetricStatistics", "{statement}");
    }
    for page in [include_str!("../../../docs/operators.md"), include_str!("../../../docs/operadores.md")] {
        for action in needed.iter().map(String::as_str).chain(["ReviewerPolicyArn"]) {
            assert!(page.contains(&format!("`{action}`")), "{action}");
        }
    }
}
