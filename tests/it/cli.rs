//! The built program as a person or a script meets it: help, exit codes, tables, JSON, pipes.

mod explain;
mod seed;

use jiff::Timestamp;
use orbat::feed::Subscription;
use orbat::store::{PollOutcome, Store};
use seed::{alert, record};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A home directory without anything in it.
struct Home(TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orbat"));
        command.args(args).env_clear().env("HOME", self.0.path()).env("TZ", "UTC").stdin(Stdio::null());
        command.env("ORBAT_CONFIG", self.path("orbat.toml")).env("ORBAT_DATA", self.path("data"));
        command
    }

    fn run(&self, args: &[&str]) -> Told {
        Told::of(self.command(args).output().unwrap())
    }

    /// What a list says to a program.
    fn json(&self, args: &[&str]) -> Value {
        self.json_as(&[args, &["--format", "json"]].concat())
    }

    /// What a command says that speaks JSON.
    fn json_as(&self, args: &[&str]) -> Value {
        let told = self.run(args);
        serde_json::from_str(&told.out).unwrap_or_else(|e| panic!("{args:?}: {e}\n{}\n{}", told.out, told.err))
    }

    fn store(&self) -> Store {
        std::fs::create_dir_all(self.path("data")).unwrap();
        Store::open(&self.path("data/orbat.db")).unwrap()
    }
}

/// What a run left behind.
#[derive(Debug)]
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Told {
    fn of(output: Output) -> Told {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Told { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Asserts the exit code and what one of the streams holds: the error where the code is not 0.
    fn is(&self, code: i32, part: &str) {
        let stream = if code == 0 { &self.out } else { &self.err };
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(stream.contains(part), "no {part:?} in {self:?}");
    }
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    fn walk(command: &clap::Command, path: &str, shown: bool) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let shown = help.contains("Example") || (shown && path.contains(' '));
        assert!(shown, "`{path}` has no example");
        assert!(command.get_about().is_some(), "`{path}` says nothing of itself");
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            walk(sub, &format!("{path} {}", sub.get_name()), shown);
        }
    }
    let mut command = orbat::cli::command();
    command.build();
    walk(&command, "orbat", false);
    command.debug_assert();
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let home = Home::new();
    for (args, part) in [
        (&["nonsense"][..], "nonsense"),
        (&["feed", "add"], "URL"),
        (&["feed", "add", "example.org/feed"], "https://example.org/feed"),
        (&["feed", "add", "ftp://example.org/feed"], "only http"),
        (&["feed", "poll"], "FEED"),
        (&["articles", "--since", "yesterday"], "24h"),
        (&["claims", "--action", "walk"], "withdraw"),
        (&["alerts", "--channel", "loud"], "popup"),
        (&["search", "\"open"], "^"),
        (&["status", "--format", "xml"], "json"),
    ] {
        home.run(args).is(2, part);
    }
    assert_eq!(home.run(&[]).code, Some(2));
    home.run(&["--help"]).is(0, "Examples:");
    home.run(&["--version"]).is(0, env!("CARGO_PKG_VERSION"));
}

#[test]
fn what_is_missing_is_named_with_its_path() {
    let home = Home::new();
    let config = home.path("orbat.toml");
    let told = home.run(&["run"]);
    told.is(2, config.to_str().unwrap());
    told.is(2, "orbat init");
    let database = home.path("data/orbat.db");
    for list in [&["articles"][..], &["claims"], &["alerts"], &["brief"], &["search", "x"], &["open", "1"]] {
        home.run(list).is(1, database.to_str().unwrap());
    }
    assert!(!home.path("data").exists(), "who only looks makes nothing");
}

#[test]
fn a_wrong_configuration_stops_run_and_only_warns_others() {
    let home = Home::new();
    std::fs::write(home.path("orbat.toml"), "nonsense = 1\n[poll]\nevery = 7\n").unwrap();
    let told = home.run(&["run"]);
    told.is(2, "nonsense");
    told.is(2, "every");
    let told = home.run(&["feed", "list"]);
    assert!(told.code == Some(0) && told.err.contains("orbat check"), "{told:?}");
}

