//! The console over the world, on a port of its own: all but AWS.

use std::sync::{Arc, mpsc};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use aduana_console::{Console, listen, serve};
use aduana_testkit::console::WorldDeployment;
use aduana_testkit::world::World;
use serde_json::json;
use tokio::sync::oneshot;

use crate::browser::Browser;

/// How often what was sent again is judged.
const BREATH: Duration = Duration::from_millis(50);

/// A console that is served until it is dropped.
pub(crate) struct Served {
    /// The world behind it.
    pub(crate) world: World,
    /// The address that opens it, once.
    window_update: String,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl Served {
    /// One that holds what is wrong of these.
    pub(crate) fn holding(bodies: Vec<Vec<u8>>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (sender, receiver) = mpsc::channel();
        let server = spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let world = World::new();
                let intake = world.intake();
                for body in bodies {
                    world.send(body);
                }
                world.drain(&intake).await;
                let listener = listen(None).await.unwrap();
                let port = listener.local_addr().unwrap().port();
                let deployment = Arc::new(WorldDeployment::new(&world));
                let console = Console::new(deployment, port, None).unwrap();
                sender.send((world.clone(), console.opening_address())).unwrap();
                let judging = async {
                    loop {
                        tokio::time::sleep(BREATH).await;
                        world.drain(&intake).await;
                    }
                };
                let stop = async { drop(stopped.await) };
                tokio::select! {
                    served = serve(listener, &console, stop) => served.unwrap(),
                    () = judging => {}
                }
            });
        });
        let (world, window_update) = receiver.recv().expect("the console is served");
        Self { world, window_update, stop: Some(stop), server: Some(server) }
    }

    /// A page's address.
    pub(crate) fn at(&self, path: &str) -> String {
        let (base, _) = self.window_update.split_once("/?").unwrap();
        format!("{base}{path}")
    }

    /// A browser that was let in.
    pub(crate) fn browser(&self, languages: &str) -> Browser {
        let browser = Browser::open(languages);
        browser.go(&self.window_update);
        browser
    }

    /// The ids of the cases that are held.
    pub(crate) fn cases(&self) -> Vec<String> {
        self.world.cases().iter().map(|case| case.case.id.to_string()).collect()
    }

    /// The id of the case that holds this body.
    pub(crate) fn case_of(&self, body: &[u8]) -> String {
        let cases = self.world.cases();
        let case = cases.iter().find(|case| case.original() == body).expect("it is held");
        case.case.id.to_string()
    }

    /// The group of a case.
    pub(crate) fn group_of(&self, id: &str) -> String {
        let cases = self.world.cases();
        let case = cases.iter().find(|case| case.case.id.as_str() == id).expect("the case");
        case.case.reasons.group.id.clone()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            server.join().ok();
        }
    }
}

/// Has a case's values shown, as its form does. The browser is on a page of the console.
pub(crate) fn reveal(browser: &Browser, id: &str) {
    let script = "const [id, done] = arguments;
        const csrf = document.querySelector('input[name=csrf]').value;
        const body = new URLSearchParams({ csrf, body: 'current', reason: 'to look at it' });
        fetch(`/cases/${id}/reveal`, { method: 'POST', body, redirect: 'manual' }).then(it => done(it.type), it => done(String(it)));";
    assert_eq!(browser.run_async(script, &[json!(id)]), "opaqueredirect");
}
