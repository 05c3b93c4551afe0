//! Reading from the web: one client, polite and guarded.
//!
//! A [`Fetcher`] is made once. It sends conditional GETs, waits its turn at each host, follows few redirects, unpacks within a size
//! limit, and refuses addresses inside the local network unless the user typed that host himself.

mod clients;
mod failure;
mod guard;
mod headers;
mod hop;
mod pacing;
pub mod played;
mod request;
mod robots;

use crate::clock::Clock;
use crate::feed::{Class, Validators};
use clients::{Clients, Route};
use guard::Guard;
pub use guard::{is_local, is_public};
use hop::Hop;
use jiff::Timestamp;
use pacing::Pacing;
use played::Web;
pub use request::{Request, What};
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use robots::{Known, Robots, Rules};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

/// Room made for an answer before its first byte, whatever length it claims.
const MAX_ROOM: u64 = 256 * 1024;

/// Limits and manners, from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Requests under way at one host, and the pause between their starts.
    pub per_host: usize,
    pub pause: Duration,
    /// Requests under way altogether.
    pub in_all: usize,
    /// Goes into the User-Agent: `orbat/0.1 (+contact)`.
    pub contact: Option<String>,
    pub connect_timeout: Duration,
    /// For a whole request with its redirects, without the waits for a turn.
    pub timeout: Duration,
    /// Of an unpacked feed and page, in bytes.
    pub feed_limit: usize,
    pub page_limit: usize,
    /// Hosts that may lie in the local network.
    pub allow_private: Vec<String>,
    /// Names that resolve to a fixed address: for replay and tests on loopback, empty otherwise. Such a stand-in is spoken to in plain
    /// HTTP at the port of its address, whatever the URL says.
    pub resolve: Vec<(String, std::net::SocketAddr)>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Fetched {
    NotModified {
        /// `max-age` or `Expires`, from now.
        fresh_for: Option<Duration>,
    },
    Body(Box<Body>),
    /// 429 or 503: the whole host is to be left alone, until then where it says so. Also given, as 429 and without a request, while it rests.
    RateLimited {
        until: Option<Timestamp>,
        status: u16,
        /// The host that wants rest: where a redirect led, not always that of the request.
        host: String,
        /// False where it rests already and was not asked.
        asked: bool,
        /// Headers of the answer that may say why.
        headers: Vec<(String, String)>,
    },
    Failed(Failure),
}

#[derive(Clone, Debug)]
pub struct Body {
    pub bytes: Vec<u8>,
    /// After redirects.
    pub url: Url,
    /// The new address where every redirect on the way was permanent (301, 308).
    pub moved_to: Option<Url>,
    pub content_type: Option<String>,
    pub validators: Validators,
    pub fresh_for: Option<Duration>,
}

/// A failed request, classed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub class: Class,
    pub status: Option<u16>,
    /// A sentence for the user, without credentials.
    pub message: String,
    /// Headers of the answer that may say why.
    pub headers: Vec<(String, String)>,
}

/// The one client. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Fetcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    agent: String,
    clock: Clock,
    guard: Arc<Guard>,
    clients: Clients,
    pacing: Arc<Pacing>,
    robots: Arc<Robots>,
    /// In the place of sockets, in simulations.
    played: Option<Web>,
}

/// What is wanted of a request, as far as its answer is read differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    Feed,
    Page,
    /// A robots.txt: its beginning is enough.
    Robots,
}

enum Step {
    Done(Fetched),
    On(Hop),
}

impl Fetcher {
    /// Fails where TLS cannot be set up.
    pub fn new(settings: Settings, clock: Clock) -> Result<Fetcher, String> {
        Ok(Fetcher(Arc::new(Inner::make(settings, clock, None)?)))
    }

    /// A fetcher that opens no socket: `web` answers in the place of all hosts.
    pub fn playing(settings: Settings, clock: Clock, web: Web) -> Result<Fetcher, String> {
        Ok(Fetcher(Arc::new(Inner::make(settings, clock, Some(web))?)))
    }

    /// The fetcher after a reload: what is known of hosts stays known, and what is under way goes on by the old settings.
    pub fn with_settings(&self, settings: Settings) -> Result<Fetcher, String> {
        let old = &self.0;
        if settings == old.settings {
            return Ok(self.clone());
        }
        let mut inner = Inner::make(settings, old.clock.clone(), old.played.clone())?;
        let manners = |s: &Settings| (s.per_host, s.pause, s.in_all);
        if manners(&inner.settings) == manners(&old.settings) {
            inner.pacing = old.pacing.clone();
        } else {
            inner.pacing.take_over(&old.pacing);
        }
        inner.robots = old.robots.clone();
        Ok(Fetcher(Arc::new(inner)))
    }

    /// Waits for a turn at the host, then asks once. Never fails otherwise than by value.
    pub async fn get(&self, request: &Request<'_>) -> Fetched {
        let aim = if request.what == What::Feed { Aim::Feed } else { Aim::Page };
        self.0.follow(request, aim).await.unwrap_or_else(Fetched::Failed)
    }

