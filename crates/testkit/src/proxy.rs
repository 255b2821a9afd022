//! A fault proxy: HTTP/1.1, on a port of this machine, in front of a local AWS. The real functions find AWS there, and it is as bad
//! to them as AWS is on its worst days.
//!
//! # Layout
//! - [`faults`]: what happens to which request: a pure function of a seed, the operation, and how many of it came before.
//! - `call`: what a request asks for. `shapes`: how the services say no. `part`: batches of which a part fails, inside a 200.
//! - `serve`: the sockets. `tally`: what was done, by kind and operation.
//!
//! A request that is let through goes on byte for byte, and so does its answer.

mod call;
mod counts;
mod error_replies;
pub mod faults;
mod partial_batch;
mod serve;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::oneshot;

use call::Call;
pub use counts::{Injected, Tally};
use faults::{Fate, Faults, Turn};

/// A running proxy. It ends with this value.
#[derive(Debug)]
pub struct FaultProxy {
    endpoint: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Somebody who waits for a request on whose sender to fall. Told the address that it came from, it says whether it did.
type Ambusher = Box<dyn FnMut(SocketAddr) -> bool + Send>;

/// An ambush, as [`FaultProxy::ambush`] lays it.
struct KillPoint {
    requests_let_by: u64,
    happens: bool,
    kill: Ambusher,
}

/// What all connections have in common.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults: Faults,
    is_calm: bool,
    /// How many requests of each operation have had their fate drawn.
    drawn: BTreeMap<String, u64>,
    /// Calls of an SDK all of whose attempts end alike, by the id that it gives them.
    doomed: HashMap<String, Fate>,
    ambush: Option<KillPoint>,
    tally: Tally,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl FaultProxy {
    /// A proxy in front of `upstream`, such as `http://127.0.0.1:4566`.
    pub fn start(upstream: &str, faults: Faults) -> Self {
        let shared = Arc::new(Shared { state: Mutex::new(State { faults, ..State::default() }) });
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let endpoint = format!("http://{}", listener.local_addr().expect("the port is bound"));
        let (stop, stopped) = oneshot::channel();
        let (upstream, of_thread) = (upstream.trim_end_matches('/').to_owned(), Arc::clone(&shared));
        let thread = thread::spawn(move || serve::run(listener, upstream, of_thread, stopped));
        Self { endpoint, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it is, such as `http://127.0.0.1:35001`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether it is to let everything through for a while.
    pub fn be_calm(&self, is_calm: bool) {
        self.shared.state().is_calm = is_calm;
    }

    /// Lets so many requests by, and then has `kill` fall on the sender of each one until it says that it did. `happens`: what was
    /// asked for is carried out before that. The sender gets no answer.
    pub fn ambush(
        &self,
        requests_let_by: u64,
        happens: bool,
        kill: impl FnMut(SocketAddr) -> bool + Send + 'static,
    ) {
        self.shared.state().ambush = Some(KillPoint { requests_let_by, happens, kill: Box::new(kill) });
    }

    /// Whether somebody still waits.
    pub fn is_ambush_laid(&self) -> bool {
        self.shared.state().ambush.is_some()
    }

    /// Gives an ambush up.
    pub fn call_off(&self) {
        self.shared.state().ambush = None;
    }

    /// What was done so far.
    pub fn tally(&self) -> Tally {
        self.shared.state().tally.clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request, and says what is to happen to it.
    fn turn(&self, call: &Call) -> Turn {
        let mut state = self.state();
        state.tally.count(&call.operation, Injected::Request);
        if state.is_calm {
            return Turn::default();
        }
        if let Some(fate) = call.invocation.as_ref().and_then(|invocation| state.doomed.get(invocation)) {
            return Turn { fate: *fate, ..Turn::default() };
        }
        let nth = state.drawn.entry(call.operation.clone()).or_default();
        *nth += 1;
        let nth = *nth;
        let turn = state.faults.turn(&call.operation, nth);
        if let (true, Some(invocation)) = (turn.is_doom, &call.invocation) {
            state.doomed.insert(invocation.clone(), turn.fate);
        }
        turn
    }

    fn count(&self, call: &Call, injected: Injected) {
        self.state().tally.count(&call.operation, injected);
    }

    /// Whether an ambush has this request let through first; `None` if there is none for it.
    fn ambush_of(&self) -> Option<bool> {
        let mut state = self.state();
        let ambush = state.ambush.as_mut()?;
        if ambush.requests_let_by > 0 {
            ambush.requests_let_by -= 1;
            return None;
        }
        Some(ambush.happens)
    }

    /// Whether the sender of a request was fallen on.
    fn fall_on(&self, call: &Call, sender: SocketAddr) -> bool {
        // Not while the lock is held: it looks at processes.
        let Some(mut ambush) = self.state().ambush.take() else {
            return false;
        };
        let is_done = (ambush.kill)(sender);
        let mut state = self.state();
        if is_done {
            state
                .tally
                .count(&call.operation, if ambush.happens { Injected::KillAfter } else { Injected::Kill });
        } else if state.ambush.is_none() {
            state.ambush = Some(ambush);
        }
        is_done
    }
}
