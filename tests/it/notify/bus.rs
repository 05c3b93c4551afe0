//! A session bus of our own, and a notification server on it that records what it is asked to show.

use super::{LONG, english};
use orbat::notify::{Answer, Kind, Notifier, Receiver};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use tokio::sync::mpsc;
use zbus::export::futures_core::Stream;
use zbus::{Connection, MessageStream, OwnedVariant, connection};

/// A session bus of our own, which starts nobody by itself.
pub struct Bus {
    daemon: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bus {
    /// `None`, and a word about it, where dbus-daemon is not installed.
    pub fn start() -> Option<Bus> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("bus.conf");
        let listen = folder.path().display();
        std::fs::write(
            &config,
            format!(
                "<busconfig><type>session</type><listen>unix:tmpdir={listen}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
                 <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>"
            ),
        )
        .unwrap();
        let config = format!("--config-file={}", config.display());
        let spawned = Command::new("dbus-daemon")
            .args([&config, "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut daemon) = spawned else {
            // Past the harness, which keeps what a passing test prints to itself.
            let aloud = "SKIPPED: dbus-daemon is not installed, so popups are not tested here (install the package dbus)\n";
            std::io::stderr().write_all(aloud.as_bytes()).unwrap();
            return None;
        };
        let mut address = String::new();
        std::io::BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Some(Bus { daemon, address: address.trim().to_owned(), _folder: folder })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn notifier(&self) -> (Notifier, mpsc::Receiver<Answer>) {
        let (answers, heard) = mpsc::channel(8);
        let desktop = Receiver::new("desktop", Kind::Desktop);
        (Notifier::on_bus(vec![desktop], english(), answers, &self.address), heard)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

pub type NotifyCall = (String, u32, String, String, String, Vec<String>, HashMap<String, OwnedVariant>, i32);

/// A notification server that records what it is asked to show.
pub struct Server {
    connection: Connection,
    calls: mpsc::UnboundedReceiver<NotifyCall>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub async fn start(bus: &Bus, capabilities: &'static [&'static str]) -> Server {
        let connection = connection::Builder::address(bus.address.as_str()).build().await.unwrap();
        let mut stream = MessageStream::from(&connection);
        let (record, calls) = mpsc::unbounded_channel();
        let at = connection.clone();
        let task = tokio::spawn(async move {
            let mut last = 0;
            while let Some(Ok(call)) = std::future::poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
                let header = call.header();
                match header.member().map(|m| m.as_str()).unwrap_or_default() {
                    "GetCapabilities" => at.reply(&header, &capabilities).await.unwrap(),
                    "GetServerInformation" => at.reply(&header, &("double", "orbat", "1.0", "1.2")).await.unwrap(),
                    "Notify" => {
                        let asked: NotifyCall = call.body().deserialize().unwrap();
                        last = if asked.1 == 0 { last + 1 } else { asked.1 };
                        record.send(asked).unwrap();
                        at.reply(&header, &last).await.unwrap();
                    }
                    _ => {}
                }
            }
        });
        connection.request_name("org.freedesktop.Notifications").await.unwrap();
        Server { connection, calls, task }
    }

    pub async fn call(&mut self) -> NotifyCall {
        tokio::time::timeout(LONG, self.calls.recv()).await.expect("a call of Notify in time").unwrap()
    }

    /// Is there a call that nobody has looked at?
    pub fn is_quiet(&mut self) -> bool {
        self.calls.try_recv().is_err()
    }

    pub async fn signal<B: serde::Serialize + zbus::zvariant::DynamicType>(&self, name: &str, body: &B) {
        let interface = "org.freedesktop.Notifications";
        self.connection.emit_signal(None::<&str>, "/org/freedesktop/Notifications", interface, name, body).await.unwrap();
    }

    pub async fn stop(self) {
        self.task.abort();
        self.connection.close().await.unwrap();
    }
}
