//! Ended cases whose retention is over.
//!
//! Nothing of a case says when it expires while it can still be reopened: what says so to the table is written when the time has
//! come, and never taken back. So no case that was opened again can lose a part of itself.

use futures_util::StreamExt;
use futures_util::stream;

use super::page;
use crate::PAGES_MAX;
use crate::answer::Reconciled;
use crate::context::RedriveContext;
use crate::ports::{CaseRecord, CaseStore, HEADS_MAX, PageOf, RedrivePorts, WriteReply};
use crate::select::AT_ONCE;
use aduana_cases::case::State;
use aduana_cases::effects::{EXPIRE, LIST};
use aduana_cases::error::EffectError;
use aduana_cases::judge_message::Judge;
use aduana_cases::message::CaseId;
use aduana_cases::time::rfc3339;

/// How long an expired case is still there, in milliseconds: more than enough runs to finish what one has begun.
const GRACE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    /// Expires the cases that ended long enough ago. Whether it came to the end.
    pub(super) async fn expire_ended(&self, report: &mut Reconciled) -> Result<bool, EffectError> {
        let Some(keep_ms) = self.settings.keep_ended_ms else {
            return Ok(true);
        };
        let until = rfc3339(self.now_ms().saturating_sub(keep_ms));
        let mut is_complete = true;
        for state in [State::Resolved, State::Discarded] {
            is_complete &= self.expire_state(state, &until, report).await?;
        }
        Ok(is_complete)
    }

    async fn expire_state(
        &self,
        state: State,
        until: &str,
        report: &mut Reconciled,
    ) -> Result<bool, EffectError> {
        // What was last seen later has ended later.
        let mut of = PageOf { until: Some(until.to_owned()), ..page(state) };
        for _ in 0..PAGES_MAX {
            if !self.may_start() {
                return Ok(false);
            }
            let page = self.within(LIST, || self.ports.cases().page(&of)).await?;
            let ids: Vec<CaseId> = page.lines.into_iter().map(|line| line.id).collect();
            for ids in ids.chunks(HEADS_MAX) {
                self.expire_some(ids, until, report).await?;
            }
            match page.next {
                Some(next) => of.after = Some(next),
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    async fn expire_some(
        &self,
        ids: &[CaseId],
        until: &str,
        report: &mut Reconciled,
    ) -> Result<(), EffectError> {
        let heads = self.heads(ids).await?;
        let found = |id: &CaseId| heads.iter().find(|head| head.id() == id);
        let is_over = |head: &CaseRecord| {
            head.state().is_closed() && head.ended_at.as_deref().is_some_and(|ended| ended <= until)
        };
        let at_ms = self.now_ms().saturating_add(GRACE_MS);
        let over = ids.iter().filter(|id| found(id).is_none_or(is_over));
        let ends = over.map(|id| {
            let version = found(id).map(|head| head.version);
            self.within(EXPIRE, move || self.ports.cases().expire(id, version, at_ms))
        });
        let ends: Vec<_> = stream::iter(ends.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await;
        for end in ends {
            match end {
                Ok(WriteReply::Written) => report.expired += 1,
                // Somebody has reopened it, or there is nothing left of it.
                Ok(WriteReply::Changed) => {}
                Err(_) => report.failed += 1,
            }
        }
        Ok(())
    }
}