    /// Sends this host nothing before `until`: requests to it come back at once as [`Fetched::RateLimited`].
    pub fn leave_alone(&self, host: &str, until: Timestamp) {
        self.0.pacing.leave_alone(host, until);
    }
}

impl Inner {
    fn make(settings: Settings, clock: Clock, played: Option<Web>) -> Result<Inner, String> {
        let guard = Arc::new(Guard::new(&settings));
        let clients = Clients::new(&settings, guard.clone());
        let usual = Route { open: true, http1: false, proxy: None };
        clients
            .get(&usual)
            .map_err(|e| format!("encrypted connections cannot be set up ({e}): install the package ca-certificates"))?;
        let agent = headers::user_agent(settings.contact.as_deref());
        let pacing = Arc::new(Pacing::new(&settings, clock.clone()));
        let robots = Arc::default();
        Ok(Inner { settings, agent, clock, guard, clients, pacing, robots, played })
    }

    async fn follow(&self, request: &Request<'_>, aim: Aim) -> Result<Fetched, Failure> {
        let mut hop = Hop::first(request.url);
        let mut left = self.settings.timeout;
        loop {
            let open = self.guard.admit(&hop.url, hop.home && aim == Aim::Feed && !request.foreign)?;
            if aim == Aim::Page
                && let Some(instead) = self.ask_robots(request, &hop.url).await?
            {
                return Ok(instead);
            }
            let host = hop.url.host_str().unwrap_or_default().to_owned();
            let _turn = match self.pacing.turn(&host, &self.place(request, &host).await).await {
                Ok(turn) => turn,
                Err(until) => {
                    let (until, status) = (Some(until), StatusCode::TOO_MANY_REQUESTS.as_u16());
                    return Ok(Fetched::RateLimited { until, status, host, asked: false, headers: Vec::new() });
                }
            };
            let begun = Instant::now();
            let step = timeout(left, self.step(request, aim, hop, &host, open, begun + left)).await;
            left = left.saturating_sub(begun.elapsed());
            match step.map_err(|_| Failure::timeout(&host, self.settings.timeout))?? {
                Step::Done(fetched) => return Ok(fetched),
                Step::On(next) => hop = next,
            }
        }
    }

    /// What takes turns: hosts on one address are one. A name that is new is looked up first, so that the first requests to many names
    /// on one address take turns as well. A proxy looks up for itself.
    async fn place(&self, request: &Request<'_>, host: &str) -> String {
        if request.proxy.is_none() && self.played.is_none() {
            let _ = timeout(self.settings.connect_timeout, self.guard.locate(host)).await;
        }
        self.guard.place(host)
    }

    /// What comes in the place of the page where its host does not want it read, or cannot say so now.
    async fn ask_robots(&self, request: &Request<'_>, page: &Url) -> Result<Option<Fetched>, Failure> {
        let Some(url) = robots::address(page) else { return Ok(None) };
        let site = self.robots.site(url.as_str());
        let mut known = site.lock().await;
        if known.as_ref().and_then(|known| known.fresh(&self.clock)).is_none() {
            let file = Request {
                user_agent: request.user_agent,
                proxy: request.proxy,
                http1: request.http1,
                ..Request::new(&url, What::Page)
            };
            let rules = match Box::pin(self.follow(&file, Aim::Robots)).await {
                Ok(Fetched::Body(body)) => Rules::read(&body.bytes),
                Ok(other) => return Ok(Some(other)),
                // A site without the file allows all (RFC 9309, section 2.3.1); one that cannot be reached now is asked again.
                Err(Failure { status: Some(300..=499), .. }) => Rules::default(),
                Err(failure) => return Err(failure),
            };
            *known = Some(Known::new(rules, &self.clock));
        }
        match known.as_ref().and_then(|known| known.fresh(&self.clock)) {
            Some(rules) if !rules.allow(page) => {
                let host = page.host_str().unwrap_or_default();
                Err(Failure::new(Class::Blocked, format!("{host} asks robots not to read this page (robots.txt)")))
            }
            _ => Ok(None),
        }
    }

    /// One request and what its answer leads to.
    async fn step(
        &self,
        request: &Request<'_>,
        aim: Aim,
        hop: Hop,
        host: &str,
        open: bool,
        until: Instant,
    ) -> Result<Step, Failure> {
        let response = self.send(request, &hop, open).await.map_err(|trouble| match trouble {
            Trouble::Unfit(failure) => failure,
            Trouble::Transport(error) => Failure::of_transport(host, &error),
        })?;
        let status = response.status();
        let walled = !status.is_success() && headers::bot_wall(response.headers());
        Ok(match status.as_u16() {
            304 if request.validators.is_some() => {
                Step::Done(Fetched::NotModified { fresh_for: headers::fresh_for(response.headers(), self.clock.now()) })
            }
            301 | 302 | 303 | 307 | 308 => Step::On(hop.next(status, response.headers())?),
            429 | 503 if !walled => Step::Done(self.rest(host, status, response.headers())),
            _ if status.is_success() => Step::Done(Fetched::Body(Box::new(self.body(aim, hop, host, response, until).await?))),
            _ => return Err(Failure::of_status(host, status, request.what, response.headers())),
        })
    }

