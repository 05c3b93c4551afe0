//! Health and metrics over a real socket.

use super::{Real, until};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// A port that nobody has at the moment.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The status and the body, or `None` where nobody listens.
fn get(address: SocketAddr, path: &str, host: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_answers_where_the_configuration_wants_it() {
    let mut real = Real::new().await;
    real.publish("een", &["Het weer"]);
    let (one, two) = (free(), free());
    let toml = real.toml(&["een", "weg"], &[]);
    let listening = |address| format!("{toml}[web]\nlisten = \"{address}\"\n");
    real.configure(&listening(one));
    real.start(&[("WATCHDOG_USEC", "600000")]);
    until("it is ready", || get(one, "/readyz", "localhost").is_some_and(|(status, _)| status == 200)).await;
    let metrics = || get(one, "/metrics", "127.0.0.1").unwrap().1;
    until("the feeds are polled", || metrics().contains("orbat_feed_articles_total{feed=\"een\"} 1\n")).await;
    until("one fails", || metrics().contains("orbat_feeds{state=\"failing\"} 1\n")).await;
    assert!(metrics().contains("orbat_database_writable 1\n"), "{}", metrics());
    assert_eq!(get(one, "/healthz", "localhost:1"), Some((200, "alive\n".to_owned())));
    assert_eq!(get(one, "/healthz", "evil.example").unwrap().0, 421, "a strange name leads nowhere");
    assert_eq!(get(one, "/other", "localhost").unwrap().0, 404);

    // While nobody else can write, it is alive and not ready.
    let db = rusqlite::Connection::open(real.path("data/orbat.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    until("it is not ready", || get(one, "/readyz", "localhost").is_some_and(|(status, _)| status == 503)).await;
    assert_eq!(get(one, "/healthz", "localhost").unwrap().0, 200);
    drop(db);
    until("it is ready again", || get(one, "/readyz", "localhost").is_some_and(|(status, _)| status == 200)).await;

    real.configure(&listening(two));
    until("it has moved", || get(two, "/healthz", "localhost").is_some() && get(one, "/healthz", "localhost").is_none()).await;
    real.configure(&toml);
    until("nothing listens", || get(two, "/healthz", "localhost").is_none()).await;
    real.stop().await;
}
