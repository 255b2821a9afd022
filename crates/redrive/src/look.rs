//! `list`, `groups`, `get`.

use std::collections::HashMap;

use super::answer::{Failure, GroupAlert, GroupLine, GroupLines, Lines, Shown};
use super::context::{RedriveContext, Skip};
use super::correct::json_len;
use super::ports::{CaseLine, CaseRecord, CaseStore, HEADS_MAX, RedrivePorts};
use super::request::{ActionName, Get, Groups, List, Selection, WhichBody};
use super::select::{CaseSelector, Picked};
use super::show::{Shows, versions};
use super::transitions::on_view;
use super::{ANSWER_MAX, LIST_MAX, PAGES_MAX, SHOWN_MAX, texts};
use aduana_cases::alerts::AlertOutbox;
use aduana_cases::alerts::outbox::{PendingEntry, PendingKind};
use aduana_cases::case::State;
use aduana_cases::effects::{READ_OUTBOX, READ_REASONS, READ_TRAIL};
use aduana_cases::judge_message::Judge;
use aduana_cases::message::BodyVersion;
use aduana_cases::ports::HeldContents;
use aduana_cases::time::rfc3339;
use aduana_cases::trail::{self, Event};

/// With so many bytes of groups no more cases are read for an answer, and how many cases are read at once: as many as a page of
/// the index holds. If each of these is a group of its own, the answer is still below [`ANSWER_MAX`].
const GROUPS_BYTES: usize = ANSWER_MAX / 3;
const GROUPS_AT_ONCE: usize = 1_500;

/// How many lines `list` gives if nothing is said.
const LIST_USUAL: usize = 50;

