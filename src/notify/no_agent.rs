//! Where there are no sockets of the kind that agents come by (Windows), there are no agents.

use super::{Answer, Message, Outcome};
use jiff::Timestamp;
use std::path::Path;
use tokio::sync::mpsc;

pub const SOCKET: &str = "/run/orbat/agent.sock";

pub(super) struct Agents;

impl Agents {
    pub fn new(_answers: mpsc::Sender<Answer>) -> Agents {
        Agents
    }

    pub async fn send(&self, _message: &Message<'_>, _sound: bool) -> Outcome {
        Outcome::Refused(self.server().err().unwrap_or_default())
    }

    pub async fn update(&self, _message: &Message<'_>) -> bool {
        false
    }

    pub fn server(&self) -> Result<String, String> {
        Err("agents are for Unix systems: take `via` out of the receiver".to_owned())
    }

    pub fn away_since(&self) -> Option<Timestamp> {
        None
    }

    pub async fn changed(&self) {
        std::future::pending().await
    }

    pub async fn listen(&self, _path: &Path) {
        std::future::pending().await
    }
}
