//! A fault proxy: HTTP/1.1, on a port of this machine, in front of a local AWS. The real functions call it in the place of AWS, and it
//! injects the faults of AWS.
//!
//! # Layout
//! - [`faults`]: what happens to which request: a pure function of a seed, the operation, and how many of it came before.
//! - `call`: what a request asks for. `error_replies`: the errors of the services. `partial_batch`: batches of which a part fails,
//!   inside a 200.
//! - `serve`: the sockets. `counts`: what was injected, by kind and operation.
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
pub use counts::{Counts, Injected};
use faults::{Fate, Faults, Turn};

/// A running proxy. It stops when it is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    endpoint: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Kills the sender of a request, by the address that the request came from. Returns whether it did.
type Kill = Box<dyn FnMut(SocketAddr) -> bool + Send>;

/// The request whose sender is to be killed: see [`FaultProxy::kill_point`].
struct KillPoint {
    requests_let_by: u64,
    happens: bool,
    kill: Kill,
}

/// What all connections have in common.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    faults: Faults,
    is_paused: bool,
    /// How many requests of each operation have had their fate drawn.
    drawn: BTreeMap<String, u64>,
    /// The calls all of whose attempts end alike, by the id that the SDK gives them.
    doomed: HashMap<String, Fate>,
    kill_point: Option<KillPoint>,
    counts: Counts,
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

    /// Its URL, such as `http://127.0.0.1:35001`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Lets every request through, or injects faults again.
    pub fn pause(&self, is_paused: bool) {
        self.shared.state().is_paused = is_paused;
    }

    /// Lets this many requests pass. Then calls `kill` for the sender of each request until one is killed, which gets no answer.
    /// `happens`: its request is carried out before.
    pub fn set_kill_point(
        &self,
        requests_let_by: u64,
        happens: bool,
        kill: impl FnMut(SocketAddr) -> bool + Send + 'static,
    ) {
        self.shared.state().kill_point = Some(KillPoint { requests_let_by, happens, kill: Box::new(kill) });
    }

    /// Whether no sender has been killed yet.
    pub fn has_kill_point(&self) -> bool {
        self.shared.state().kill_point.is_some()
    }

    /// Takes the kill point away.
    pub fn clear_kill_point(&self) {
        self.shared.state().kill_point = None;
    }

    /// What was injected so far.
    pub fn counts(&self) -> Counts {
        self.shared.state().counts.clone()
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

    /// Counts a request. Returns what is to happen to it.
    fn turn(&self, call: &Call) -> Turn {
        let mut state = self.state();
        state.counts.count(&call.operation, Injected::Request);
        if state.is_paused {
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
        self.state().counts.count(&call.operation, injected);
    }

    /// Whether a request is carried out before its sender is killed; `None` if this sender is to live.
    fn reach_kill_point(&self) -> Option<bool> {
        let mut state = self.state();
        let kill_point = state.kill_point.as_mut()?;
        if kill_point.requests_let_by > 0 {
            kill_point.requests_let_by -= 1;
            return None;
        }
        Some(kill_point.happens)
    }

    /// Kills the sender of a request. Returns whether that could be done.
    fn kill_sender(&self, call: &Call, sender: SocketAddr) -> bool {
        // Not while the lock is held: it looks at processes.
        let Some(mut kill_point) = self.state().kill_point.take() else {
            return false;
        };
        let is_done = (kill_point.kill)(sender);
        let mut state = self.state();
        if is_done {
            state.counts.count(
                &call.operation,
                if kill_point.happens { Injected::KillAfter } else { Injected::Kill },
            );
        } else if state.kill_point.is_none() {
            state.kill_point = Some(kill_point);
        }
        is_done
    }
}