    async fn send(&self, request: &Request<'_>, hop: &Hop, open: bool) -> Result<Response, Trouble> {
        let route = Route { open, http1: request.http1, proxy: request.proxy.cloned() };
        let mut url = self.guard.on_the_wire(&hop.url);
        let auth = request.auth.filter(|_| hop.home);
        if auth.is_some() {
            // The secret file stands above what the address holds. For an address with a host this cannot fail.
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        let mut asked = self.clients.get(&route)?.get(url).headers(headers::of_request(request, &self.agent, hop.home)?);
        if let Some((user, password)) = auth.and_then(headers::basic) {
            asked = asked.basic_auth(user, Some(password));
        }
        match &self.played {
            Some(web) => Ok(web.answer(&asked.build()?, &self.clock, self.settings.timeout).await?),
            None => Ok(asked.send().await?),
        }
    }

    fn rest(&self, host: &str, status: StatusCode, headers: &HeaderMap) -> Fetched {
        let until = headers::retry_after(headers, self.clock.now());
        if let Some(until) = until {
            self.pacing.leave_alone(host, until);
        }
        let told = headers::telling(headers);
        Fetched::RateLimited { until, status: status.as_u16(), host: host.to_owned(), asked: true, headers: told }
    }

    async fn body(&self, aim: Aim, hop: Hop, host: &str, response: Response, until: Instant) -> Result<Body, Failure> {
        let content_type = headers::content_type(response.headers());
        let mut validators = headers::validators(response.headers());
        let mut fresh_for = headers::fresh_for(response.headers(), self.clock.now());
        let limit = match aim {
            Aim::Feed => self.settings.feed_limit,
            Aim::Page => self.settings.page_limit,
            Aim::Robots => robots::MAX_FILE,
        };
        if aim != Aim::Robots && response.content_length().is_some_and(|claimed| claimed > limit as u64) {
            return Err(Failure::too_large(host, limit));
        }
        let (bytes, end) = take(response, limit, until).await;
        match end {
            End::Whole => {}
            End::Cut if aim == Aim::Robots => {}
            End::Cut => return Err(Failure::too_large(host, limit)),
            // A feed keeps the entries that came whole; the next answer is to bring what is missing.
            End::Broken(_) | End::Stalled if aim == Aim::Feed && !bytes.is_empty() => {
                (validators, fresh_for) = (Validators::default(), None);
            }
            End::Stalled => return Err(Failure::timeout(host, self.settings.timeout)),
            End::Broken(e) => return Err(Failure::of_transport(host, &e)),
        }
        if bytes.starts_with(b"\x1f\x8b") {
            return Err(Failure::new(
                Class::Other,
                format!("{host} sent a packed file (gzip) without saying so, or packed it twice"),
            ));
        }
        let moved_to = (hop.after > 0 && hop.permanent).then(|| hop.url.clone());
        Ok(Body { bytes, url: hop.url, moved_to, content_type, validators, fresh_for })
    }
}

/// Is there a way out of this machine at all? Nothing is sent: a datagram socket only looks up its route, here to addresses that are
/// kept for documentation (RFC 5737, RFC 3849).
pub fn has_route() -> bool {
    let routed = |own: &str, other: &str| std::net::UdpSocket::bind(own).and_then(|socket| socket.connect(other)).is_ok();
    routed("0.0.0.0:0", "192.0.2.1:9") || routed("[::]:0", "[2001:db8::1]:9")
}

/// Why there is no answer at all.
enum Trouble {
    Unfit(Failure),
    Transport(reqwest::Error),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Unfit(failure)
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Trouble {
        Trouble::Transport(error)
    }
}

/// How an answer ended.
enum End {
    Whole,
    /// There was more than the limit.
    Cut,
    Broken(reqwest::Error),
    /// The time was over.
    Stalled,
}

/// The unpacked body, at most `limit` bytes of it, as far as it came by then.
async fn take(mut response: Response, limit: usize, until: Instant) -> (Vec<u8>, End) {
    let mut bytes = Vec::with_capacity(response.content_length().unwrap_or(0).min(MAX_ROOM) as usize);
    loop {
        let chunk = match timeout_at(until, response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => return (bytes, End::Whole),
            Ok(Err(e)) => return (bytes, End::Broken(e)),
            Err(_) => return (bytes, End::Stalled),
        };
        let room = limit - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return (bytes, End::Cut);
        }
    }
}

#[cfg(test)]
mod testing {
    use super::Settings;
    use std::time::Duration;

    pub(super) fn settings() -> Settings {
        Settings {
            per_host: 1,
            pause: Duration::from_secs(1),
            in_all: 4,
            contact: None,
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(5),
            feed_limit: 1 << 20,
            page_limit: 1 << 20,
            allow_private: Vec::new(),
            resolve: Vec::new(),
        }
    }
}
