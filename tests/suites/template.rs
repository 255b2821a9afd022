//! Who may do what, as `infra/template.yaml` says.

use std::collections::BTreeSet;

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The template as JSON; `!GetAtt X.Arn` is `{"!GetAtt": "X.Arn"}`.
fn template() -> Value {
    let text = include_str!("../../infra/template.yaml");
    to_json(&Yaml::load_from_str(text).expect("YAML")[0])
}

fn to_json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Sequence(items) => items.iter().map(to_json).collect(),
        Yaml::Mapping(entries) => {
            let name = |yaml| to_json(yaml).as_str().map_or_else(|| to_json(yaml).to_string(), str::to_owned);
            entries.iter().map(|(key, value)| (name(key), to_json(value))).collect::<Map<_, _>>().into()
        }
        Yaml::Tagged(tag, inner) => {
            let inner = to_json(inner);
            Value::Object(Map::from_iter([(format!("{}{}", tag.handle, tag.suffix), inner)]))
        }
        Yaml::Value(Scalar::Integer(number)) => (*number).into(),
        Yaml::Value(Scalar::Boolean(flag)) => (*flag).into(),
        Yaml::Value(Scalar::String(text)) | Yaml::Representation(text, ..) => text.as_ref().into(),
        _ => Value::Null,
    }
}

