//! Ctrl-C, heard between two steps and not in the middle of one.

use tokio::sync::watch;

use crate::failure::ExitStatus;

/// Tells whether the user has asked to stop.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens for Ctrl-C from now on: the first asks to stop, the second ends the program.
    pub(crate) fn listen() -> Self {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if sender.send_replace(true) {
                    std::process::exit(i32::from(ExitStatus::Interrupted as u8));
                }
            }
        });
        Self(receiver)
    }

    /// Waits until it is asked for.
    pub(crate) async fn wait(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            // Nobody listens for Ctrl-C: then it never comes.
            std::future::pending::<()>().await;
        }
    }
}
