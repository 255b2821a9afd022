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
fn the_validator_puts_invoices_and_changes_none() {
    let on_invoices = on("ValidatorRole", "InvoicesTable.");
    let allowed = set(&["dynamodb:GetItem", "dynamodb:PartiQLInsert", "dynamodb:PutItem", "dynamodb:Query"]);
    assert_eq!(on_invoices, allowed);
}

#[test]
fn the_key_of_the_alerts_is_used_through_sns_alone() {
    let template = template();
    let through =
        json!({ "StringEquals": { "kms:ViaService": { "!Sub": "sns.${AWS::Region}.${AWS::URLSuffix}" } } });
    for role in ["ValidatorRole", "RedriveRole"] {
        let policies = listed(&template["Resources"][role]["Properties"]["Policies"]);
        let statements = policies.iter().flat_map(|it| listed(&it["PolicyDocument"]["Statement"]));
        let of_keys: Vec<Value> = statements.filter(|it| it["Action"].to_string().contains("kms:")).collect();
        let own = |it: &&Value| in_condition(it).is_none();
        assert_eq!(of_keys.iter().filter(own).count(), 1, "{role}: {of_keys:?}");
        assert!(of_keys.iter().filter(own).all(|it| it["Condition"] == through), "{role}: {of_keys:?}");
    }
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
            // The key has it, with its slot.
            let in_key = match name {
                "state" => held.contains("state_slot"),
                "group_id" => held.contains("group_slot"),
                _ => false,
            };
            assert!(held.contains(name) || in_key, "{name} in {index}");
        }
    }
    assert_eq!(indexes.len(), 3);
}

fn listed_names(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().expect("names").iter().filter_map(Value::as_str)
}

/// The statements of a policy, each with the condition by which it is there.
fn statements_of(policy: &str) -> Vec<(Option<String>, Value)> {
    let template = template();
    let statements = listed(&template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]);
    let with = |it: &Value| match in_condition(it) {
        // The other way round: there if the condition does not hold.
        Some((name, yes)) if yes["Action"].is_null() => (Some(format!("not {name}")), it["!If"][2].clone()),
        Some((name, yes)) => (Some(name.to_owned()), yes.clone()),
        None => (None, it.clone()),
    };
    statements.iter().map(with).collect()
}

#[test]
fn the_redrives_endpoint_takes_signed_requests_only_and_what_asks_by_it_cannot_ask_otherwise() {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let of_kind = |kind: &str| -> Vec<Value> {
        resources.values().filter(|it| it["Type"] == kind).map(|it| it["Properties"].clone()).collect()
    };
    let urls = of_kind("AWS::Lambda::Url");
    assert_eq!(urls.iter().map(|url| &url["AuthType"]).collect::<Vec<_>>(), [&json!("AWS_IAM")]);
    let routes = of_kind("AWS::ApiGatewayV2::Route");
    assert_eq!(routes.iter().map(|it| &it["AuthorizationType"]).collect::<Vec<_>>(), [&json!("AWS_IAM")]);
    assert_eq!(of_kind("AWS::ApiGatewayV2::Integration")[0]["PayloadFormatVersion"], "2.0");

    for policy in ["RedriveOperatorPolicy", "ReviewerPolicy"] {
        let asks: Vec<_> = statements_of(policy)
            .into_iter()
            .filter(|(_, it)| it["Action"].as_str().is_some_and(|action| action.contains("Invoke")))
            .collect();
        for (condition, statement) in &asks {
            let through = &statement["Condition"];
            match (statement["Action"].as_str(), condition.as_deref()) {
                (Some("lambda:InvokeFunctionUrl"), Some("HasRedriveUrl")) => {
                    assert_eq!(
                        *through,
                        json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "AWS_IAM" } })
                    );
                }
                (Some("lambda:InvokeFunction"), Some("HasRedriveUrl")) => {
                    assert_eq!(*through, json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }));
                }
                (Some("execute-api:Invoke"), Some("HasRedriveApi")) => {
                    assert!(
                        statement["Resource"]["!Sub"].as_str().expect("an ARN").ends_with(":${RedriveApi}/*")
                    );
                }
                // Directly where there is no other way.
                (Some("lambda:InvokeFunction"), Some("not HasRedriveEndpoint")) => {
                    assert_eq!(policy, "ReviewerPolicy");
                    assert_eq!(statement["Resource"], json!({ "!GetAtt": "RedriveFunction.Arn" }));
                }
                other => panic!("{policy}: {other:?}"),
            }
        }
        assert_eq!(asks.len(), if policy == "ReviewerPolicy" { 4 } else { 3 });
    }
}

