//! What the service and its agents say to each other: a JSON object per line, over a socket of this machine.
//!
//! Both begin with a `hello` that names the version. The service says `show` and `update`; the agent answers each with `shown` or `updated`,
//! and says what its user did (`did`, repeated until it is `heard`), whether he is there, and whether anything can show popups.

use crate::alert::{Alert, DeliveryId, Words};
use crate::notify::{Answer, Message, Outcome};
use crate::rule::Priority;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Of this protocol. Another one is not spoken to.
pub(super) const VERSION: u32 = 1;
/// The longest line, in bytes.
pub(super) const MAX_LINE: u64 = 1 << 20;

/// What the service says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum Order {
    Hello { version: u32 },
    Show { popup: Box<Popup>, sound: bool },
    Update { popup: Box<Popup> },
    Heard { number: u64 },
}

/// What the agent says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum Report {
    Hello {
        version: u32,
    },
    Shown {
        delivery: DeliveryId,
        outcome: Outcome,
    },
    Updated {
        delivery: DeliveryId,
        open: bool,
    },
    /// The same number comes again until it is heard.
    Did {
        number: u64,
        answer: Answer,
    },
    Presence {
        away: Option<Timestamp>,
        server: Result<String, String>,
    },
}

/// A message that owns what it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Popup {
    pub delivery: DeliveryId,
    pub alert: Alert,
    pub words: Words,
    pub priority: Priority,
    pub replaces: Vec<DeliveryId>,
}

impl Popup {
    pub fn new(message: &Message) -> Popup {
        let Message { delivery, alert, words, priority, replaces } = message.clone();
        Popup { delivery, alert: alert.clone(), words, priority, replaces: replaces.to_vec() }
    }

    pub fn message(&self) -> Message<'_> {
        let (words, replaces) = (self.words.clone(), &self.replaces);
        Message { delivery: self.delivery, alert: &self.alert, words, priority: self.priority, replaces }
    }
}

/// The next line; `None` at the end. A line that is too long, or is none of ours, is an error: the connection is of no use any more.
pub(super) async fn read<T: for<'a> Deserialize<'a>>(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    if from.take(MAX_LINE).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    serde_json::from_slice(&line)
        .map(Some)
        .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, format!("not understood: {e}")))
}

pub(super) async fn write(to: &mut (impl AsyncWrite + Unpin), what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line).await
}

#[cfg(test)]
mod tests {
    use super::{MAX_LINE, Order, Report, read};

    #[tokio::test]
    async fn lines_are_read_up_to_a_limit() {
        let long = format!("{{\"say\":\"hello\",\"version\":1{}}}\n", " ".repeat(MAX_LINE as usize));
        for (text, good) in [
            ("{\"say\":\"hello\",\"version\":1}\n", true),
            ("{\"say\":\"hello\",\"version\":1,\"more\":[]}", true),
            ("{\"say\":\"heard\",\"number\":-1}\n", false),
            ("{\"say\":\"sing\"}\n", false),
            ("\u{0}\n", false),
            ("\n", false),
            (long.as_str(), false),
        ] {
            let read = read::<Order>(&mut text.as_bytes()).await;
            assert_eq!(matches!(read, Ok(Some(_))), good, "{:.60} {read:?}", text);
        }
        assert!(matches!(read::<Report>(&mut &b""[..]).await, Ok(None)));
    }
}
