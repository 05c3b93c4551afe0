//! What orbat keeps to itself: the modes of its files, and secrets, which no output, log or database holds.

use super::{Home, Told};
use std::fs::{Permissions, set_permissions, write};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest that the daemon may take for what is waited for here.
const PATIENCE: Duration = Duration::from_secs(60);

/// `path mode` of everything below a folder.
fn modes(folder: &Path, out: &mut Vec<(String, u32)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        out.push((path.display().to_string(), meta.mode() & 0o777));
        if meta.is_dir() {
            modes(&path, out);
        }
    }
}

fn stop(daemon: &mut Child) {
    rustix::process::kill_process(rustix::process::Pid::from_child(daemon), rustix::process::Signal::TERM).unwrap();
    daemon.wait().unwrap();
}

/// Waits until a look at the daemon's home says that it is done.
fn wait_for(daemon: &mut Child, what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE && daemon.try_wait().unwrap().is_none(), "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// With a umask that forbids nothing, files are for their owner alone all the same.
#[test]
fn files_are_private_whatever_the_umask() {
    let home = Home::new();
    let orbat = env!("CARGO_BIN_EXE_orbat");
    let shell = |line: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("umask 000; {line}")]).env_clear().env("HOME", home.0.path()).env("TZ", "UTC");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(shell(&format!("'{orbat}' init --languages nl --region world --yes")).status().unwrap().success());
    write(home.path(".config/orbat/feeds.toml"), "").unwrap();
    let mut daemon = shell(&format!("exec '{orbat}' run")).spawn().unwrap();
    let database = home.path(".local/share/orbat/orbat.db-wal");
    wait_for(&mut daemon, "the database", || database.exists());
    let mut found = Vec::new();
    modes(home.0.path(), &mut found);
    stop(&mut daemon);
    let names = ["orbat.toml", "feeds.toml", "entities.toml", "orbat.db", "orbat.db-wal", "orbat.db-shm", "orbat.lock"];
    for name in names {
        assert!(found.iter().any(|(path, _)| path.ends_with(&format!("/{name}"))), "no {name} in {found:?}");
    }
    for (path, mode) in &found {
        let meant = if Path::new(path).extension().is_some() { 0o600 } else { 0o700 };
        assert_eq!(*mode, meant, "{path} has mode {mode:o}");
    }
}

#[test]
fn a_configuration_that_others_may_write_is_refused() {
    let home = Home::new();
    let config = home.path("orbat.toml");
    write(&config, "include = [\"feeds.toml\"]\n").unwrap();
    write(home.path("feeds.toml"), "").unwrap();
    home.run(&["check"]).is(0, "all well");
    set_permissions(home.path("feeds.toml"), Permissions::from_mode(0o666)).unwrap();
    home.run(&["check"]).is(2, "chmod o-w");
    set_permissions(home.path("feeds.toml"), Permissions::from_mode(0o600)).unwrap();
    set_permissions(home.0.path(), Permissions::from_mode(0o777)).unwrap();
    let told = home.run(&["run"]);
    told.is(2, "can be exchanged by anybody");
    told.is(2, &format!("chmod o-w {}", home.0.path().display()));
    set_permissions(home.0.path(), Permissions::from_mode(0o700)).unwrap();
    home.run(&["check"]).is(0, "all well");
}

#[test]
fn a_secret_that_others_may_read_is_refused() {
    let home = Home::new();
    let text = "[[receiver]]\nname = \"desk\"\ntype = \"webhook\"\nurl = \"https://hooks.example.org/\"\nsecret_file = \"key\"\n";
    write(home.path("orbat.toml"), text).unwrap();
    write(home.path("key"), "hush").unwrap();
    set_permissions(home.path("key"), Permissions::from_mode(0o604)).unwrap();
    let told = home.run(&["check"]);
    told.is(2, "can be read by anybody");
    told.is(2, &format!("chmod 600 {}", home.path("key").display()));
    set_permissions(home.path("key"), Permissions::from_mode(0o600)).unwrap();
    home.run(&["check"]).is(0, "all well");
}

/// Answers every request: feeds with news, anything else (receivers) with a refusal.
fn serve(listener: &TcpListener) {
    let article = "The United States will send 2,000 troops to Poland, the Pentagon said on Monday.";
    let rss = format!(
        "<rss version=\"2.0\"><channel><title>Paper</title><item><title>Troops</title><guid>1</guid><description>{article}</description></item></channel></rss>"
    );
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        let mut held = [0; 16384];
        let read = stream.read(&mut held).unwrap_or_default();
        let request = String::from_utf8_lossy(&held[..read]).into_owned();
        let (status, body) = match request.split_whitespace().nth(1).unwrap_or_default() {
            path if path.contains("denied") => ("401 No", ""),
            path if path.contains("feed") => ("200 OK", rss.as_str()),
            _ => ("403 No", ""),
        };
        let length = body.len();
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
    }
}

