//! What a deployment refuses at once: a parameter by its pattern, list or range, several by the template's `Rules`.

use std::ops::RangeInclusive;

use regex::Regex;

use super::*;

/// A parameter whose range has a gap, what it takes, and the value besides that stands for "none".
const GAPS: [(&str, RangeInclusive<i64>, i64); 3] = [
    // Lambda, AWS::Lambda::EventSourceMapping: ScalingConfig, MaximumRecordAgeInSeconds.
    ("MaximumConcurrency", 2..=1_000, 0),
    ("KafkaRecordAge", 60..=604_800, -1),
    // What the redrive reads as ADUANA_KEEP_ENDED_DAYS.
    ("KeepEndedDays", 30..=36_500, 0),
];

#[test]
fn a_range_with_a_gap_has_each_number_of_it_and_no_other() {
    let template = template();
    for (name, range, none) in GAPS {
        let parameter = &template["Parameters"][name];
        let takes = patterned(parameter);
        for value in -2..=range.end() + 2 {
            assert_eq!(takes(&value.to_string()), value == none || range.contains(&value), "{name}={value}");
        }
        let text = |value: i64| value.to_string();
        for junk in ["", " ", "-0", "1e2", &format!("0{}", range.start()), &format!("{}.0", range.start())] {
            assert!(!takes(junk), "{name}={junk:?}");
        }
        assert!(!takes(&text(range.end() * 10)) && !takes(&text(-range.start())), "{name}");
        // The error names the range.
        let stated = parameter["ConstraintDescription"].as_str().expect("a description");
        for value in [*range.start(), *range.end()] {
            assert!(stated.contains(&text(value)), "{name}: {stated}");
        }
    }
}

#[test]
fn every_default_is_taken_and_the_defaults_go_together() {
    assert_eq!(refusals(&[]), Vec::<String>::new());
}

#[test]
fn what_must_not_be_set_is_refused_and_its_neighbour_is_taken() {
    let bad: &[(&str, &[&str], &[&str])] = &[
        ("BatchSize", &["0", "1001", "ten"], &["1", "1000"]),
        ("BatchWindow", &["-1", "61"], &["1", "60"]),
        ("AlertUrlSeverities", &["high,low", "High"], &["medium", "critical, high,medium"]),
        (
            "ReconcileRate",
            &[
                "rate(1 minutes)",
                "rate(2 minute)",
                "rate(0 minutes)",
                "rate(5 weeks)",
                "rate(5m)",
                "cron(0 * * * *)",
                "cron(0/5 * * * ? * *)",
                "15 minutes",
            ],
            &["", "rate(1 hour)", "rate(15 minutes)", "rate(2 days)", "cron(0/5 * * * ? *)"],
        ),
        ("NotifyRate", &["rate(1 minutes)"], &["", "rate(1 minute)", "rate(5 minutes)"]),
        (
            "KafkaBootstrapServers",
            &["broker", "broker:", "http://broker:9092", "a:9092,b"],
            &["", "b-1.example.com:9092", "a:9092, b:9092"],
        ),
    ];
    for (name, refused, taken) in bad {
        for value in *refused {
            assert_eq!(refusals(&[(name, value)]), [format!("{name}={value}")]);
        }
        for value in *taken {
            assert_eq!(refusals(&[(name, value)]), Vec::<String>::new(), "{name}={value}");
        }
    }
}

/// A parameter by its name, and its value.
type Setting = (&'static str, &'static str);

const CLUSTER: Setting = ("KafkaClusterArn", "arn:aws:kafka:eu-west-1:123456789012:cluster/main/1-2");
const OWN: Setting = ("KafkaBootstrapServers", "broker:9092");
const SECRET: Setting = ("KafkaSecretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:it");
const KEY: Setting = ("KafkaSecretKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/it");
const BUCKET: Setting = ("KafkaOnFailureBucketArn", "arn:aws:s3:::given-up");
const SCRAM: Setting = ("KafkaAuthentication", "SASL_SCRAM_512_AUTH");
const BASIC: Setting = ("KafkaAuthentication", "BASIC_AUTH");
const SUBNET_1: Setting = ("KafkaSubnet1", "subnet-1");
const SUBNET_2: Setting = ("KafkaSubnet2", "subnet-2");
const GROUP: Setting = ("KafkaSecurityGroup", "sg-1");
const REGION: &str = "AWS::Region";
const SPAIN: Setting = (REGION, "eu-south-2");
const LOCAL: Setting = ("EndpointUrl", "http://127.0.0.1:4566");