#[test]
fn a_feed_comes_rests_and_goes() {
    let home = Home::new();
    home.run(&["feed", "list"]).is(0, "No feeds");
    assert!(!home.path("data").exists(), "who only looks makes nothing");
    let added = home.run(&[
        "feed",
        "add",
        "--unchecked",
        "https://user:secret@feeds.example.org/news",
        "--tag",
        "nl,defence",
        "--every",
        "2h",
    ]);
    added.is(0, "added feed 1 (example.org)");
    assert!(added.err.contains("not running") && !added.out.contains("secret"), "{added:?}");
    home.run(&["feed", "add", "--unchecked", "http://www.feeds.example.org/news/"]).is(0, "nothing to add: it is feed 1");

    let feeds = home.json(&["feed", "list"]);
    assert_eq!(feeds[0]["name"], "example.org");
    assert_eq!(feeds[0]["tags"], serde_json::json!(["nl", "defence"]));
    assert_eq!(feeds[0]["born"], "cli");
    assert_eq!(feeds[0]["url"], "https://feeds.example.org/news");
    feeds[0]["next_check"].as_str().unwrap().parse::<Timestamp>().unwrap();

    home.run(&["feed", "pause", "example.org"]).is(0, "paused");
    assert_eq!(home.json(&["feed", "list"])[0]["health"], "paused");
    home.run(&["feed", "resume", "1"]).is(0, "resumed");
    assert_eq!(home.json(&["feed", "list"])[0]["health"], "waiting");
    home.run(&["feed", "poll", "--all"]).is(0, "when orbat runs");
    home.run(&["feed", "edit", "1", "--name", "example", "--language", "nl"]).is(0, "changed example");
    assert_eq!(home.json(&["feed", "list"])[0]["language"], "nl");
    home.run(&["feed", "edit", "1", "--unset", "language,tags"]).is(0, "changed");
    assert_eq!(home.json(&["feed", "list"])[0]["tags"], serde_json::json!([]));
    home.run(&["feed", "remove", "example"]).is(0, "removed example");
    assert_eq!(home.json(&["feed", "list"]), serde_json::json!([]));
    home.run(&["feed", "remove", "example"]).is(1, "no feed `example`");
}

#[test]
fn what_fails_does_not_stop_the_rest() {
    let home = Home::new();
    home.run(&["feed", "add", "--unchecked", "https://one.example/"]).is(0, "added");
    home.run(&["feed", "add", "--unchecked", "https://two.example/"]).is(0, "added");
    let told = home.run(&["feed", "pause", "nobody", "two.example"]);
    told.is(1, "nobody");
    assert!(told.out.contains("paused two.example"), "{told:?}");
    home.run(&["-q", "feed", "add", "--unchecked", "https://three.example/"]);
    assert_eq!(home.run(&["-q", "feed", "pause", "three.example"]).out, "");
}