fn configuration(at: SocketAddr) -> String {
    format!(
        r#"
[poll]
pause = "0s"
[[feed]]
name = "in-the-address"
url = "http://reader:hush-address@{at}/feed"
alert_backlog = "365d"
headers = {{ Cookie = "hush-header" }}
[[feed]]
name = "in-a-file"
url = "http://{at}/denied/feed"
auth_file = "auth"
[[feed]]
name = "by-a-proxy"
url = "http://feeds.example.org/feed"
proxy = "http://reader:hush-proxy@{at}"
[[receiver]]
name = "desktop"
type = "desktop"
enabled = false
[[receiver]]
name = "hook"
type = "webhook"
url = "http://caller:hush-hook@{at}/hook"
secret_file = "key"
[[receiver]]
name = "phone"
type = "ntfy"
url = "http://{at}/topic"
secret_env = "ORBAT_TEST_TOKEN"
[[receiver]]
name = "post"
type = "mail"
server = "127.0.0.1"
port = {}
tls = false
user = "orbat"
secret_credential = "password"
from = "a@example.org"
to = ["b@example.org"]
[[receiver]]
name = "script"
type = "command"
command = ["sh", "-c", "tr '\\0' '\\n' < /proc/$PPID/cmdline > arguments; cat /proc/$$/cmdline >> arguments"]
"#,
        at.port()
    )
}

/// Runs with a secret in every place that takes one, with every word logged, and looks for them everywhere.
#[test]
fn secrets_show_nowhere() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || serve(&listener));
    write(home.path("orbat.toml"), configuration(at)).unwrap();
    std::fs::create_dir(home.path("credentials")).unwrap();
    for (file, secret) in [("auth", "reader:hush-auth"), ("key", "hush-file"), ("credentials/password", "hush-credential")] {
        write(home.path(file), secret).unwrap();
        set_permissions(home.path(file), Permissions::from_mode(0o600)).unwrap();
    }
    let orbat = |args: &[&str]| {
        let mut command = home.command(args);
        command.env("ORBAT_TEST_TOKEN", "hush-env").env("CREDENTIALS_DIRECTORY", home.path("credentials"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(home.0.path());
        command
    };
    let mut daemon =
        orbat(&["-vv", "run"]).env("ORBAT_LOG", "trace").stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    // Its log is read as it is written: a full pipe would stop it.
    let mut log = daemon.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut text = Vec::new();
        log.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned()).unwrap()
    });
    let deliveries = || Told::of(orbat(&["deliveries", "list", "--format", "json"]).output().unwrap()).out;
    wait_for(&mut daemon, "a delivery to each", || {
        let list: serde_json::Value = serde_json::from_str(&deliveries()).unwrap_or_default();
        let tried =
            |name: &str| list.as_array().is_some_and(|all| all.iter().any(|d| d["receiver"] == name && d["attempts"] != 0));
        home.path("arguments").exists() && ["hook", "phone", "post"].into_iter().all(tried)
    });
    let arguments = std::fs::read_to_string(home.path("arguments")).unwrap();
    let mut said = vec![("the arguments of processes".to_owned(), arguments)];
    for args in [
        &["status"][..],
        &["status", "--format", "json"],
        &["check"],
        &["config", "show"],
        &["config", "show", "--format", "json"],
        &["feed", "list"],
        &["feed", "list", "--format", "json"],
        &["feed", "export"],
        &["feed", "export", "--toml"],
        &["feed", "doctor", "in-the-address"],
        &["feed", "doctor", "in-a-file"],
        &["receiver", "list", "--format", "json"],
        &["receiver", "test", "hook"],
        &["deliveries", "list", "--format", "json"],
        &["alerts", "--format", "json"],
        &["articles", "--format", "json"],
        &["why", "1"],
        &["brief", "--format", "json"],
    ] {
        let told = Told::of(orbat(&[args, &["-vv"]].concat()).env("ORBAT_LOG", "trace").output().unwrap());
        said.push((args.join(" "), told.out + &told.err));
    }
    stop(&mut daemon);
    let log = log.join().unwrap();
    assert!(log.contains("in-the-address") || log.contains("feed"), "nothing was logged: {log}");
    said.push(("the log".to_owned(), log));
    for (what, text) in &said {
        let at = text.find("hush-");
        assert!(
            at.is_none(),
            "{what} holds a secret: {}",
            &text[text.floor_char_boundary(at.unwrap_or(0).saturating_sub(200))..]
        );
    }
    // A feed's address and headers are what a poll needs, and stay in the database; secrets with a place of their own do not come there.
    for entry in std::fs::read_dir(home.path("data")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["hush-auth", "hush-file", "hush-env", "hush-credential", "hush-hook"] {
            assert!(!text.contains(secret), "{} holds {secret}", path.display());
        }
    }
}