#[test]
fn what_does_not_go_together_is_refused_with_what_to_do() {
    // What is set, and the parameter that the refusal says to set; none where it is taken.
    let cases: &[(&[Setting], Option<&str>)] = &[
        (&[("BatchWindow", "0")], Some("set BatchWindow")),
        (&[("BatchWindow", "0"), ("BatchSize", "11")], Some("set BatchWindow")),
        (&[("BatchWindow", "0"), ("BatchSize", "10")], None),
        (&[("BatchWindow", "0"), ("BatchSize", "1")], None),
        (&[("BatchWindow", "1"), ("BatchSize", "1000")], None),
        (&[("VisibilityTimeout", "29")], Some("set VisibilityTimeout")),
        (&[("VisibilityTimeout", "1")], Some("set VisibilityTimeout")),
        (&[("VisibilityTimeout", "30")], None),
        (&[("VisibilityTimeout", "1"), LOCAL], None),
        (&[("UnprocessedPause", "29")], Some("set UnprocessedPause")),
        (&[("UnprocessedPause", "30")], None),
        (&[("UnprocessedPause", "1"), LOCAL], None),
        (&[OWN], None),
        (&[CLUSTER], None),
        (&[CLUSTER, OWN], None),
        (&[OWN, BASIC], Some("set KafkaSecretArn")),
        (&[OWN, BASIC, SECRET], None),
        (&[OWN, SECRET], Some("set KafkaAuthentication")),
        (&[OWN, KEY], Some("set KafkaSecretArn")),
        (&[OWN, SCRAM, SECRET, KEY], None),
        (&[CLUSTER, BASIC, SECRET], Some("set KafkaAuthentication")),
        (&[CLUSTER, SCRAM, SECRET], None),
        (&[OWN, SUBNET_1], Some("set all three")),
        (&[OWN, SUBNET_1, SUBNET_2], Some("set all three")),
        (&[OWN, SUBNET_1, GROUP], Some("set all three")),
        (&[OWN, SUBNET_2, GROUP], Some("set all three")),
        (&[OWN, SUBNET_1, SUBNET_2, GROUP], None),
        (&[OWN, SUBNET_1, ("KafkaSubnet2", "subnet-1"), GROUP], Some("name two")),
        (&[OWN, ("KafkaRetries", "0")], Some("set KafkaOnFailureBucketArn")),
        (&[OWN, ("KafkaRecordAge", "60")], Some("set KafkaOnFailureBucketArn")),
        (&[OWN, ("KafkaRetries", "10"), ("KafkaRecordAge", "3600"), BUCKET], None),
        (&[OWN, BUCKET], None),
        (&[SPAIN, ("RedriveEndpoint", "url")], Some("set RedriveEndpoint")),
        (&[SPAIN, ("RedriveEndpoint", "api")], None),
        (&[SPAIN, ("RedriveEndpoint", "none")], None),
        (&[SPAIN], None),
        (&[("RedriveEndpoint", "url")], None),
    ];
    let mut tried = BTreeSet::new();
    for (set, stated) in cases {
        let refusals = refusals(set);
        match (stated, refusals.as_slice()) {
            (None, []) => {}
            (Some(stated), [refusal]) => assert!(refusal.contains(stated), "{set:?}: {refusal}"),
            _ => panic!("{set:?}: {refusals:?}"),
        }
        tried.extend(refusals);
    }
    let asserted: usize = rules().values().map(|rule| listed(&rule["Assertions"]).len()).sum();
    assert_eq!(tried.len(), asserted, "each assertion has a case that it refuses");
}

/// The regions without function URLs: <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>, read in 2026.
const WITHOUT_URLS: [&str; 11] = [
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
];

#[test]
fn where_there_are_no_function_urls_the_default_is_an_api_and_a_url_is_refused() {
    let template = template();
    let conditions = template["Conditions"].as_object().expect("conditions");
    for region in WITHOUT_URLS.into_iter().chain(["eu-west-1", "us-east-1", "sa-east-1", "mx-central-1"]) {
        let lacks = WITHOUT_URLS.contains(&region);
        for (choice, url, api) in
            [("auto", !lacks, lacks), ("url", true, false), ("api", false, true), ("none", false, false)]
        {
            let value_of = |name: &str| if name == REGION { region.to_owned() } else { choice.to_owned() };
            let of = |name: &str| holds_in(conditions, &json!({ "!Condition": name }), &value_of);
            let is = (of("HasRedriveUrl"), of("HasRedriveApi"), of("HasRedriveEndpoint"));
            assert_eq!(is, (url, api, url || api), "{region} {choice}");
            let refused = refusals(&[(REGION, region), ("RedriveEndpoint", choice)]);
            assert_eq!(
                refused.len(),
                usize::from(lacks && choice == "url"),
                "{region} {choice}: {refused:?}"
            );
        }
    }
}

/// Whether a condition of the template holds, those that it names among them.
fn holds_in(conditions: &Map<String, Value>, condition: &Value, value_of: &impl Fn(&str) -> String) -> bool {
    let (name, operands) = function(condition);
    let all = listed(operands);
    let is = |operand: &Value| holds_in(conditions, operand, value_of);
    match name.as_str() {
        "Condition" => is(&conditions[operands.as_str().expect("a name")]),
        "Not" => !is(&all[0]),
        "And" => all.iter().all(is),
        "Or" => (2..=10).contains(&all.len()) && all.iter().any(is),
        _ => holds(condition, value_of),
    }
}

