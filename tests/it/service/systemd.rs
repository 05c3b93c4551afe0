//! What systemd hears, over a real datagram socket in the place of its own.

use super::{Real, until};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// All that was heard so far.
struct Heard {
    socket: UnixDatagram,
    words: Vec<String>,
}

impl Heard {
    fn at(path: &std::path::Path) -> Heard {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_nonblocking(true).unwrap();
        Heard { socket, words: Vec::new() }
    }

    fn listen(&mut self) -> &[String] {
        let mut buffer = [0; 4096];
        while let Ok(n) = self.socket.recv(&mut buffer) {
            self.words.extend(String::from_utf8_lossy(&buffer[..n]).lines().map(str::to_owned));
        }
        &self.words
    }

    async fn until(&mut self, word: &str) {
        until(word, || self.listen().iter().any(|heard| heard.starts_with(word))).await;
    }

    fn count(&mut self, word: &str) -> usize {
        self.listen().iter().filter(|heard| *heard == word).count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_when_it_is_ready_reloading_alive_and_stopping() {
    let mut real = Real::new().await;
    real.publish("een", &["Het weer"]);
    real.configure(&real.toml(&["een"], &[]));
    let path = real.path("notify");
    let mut heard = Heard::at(&path);
    real.start(&[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "300000")]);
    heard.until("READY=1").await;
    heard.until("STATUS=1 feeds").await;
    until("it has said three times that it lives", || heard.count("WATCHDOG=1") >= 3).await;
    real.signal("HUP");
    heard.until("RELOADING=1").await;
    heard.until("MONOTONIC_USEC=").await;
    until("it is ready again", || heard.count("READY=1") == 2).await;
    real.stop().await;
    heard.until("STOPPING=1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_does_not_come_to_an_end_ends_the_signs_of_life() {
    let mut real = Real::new().await;
    real.configure(&real.toml(&[], &[]));
    let path = real.path("notify");
    let mut heard = Heard::at(&path);
    real.start(&[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "300000")]);
    until("it lives", || heard.count("WATCHDOG=1") >= 2).await;
    // Another program keeps the database to itself.
    let db = rusqlite::Connection::open(real.path("data/orbat.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = heard.count("WATCHDOG=1");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(heard.count("WATCHDOG=1"), before, "while the write is under way nothing is said");
    // It is given up for a reason that is known: degraded, and alive.
    heard.until("STATUS=degraded: another program holds the database").await;
    assert!(heard.count("WATCHDOG=1") > before);
    drop(db);
    until("all is well", || heard.listen().last().is_some_and(|last| last.starts_with("STATUS=0 feeds"))).await;
}