fn listed(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// Both branches of a `!If`, and anything else as it is.
fn either(value: &Value) -> Vec<Value> {
    match value["!If"].as_array().map(Vec::as_slice) {
        Some([_condition, yes, no]) => vec![yes.clone(), no.clone()],
        _ => vec![value.clone()],
    }
}

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
fn in_condition(statement: &Value) -> Option<(&str, &Value)> {
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

fn set(actions: &[&str]) -> BTreeSet<String> {
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
fn the_redrive_cannot_write_the_invoices_table() {
    assert_eq!(on("RedriveRole", "InvoicesTable."), set(&["dynamodb:GetItem", "dynamodb:Query"]));
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
        // From the notice board alone: its partitions are those of groups.
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
fn kafka_is_off_unless_a_cluster_is_named_and_its_rights_come_and_go_with_it() {
    let template = template();
    for parameter in ["KafkaClusterArn", "KafkaBootstrapServers"] {
        assert_eq!(template["Parameters"][parameter]["Default"], "");
    }
    for (id, resource) in template["Resources"].as_object().expect("resources") {
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" {
            assert!(resource["Condition"].is_string(), "{id} is there without being asked for");
        }
    }
    let policy = &template["Resources"]["ValidatorRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    let mut actions = Vec::new();
    for statement in listed(&policy["Statement"]) {
        match in_condition(&statement) {
            Some((_, inner)) => actions.extend(listed(&inner["Action"])),
            None => {
                assert!(
                    !["kafka", "ec2:"].iter().any(|it| statement.to_string().contains(it)),
                    "{statement}"
                );
            }
        }
    }
    let actions: BTreeSet<String> =
        actions.into_iter().map(|action| action.as_str().expect("an action").to_owned()).collect();
    assert_eq!(
        actions,
        set(&[
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "kafka-cluster:AlterGroup",
            "kafka-cluster:Connect",
            "kafka-cluster:DescribeClusterDynamicConfiguration",
            "kafka-cluster:DescribeGroup",
            "kafka-cluster:DescribeTopic",
            "kafka-cluster:ReadData",
            "kafka:DescribeClusterV2",
            "kafka:GetBootstrapBrokers",
            "kms:Decrypt",
            "s3:ListBucket",
            "s3:PutObject",
            "secretsmanager:GetSecretValue",
        ])
    );
}

#[test]
fn a_topic_is_read_with_partial_replies_and_gives_nothing_up_by_default() {
    let template = template();
    for mapping in ["MskMapping", "OwnKafkaMapping"] {
        let properties = &template["Resources"][mapping]["Properties"];
        assert_eq!(properties["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
        // Without pollers of its own a mapping does not have them.
        assert!(properties["ProvisionedPollerConfig"].is_object(), "{mapping}");
        assert_eq!(properties["MaximumRetryAttempts"], json!({ "!Ref": "KafkaRetries" }));
        assert_eq!(properties["MaximumRecordAgeInSeconds"], json!({ "!Ref": "KafkaRecordAge" }));
    }
    for parameter in ["KafkaRetries", "KafkaRecordAge"] {
        assert_eq!(template["Parameters"][parameter]["Default"], -1, "{parameter}: endless");
    }
    assert_eq!(template["Parameters"]["KafkaStartingPosition"]["Default"], "TRIM_HORIZON");
}

#[test]
fn a_claim_outlasts_the_call_that_has_it() {
    let template = template();
    let function = &template["Resources"]["RedriveFunction"]["Properties"];
    let lease = function["Environment"]["Variables"]["ADUANA_LEASE_SECONDS"].as_str().expect("seconds");
    let timeout = function["Timeout"].as_u64().expect("seconds");
    assert!(lease.parse::<u64>().expect("a number") > 2 * timeout);
}

#[test]
fn what_the_redrive_gives_up_is_deleted_by_the_table_and_not_before_its_time() {
    let template = template();
    let ttl = &template["Resources"]["InvalidMessagesTable"]["Properties"]["TimeToLiveSpecification"];
    assert_eq!(*ttl, json!({ "AttributeName": "expires_at", "Enabled": true }));
    let invoices = &template["Resources"]["InvoicesTable"]["Properties"];
    assert!(invoices.get("TimeToLiveSpecification").is_none(), "what was stored stays");
    let variables = &template["Resources"]["RedriveFunction"]["Properties"]["Environment"]["Variables"];
    assert!(variables["ADUANA_KEEP_ENDED_DAYS"].to_string().contains("KeepEndedDays"), "{variables}");
    assert!(variables["ADUANA_WARN_DAYS"].to_string().contains("WarnDays"), "{variables}");
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

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("a number: {value}"))
}

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

/// How GitHub names a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn each_alarm_tells_somebody_and_names_its_chapter_of_the_runbook() {
    let template = template();
    let runbook = include_str!("../../docs/runbook.md");
    let headings = runbook.lines().filter(|line| line.starts_with('#'));
    let chapters: BTreeSet<String> =
        headings.map(|line| anchor(line.trim_start_matches(['#', ' ']))).collect();
    let resources = template["Resources"].as_object().expect("resources");
    let alarms: Vec<_> = resources.iter().filter(|(_, it)| it["Type"] == "AWS::CloudWatch::Alarm").collect();
    assert!(alarms.len() >= 11, "{}", alarms.len());
    for (name, alarm) in alarms {
        let properties = &alarm["Properties"];
        assert_eq!(properties["AlarmActions"], json!([{ "!Ref": "AlarmsTopic" }]), "{name}");
        let description = properties["AlarmDescription"].as_str().expect("a description");
        let chapter = description.split("docs/runbook.md#").nth(1).expect("a chapter").trim();
        assert!(chapters.contains(chapter), "{name}: {chapter} in {chapters:?}");
        assert!(properties["TreatMissingData"].is_string(), "{name}");
    }
}

#[test]
fn what_the_scanner_is_to_overlook_has_its_reason_beside_it() {
    let template = template();
    let resources = template["Resources"].as_object().expect("resources");
    let overlooked = resources.values().flat_map(|it| listed(&it["Metadata"]["checkov"]["skip"]));
    let mut count = 0;
    for exception in overlooked.filter(|it| !it.is_null()) {
        let reason = exception["comment"].as_str().unwrap_or_default();
        assert!(reason.split(' ').count() > 8, "{exception}");
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn the_runbook_has_a_chapter_for_each_category_of_reasons() {
    let runbook = include_str!("../../docs/runbook.md");
    for category in ["structure", "data", "range", "UNPROCESSED"] {
        assert!(
            runbook.lines().any(|line| line.starts_with("##") && line.contains(&format!("`{category}`")))
        );
    }
}

#[test]
fn alarms_and_dashboard_look_at_metrics_that_the_functions_write() {
    let template = include_str!("../../infra/template.yaml");
    // As crates/intake/src/report/metrics.rs and functions/redrive/src/told.rs write them.
    let sources = [
        include_str!("../../crates/intake/src/report/metrics.rs"),
        include_str!("../../functions/redrive/src/told.rs"),
    ];
    let json = to_json(&Yaml::load_from_str(template).expect("YAML")[0]);
    let resources = json["Resources"].as_object().expect("resources");
    let mut seen = 0;
    for alarm in resources.values().filter(|it| it["Type"] == "AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        if properties["Namespace"] == "Aduana" {
            let name = properties["MetricName"].as_str().expect("a name");
            assert!(sources.iter().any(|source| source.contains(&format!("\"{name}\""))), "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 6, "{seen}");
    let body = resources["Dashboard"]["Properties"]["DashboardBody"]["!Sub"].as_str().expect("a body");
    #[expect(clippy::disallowed_methods, reason = "a dashboard, not an invoice")]
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert!(body["widgets"].as_array().expect("widgets").len() >= 8);
}

#[test]
fn what_is_told_is_looked_for_more_often_than_windows_close() {
    let template = template();
    assert_eq!(template["Parameters"]["TellRate"]["Default"], "rate(1 minute)");
    assert!(number(&template["Parameters"]["AlertWindow"]["Default"]) >= 60);
    let input =
        template["Resources"]["TellRule"]["Properties"]["Targets"][0]["Input"].as_str().expect("JSON");
    assert!(input.contains(r#""detail":{"action":"tell"}"#), "{input}");
}
