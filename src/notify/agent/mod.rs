//! Popups by way of agents: small processes in the sessions of users, for a service that has no session of its own.
//!
//! The service listens on a socket; who may open it is a member of its group. A delivery goes to every agent that is connected, and is sent
//! when one has shown it. One that breaks off is sent again; an agent knows what it has shown, and shows nothing twice.

mod user;
mod wire;

pub use user::{Place, attend};

use super::{Answer, Message, Outcome};
use crate::alert::DeliveryId;
use jiff::Timestamp;
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, mpsc};
use wire::{Order, Popup, Report, VERSION};

/// Where agents look for the service unless they are told otherwise.
pub const SOCKET: &str = "/run/orbat/agent.sock";
/// The socket is for its user and its group.
const MODE: u32 = 0o660;
/// Agents at a time.
const MAX_AGENTS: usize = 16;
/// Orders that wait for one agent; one that takes no more is left out.
const MAX_ORDERS: usize = 64;
/// How long an agent may take to introduce itself, to show a popup, and to take a line.
const HELLO: Duration = Duration::from_secs(10);
const REPLY: Duration = Duration::from_secs(40);
const LINE: Duration = Duration::from_secs(20);
/// A socket that cannot be opened is tried again after this.
const RETRY: Duration = Duration::from_secs(10);

/// The agents that are connected.
pub(super) struct Agents {
    answers: mpsc::Sender<Answer>,
    present: Mutex<Vec<Agent>>,
    changed: Notify,
    /// Why the socket is not there.
    fault: Mutex<Option<String>>,
}

/// One of them.
struct Agent {
    /// Different for each connection.
    number: u64,
    orders: mpsc::Sender<Order>,
    /// The notification server of its session, or why there is none.
    server: Result<String, String>,
    away: Option<Timestamp>,
    shows: HashMap<DeliveryId, mpsc::Sender<Outcome>>,
    updates: HashMap<DeliveryId, mpsc::Sender<bool>>,
}

/// Takes an agent out when its connection ends, however that is.
struct Leave<'a>(&'a Agents, u64);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.present().retain(|agent| agent.number != self.1);
        self.0.changed.notify_waiters();
    }
}

impl Agents {
    pub fn new(answers: mpsc::Sender<Answer>) -> Agents {
        Agents { answers, present: Mutex::default(), changed: Notify::new(), fault: Mutex::default() }
    }

    fn present(&self) -> MutexGuard<'_, Vec<Agent>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has every agent show a popup; the first that has done so is enough.
    pub async fn send(&self, message: &Message<'_>, sound: bool) -> Outcome {
        let (tell, mut told) = mpsc::channel(MAX_AGENTS);
        let popup = Box::new(Popup::new(message));
        for agent in self.present().iter_mut() {
            agent.shows.retain(|_, asked| !asked.is_closed());
            if agent.orders.try_send(Order::Show { popup: popup.clone(), sound }).is_ok() {
                agent.shows.insert(message.delivery, tell.clone());
            }
        }
        drop(tell);
        let absent = |reason: String| Outcome::Later { at: None, absent: true, reason };
        let mut last = absent(self.server().err().unwrap_or_else(|| "the agent has gone, and is waited for".to_owned()));
        let first = async {
            while let Some(outcome) = told.recv().await {
                if outcome == Outcome::Sent {
                    return Outcome::Sent;
                }
                last = outcome;
            }
            last
        };
        let late =
            || Outcome::Later { at: None, absent: false, reason: "the agent did not say in time what became of it".to_owned() };
        tokio::time::timeout(REPLY, first).await.unwrap_or_else(|_| late())
    }

