//! The real program on a directory of its own, with a paper on loopback.

use orbat::config;
use orbat::store::Store;
use orbat::web::{Page, Site};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Whatever is waited for comes within this, or the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Real {
    pub dir: TempDir,
    pub site: Site,
    pub address: SocketAddr,
    child: Option<Child>,
}

impl Real {
    pub async fn new() -> Real {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let site = Site::default();
        tokio::spawn(site.clone().serve(listener, std::future::pending()));
        Real { dir, site, address, child: None }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn store(&self) -> Store {
        Store::open(&self.path("data/orbat.db")).unwrap()
    }

    /// A feed of these titles, oldest first.
    pub fn publish(&self, name: &str, titles: &[&str]) {
        let mut rss = format!("<rss version=\"2.0\"><channel><title>{name}</title><language>nl</language>");
        for title in titles.iter().rev() {
            let link = format!("http://{}/{name}/{}", self.address, title.len());
            write!(rss, "<item><title>{title}</title><link>{link}</link><description>{title}</description></item>").unwrap();
        }
        rss.push_str("</channel></rss>");
        self.site.put(format!("127.0.0.1/{name}.xml"), Page { content_type: "application/rss+xml", body: rss });
    }

    /// A configuration with these feeds, and an Atom file `NAME.atom` for each of these receivers.
    pub fn toml(&self, feeds: &[&str], receivers: &[&str]) -> String {
        let mut toml = String::from("[poll]\npause = \"0s\"\n");
        for name in feeds {
            let url = format!("http://{}/{name}.xml", self.address);
            write!(toml, "[[feed]]\nurl = \"{url}\"\nname = \"{name}\"\nfull_text = \"never\"\n").unwrap();
        }
        toml.push_str("[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n");
        for name in receivers {
            let path = self.path(&format!("{name}.atom"));
            write!(toml, "[[receiver]]\nname = \"{name}\"\ntype = \"atom\"\npath = \"{}\"\n", path.display()).unwrap();
        }
        toml
    }

    pub fn configure(&self, toml: &str) {
        fs::write(self.path("orbat.toml"), toml).unwrap();
    }

    pub fn feeds(&self) -> Vec<String> {
        self.store().feeds().unwrap().into_iter().map(|feed| feed.subscription.name).collect()
    }

    /// What a receiver was told.
    pub fn told(&self, receiver: &str) -> String {
        fs::read_to_string(self.path(&format!("{receiver}.atom"))).unwrap_or_default()
    }

    /// A command beside the service.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orbat"));
        command.args(args).env_clear().env("HOME", self.dir.path()).env("TZ", "UTC").stdin(Stdio::null());
        command.env("ORBAT_CONFIG", self.path("orbat.toml")).env("ORBAT_DATA", self.path("data"));
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Starts `orbat run`; its log goes to `log`.
    pub fn start(&mut self, variables: &[(&str, &str)]) {
        config::load(&self.path("orbat.toml")).unwrap();
        let log = File::create(self.path("log")).unwrap();
        let mut command = self.command(&["run"]);
        command.envs(variables.iter().copied()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap().success());
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        let mut child = self.child.take().unwrap();
        let mut ended = None;
        until("it has stopped", || {
            ended = child.try_wait().unwrap();
            ended.is_some()
        })
        .await;
        assert!(ended.unwrap().success(), "{}", self.log());
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Looks until `done`.
pub async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
