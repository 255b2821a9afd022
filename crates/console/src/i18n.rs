//! The console's own words, each in every language: a missing one does not compile.

mod en;
mod es;

use aduana_invoice::Lang;

macro_rules! names {
    ($($name:ident)+) => {
        /// The words of one language.
        #[derive(Debug)]
        pub(crate) struct Words {
            $(pub(crate) $name: &'static str,)+
        }

        #[cfg(test)]
        impl Words {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),+]
            }
        }
    };
}

names! {
    about act act_annotated act_claimed act_corrected act_discarded act_lapsed act_on_all
    act_on_group act_on_many act_on_ticked act_parked act_received act_refused act_released
    act_reopened act_returned act_sent act_stored act_unsent act_viewed acting_as alerted
    all_of_them all_suggestions allowances amount and_more annotate annotate_many_means any as_table
    attempt attributes bodies bodies_mean buyer buyer_reference by_day by_reason can_be_suggested
    cancel case cases category category_data category_range category_structure cause changed changes
    charges check chosen claimed_until clear column copies copy_expires correction count credit_note
    currency current day denied denied_again denied_means discard do_it do_many done_annotated
    done_corrected done_discarded done_hidden done_refused done_released done_reopened done_sent
    done_set_aside done_shown done_stored due errors expected expiring expiring_means failed failed_means fields
    filter first_page first_seen found go_on go_on_anyway group groups groups_mean held hide_values
    history how_patch how_set how_suggested id in_all in_flight invalid invoice issued item laid_out
    last_seen lay_out left_out line lines lines_left_out lines_net list_group look_again looked_at
    meaning correct correct_many correct_many_means correct_needs_sight corrected missing more_changes more_lines
    needs_change needs_patch needs_pointer needs_reason net net_payable news news_since next
    no_attributes no_case_matches no_changes no_fields no_news no_number no_paper no_runs
    no_such_case no_such_case_means no_such_page no_such_page_means no_text no_verdict not_alerted
    not_all_counted not_changed not_json not_known note nothing_chosen nothing_expires nothing_held
    nothing_lost now_valid number oldest oldest_open one_change order_of_list order_reference
    override_invalid override_many override_resend overview owner pages invoice_view pause payable
    payment_terms place prepaid preview preview_looked_at preview_means preview_rest previous price
    quantity queue queue_holds queue_intake queues rate rate_none reason_code reason_for_record
    reasons_of_attempt received record_broken record_whole refused refused_again refused_means
    release reopen resend_as_is resend_corrected resend_overridden resolved_at
    rounding ruleset run run_broken_means run_takes runs runs_mean search search_in sections see_the_case
    select_case select_page seller session_reason session_reason_end session_reason_keep
    session_reason_means session_reason_set preview_reason_means why_asked
    set_aside set_aside_means set_aside_of_case in_the_way in_the_way_means send_when_valid sent show_values signed_out signed_out_means
    sender since skip source stage stage_broken stage_cancelled stage_finished stage_paused stage_running
    stage_waiting stale stale_means state state_discarded state_open state_parked state_resending
    state_resent state_resolved stay_invalid step_put step_remove still_invalid store_and_send
    store_only stored stored_again suggested take_suggestion tax tax_exclusive tax_inclusive
    tax_rate taxable taxes text ticket tile_groups tile_corrected tile_stored tile_in_flight
    tile_waiting time too_large too_large_means too_long too_long_means totals try_again type_code in_flight_means undo
    unreachable unreachable_means unsaved until valid value values values_in_sight values_masked
    verdict visible waiting warning way_direct way_schedule way_url what_to_do who why why_held withheld work_annotate work_discard
    work_correct work_correct_only work_release work_reopen work_resend
}

/// The words of a language.
pub(crate) fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &en::EN,
        Lang::Es => &es::ES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same word in both languages.
    const SAME: [&str; 1] = ["ticket"];

    #[test]
    fn no_word_lacks_its_spanish() {
        for ((name, en), (_, es)) in words(Lang::En).all().into_iter().zip(words(Lang::Es).all()) {
            assert!(!en.trim().is_empty() && !es.trim().is_empty(), "{name}");
            assert_eq!(en == es, SAME.contains(&name), "{name}: {en}");
            assert!(!en.contains("  ") && !es.contains("  "), "{name}");
        }
    }
}
