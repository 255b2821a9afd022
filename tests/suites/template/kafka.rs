//! The sources of Kafka.

use super::roles::{in_condition, set};
use super::*;

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
fn a_topic_is_read_with_partial_replies_and_without_a_retry_limit_by_default() {
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
        let usual = &template["Parameters"][parameter]["Default"];
        assert_eq!(
            usual.as_str().map_or_else(|| usual.to_string(), str::to_owned),
            "-1",
            "{parameter}: endless"
        );
    }
    assert_eq!(template["Parameters"]["KafkaStartingPosition"]["Default"], "TRIM_HORIZON");
}
