//! Which test tries which limit: ours, by the constant, and AWS's, by what AWS says. A constant that is a limit by its name and has
//! no row here fails, and so does a row whose test or constant is gone.

use std::fs;
use std::path::{Path, PathBuf};

use Tried::{At, Not};

/// How a limit is tried.
enum Tried {
    /// By this test: just below, at it, and just above.
    At(&'static str),
    /// Not at its edge, for this reason.
    Not(&'static str),
}

/// How long is waited. No test asserts a time of the machine's; that of the strict world stands still between its steps.
const PAUSE: Tried = Not("a time, not a size");

/// What the name of a constant has in it that is a limit.
const NAMES: [&str; 6] = ["LIMIT", "LONGEST", "MAX", "MOST", "NAMED", "SHOWN"];

/// The file under `crates/` or `functions/`, the constant, the test.
const LIMITS: &[(&str, &str, Tried)] = &[
    (
        "aws/src/cases/oversized_parts.rs",
        "BESIDE_THE_HEAD_MAX",
        At("parts_of_3_400_000_bytes_go_with_the_head_and_of_one_more_ahead_of_it"),
    ),
    ("aws/src/clients.rs", "LONGEST_BACKOFF", PAUSE),
    (
        "aws/src/config.rs",
        "POLICY_FILE_MAX",
        At("a_policys_file_that_is_not_there_not_text_not_a_policy_or_too_large_is_said"),
    ),
    (
        "invoice/src/foreign.rs",
        "HEAD_MAX",
        Not("where a root element is looked for: what stands behind is other XML"),
    ),
    ("invoice/src/senders.rs", "PATTERN_MAX", At("a_pattern_is_a_text_with_one_star_at_its_end_or_none")),
    ("aws/src/config.rs", "CONCURRENCY_MAX", At("from_1_to_256_records_are_at_work_at_a_time")),
    ("aws/src/dead_letters.rs", "HIDE_SECONDS_MAX", At("nothing_is_hidden_for_longer_than_sqs_can")),
    (
        "aws/src/dead_letters.rs",
        "UNREADABLE_BATCHES_MAX",
        At("four_receives_that_cannot_be_read_are_followed_by_a_fifth_and_five_by_none"),
    ),
    ("aws/src/errors.rs", "LONGEST", At("a_code_is_a_name_whatever_the_service_puts_there")),
    ("aws/src/events.rs", "LONGEST", At("an_event_that_is_none_is_reported_without_quoting_it")),
    ("aws/src/insert.rs", "STATEMENTS_MAX", At("invoices_are_stored_in_as_few_calls_as_statements_allow")),
    ("aws/src/insert.rs", "CALLS_MAX", Not("how many calls are under way at a time, not a size")),
    ("cases/src/bounded.rs", "LONGEST_PAUSE_MS", PAUSE),
    ("aws/src/requests.rs", "HTTP_MAX_MS", At("by_http_a_request_has_28_seconds")),
    (
        "aws/src/requests.rs",
        "REPLY_MAX",
        At("a_reply_of_6_mb_is_handed_on_and_of_a_longer_one_it_is_said_that_it_is_too_long"),
    ),
    (
        "console/src/source_view.rs",
        "LINES_MAX",
        At("a_text_of_400_lines_is_shown_whole_and_of_a_longer_one_what_is_left_out_is_counted"),
    ),
    (
        "console/src/source_view.rs",
        "LINE_MAX",
        At("a_line_of_160_characters_stays_as_it_is_and_a_longer_one_is_laid_out"),
    ),
    (
        "console/src/source_view.rs",
        "SHOWN_MAX",
        At("so_much_of_a_line_is_shown_and_a_longer_one_ends_in_dots"),
    ),
    (
        "console/src/chosen.rs",
        "CASES_MAX",
        At("a_run_takes_ten_thousand_cases_and_of_one_more_it_is_known_that_there_is_one"),
    ),
    (
        "console/src/bulk/preview.rs",
        "JUDGED_MAX",
        At("five_hundred_cases_are_judged_before_anything_is_done_and_of_more_it_is_said_how_many"),
    ),
    (
        "console/src/bulk/preview.rs",
        "PLACES_MAX",
        At("ten_places_are_named_those_of_the_most_cases_first_and_the_rest_is_counted"),
    ),
    ("console/src/cases.rs", "ASKS_MAX", At("a_page_is_asked_for_four_times_and_then_shown_with_the_way_on")),
    (
        "console/src/redrive_client.rs",
        "GROUP_ANSWERS_MAX",
        At("eight_answers_to_groups_are_added_up_and_of_a_ninth_it_is_known_that_there_is_one"),
    ),
    ("console/src/guard.rs", "FORM_MAX", At("a_form_that_is_too_large_is_refused")),
    ("console/src/guard.rs", "FORM_FIELDS_MAX", At("a_form_of_too_many_fields_is_refused")),
    (
        "console/src/guard.rs",
        "ADDRESS_MAX",
        At("an_address_that_is_too_long_is_refused_and_so_is_one_to_go_back_to"),
    ),
    ("console/src/connections.rs", "CONNECTIONS_MAX", At("sixty_four_connections_are_served")),
    ("console/src/groups.rs", "SHOWN", At("a_group_shows_twenty_of_its_cases_and_the_way_to_all_of_them")),
    ("console/src/memory.rs", "PAGES_MAX", At("the_way_back_is_known_over_a_thousand_pages")),
    ("console/src/memory.rs", "PREPARED_MAX", At("ten_previews_can_be_gone_on_with")),
    ("console/src/memory.rs", "REVEALED_MAX", At("twenty_bodies_are_kept_in_sight")),
    (
        "console/src/correct/fields.rs",
        "FIELDS_MAX",
        At("forty_fields_are_there_and_the_next_when_one_of_them_is_corrected"),
    ),
    (
        "console/src/correct/fields.rs",
        "VALUE_MAX",
        At("a_value_of_2000_bytes_is_a_field_and_a_longer_one_is_in_the_text_alone"),
    ),
    ("console/src/correct/verdict.rs", "SHOWN_MAX", At("fifty_differences_are_shown_and_all_are_counted")),
    ("console/src/overview.rs", "SHOWN", At("ten_reasons_days_and_groups_are_shown_and_the_rest_is_counted")),
    (
        "console/src/invoice_view.rs",
        "LINES_MAX",
        At("so_many_lines_taxes_and_notes_are_shown_and_the_rest_is_counted"),
    ),
    (
        "console/src/invoice_view.rs",
        "ROWS_MAX",
        At("so_many_lines_taxes_and_notes_are_shown_and_the_rest_is_counted"),
    ),
    (
        "console/src/invoice_view.rs",
        "VALUE_MAX",
        At("so_much_of_a_value_is_shown_and_a_longer_one_ends_in_dots"),
    ),
    (
        "console/src/runs.rs",
        "RUNS_MAX",
        At("fifty_runs_are_kept_in_mind_and_the_next_takes_the_place_of_the_oldest_that_has_ended"),
    ),
    (
        "console/src/runs.rs",
        "SKIPPED_MAX",
        At("two_hundred_cases_that_were_left_out_are_named_and_all_are_counted"),
    ),
    (
        "cases/src/alerts.rs",
        "CASES_IN_JSON_MAX",
        At("programs_get_five_hundred_cases_and_the_number_of_those_left_off"),
    ),
    (
        "cases/src/alerts.rs",
        "CASES_MAX",
        At("twenty_cases_are_named_and_of_one_more_it_is_said_that_there_is_one"),
    ),
    (
        "cases/src/alerts.rs",
        "GROUPS_IN_JSON_MAX",
        At("a_round_up_names_fifty_groups_and_two_hundred_to_programs_and_counts_the_others"),
    ),
    (
        "cases/src/alerts.rs",
        "GROUPS_MAX",
        At("a_round_up_names_fifty_groups_and_two_hundred_to_programs_and_counts_the_others"),
    ),
    (
        "cases/src/alerts/dispatcher.rs",
        "DUE_MAX",
        Not("what one run looks at; the next begins with what is due for longest"),
    ),
    (
        "cases/src/alerts/dispatcher/draft.rs",
        "AT_ONCE_MAX",
        At("five_causes_at_once_are_alerted_one_by_one_and_of_six_one_waits"),
    ),
    (
        "cases/src/alerts/outbox.rs",
        "DIGEST_ALERTS_MAX",
        At("a_digest_lists_as_many_pending_alerts_as_can_be_removed_with_it"),
    ),
    (
        "cases/src/alerts/outbox.rs",
        "WRITES_MAX",
        At("what_a_batch_holds_is_enqueued_in_transactions_of_a_hundred"),
    ),
    ("cases/src/alerts/cause.rs", "CODES_MAX", At("a_hundred_codes_are_named_to_programs")),
    (
        "cases/src/alerts/cause.rs",
        "RULES_MAX",
        At("ten_rules_are_named_and_of_one_more_it_is_said_that_there_is_one"),
    ),
    (
        "cases/src/alerts/dispatcher.rs",
        "DIGESTS_MAX",
        At("one_call_sends_twenty_digests_of_a_group_and_the_next_call_the_rest"),
    ),
    (
        "cases/src/alerts/dispatcher.rs",
        "WINDOWS_MAX",
        At("ten_thousand_windows_are_remembered_and_the_next_begins_anew"),
    ),
    ("cases/src/message.rs", "QUEUE_MAX", At("a_source_reads_back_what_it_prints")),
    ("cases/src/message.rs", "TOPIC_MAX", At("a_source_reads_back_what_it_prints")),
    ("cases/src/message.rs", "MAX", At("a_sender_has_the_characters_of_iams_ids_and_no_others")),
    ("cases/src/judge_message.rs", "SUMMARY_TEXT_MAX", At("a_text_of_a_summary_has_256_characters_at_most")),
    (
        "cases/src/attributes.rs",
        "COUNT_MAX",
        At("a_producers_attributes_stay_beside_ours_until_there_are_ten_in_all"),
    ),
    (
        "cases/src/attributes.rs",
        "MESSAGE_MAX",
        At("a_message_of_1_mib_with_its_attributes_is_sent_whole_and_one_byte_more_as_a_claim_check"),
    ),
    (
        "cases/src/attributes.rs",
        "REASONS_MAX",
        At("reasons_fill_4096_bytes_and_the_one_that_does_not_fit_is_left_off_and_counted"),
    ),
    ("cases/src/body.rs", "PART_MAX", At("a_part_has_350_000_packed_bytes_and_one_more_begins_the_next")),
    (
        "cases/src/case.rs",
        "BYTES_MAX",
        At("reasons_of_256_kib_are_listed_and_of_one_byte_more_all_but_the_last"),
    ),
    (
        "cases/src/case.rs",
        "REASON_BYTES_MAX",
        At("a_reason_of_16_kib_is_kept_whole_and_a_larger_one_by_its_code_and_place"),
    ),
    ("cases/src/claim.rs", "LONGEST", At("a_document_is_a_claim_check_up_to_its_longest_and_no_further")),
    (
        "redrive/src/lib.rs",
        "ACTOR_MAX",
        At("what_people_write_has_a_most_and_what_is_longer_is_refused_whole"),
    ),
    (
        "redrive/src/lib.rs",
        "ANSWER_MAX",
        At("a_preview_of_many_large_cases_ends_before_it_is_too_long_and_its_cursor_leads_to_the_rest"),
    ),
    ("redrive/src/client/run.rs", "LONGEST_PAUSE", PAUSE),
    ("redrive/src/lib.rs", "PIECE_MAX", At("a_body_comes_in_pieces_of_two_million_bytes_each_on_record")),
    (
        "redrive/src/lib.rs",
        "SHOWN_MAX",
        At("a_case_is_shown_with_its_body_as_long_as_lambda_hands_it_on_and_without_it_then"),
    ),
    ("redrive/src/lib.rs", "DIFF_MAX", At("a_preview_shows_a_hundred_differences_and_counts_them_all")),
    ("redrive/src/lib.rs", "IDS_MAX", At("a_request_names_a_thousand_cases_and_a_page_has_five_hundred")),
    ("redrive/src/lib.rs", "LIST_MAX", At("a_request_names_a_thousand_cases_and_a_page_has_five_hundred")),
    (
        "redrive/src/lib.rs",
        "BATCH_MAX",
        At("a_request_works_on_25_cases_if_nothing_is_said_and_on_1000_at_most"),
    ),
    (
        "redrive/src/lib.rs",
        "PAGES_MAX",
        At("twenty_pages_are_read_for_an_answer_and_the_cursor_leads_to_the_rest"),
    ),
    (
        "redrive/src/lib.rs",
        "REASON_MAX",
        At("what_people_write_has_a_most_and_what_is_longer_is_refused_whole"),
    ),
    ("redrive/src/set_aside.rs", "SET_ASIDE_MAX", At("a_hundred_are_set_aside_from_one_key_and_no_more")),
    (
        "redrive/src/set_aside.rs",
        "KEY_MAX",
        At("nothing_is_set_aside_but_what_was_looked_at_and_for_a_reason"),
    ),
    (
        "redrive/src/act.rs",
        "NAME_MAX",
        At("what_people_write_has_a_most_and_what_is_longer_is_refused_whole"),
    ),
    (
        "redrive/src/act.rs",
        "NOTE_MAX",
        At("what_people_write_has_a_most_and_what_is_longer_is_refused_whole"),
    ),
    ("invoice/src/json/patch.rs", "COPIED_MAX", At("copies_of_a_long_text_come_to_an_end")),
    (
        "invoice/src/json/patch.rs",
        "WORK_MAX",
        At("a_patch_does_as_much_as_the_limit_and_one_more_step_is_too_much"),
    ),
    ("invoice/src/json/read.rs", "DEPTH_MAX", At("a_value_is_put_no_deeper_than_it_could_be_read_again")),
    (
        "invoice/src/json/read.rs",
        "NODES_MAX",
        At("a_text_of_as_many_values_as_the_limit_is_taken_apart_and_one_more_is_not"),
    ),
    (
        "redrive/src/corrected_body.rs",
        "JUDGED_MAX",
        At("a_body_of_128_kib_has_eight_rounds_of_suggestions_and_a_larger_one_as_many_as_make_1_mib"),
    ),
    (
        "redrive/src/corrected_body.rs",
        "VIOLATIONS_MAX",
        At("of_a_body_full_of_faults_no_more_is_judged_once_there_were_5000"),
    ),
    ("redrive/src/ports.rs", "HEADS_MAX", At("a_hundred_heads_are_read_in_one_call")),
    ("redrive/src/ports.rs", "RECEIVE_MAX", At("ten_dead_letters_are_received_in_one_call")),
    (
        "redrive/src/reconcile.rs",
        "RECEIVES_MOST",
        At("a_reconcile_receives_a_thousand_times_and_says_whether_it_came_to_the_end"),
    ),
    ("redrive/src/transitions.rs", "CORRECTIONS_MAX", At("corrections_are_counted_and_bounded")),
    ("intake/src/report/log.rs", "IDS_MAX", At("a_line_names_twenty_messages_and_counts_them_all")),
    ("intake/src/report/log.rs", "REASONS_MAX", At("a_line_names_fifty_reasons_and_counts_them_all")),
    ("invoice/src/decode.rs", "DEPTH_MAX", At("levels_and_items_have_a_most")),
    ("invoice/src/limits.rs", "ITEMS_MAX", At("levels_and_items_have_a_most")),
    (
        "invoice/src/identifiers/iban.rs",
        "LONGEST",
        At("an_account_of_34_signs_is_looked_at_and_a_longer_one_is_none"),
    ),
    (
        "invoice/src/identifiers/tax_id/compact.rs",
        "LONGEST",
        At("a_number_of_20_signs_is_looked_at_and_a_longer_one_is_none"),
    ),
    ("invoice/src/identity.rs", "PART_MAX", At("a_part_longer_than_a_key_of_the_table_is_its_fingerprint")),
    ("invoice/src/limits.rs", "LINES_MAX", At("the_most_lines_are_those_of_the_schema")),
    ("invoice/src/rules/decimals.rs", "MAX", At("amounts_have_two_decimals_and_no_more_than_their_currency")),
    (
        "invoice/src/fault.rs",
        "PLACES_MAX",
        At("one_rule_reports_a_thousand_places_and_120_characters_of_a_value"),
    ),
    (
        "invoice/src/json/equality.rs",
        "DEPTH_MAX",
        At("what_is_nested_deeper_than_any_invoice_is_not_compared"),
    ),
    (
        "invoice/src/limits.rs",
        "ACTUAL_MAX",
        At("one_rule_reports_a_thousand_places_and_120_characters_of_a_value"),
    ),
    (
        "invoice/src/verdict.rs",
        "ACTUAL_MAX",
        At("one_rule_reports_a_thousand_places_and_120_characters_of_a_value"),
    ),
    ("operator/src/aws.rs", "FUNCTION_MAX", PAUSE),
    (
        "operator/src/status.rs",
        "SLOT_PAGES_MAX",
        At("six_pages_of_a_slot_are_counted_and_of_a_seventh_it_is_known_that_there_is_one"),
    ),
    ("operator/src/documents.rs", "LIMIT", At("sixteen_mib_of_a_line_are_kept_and_the_next_line_is_whole")),
    (
        "operator/src/invalid/correct/correction.rs",
        "BYTES_MAX",
        At("a_file_of_1_mib_is_read_and_one_byte_more_is_refused"),
    ),
    (
        "operator/src/invalid/correct/preview.rs",
        "NAMED",
        At("twenty_cases_that_stay_invalid_are_named_and_the_rest_is_counted"),
    ),
    ("operator/src/invalid/correct/preview.rs", "SHOWN", At("five_cases_are_shown_and_the_rest_is_counted")),
    ("operator/src/invalid/outcome.rs", "SHOWN", At("twenty_refusals_are_shown_and_the_rest_is_counted")),
    ("redrive/src/request_log.rs", "ACTOR_MAX", At("an_actor_is_cut_where_it_is_longer_than_any")),
    (
        "redrive/src/request_log.rs",
        "REASON_MAX",
        At("a_reason_of_a_search_is_cut_where_it_is_longer_than_any"),
    ),
    ("redrive/src/request_log.rs", "IDS_MAX", At("twenty_cases_are_named_and_all_are_counted")),
    ("validator/src/handler.rs", "MOST", At("a_line_names_twenty_records_and_counts_them_all")),
];

/// A limit of AWS's.
struct OfAws {
    /// What it bounds, and the figure.
    what: &'static str,
    /// The page that says so, below `https://docs.aws.amazon.com/`.
    page: &'static str,
    /// The test that the strict world refuses one more and takes as many; `None` if nothing that the world does can break it.
    world: Option<&'static str>,
    /// How what we send is tried.
    ours: Tried,
}

const fn of_aws(what: &'static str, page: &'static str, world: Option<&'static str>, ours: Tried) -> OfAws {
    OfAws { what, page, world, ours }
}

const SQS_QUOTAS: &str = "AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html";
const SQS_ATTRIBUTES: &str = "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html";
const SQS_SEND: &str = "AWSSimpleQueueService/latest/APIReference/API_SendMessage.html";
const SNS_PUBLISH: &str = "sns/latest/api/API_Publish.html";
const SNS_BATCH: &str = "sns/latest/api/API_PublishBatch.html";
const DYNAMODB: &str = "amazondynamodb/latest/developerguide/Constraints.html";
const TRANSACTION: &str = "amazondynamodb/latest/APIReference/API_TransactWriteItems.html";
const LAMBDA: &str = "lambda/latest/dg/gettingstarted-limits.html";

/// AWS's own limits, as far as anything of ours can come near them.
const AWS: [OfAws; 24] = [
    of_aws(
        "SQS: 1 MiB of a message, its attributes with their names and types included",
        SQS_QUOTAS,
        Some("the_world_takes_1_mib_of_a_message_and_of_a_batch_with_the_attributes"),
        At("a_message_of_1_mib_with_its_attributes_is_sent_whole_and_one_byte_more_as_a_claim_check"),
    ),
    of_aws(
        "SQS: 1 MiB of all messages of a batch",
        SQS_QUOTAS,
        Some("the_world_takes_1_mib_of_a_message_and_of_a_batch_with_the_attributes"),
        At("a_batch_has_ten_entries_and_the_bytes_of_its_service"),
    ),
    of_aws(
        "SQS: 10 messages of a batch",
        SQS_QUOTAS,
        Some("the_world_takes_ten_entries_of_a_batch"),
        At("a_batch_has_ten_entries_and_the_bytes_of_its_service"),
    ),
    of_aws(
        "SQS: 10 messages of a receive",
        "AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html",
        Some("the_world_takes_ten_entries_of_a_batch"),
        At("ten_dead_letters_are_received_in_one_call"),
    ),
    of_aws(
        "SQS: 10 attributes of a message, each once",
        SQS_ATTRIBUTES,
        Some("the_world_takes_ten_attributes_each_once"),
        At("a_producers_attributes_stay_beside_ours_until_there_are_ten_in_all"),
    ),
    of_aws(
        "SQS: 256 characters of an attribute's name, some of them and some beginnings not allowed",
        SQS_ATTRIBUTES,
        Some("the_world_takes_256_characters_of_an_attributes_name_and_type"),
        At("a_name_of_256_characters_is_sent_as_it_is_and_a_longer_one_in_ours"),
    ),
    of_aws(
        "SQS: 256 characters of an attribute's type",
        SQS_ATTRIBUTES,
        Some("the_world_takes_256_characters_of_an_attributes_name_and_type"),
        At("a_type_of_256_characters_is_sent_as_it_is_and_a_longer_one_in_ours"),
    ),
    of_aws(
        "SQS: the characters of XML 1.0, and at least one",
        SQS_SEND,
        Some("the_world_takes_the_characters_at_the_edges_of_what_sqs_takes"),
        At("characters_at_the_edges_of_what_sqs_takes"),
    ),
    of_aws(
        "SQS: 128 characters of a message group",
        SQS_SEND,
        Some("the_world_takes_128_characters_of_a_message_group"),
        Not("a group is 32 digits of a hash, whatever the sender is called"),
    ),
    of_aws(
        "SQS: 12 hours out of sight",
        SQS_QUOTAS,
        Some("the_world_hides_a_message_for_twelve_hours"),
        At("nothing_is_hidden_for_longer_than_sqs_can"),
    ),
    of_aws(
        "SQS: 14 days in a queue",
        SQS_QUOTAS,
        None,
        At("what_aws_does_not_take_is_seen_one_beyond_its_limit"),
    ),
    of_aws(
        "SNS: 256 KiB of all messages of a batch",
        SNS_BATCH,
        Some("the_world_takes_256_kib_of_alerts"),
        At("a_batch_has_ten_entries_and_the_bytes_of_its_service"),
    ),
    of_aws(
        "SNS: 10 messages of a batch",
        SNS_BATCH,
        Some("the_world_takes_ten_entries_of_a_batch"),
        At("a_batch_has_ten_entries_and_the_bytes_of_its_service"),
    ),
    of_aws(
        "SNS: 256 KiB of a message",
        SNS_PUBLISH,
        Some("the_world_takes_256_kib_of_alerts"),
        Not("the largest alert is a quarter of it: the_largest_alert_is_far_below_what_sns_takes"),
    ),
    of_aws(
        "SNS: fewer than 100 characters of a subject, of ASCII, without control characters",
        SNS_PUBLISH,
        Some("the_world_takes_99_characters_of_a_subject"),
        Not("there are four subjects, none half as long: the_largest_alert_is_far_below_what_sns_takes"),
    ),
    of_aws(
        "DynamoDB: 400 KB of an item, its names included",
        DYNAMODB,
        Some("the_world_takes_400_kb_of_an_item"),
        At("a_part_has_350_000_packed_bytes_and_one_more_begins_the_next"),
    ),
    of_aws(
        "DynamoDB: 400 KB of a head, with all that people and attempts add to it",
        DYNAMODB,
        Some("the_world_takes_400_kb_of_an_item"),
        At("reasons_of_256_kib_are_listed_and_of_one_byte_more_all_but_the_last"),
    ),
    of_aws(
        "DynamoDB: 1,024 bytes of a sort key",
        DYNAMODB,
        Some("the_world_takes_1024_bytes_of_a_key"),
        At("a_part_longer_than_a_key_of_the_table_is_its_fingerprint"),
    ),
    of_aws(
        "DynamoDB: 100 items of a transaction",
        TRANSACTION,
        Some("the_world_takes_a_hundred_keys_and_a_hundred_writes"),
        At("what_a_batch_holds_is_enqueued_in_transactions_of_a_hundred"),
    ),
    of_aws(
        "DynamoDB: 4 MB of a transaction",
        TRANSACTION,
        Some("the_world_takes_4_mb_of_a_transaction"),
        At("parts_of_3_400_000_bytes_go_with_the_head_and_of_one_more_ahead_of_it"),
    ),
    of_aws(
        "DynamoDB: 100 keys of a BatchGetItem",
        "amazondynamodb/latest/APIReference/API_BatchGetItem.html",
        Some("the_world_takes_a_hundred_keys_and_a_hundred_writes"),
        At("a_hundred_heads_are_read_in_one_call"),
    ),
    of_aws(
        "Lambda: 6 MB of a reply",
        LAMBDA,
        Some("the_world_takes_6_mb_of_a_reply_with_a_backslash_before_each_quote"),
        At("a_reply_of_6_mb_is_handed_on_and_of_a_longer_one_it_is_said_that_it_is_too_long"),
    ),
    of_aws(
        "Lambda: what an event source, a function and its memory can be set to",
        "AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html",
        None,
        At("what_aws_does_not_take_is_seen_one_beyond_its_limit"),
    ),
    of_aws(
        "CloudWatch: 1,024 characters of what an alarm says",
        "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
        None,
        At("what_aws_does_not_take_is_seen_one_beyond_its_limit"),
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files of a folder, with their contents.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.clone(), fs::read_to_string(path).unwrap()));
        }
    }
}