    /// Replaces the words of popups that are open; says whether one was.
    pub async fn update(&self, message: &Message<'_>) -> bool {
        let (tell, mut told) = mpsc::channel(MAX_AGENTS);
        let popup = Box::new(Popup::new(message));
        for agent in self.present().iter_mut() {
            agent.updates.retain(|_, asked| !asked.is_closed());
            if agent.orders.try_send(Order::Update { popup: popup.clone() }).is_ok() {
                agent.updates.insert(message.delivery, tell.clone());
            }
        }
        drop(tell);
        let any = async {
            while let Some(open) = told.recv().await {
                if open {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(REPLY, any).await.unwrap_or(false)
    }

    /// The notification server of a session, or why there is none.
    pub fn server(&self) -> Result<String, String> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let none = fault.unwrap_or_else(|| "no agent is connected: run `orbat agent` in the desktop session".to_owned());
        let present = self.present();
        let mut servers = present.iter().map(|agent| agent.server.clone());
        servers.next().map_or(Err(none), |first| servers.fold(first, Result::or))
    }

    /// Since when nobody is at any of the desktops.
    pub fn away_since(&self) -> Option<Timestamp> {
        self.present().iter().map(|agent| agent.away).reduce(|a, b| Some(a?.max(b?))).flatten()
    }

    /// Ends when an agent, or its user, has come or gone.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Serves agents at `path`. Never ends.
    pub async fn listen(&self, path: &Path) {
        loop {
            let fault = match bind(path).await {
                Ok(listener) => {
                    self.fail(None);
                    self.accept(&listener).await.to_string()
                }
                Err(e) => e.to_string(),
            };
            self.fail(Some(format!("the socket {} for agents cannot be opened: {fault}", path.display())));
            tokio::time::sleep(RETRY).await;
        }
    }

    fn fail(&self, why: Option<String>) {
        if let Some(why) = &why {
            tracing::warn!("{why}");
        }
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// All connections side by side in this one task, until the socket fails.
    async fn accept(&self, listener: &UnixListener) -> io::Error {
        let mut crowd: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = Vec::new();
        let mut count = 0;
        poll_fn(|cx| {
            loop {
                match listener.poll_accept(cx) {
                    Poll::Ready(Ok((stream, _))) if crowd.len() < MAX_AGENTS => {
                        count += 1;
                        crowd.push(Box::pin(self.meet(stream, count)));
                    }
                    // One too many: it tries again later.
                    Poll::Ready(Ok(_)) => {}
                    Poll::Ready(Err(e)) => return Poll::Ready(e),
                    Poll::Pending => break,
                }
            }
            crowd.retain_mut(|one| one.as_mut().poll(cx).is_pending());
            Poll::Pending
        })
        .await
    }

    /// One connection, from hello to its end.
    async fn meet(&self, stream: UnixStream, number: u64) {
        match self.serve(stream, number).await {
            Ok(()) => tracing::info!(number, "an agent has gone"),
            Err(e) => tracing::warn!(number, "an agent was sent away: {e}"),
        }
    }

    async fn serve(&self, stream: UnixStream, number: u64) -> io::Result<()> {
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        send_line(&mut to, &Order::Hello { version: VERSION }).await?;
        match tokio::time::timeout(HELLO, wire::read(&mut from)).await?? {
            Some(Report::Hello { version: VERSION }) => {}
            Some(Report::Hello { version }) => {
                return Err(io::Error::other(format!("it speaks version {version}, not {VERSION}")));
            }
            _ => return Err(io::Error::other("it did not introduce itself")),
        }
        let (orders, mut queue) = mpsc::channel(MAX_ORDERS);
        let server = Err("the agent has not said yet whether anything shows popups".to_owned());
        let agent = Agent { number, orders: orders.clone(), server, away: None, shows: HashMap::new(), updates: HashMap::new() };
        self.present().push(agent);
        let _leave = Leave(self, number);
        tracing::info!(number, "an agent is here");
        let write = async {
            while let Some(order) = queue.recv().await {
                send_line(&mut to, &order).await?;
            }
            Ok(())
        };
        let read = async {
            while let Some(report) = wire::read(&mut from).await? {
                self.hear(number, report, &orders).await;
            }
            Ok(())
        };
        tokio::select! {
            ended = write => ended,
            ended = read => ended,
        }
    }

    async fn hear(&self, number: u64, report: Report, orders: &mpsc::Sender<Order>) {
        match report {
            Report::Hello { .. } => {}
            Report::Shown { delivery, outcome } => {
                let asked = self.agent(number, |agent| agent.shows.remove(&delivery)).flatten();
                // Who asked may not wait any more.
                let _ = asked.map(|asked| asked.try_send(outcome));
            }
            Report::Updated { delivery, open } => {
                let asked = self.agent(number, |agent| agent.updates.remove(&delivery)).flatten();
                let _ = asked.map(|asked| asked.try_send(open));
            }
            Report::Presence { away, server } => {
                self.agent(number, |agent| (agent.away, agent.server) = (away, server));
                self.changed.notify_waiters();
            }
            Report::Did { number, answer } => {
                // What was opened was opened there. Nobody takes an answer any more only when the daemon is about to end: it comes again then.
                if matches!(answer, Answer::Open(_)) || self.answers.send(answer).await.is_ok() {
                    let _ = orders.send(Order::Heard { number }).await;
                }
            }
        }
    }

    fn agent<T>(&self, number: u64, work: impl FnOnce(&mut Agent) -> T) -> Option<T> {
        self.present().iter_mut().find(|agent| agent.number == number).map(work)
    }
}

async fn send_line(to: &mut (impl tokio::io::AsyncWrite + Unpin), order: &Order) -> io::Result<()> {
    tokio::time::timeout(LINE, wire::write(to, order)).await?
}

/// Opens the socket; one that a dead process has left is taken away.
async fn bind(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    if let Ok(meta) = std::fs::symlink_metadata(path) {
        if !meta.file_type().is_socket() {
            return Err(io::Error::other("there is something else in its place"));
        }
        if UnixStream::connect(path).await.is_ok() {
            return Err(io::Error::other("another process listens there"));
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(MODE))?;
    Ok(listener)
}
