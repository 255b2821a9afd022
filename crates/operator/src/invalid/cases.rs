//! Finds the cases that a command is about.

use std::collections::HashSet;
use std::io::BufRead;

use aduana_cases::case::State;
use aduana_cases::message::CaseId;
use aduana_redrive::request::Query;

use crate::cli::{Cases, Filters, Id, case_id};
use crate::failure::Failure;
use crate::i18n::said;
use crate::redrive::{Recorded, Redrive};

impl Filters {
    /// The query; in one of `states` where the user names none.
    pub(super) fn query(&self, states: &[State]) -> Query {
        let state = if self.state.is_empty() {
            states.to_vec()
        } else {
            self.state.iter().map(|state| (*state).into()).collect()
        };
        Query {
            state,
            group: self.group.clone(),
            code: self.code.clone(),
            category: self.category.map(Into::into),
            seller: self.seller.clone(),
            source: self.source.clone(),
            sender: self.sender.clone(),
            text: self.text.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
        }
    }

    /// Whether what they ask for is recorded: a search by what is masked.
    pub(super) const fn recorded(&self) -> Recorded {
        if self.seller.is_some() { Recorded::Yes } else { Recorded::No }
    }

    fn are_given(&self) -> bool {
        let Self { state, group, code, category, seller, source, sender, text, since, until } = self;
        !state.is_empty()
            || category.is_some()
            || [group, code, seller, source, sender, text, since, until].iter().any(|filter| filter.is_some())
    }
}

impl Cases {
    /// The ids of these cases, each once; where they are not named, those that match in one of `states`. A search by what is
    /// masked is recorded with the client's reason.
    pub(super) async fn find(&self, redrive: &Redrive, states: &[State]) -> Result<Vec<CaseId>, Failure> {
        let most = self.first.map_or(usize::MAX, std::num::NonZeroUsize::get);
        let broad = self.all || self.filters.are_given();
        let mut ids = match (self.ids.is_empty(), broad) {
            (false, false) => self.named()?,
            (true, true) => {
                let lines = redrive.cases(&self.filters.query(states), most).await?;
                lines.into_iter().map(|line| line.id).collect()
            }
            (true, false) => {
                return Err(Failure::to(said("find the cases", "encontrar los casos"))
                    .because(said("none are named", "no se indica ninguno"))
                    .help(said(
                        "name their ids, or say which: --group, --code, --seller …, or --all",
                        "indique sus identificadores, o cuáles: --group, --code, --seller …, o --all",
                    )));
            }
            (false, true) => {
                return Err(Failure::to(said("find the cases", "encontrar los casos"))
                    .because(said("they are both named and searched for", "se indican y se buscan a la vez"))
                    .help(said(
                        "name their ids, or say which, and not both",
                        "indique sus identificadores o cuáles, pero no ambas cosas",
                    )));
            }
        };
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        ids.truncate(most);
        Ok(ids)
    }

    fn named(&self) -> Result<Vec<CaseId>, Failure> {
        let mut ids = Vec::with_capacity(self.ids.len());
        for id in &self.ids {
            match id {
                Id::Case(id) => ids.push(id.clone()),
                Id::StandardInput => from_standard_input(&mut ids)?,
            }
        }
        Ok(ids)
    }
}

fn from_standard_input(ids: &mut Vec<CaseId>) -> Result<(), Failure> {
    for (number, line) in (1..).zip(std::io::stdin().lock().lines()) {
        let failed = || {
            Failure::to(said(
                format!("read line {number} of standard input"),
                format!("leer la línea {number} de la entrada estándar"),
            ))
        };
        let line = line.map_err(|error| failed().because(error))?;
        let text = line.trim();
        if !text.is_empty() {
            ids.push(case_id(text).map_err(|error| failed().because(error))?);
        }
    }
    Ok(())
}