/// The constants that are limits by their names: the file below `crates` or `functions`, and the name.
fn limits_in(all: &[(PathBuf, String)]) -> Vec<(String, String)> {
    let mut limits = Vec::new();
    for (path, text) in all {
        let path = path.strip_prefix(root()).unwrap().to_str().unwrap();
        let is_of_tests = path.starts_with("tests/") || path.starts_with("crates/testkit/");
        if is_of_tests || !path.contains("/src/") {
            continue;
        }
        let (_, file) = path.split_once('/').unwrap();
        let constants = text.lines().filter_map(|line| {
            let line = line.trim_start();
            let line = ["pub ", "pub(crate) ", "pub(super) "]
                .iter()
                .find_map(|it| line.strip_prefix(it))
                .unwrap_or(line);
            Some(line.strip_prefix("const ")?.split_once(':')?.0)
        });
        let named = constants.filter(|name| name.split('_').any(|word| NAMES.contains(&word)));
        limits.extend(named.map(|name| (file.to_owned(), name.to_owned())));
    }
    limits
}

/// The Rust files in which limits and their tests are.
pub(crate) fn all() -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for folder in ["crates", "functions", "tests/suites"] {
        sources(&root().join(folder), &mut all);
    }
    all
}

/// Whether there is a test of that name.
pub(crate) fn is_test(all: &[(PathBuf, String)], name: &str) -> bool {
    let [plain, waiting] = ["", "async "].map(|kind| format!("test]\n{kind}fn {name}("));
    all.iter().any(|(_, text)| {
        let text = text.replace("\n    ", "\n");
        text.contains(&plain) || text.contains(&waiting)
    })
}

