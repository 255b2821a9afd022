//! What templates call things that have a name of their own in the table.

use aduana_cases::case::State;
use aduana_invoice::Category;
use aduana_redrive::client::run::Work;

use crate::request_context::RequestContext;
use crate::runs::Stage;

/// The names of states, categories, acts, stages and kinds of work, in the language of the request.
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

    /// What to do where a rule is broken.
    pub(crate) fn hint(&self, code: &str) -> Option<&'static str> {
        aduana_invoice::hint(code, self.lang)
    }

    pub(crate) fn category(&self, category: &Category) -> &'static str {
        match category {
            Category::Structure => self.w.category_structure,
            Category::Data => self.w.category_data,
            Category::Range => self.w.category_range,
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

    /// How it was asked for. One that this version does not know is shown as it is.
    pub(crate) fn way<'a>(&self, way: &'a str) -> &'a str {
        match way {
            "url" => self.w.way_url,
            "direct" => self.w.way_direct,
            "schedule" => self.w.way_schedule,
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