impl<P: RedrivePorts, J: Judge + Sync> RedriveContext<'_, P, J> {
    pub(super) const fn shows(&self, unmask: bool) -> Shows {
        Shows { unmask, lang: self.lang, retention_ms: self.settings.retention_ms }
    }

    pub(super) async fn list(&self, request: &List) -> Result<Lines, Failure> {
        let limit = request.limit.unwrap_or(LIST_USUAL).clamp(1, LIST_MAX);
        let states = match &request.select {
            Some(Selection::Group(_)) => &State::ALL,
            _ => ActionName::List.states(),
        };
        let cursor = request.cursor.as_deref();
        let mut selection = CaseSelector::new(request.select.as_ref(), None, cursor, states, self.lang)?;
        let unavailable = |error| Failure::unavailable(&error, self.lang);
        let lines = match self.pick(&mut selection, limit).await.map_err(unavailable)? {
            Picked::Lines(lines) => lines,
            Picked::Ids(ids) => {
                let mut lines: HashMap<_, CaseLine> = HashMap::new();
                for ids in ids.chunks(HEADS_MAX) {
                    let heads = self.heads(ids).await.map_err(unavailable)?;
                    lines.extend(heads.into_iter().map(|head| (head.id().clone(), head.line)));
                }
                ids.iter().filter_map(|id| lines.remove(id)).collect()
            }
        };
        let shows = self.shows(false);
        let cases = lines.into_iter().map(|line| shows.line(line)).collect();
        Ok(Lines { cases, cursor: selection.cursor() })
    }

    /// Counted from the lines of the index, as many as there are cases that match: exact, without an item that every message of
    /// a group would have to write to, and ten thousand cases are about ten reads of one megabyte.
    pub(super) async fn groups(&self, request: &Groups) -> Result<GroupLines, Failure> {
        let query = request.query.clone().map(Selection::Query);
        let cursor = request.cursor.as_deref();
        let mut selection =
            CaseSelector::new(query.as_ref(), None, cursor, ActionName::Groups.states(), self.lang)?;
        let mut groups: HashMap<String, GroupLine> = HashMap::new();
        let mut counted = GroupLines::default();
        let mut bytes = 0_usize;
        while bytes < GROUPS_BYTES && self.may_start() && selection.cursor().is_some() {
            let picked = self.pick(&mut selection, GROUPS_AT_ONCE).await;
            let Picked::Lines(lines) = picked.map_err(|error| Failure::unavailable(&error, self.lang))?
            else {
                break;
            };
            counted.cases = counted.cases.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
            for line in lines {
                bytes = bytes.saturating_add(self.count(&mut counted, &mut groups, line));
            }
        }
        for (group, alert) in self.alerts_of_groups().await {
            if let Some(line) = groups.get_mut(&group) {
                line.alert = Some(alert);
            }
        }
        let groups = groups.into_values().collect();
        counted.add(GroupLines { groups, cursor: selection.cursor(), ..GroupLines::default() });
        Ok(counted)
    }

    /// Counts a case. How many bytes longer the answer is by it.
    fn count(
        &self,
        counted: &mut GroupLines,
        groups: &mut HashMap<String, GroupLine>,
        line: CaseLine,
    ) -> usize {
        let message = texts::rule(&line.reason_code, self.lang);
        let line = self.shows(false).line(line);
        counted.day(&line.first_seen).held += 1;
        if line.state == State::Resolved {
            counted.day(&line.last_seen).stored += 1;
        }
        if let Some(expires_at) = &line.expires_at {
            counted.day(expires_at).expiring += 1;
        }
        let mut bytes = 0;
        let group = groups.entry(line.group.clone()).or_insert_with(|| {
            let group = GroupLine {
                group: line.group,
                label: line.group_label,
                code: line.code,
                category: line.category,
                message: message.to_owned(),
                seller: line.seller,
                count: 0,
                first_seen: line.first_seen.clone(),
                last_seen: line.last_seen.clone(),
                alert: None,
            };
            bytes = json_len(&group);
            group
        });
        group.count = group.count.saturating_add(1);
        group.first_seen = line.first_seen.min(std::mem::take(&mut group.first_seen));
        group.last_seen = line.last_seen.max(std::mem::take(&mut group.last_seen));
        bytes
    }

    /// The outbox of alerts, by group. If it cannot be read, the groups are counted all the same.
    async fn alerts_of_groups(&self) -> HashMap<String, GroupAlert> {
        let mut groups: HashMap<String, GroupAlert> = HashMap::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let reading = || self.ports.cases().pending(None, after.as_deref());
            let Ok(page) = self.within(READ_OUTBOX, reading).await else { break };
            for PendingEntry { group, kind, due_ms } in page.pending {
                let alert = groups.entry(group).or_default();
                let due = rfc3339(due_ms);
                match kind {
                    PendingKind::Window { opened_ms } => {
                        alert.alerted_at = Some(rfc3339(opened_ms));
                        alert.next_at.get_or_insert(due);
                    }
                    PendingKind::PendingAlert { held } => {
                        alert.not_alerted = alert.not_alerted.saturating_add(held);
                        let next = alert.next_at.take().map_or(due.clone(), |next| next.min(due));
                        alert.next_at = Some(next);
                    }
                    PendingKind::Digest => {}
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        groups
    }

    pub(super) async fn get(&self, request: &Get) -> Result<Shown, Failure> {
        self.show(request).await.map_err(|skip| skip.failure(self.lang))
    }

    async fn show(&self, request: &Get) -> Result<Shown, Skip> {
        let record = self.look(request).await?;
        let (reasons, trail) = self.reasons_and_trail(&record).await?;
        let shows = self.shows(request.unmask);
        let (body, attributes) = match request.body {
            None => (None, Vec::new()),
            Some(which) => {
                let contents = self.body(&record, &trail, which).await?;
                if let Some(from) = request.from {
                    (Some(shows.piece(&contents.body, from)), Vec::new())
                } else {
                    let attributes = contents.producer()?;
                    (Some(shows.body(contents.body)), attributes)
                }
            }
        };
        let in_the_way = self.in_the_way(&record).await?;
        let set_aside = self.was_set_aside(&record, &trail).await?;
        let broken = trail::verify(record.id(), &trail, &record.trail).err();
        let versions = versions(&record, &trail);
        let CaseRecord { line, version, alerted_at, ruleset, buyer_name, resolved_at, redrive_state, .. } =
            record;
        let answer = Shown {
            case: shows.line(line),
            version,
            buyer_name: shows.name(buyer_name),
            note: redrive_state.note,
            ruleset,
            alerted_at,
            resolved_at,
            claimed_until: redrive_state.claim.map(|claim| rfc3339(claim.until_ms)),
            may_be_in_flight: redrive_state.in_flight.is_some(),
            versions,
            reasons: reasons.into_iter().map(|reason| shows.stored_reason(reason)).collect(),
            in_the_way,
            set_aside,
            trail,
            trail_intact: broken.is_none(),
            trail_broken_at: broken,
            body,
            attributes: attributes.into_iter().map(|attribute| shows.attribute(attribute)).collect(),
        };
        Ok(handed_on(answer))
    }

    /// The case; a look at its values is put on record before anything is shown.
    async fn look(&self, request: &Get) -> Result<CaseRecord, Skip> {
        if !request.unmask {
            return self.head(&request.id).await;
        }
        Ok(self.act(&request.id, None, None, on_view).await?.record)
    }

    /// The trail as far as the head that was read knows it: it may have grown since.
    async fn reasons_and_trail(
        &self,
        record: &CaseRecord,
    ) -> Result<(Vec<super::ports::StoredReason>, Vec<Event>), Skip> {
        let cases = self.ports.cases();
        let reasons = self.within(READ_REASONS, || cases.reasons(record.id())).await?;
        let mut trail = self.within(READ_TRAIL, || cases.trail(record.id())).await?;
        trail.retain(|event| event.seq <= record.trail.seq);
        Ok((reasons, trail))
    }

    async fn body(
        &self,
        record: &CaseRecord,
        trail: &[Event],
        which: WhichBody,
    ) -> Result<HeldContents, Skip> {
        let attempt = record.line.attempt;
        let version = match which {
            WhichBody::Current => record.current(),
            WhichBody::Original => BodyVersion::received(trail.first().map_or(1, |event| event.attempt)),
            WhichBody::Attempt(attempt) => BodyVersion::received(attempt),
            WhichBody::Correction(number) => BodyVersion { attempt, correction: Some(number) },
        };
        self.contents(record.id(), version).await
    }
}

/// A case as Lambda hands it on: without its body if there is no room for that.
fn handed_on(mut shown: Shown) -> Shown {
    let written = serde_json::to_string(&shown).unwrap_or_default();
    if json_len(&written) > SHOWN_MAX
        && let Some(body) = &mut shown.body
    {
        body.content = None;
    }
    shown
}