fn check(all: &[(PathBuf, String)], what: &str, tried: &Tried) {
    match tried {
        At(test) => assert!(is_test(all, test), "{test}, which tries {what}, is gone"),
        Not(why) => assert!(!why.is_empty(), "{what}"),
    }
}

#[test]
fn every_limit_has_a_row_and_every_row_its_test() {
    let all = all();
    let limits = limits_in(&all);
    for (file, name) in &limits {
        let is_listed = LIMITS.iter().any(|(its, constant, _)| its == file && constant == name);
        assert!(is_listed, "{name} in {file} wants a row, and a test just below, at it and just above");
    }
    for (file, name, tried) in LIMITS {
        let is_there = limits.iter().any(|(its, constant)| its == file && constant == name);
        assert!(is_there, "{name} in {file} is gone");
        check(&all, name, tried);
    }
}

#[test]
fn every_limit_of_aws_has_its_test_in_the_world_and_one_of_what_we_send() {
    let all = all();
    for OfAws { what, page, world, ours } in &AWS {
        assert!(page.contains("/latest/"), "{what}");
        assert!(world.is_none_or(|test| is_test(&all, test)), "the strict world is not held to: {what}");
        check(&all, what, ours);
        // A reason that leans on a test names one that is there.
        if let Not(why) = ours
            && let Some((_, test)) = why.rsplit_once(": ")
        {
            assert!(is_test(&all, test), "{test} is gone");
        }
    }
}