fn rules() -> Map<String, Value> {
    template()["Rules"].as_object().expect("rules").clone()
}

/// What CloudFormation refuses when these parameters are set and the others are not: parameters by name and value, and the
/// rules that do not hold by what they say.
fn refusals(set: &[(&str, &str)]) -> Vec<String> {
    let template = template();
    let parameters = template["Parameters"].as_object().expect("parameters");
    for (name, _) in set {
        assert!(parameters.contains_key(*name) || *name == REGION, "{name}");
    }
    // CloudFormation knows in rules where it is.
    let value_of = |name: &str| {
        let set = set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let default =
            || if name == REGION { "eu-west-1".to_owned() } else { text(&parameters[name]["Default"]) };
        set.unwrap_or_else(default)
    };
    let refused = parameters.iter().map(|(name, parameter)| (name, parameter, value_of(name)));
    let mut refusals: Vec<String> = refused
        .filter(|(_, parameter, value)| !takes(parameter, value))
        .map(|(name, _, value)| format!("{name}={value}"))
        .collect();
    let value_of = |name: &str| {
        assert!(
            parameters.contains_key(name) || name == REGION,
            "{name}: rules know parameters and the region"
        );
        value_of(name)
    };
    for rule in rules().values() {
        if rule.get("RuleCondition").is_none_or(|condition| holds(condition, &value_of)) {
            for assertion in listed(&rule["Assertions"]) {
                if !holds(&assertion["Assert"], &value_of) {
                    refusals.push(assertion["AssertDescription"].as_str().expect("a description").to_owned());
                }
            }
        }
    }
    refusals
}

/// A scalar as CloudFormation hands it on: a text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a parameter's own constraints let this value pass.
fn takes(parameter: &Value, value: &str) -> bool {
    let whole = |of: &Value| of.as_i64().expect("a whole number");
    let of_type = |value: &str| match parameter["Type"].as_str() {
        Some("Number") => value.parse().is_ok_and(|number: i64| {
            parameter.get("MinValue").is_none_or(|least| number >= whole(least))
                && parameter.get("MaxValue").is_none_or(|most| number <= whole(most))
        }),
        Some("String" | "CommaDelimitedList") => true,
        other => panic!("a parameter of the type {other:?}"),
    };
    let listed = |value: &str| {
        let allowed = parameter.get("AllowedValues").map(listed);
        allowed.is_none_or(|allowed| allowed.iter().any(|allowed| text(allowed) == value))
    };
    let patterned = patterned(parameter);
    // A list has to keep them by each of its members.
    let is_list = parameter["Type"] == "CommaDelimitedList";
    let members = if is_list { value.split(',').map(str::trim).collect() } else { vec![value] };
    members.into_iter().all(|value| of_type(value) && listed(value) && patterned(value))
}

/// What a parameter's pattern says of a value, which it has to match from end to end.
fn patterned(parameter: &Value) -> impl Fn(&str) -> bool {
    let pattern = parameter["AllowedPattern"].as_str();
    let pattern = pattern.map(|pattern| Regex::new(&format!("^(?:{pattern})$")).expect("a pattern"));
    move |value| pattern.as_ref().is_none_or(|pattern| pattern.is_match(value))
}

/// A condition of a rule. It panics at a function that CloudFormation does not know in rules (*Rule functions*).
fn holds(condition: &Value, value_of: &impl Fn(&str) -> String) -> bool {
    let (name, operands) = function(condition);
    let operands = listed(operands);
    let is = |operand: &Value| holds(operand, value_of);
    let value = |operand: &Value| {
        if operand.is_object() {
            let (name, of) = function(operand);
            assert_eq!(name, "Ref", "not a value in rules: {operand}");
            value_of(of.as_str().expect("a parameter"))
        } else {
            text(operand)
        }
    };
    match (name.as_str(), operands.as_slice()) {
        ("Not", [one]) => !is(one),
        ("And", all @ [_, _, ..]) if all.len() <= 10 => all.iter().all(is),
        ("Or", any @ [_, _, ..]) if any.len() <= 10 => any.iter().any(is),
        ("Equals", [one, other]) => value(one) == value(other),
        ("Contains", [list, one]) => listed(list).iter().any(|member| value(member) == value(one)),
        _ => panic!("not a condition in rules: {condition}"),
    }
}

/// `!Not x` or `Fn::Not: x` as `("Not", x)`.
fn function(value: &Value) -> (String, &Value) {
    let (name, operands) = value.as_object().and_then(|it| it.iter().next()).expect("a function");
    let name = name.trim_start_matches('!').trim_start_matches("Fn::");
    (name.to_owned(), operands)
}
