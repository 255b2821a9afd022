//! The notice board over the world.

use std::collections::{BTreeMap, BTreeSet};

use aduana_intake::alerts::board::{
    Board, Digest, Entered, Entry, Notice, NoticeBoard, Posted, PostedKind, PostedPage, Told,
};
use aduana_intake::message::CaseId;
use aduana_intake::ports::{Alert, EffectError};

use super::{Call, State, World, limits};

/// As many entries as a page of the index has here: few, so that there are several.
const PAGE: usize = 7;

/// What is on the board.
#[derive(Debug, Default)]
pub(super) struct Posts {
    /// Until when, and since when.
    windows: BTreeMap<String, (i64, i64)>,
    digests: BTreeMap<String, Digest>,
    notices: BTreeMap<(String, String), Notice>,
}

/// What a suite asks of the board.
impl World {
    /// Whether nobody is still to be told of anything, windows aside.
    pub fn is_all_told(&self) -> bool {
        let board = &self.state().board;
        board.notices.is_empty() && board.digests.is_empty()
    }

    /// How many windows are on the board.
    pub fn windows_open(&self) -> usize {
        self.state().board.windows.len()
    }

    /// The alerts that went out, each once however often it was published.
    ///
    /// # Panics
    ///
    /// If two of them have one id and are not the same.
    pub fn distinct_alerts(&self) -> Vec<Alert> {
        let mut distinct: BTreeMap<String, Alert> = BTreeMap::new();
        for alert in self.alerts() {
            let first = distinct.entry(alert.id.clone()).or_insert_with(|| alert.clone());
            assert_eq!(*first, alert, "one id, two alerts");
        }
        distinct.into_values().collect()
    }

    /// Every held message that the administrators were told of, once for each alert that it is in.
    pub fn told(&self) -> Vec<(CaseId, u32)> {
        self.distinct_alerts().into_iter().flat_map(|alert| alert.covers).collect()
    }

    /// Every held message that is marked as told of, or to be told of, with its attempt now.
    pub fn marked(&self) -> BTreeSet<(CaseId, u32)> {
        let marked = self.cases().into_iter().filter(|row| row.head.alerted);
        marked.map(|row| (row.case.id.clone(), row.head.attempt)).collect()
    }
}

impl NoticeBoard for World {
    async fn windows(&self, groups: &[String]) -> Result<Vec<(String, i64)>, EffectError> {
        limits::keys(groups);
        self.call(Call::Windows, |state| {
            let window = |group: &String| Some((group.clone(), state.board.windows.get(group)?.0));
            groups.iter().filter_map(window).collect()
        })
        .await
    }

    async fn enter(&self, entry: &Entry) -> Result<Entered, EffectError> {
        limits::writes(entry.writes());
        let cases: BTreeSet<_> = entry.notices.iter().flat_map(|notice| &notice.cases).collect();
        let count: usize = entry.notices.iter().map(|notice| notice.cases.len()).sum();
        assert_eq!(cases.len(), count, "ValidationException: one item twice");
        self.call(Call::Enter, |state| enter(state, entry)).await
    }

    async fn board(&self, group: &str) -> Result<Board, EffectError> {
        self.call(Call::Board, |state| {
            let Posts { windows, digests, notices } = &state.board;
            Board {
                window_until_ms: windows.get(group).map(|(until_ms, _)| *until_ms),
                digest: digests.get(group).cloned(),
                notices: notices.values().filter(|notice| notice.group == group).cloned().collect(),
            }
        })
        .await
    }

    async fn fix(&self, digest: &Digest, at_ms: i64, window_until_ms: i64) -> Result<bool, EffectError> {
        // Together they must be taken down in one go.
        limits::writes(digest.notices.len() + 1);
        assert!(!digest.notices.is_empty(), "a digest of nothing");
        self.call(Call::Fix, |state| {
            let board = &mut state.board;
            if board.digests.contains_key(&digest.group) {
                return false;
            }
            board.digests.insert(digest.group.clone(), digest.clone());
            board.windows.insert(digest.group.clone(), (window_until_ms, at_ms));
            true
        })
        .await
    }

