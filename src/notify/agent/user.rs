//! The agent's side: connects to the service, shows what it is sent, and says what its user does with it.

use super::wire::{self, Order, Popup, Report, VERSION};
use super::{HELLO, LINE};
use crate::alert::DeliveryId;
use crate::notify::desktop::Desktop;
use crate::notify::session::Session;
use crate::notify::{Answer, Outcome, link};
use crate::url::Url;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::sync::{Notify, mpsc};

/// A service that is not there is looked for this often.
const RETRY: Duration = Duration::from_secs(5);
/// How often the service is told whether its user is there, although nothing has changed.
const LOOK: Duration = Duration::from_secs(10);
/// Popups that are remembered, and answers that wait for the service.
const MAX_SHOWN: usize = 512;
const MAX_ANSWERS: usize = 256;

/// Where an agent works.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Of the session bus; `None`: that of this session.
    pub bus: Option<String>,
    /// A file that tells the next agent of this session what was shown; `None`: nobody is told.
    pub memory: Option<PathBuf>,
}

struct Desk {
    place: Place,
    desktop: Desktop,
    session: Session,
    shown: Mutex<VecDeque<Shown>>,
    waiting: Mutex<Waiting>,
    answered: Notify,
}

/// A popup that was shown, and has not gone away unseen. The time of its alert tells it from one of another database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Shown {
    delivery: DeliveryId,
    created: Timestamp,
    url: Option<Url>,
}

/// What the user did, and the service has not heard.
#[derive(Default)]
struct Waiting {
    last: u64,
    answers: VecDeque<(u64, Answer)>,
}

/// Shows what comes over the socket at `path`. Never ends: to be dropped.
pub async fn attend(path: &Path, place: Place, now: impl Fn() -> Timestamp) {
    let (tell, answers) = mpsc::channel(MAX_ANSWERS);
    let desk = Desk {
        desktop: Desktop::new(place.bus.clone(), tell),
        session: Session::new(place.bus.clone(), place.bus.clone()),
        shown: Mutex::new(place.memory.as_deref().map(recall).unwrap_or_default()),
        waiting: Mutex::default(),
        answered: Notify::new(),
        place,
    };
    tokio::select! {
        () = desk.desktop.listen() => {}
        () = desk.session.watch(now) => {}
        () = desk.take_answers(answers) => {}
        () = desk.connect(path) => {}
    }
}

