//! A desk that receives webhooks on loopback and writes down what arrives, and papers whose news nobody can mistake for one another.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use orbat::web::{Page, Site};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// How a desk takes what arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Takes,
    /// Says that it has a fault, and has done nothing.
    Fails,
    /// Does what it is asked, and loses the answer: the delivery will come again.
    TakesAndFails,
}

/// What a desk was told: by delivery id, how often it arrived, and what it said.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Applied once for each id, whatever arrives again.
    pub applied: BTreeMap<i64, serde_json::Value>,
    pub arrivals: BTreeMap<i64, usize>,
    /// An id that came back with another alert.
    pub mixed_up: Vec<i64>,
}

#[derive(Clone)]
pub struct Desk {
    pub address: SocketAddr,
    state: Arc<Mutex<(Mood, Told)>>,
}

impl Desk {
    pub async fn open() -> Desk {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Desk { address: listener.local_addr().unwrap(), state: Arc::default() };
        let router = Router::new().fallback(take).with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        desk
    }

    pub fn set(&self, mood: Mood) {
        self.state.lock().unwrap().0 = mood;
    }

    pub fn told(&self) -> Told {
        self.state.lock().unwrap().1.clone()
    }

    /// The receiver, as a configuration writes it.
    pub fn receiver(&self, kind: &str, name: &str) -> String {
        format!("[[receiver]]\nname = \"{name}\"\ntype = \"{kind}\"\nurl = \"http://{}/{name}\"\n", self.address)
    }
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let id: i64 = headers["x-orbat-delivery"].to_str().unwrap().parse().unwrap();
    let (mood, told) = &mut *desk.state.lock().unwrap();
    if *mood == Mood::Fails {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    *told.arrivals.entry(id).or_default() += 1;
    let known = told.applied.entry(id).or_insert_with(|| json.clone());
    if known["alert"]["fingerprint"] != json["alert"]["fingerprint"] {
        told.mixed_up.push(id);
    }
    if *mood == Mood::TakesAndFails { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}

/// Who sends, and where to: two of them are one line of the ledger that is no other's.
const SENDERS: [&str; 10] =
    ["France", "Germany", "Italy", "Spain", "Canada", "Portugal", "Denmark", "Sweden", "Greece", "Belgium"];
const HOSTS: [&str; 8] = ["Estonia", "Latvia", "Lithuania", "Poland", "Romania", "Bulgaria", "Slovakia", "Hungary"];
/// So many claims can be told apart.
pub const CLAIMS: usize = SENDERS.len() * HOSTS.len();

/// How many soldiers the `n`-th claim is about.
pub fn soldiers(n: usize) -> u64 {
    200 + 10 * n as u64
}

/// Title and text of the report that `paper` gives of the `n`-th claim.
pub fn report(paper: usize, n: usize) -> (String, String) {
    let (from, to, count) = (SENDERS[n % SENDERS.len()], HOSTS[n / SENDERS.len() % HOSTS.len()], soldiers(n));
    let ministry = ["the ministry of defence announced", "a spokesman said", "officials confirmed"][paper % 3];
    (
        format!("{from} reinforces {to}, item {n} of paper {paper}"),
        format!("{from} will send {count} soldiers to {to}, {ministry}. This is what paper {paper} has to say about matter {n}."),
    )
}

/// A paper's feed: its items, oldest first, each with a link of its own.
pub fn publish(site: &Site, address: SocketAddr, paper: usize, items: &[(String, String)]) {
    let mut rss =
        format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Paper {paper}</title><language>en</language>");
    for (n, (title, text)) in items.iter().enumerate().rev() {
        let link = format!("http://{address}/paper{paper}/{n}");
        write!(rss, "<item><title>{title}</title><link>{link}</link><description>{text}</description></item>").unwrap();
    }
    rss.push_str("</channel></rss>");
    site.put(feed(paper), Page { content_type: "application/rss+xml", body: rss });
}

/// Where a paper's feed stands.
pub fn feed(paper: usize) -> String {
    format!("127.0.0.1/paper{paper}.xml")
}

/// What all papers had in their feeds before anything happened.
pub fn before(paper: usize) -> (String, String) {
    (format!("The weather, by paper {paper}"), format!("It stays dry and cloudy all over the land, says paper {paper}."))
}

/// A configuration of so many papers and these receivers; nothing on the desktop.
pub fn configuration(address: SocketAddr, papers: usize, receivers: &str) -> String {
    let mut toml = String::from("[poll]\npause = \"0s\"\nper_host = 4\n[digest]\nat = []\n");
    for paper in 0..papers {
        write!(toml, "[[feed]]\nurl = \"http://{address}/paper{paper}.xml\"\nname = \"paper{paper}\"\nfull_text = \"never\"\n")
            .unwrap();
    }
    toml + "[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n" + receivers
}