    async fn take_over(&self, digest: &Digest, lease_until_ms: i64) -> Result<bool, EffectError> {
        self.call(Call::Fix, |state| match state.board.digests.get_mut(&digest.group) {
            Some(there) if there == digest => {
                there.lease_until_ms = lease_until_ms;
                true
            }
            _ => false,
        })
        .await
    }

    async fn take_down(&self, told: &Told) -> Result<(), EffectError> {
        limits::writes(told.notices.len() + usize::from(told.digest.is_some()));
        self.call(Call::TakeDown, |state| {
            let board = &mut state.board;
            if let Some((group, id)) = &told.digest {
                if board.digests.get(group).is_none_or(|digest| digest.id != *id) {
                    return;
                }
                board.digests.remove(group);
            }
            for notice in &told.notices {
                board.notices.remove(notice);
            }
        })
        .await
    }

    async fn close(&self, group: &str, until_ms: i64) -> Result<(), EffectError> {
        self.call(Call::TakeDown, |state| {
            let windows = &mut state.board.windows;
            if windows.get(group).is_some_and(|(there_ms, _)| *there_ms == until_ms) {
                windows.remove(group);
            }
        })
        .await
    }

    async fn posted(&self, due_by_ms: Option<i64>, after: Option<&str>) -> Result<PostedPage, EffectError> {
        self.call(Call::Posted, |state| {
            let mut posted = posted(&state.board);
            posted.retain(|it| due_by_ms.is_none_or(|due_by_ms| it.due_ms <= due_by_ms));
            let from: usize = after.map_or(0, |after| after.parse().expect("a place"));
            let next = (posted.len() > from + PAGE).then(|| (from + PAGE).to_string());
            PostedPage { posted: posted.into_iter().skip(from).take(PAGE).collect(), next }
        })
        .await
    }
}

fn posted(board: &Posts) -> Vec<Posted> {
    let windows = board.windows.iter().map(|(group, (until_ms, opened_ms))| Posted {
        group: group.clone(),
        kind: PostedKind::Window { opened_ms: *opened_ms },
        due_ms: *until_ms,
    });
    let digests = board.digests.values().map(|digest| Posted {
        group: digest.group.clone(),
        kind: PostedKind::Digest,
        due_ms: digest.lease_until_ms,
    });
    let notices = board.notices.values().map(|notice| Posted {
        group: notice.group.clone(),
        kind: PostedKind::Notice { held: notice.cases.len() as u64 },
        due_ms: notice.due_ms,
    });
    let mut all: Vec<Posted> = windows.chain(digests).chain(notices).collect();
    all.sort_by_key(|it| it.due_ms);
    all
}

fn enter(state: &mut State, entry: &Entry) -> Entered {
    let windows = entry.openings.iter().any(|opening| {
        state.board.windows.get(&opening.group).map(|(until_ms, _)| *until_ms) != opening.read_ms
    });
    let is_markable = |(id, attempt): &(CaseId, u32)| {
        state.cases.get(id).is_some_and(|row| row.head.attempt == *attempt && !row.head.alerted)
    };
    let cases = || entry.notices.iter().flat_map(|notice| &notice.cases);
    let told: Vec<(CaseId, u32)> = cases().filter(|case| !is_markable(case)).cloned().collect();
    if windows || !told.is_empty() {
        return Entered::Changed { told, windows };
    }
    for (id, _) in cases() {
        let row = state.cases.get_mut(id).expect("a case that can be marked");
        (row.head.queued, row.head.alerted) = (true, true);
        row.queued_at_ms.get_or_insert(entry.at_ms);
        row.alerted_at_ms = Some(entry.at_ms);
    }
    for opening in &entry.openings {
        state.board.windows.insert(opening.group.clone(), (opening.until_ms, entry.at_ms));
    }
    for notice in &entry.notices {
        let key = (notice.group.clone(), notice.id.clone());
        assert!(state.board.notices.insert(key, notice.clone()).is_none(), "a notice is put up twice");
    }
    Entered::Done
}