#[test]
fn feeds_of_files_stay_the_files() {
    let home = Home::new();
    let text = "\n[[feed]]\nurl = \"https://feeds.example.org/news\"\nname = \"paper\"\n";
    std::fs::write(home.path("orbat.toml"), text).unwrap();
    let place = format!("{}:", home.path("orbat.toml").display());
    home.run(&["feed", "add", "--unchecked", "https://feeds.example.org/news"])
        .is(0, &format!("nothing to add: it stands in {place}"));
    assert_eq!(home.json(&["feed", "list"])[0]["name"], "paper");
    home.run(&["feed", "remove", "paper"]).is(1, &place);

    let feed = Subscription::new("https://feeds.example.org/news".parse().unwrap(), "paper");
    let every = Duration::from_secs(900);
    home.store().sync_feeds(&[feed], every, Duration::ZERO, Timestamp::now()).unwrap();
    home.run(&["feed", "remove", "paper"]).is(1, &place);
    home.run(&["feed", "edit", "paper", "--owner", "me"]).is(1, "change it there");
    home.run(&["feed", "pause", "paper"]).is(0, "paused paper");
    assert_eq!(home.json(&["feed", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_feed_is_looked_at_before_it_is_added() {
    let home = Home::new();
    let rss = "<rss version=\"2.0\"><channel><title>Paper</title><item><title>One</title><link>http://example.org/1</link></item></channel></rss>";
    let page = "<html><head><link rel=alternate type=application/rss+xml href=/feed></head><body>News</body></html>";
    for (body, kind, code, part) in [(rss, "application/rss+xml", 0, "1 entry"), (page, "text/html", 1, "/feed")] {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x", server.local_addr().unwrap());
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let serve = std::thread::spawn(move || {
            use std::io::{Read, Write};
            let (mut client, _) = server.accept().unwrap();
            let _ = client.read(&mut [0; 4096]).unwrap();
            client.write_all(answer.as_bytes()).unwrap();
        });
        home.run(&["feed", "add", &url]).is(code, part);
        serve.join().unwrap();
    }
    assert_eq!(home.json(&["feed", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_list_of_a_stranger_is_not_trusted() {
    let home = Home::new();
    let outline = |address: &str, more: &str| format!("<outline text=\"{address}\" xmlUrl=\"https://{address}/feed\" {more}/>");
    let lines = [
        outline("open.example", "orbat:every=\"900\""),
        outline("127.0.0.1:8080", ""),
        outline("router.lan", ""),
        outline("192.168.1.1", ""),
        outline("[::1]", ""),
        outline("intranet", ""),
        outline("secret.example", "orbat:authFile=\"/etc/passwd\""),
        outline("proxied.example", "orbat:proxy=\"http://stranger.example\""),
        outline("headed.example", "orbat:headers='[[\"X-Tenant\",\"1\"]]'"),
    ];
    let list = home.path("list.opml");
    std::fs::write(&list, format!("<opml><body>{}</body></opml>", lines.concat())).unwrap();
    let list = list.to_str().unwrap();
    let told = home.run(&["feed", "import", "--dry-run", list]);
    assert!(told.out.contains("1 would be added, 0 known already, 8 left out"), "{}", told.out);
    for why in ["local network", "a secret file", "a proxy", "headers", "--trusted"] {
        assert!(told.err.contains(why), "{why}: {}", told.err);
    }
    home.run(&["feed", "import", list]).is(0, "1 added");
    home.run(&["feed", "import", list, "--trusted"]).is(0, "8 added, 1 known already, 0 left out");
}

#[test]
fn lists_of_feeds_go_out_and_come_in() {
    let home = Home::new();
    home.run(&["feed", "add", "--unchecked", "https://one.example/feed", "--name", "One & only", "--tag", "nl"]).is(0, "added");
    home.run(&["feed", "add", "--unchecked", "https://two.example/feed", "--every", "90m", "--header", "X-Key: k"])
        .is(0, "added");
    let export = home.run(&["feed", "export"]);
    assert!(export.err.contains("the header X-Key is left out, as a secret"), "{}", export.err);
    let opml = export.out;
    assert!(opml.contains("https://one.example/feed"), "{opml}");
    std::fs::write(home.path("feeds.opml"), &opml).unwrap();

    let other = Home::new();
    let file = home.path("feeds.opml");
    let file = file.to_str().unwrap();
    other.run(&["feed", "import", "--dry-run", file]).is(0, "2 would be added, 0 known already");
    assert_eq!(other.json(&["feed", "list"]), serde_json::json!([]));
    other.run(&["feed", "import", file]).is(0, "2 added, 0 known already");
    other.run(&["feed", "import", file]).is(0, "0 added, 2 known already");
    assert_eq!(other.json(&["feed", "list"])[0]["name"], "One & only");

    let text = home.run(&["feed", "export", "--toml"]).out;
    let config = orbat::config::parse(Path::new("orbat.toml"), &text).unwrap();
    assert_eq!(config.feeds.len(), 2, "{text}");
    assert_eq!(config.feeds[1].value.every, Some(Duration::from_secs(5400)));
    assert_eq!(config.feeds[1].value.headers, [("X-Key".to_owned(), "k".to_owned())]);
    std::fs::write(home.path("no.opml"), "<html></html>").unwrap();
    assert_eq!(home.run(&["feed", "import", home.path("no.opml").to_str().unwrap()]).code, Some(1));
}

#[test]
fn status_tells_by_its_exit_code() {
    let home = Home::new();
    let told = home.run(&["status"]);
    assert_eq!((told.code, told.err.as_str()), (Some(4), ""));
    assert!(told.out.contains("not running"), "{told:?}");
    let value = home.json(&["status"]);
    assert_eq!((&value["state"], &value["running"], &value["kept"]), (&"not running".into(), &false.into(), &Value::Null));
    assert_eq!(home.run(&["-q", "status"]).out, "");

    home.run(&["feed", "add", "--unchecked", "https://one.example/feed"]).is(0, "added");
    assert_eq!(home.json(&["status"])["kept"]["feeds"]["waiting"], 1);
    let _lock = orbat::cli::Lock::take(&home.path("data"), Timestamp::now()).unwrap();
    let value = home.json(&["status"]);
    assert_eq!((&value["state"], &value["pid"]), (&"well".into(), &std::process::id().into()));
    home.run(&["status"]).is(0, "1 waiting");

    record(&home.store(), PollOutcome::Failed { class: orbat::feed::Class::Gone, message: "410".to_owned(), gone: true });
    let told = home.run(&["status"]);
    assert_eq!(told.code, Some(3), "{told:?}");
    assert!(told.out.contains("one.example is gone"), "{told:?}");
}

#[test]
fn a_second_daemon_is_refused_and_told_of_the_first() {
    let home = Home::new();
    std::fs::write(home.path("orbat.toml"), "").unwrap();
    std::fs::create_dir(home.path("data")).unwrap();
    let _lock = orbat::cli::Lock::take(&home.path("data"), Timestamp::now()).unwrap();
    home.run(&["run"]).is(1, &format!("process {} runs orbat", std::process::id()));
}

#[cfg(unix)]
#[test]
fn the_daemon_starts_and_ends_on_a_signal() {
    let home = Home::new();
    std::fs::write(home.path("orbat.toml"), "").unwrap();
    let mut daemon = home.command(&["run"]).stderr(Stdio::null()).spawn().unwrap();
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while home.json(&["status"])["running"] != true {
        assert!(std::time::Instant::now() < patience && daemon.try_wait().unwrap().is_none(), "it did not start");
    }
    let pid = rustix::process::Pid::from_child(&daemon);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.wait().unwrap().success());
    assert_eq!(home.json(&["status"])["running"], false);
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    let home = Home::new();
    home.run(&["feed", "add", "--unchecked", "https://one.example/feed"]).is(0, "added");
    for args in
        [&["--help"][..], &["feed", "list"], &["articles"], &["feed", "export"], &["brief"], &["claims", "--format", "json"]]
    {
        let mut child = home.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let told = Told::of(child.wait_with_output().unwrap());
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn what_was_found_is_listed_shown_and_searched() {
    let home = Home::new();
    seed::seed(&home.store());

    home.run(&["articles"]).is(0, "Tweeduizend militairen naar Polen");
    let articles = home.json(&["articles", "--with-claims", "--language", "nl"]);
    assert_eq!((articles.as_array().unwrap().len(), &articles[0]["claims"]), (1, &1.into()));
    let id = articles[0]["id"].to_string();
    home.run(&["articles", "show", &id]).is(0, "De VS sturen tweeduizend militairen naar Polen.");
    let whole = home.json(&["articles", "show", &id]);
    assert_eq!(whole["claims"][0]["claim"]["text"], "Tweeduizend");
    home.run(&["articles", "show", "999"]).is(1, "no article 999");

    let claims = home.json(&["claims", "--force", "us", "--to", "PL,DE", "--action", "deploy"]);
    assert_eq!(claims[0]["amount"]["low"], 2000, "{claims}");
    home.run(&["claims"]).is(0, "2,000");
    home.run(&["claims", "--force", "RU"]).is(0, "No claims.");
    let line = claims[0]["id"].to_string();
    home.run(&["claims", "show", &line]).is(0, "US deploy (planned) to PL");
    assert_eq!(home.json(&["claims", "show", &line])["appearances"][0]["verdict"], "new");

    home.run(&["search", "tweeduizend", "NOT", "sport"]).is(0, "Tweeduizend militairen naar Polen");
    home.run(&["search", "sport"]).is(0, "Nothing found.");
    assert!(home.json(&["search", "militair*"])[0]["snippet"].as_str().unwrap().contains("militairen"));
    home.run(&["open", &id, "--print"]).is(0, "https://example.org/1");

    home.run(&["alerts"]).is(0, "desktop waits");
    let alerts = home.json(&["alerts", "--channel", "popup"]);
    assert_eq!(alerts[0]["alert"]["kind"], "new");
    assert_eq!(alerts[0]["deliveries"][0]["state"], "due");
    let alert = alerts[0]["id"].to_string();
    home.run(&["alerts", "show", &alert]).is(0, "desktop");
    home.run(&["open", "--alert", &alert, "--print"]).is(0, "https://example.org/1");
    assert_eq!(home.json(&["alerts", "--channel", "digest"]), serde_json::json!([]));

    home.run(&["brief"]).is(0, "US deploy (planned) to PL");
    let brief = home.json(&["brief", "--since", "7d"]);
    assert_eq!(brief["claims"][0]["force"], "US");
}

#[test]
fn alerts_are_followed_as_they_come() {
    use std::io::{BufRead, BufReader};
    let home = Home::new();
    home.run(&["feed", "add", "--unchecked", "https://one.example/feed"]).is(0, "added");
    let mut child =
        home.command(&["alerts", "--follow", "--since", "1h", "--format", "json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for name in ["first", "second"] {
        home.store().add_alert(alert(name), &[]).unwrap().unwrap();
        let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(told["alert"]["fingerprint"], name);
    }
    drop(lines);
    home.store().add_alert(alert("third"), &[]).unwrap().unwrap();
    assert!(child.wait().unwrap().success(), "it ends when nobody reads");
}
