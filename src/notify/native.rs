//! Popups where there is no session bus (macOS, Windows): shown, and that is all; they can be neither answered nor changed.

use super::popup::{Capabilities, body, clean};
use super::{Answer, Message, Outcome};
use crate::alert::DeliveryId;
use notify_rust::Notification;
use tokio::sync::mpsc::Sender;

pub(super) struct Desktop;

impl Desktop {
    pub fn new(_bus: Option<String>, _answers: Sender<Answer>) -> Desktop {
        Desktop
    }

    pub async fn send(&self, message: &Message<'_>, _sound: bool) -> Outcome {
        let mut popup = Notification::new();
        let text = body(&message.words, message.alert.url.as_ref(), Capabilities::default());
        popup.appname("orbat").summary(&clean(&message.words.title)).body(&text);
        // Showing blocks here.
        match tokio::task::spawn_blocking(move || popup.show().map(drop)).await {
            Ok(Ok(())) => Outcome::Sent,
            Ok(Err(error)) => Outcome::Later { at: None, absent: false, reason: format!("the desktop did not show it: {error}") },
            Err(error) => Outcome::Later { at: None, absent: false, reason: format!("the desktop did not show it: {error}") },
        }
    }

    pub async fn update(&self, _message: &Message<'_>) -> bool {
        false
    }

    pub async fn server(&self) -> Result<String, String> {
        Ok(std::env::consts::OS.to_owned())
    }

    pub async fn token(&self, _delivery: DeliveryId) -> Option<String> {
        None
    }

    pub async fn listen(&self) {
        std::future::pending().await
    }
}
