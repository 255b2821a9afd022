//! The console's own words, each in every language: a missing one does not compile.

mod en;
mod es;

use aduana_cases::case::State;
use aduana_invoice::Lang;

use crate::request_context::RequestContext;
use crate::runs::{Stage, Work};

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
    done_shown done_stored due errors expected expiring expiring_means failed failed_means fields
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
    release reopen resend_as_is resend_corrected resend_overridden resolved_at reveal_reason
    rounding ruleset run run_broken_means run_takes runs runs_mean search search_in sections see_the_case
    select_case select_page seller send_when_valid sent show_values signed_out signed_out_means
    since skip source stage stage_broken stage_cancelled stage_finished stage_paused stage_running
    stage_waiting stale stale_means state state_discarded state_open state_parked state_resending
    state_resent state_resolved stay_invalid step_put step_remove still_invalid store_and_send
    store_only stored stored_again suggested take_suggestion tax tax_exclusive tax_inclusive
    tax_rate taxable taxes text ticket tile_groups tile_corrected tile_stored tile_in_flight
    tile_waiting time too_large too_large_means totals try_again type_code in_flight_means undo
    unreachable unreachable_means unsaved until valid value values values_in_sight values_masked
    verdict visible waiting warning what_to_do who why why_held withheld work_annotate work_discard
    work_correct work_correct_only work_release work_reopen work_resend
}

/// The words of a language.
pub(crate) fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &en::EN,
        Lang::Es => &es::ES,
    }
}

/// What has a name of its own in the table, in the words of the visit.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "a template passes references")]
impl RequestContext {
    pub(crate) fn state(&self, state: &State) -> &'static str {
        match state {
            State::Open => self.w.state_open,
            State::Parked => self.w.state_parked,
            State::Resending => self.w.state_resending,
            State::Resent => self.w.state_resent,
            State::Discarded => self.w.state_discarded,
            State::Resolved => self.w.state_resolved,
        }
    }

    /// One that this version does not know is shown as it is.
    pub(crate) fn category<'a>(&self, category: &'a str) -> &'a str {
        match category {
            "structure" => self.w.category_structure,
            "data" => self.w.category_data,
            "range" => self.w.category_range,
            other => other,
        }
    }

    /// One that this version does not know is shown as it is.
    pub(crate) fn act<'a>(&self, act: &'a str) -> &'a str {
        let w = self.w;
        match act {
            "received" => w.act_received,
            "refused" => w.act_refused,
            "stored" => w.act_stored,
            "corrected" => w.act_corrected,
            "claimed" => w.act_claimed,
            "sent" => w.act_sent,
            "unsent" => w.act_unsent,
            "lapsed" => w.act_lapsed,
            "returned" => w.act_returned,
            "discarded" => w.act_discarded,
            "reopened" => w.act_reopened,
            "annotated" => w.act_annotated,
            "parked" => w.act_parked,
            "released" => w.act_released,
            "viewed" => w.act_viewed,
            other => other,
        }
    }

    pub(crate) fn stage(&self, stage: &Stage) -> &'static str {
        match stage {
            Stage::Running => self.w.stage_running,
            Stage::Paused => self.w.stage_paused,
            Stage::Waiting => self.w.stage_waiting,
            Stage::Cancelled => self.w.stage_cancelled,
            Stage::Broken => self.w.stage_broken,
            Stage::Finished => self.w.stage_finished,
        }
    }

    pub(crate) fn work(&self, work: &Work) -> &'static str {
        match work {
            Work::Correct { send: true, .. } => self.w.work_correct,
            Work::Correct { send: false, .. } => self.w.work_correct_only,
            Work::Resend => self.w.work_resend,
            Work::Discard => self.w.work_discard,
            Work::Reopen => self.w.work_reopen,
            Work::Release => self.w.work_release,
            Work::Annotate(_) => self.w.work_annotate,
        }
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