impl Desk {
    fn shown(&self) -> MutexGuard<'_, VecDeque<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self, path: &Path) {
        let mut said = String::new();
        loop {
            let why = match UnixStream::connect(path).await {
                Ok(stream) => match self.serve(stream).await {
                    Ok(()) => "the service has ended".to_owned(),
                    Err(e) => e.to_string(),
                },
                Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {
                    format!("{e}: become a member of its group (sudo usermod -aG orbat \"$USER\"), then log in again")
                }
                Err(e) => format!("{e}: does the service run, with a receiver that has `via = \"agent\"`?"),
            };
            if why != said {
                tracing::warn!("{}: {why}", path.display());
                said = why;
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn serve(&self, stream: UnixStream) -> io::Result<()> {
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        wire::write(&mut to, &Report::Hello { version: VERSION }).await?;
        match tokio::time::timeout(HELLO, wire::read(&mut from)).await?? {
            Some(Order::Hello { version: VERSION }) => tracing::info!("connected"),
            Some(Order::Hello { version }) => {
                return Err(io::Error::other(format!(
                    "the service speaks version {version}, this agent {VERSION}: install the same orbat"
                )));
            }
            _ => return Err(io::Error::other("the service did not introduce itself")),
        }
        let (reports, mut queue) = mpsc::channel(MAX_ANSWERS);
        let write = async {
            while let Some(report) = queue.recv().await {
                tokio::time::timeout(LINE, wire::write(&mut to, &report)).await??;
            }
            Ok(())
        };
        let read = async {
            while let Some(order) = wire::read(&mut from).await? {
                self.obey(order, &reports).await;
            }
            Ok(())
        };
        tokio::select! {
            ended = write => ended,
            ended = read => ended,
            () = self.tell_presence(&reports) => Ok(()),
            () = self.tell_answers(&reports) => Ok(()),
        }
    }

    async fn obey(&self, order: Order, reports: &mpsc::Sender<Report>) {
        // Nobody takes reports any more only when the connection has ended.
        match order {
            Order::Hello { .. } => {}
            Order::Show { popup, sound } => {
                let outcome = self.show(&popup, sound).await;
                let _ = reports.send(Report::Shown { delivery: popup.delivery, outcome }).await;
            }
            Order::Update { popup } => {
                let open = self.desktop.update(&popup.message()).await;
                let _ = reports.send(Report::Updated { delivery: popup.delivery, open }).await;
            }
            Order::Heard { number } => self.waiting().answers.retain(|(n, _)| *n != number),
        }
    }

    /// Shows what was not shown before, or has gone away unseen.
    async fn show(&self, popup: &Popup, sound: bool) -> Outcome {
        let shown = Shown { delivery: popup.delivery, created: popup.alert.created, url: popup.alert.url.clone() };
        if self.shown().iter().any(|known| (known.delivery, known.created) == (shown.delivery, shown.created)) {
            return Outcome::Sent;
        }
        let outcome = self.desktop.send(&popup.message(), sound).await;
        if outcome == Outcome::Sent {
            self.change(|all| {
                all.retain(|known| known.delivery != shown.delivery);
                all.push_back(shown);
                all.drain(..all.len().saturating_sub(MAX_SHOWN));
            });
        }
        outcome
    }

    /// Changes what is remembered, and writes it down for the next agent.
    fn change(&self, change: impl FnOnce(&mut VecDeque<Shown>)) {
        let mut shown = self.shown();
        change(&mut shown);
        if let Some(path) = &self.place.memory
            && let Err(e) = keep(path, &shown)
        {
            tracing::warn!(
                "{} cannot be written, so that an agent that is started anew may show a popup again: {e}",
                path.display()
            );
        }
    }

    /// What the user does with popups: what concerns his screen is done here, the rest waits for the service.
    async fn take_answers(&self, mut answers: mpsc::Receiver<Answer>) {
        while let Some(answer) = answers.recv().await {
            match answer {
                Answer::Open(delivery) => self.open(delivery).await,
                Answer::Expired(delivery) => self.change(|all| all.retain(|known| known.delivery != delivery)),
                Answer::Mute(_) | Answer::Wrong(_) => {}
            }
            let mut waiting = self.waiting();
            waiting.last += 1;
            let number = waiting.last;
            waiting.answers.push_back((number, answer));
            if waiting.answers.len() > MAX_ANSWERS {
                waiting.answers.pop_front();
            }
            drop(waiting);
            self.answered.notify_one();
        }
    }

    async fn open(&self, delivery: DeliveryId) {
        let Some(url) = self.shown().iter().find(|known| known.delivery == delivery).and_then(|known| known.url.clone()) else {
            return;
        };
        let token = self.desktop.token(delivery).await;
        // A browser may be in no hurry: a thread waits for it.
        drop(tokio::task::spawn_blocking(move || match link::open(&url, token.as_deref()) {
            Ok(true) => {}
            Ok(false) => tracing::info!("there is no browser to open {url}"),
            Err(e) => tracing::warn!("{e}"),
        }));
    }

    /// Sends what waits, and what comes, each once over this connection.
    async fn tell_answers(&self, reports: &mpsc::Sender<Report>) {
        let mut told = 0;
        loop {
            let new: Vec<_> = self.waiting().answers.iter().filter(|(n, _)| *n > told).cloned().collect();
            for (number, answer) in new {
                told = number;
                if reports.send(Report::Did { number, answer }).await.is_err() {
                    return;
                }
            }
            self.answered.notified().await;
        }
    }

    async fn tell_presence(&self, reports: &mpsc::Sender<Report>) {
        let mut told = None;
        loop {
            let now = (self.session.away_since(), self.desktop.server().await);
            if told.as_ref() != Some(&now) {
                let (away, server) = now.clone();
                if reports.send(Report::Presence { away, server }).await.is_err() {
                    return;
                }
                told = Some(now);
            }
            tokio::select! {
                () = self.session.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// What the agent before this one has shown; nothing where that cannot be read.
fn recall(path: &Path) -> VecDeque<Shown> {
    std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn keep(path: &Path, shown: &VecDeque<Shown>) -> io::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, serde_json::to_vec(shown)?)?;
    std::fs::rename(new, path)
}