#[test]
fn each_way_to_the_redrive_has_an_entrance_of_its_own_and_who_may_use_one_may_use_no_other() {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let alias = |name: &str| json!({ "!Ref": name });
    let properties = |name: &str| &resources[name]["Properties"];
    for (name, alias) in [("RedriveSignedAlias", "signed"), ("RedriveScheduleAlias", "schedule")] {
        assert_eq!(properties(name)["Name"], alias);
        assert_eq!(properties(name)["FunctionName"], json!({ "!Ref": "RedriveFunction" }));
    }
    assert_eq!(properties("RedriveUrlOfFunction")["Qualifier"], "signed");
    assert_eq!(properties("RedriveApiIntegration")["IntegrationUri"], alias("RedriveSignedAlias"));
    for rule in ["ReconcileRule", "NotifyRule"] {
        for target in listed(&properties(rule)["Targets"]) {
            assert_eq!(target["Arn"], alias("RedriveScheduleAlias"), "{rule}");
        }
    }
    let permissions = resources.values().filter(|it| it["Type"] == "AWS::Lambda::Permission");
    let mut count = 0;
    for permission in permissions.map(|it| &it["Properties"]) {
        let of = match permission["Principal"].as_str() {
            Some("events.amazonaws.com") => "RedriveScheduleAlias",
            Some("apigateway.amazonaws.com") => "RedriveSignedAlias",
            other => panic!("{other:?}"),
        };
        assert_eq!(permission["FunctionName"], alias(of));
        assert!(!permission["SourceArn"].is_null(), "{permission}");
        count += 1;
    }
    assert_eq!(count, 3);
    // Nobody gets the aliases with the function, which `function:NAME:*` would be.
    for policy in ["DirectInvocationPolicy", "ReviewerPolicy", "RedriveOperatorPolicy"] {
        for (_, statement) in statements_of(policy) {
            for resource in listed(&statement["Resource"]) {
                assert!(!resource.to_string().contains("RedriveFunction.Arn}"), "{policy}: {resource}");
            }
        }
    }
    let direct = statements_of("DirectInvocationPolicy");
    assert_eq!(direct.len(), 1);
    assert_eq!(direct[0].1["Resource"], json!({ "!GetAtt": "RedriveFunction.Arn" }));
}

#[test]
fn reviewers_see_of_the_index_of_cases_how_many_there_are_and_since_when() {
    let statements = statements_of("ReviewerPolicy");
    let of_cases = |it: &&(Option<String>, Value)| {
        it.1["Resource"].to_string().contains("InvalidMessagesTable.Arn}/index")
    };
    let found: Vec<_> = statements.iter().filter(of_cases).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].1["Condition"],
        json!({
            "StringEquals": { "dynamodb:Select": ["COUNT", "SPECIFIC_ATTRIBUTES"] },
            "ForAllValues:StringEquals": { "dynamodb:Attributes": ["case_id", "item", "state_slot", "last_seen"] },
        })
    );
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
    // What is asked of the redrive is a test's own.
    for other in ["sts:get_caller_identity", "sqs:send_message_batch", "lambda:invoke"] {
        assert!(calls.remove(other), "{other} in {calls:?}");
    }
    // An action is spelt as its method.
    let action = |call: &String| {
        let (service, method) = call.split_once(':').expect("a client and a method");
        let words = method.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
        format!("{service}:{}", words.collect::<String>())
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
        if statement["Action"].is_null() {
            // What is there without the condition: another test looks at it.
            continue;
        }
        let names_none = listed(&statement["Resource"]).contains(&json!("*"));
        assert_eq!(names_none, statement["Action"] == "cloudwatch:GetMetricStatistics", "{statement}");
    }
    let asks = ["lambda:InvokeFunctionUrl", "execute-api:Invoke", "lambda:InvokeFunction"];
    for page in [include_str!("../../../docs/operators.md"), include_str!("../../../docs/operadores.md")] {
        for action in needed.iter().map(String::as_str).chain(asks).chain(["ReviewerPolicyArn"]) {
            assert!(page.contains(&format!("`{action}`")), "{action}");
        }
    }
}
