//! `orbat init`, `orbat check` and `orbat config show` as they are run.

use std::path::Path;
use std::process::{Command, Output};

/// Runs orbat in a home of its own, without a desktop.
fn orbat(home: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orbat"));
    let nowhere = format!("unix:path={}", home.join("no-bus").display());
    command.args(args).env_clear().env("HOME", home).env("LANG", "nl_NL.UTF-8").env("DBUS_SESSION_BUS_ADDRESS", nowhere);
    command.stdin(std::process::Stdio::null()).output().expect("orbat runs")
}

fn texts(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[test]
fn init_writes_a_configuration_that_is_well_and_never_a_second() {
    let home = tempfile::tempdir().expect("a directory");
    let output = orbat(home.path(), &["init", "--yes"]);
    let (out, err) = texts(&output);
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("No notification server answered") && out.contains("Next: `orbat run`"), "{out}");
    let dir = home.path().join(".config/orbat");
    let main = dir.join("orbat.toml");
    #[cfg(unix)]
    assert_eq!([&dir, &main, &dir.join("feeds.toml"), &dir.join("entities.toml")].map(|p| mode(p)), [0o700, 0o600, 0o600, 0o600]);
    let written = std::fs::read_to_string(&main).expect("written");
    assert!(written.contains("\nlanguage = \"nl\"\n"));

    let check = orbat(home.path(), &["check"]);
    let (said, _) = texts(&check);
    assert!(check.status.success() && said.starts_with("orbat.toml: ") && said.ends_with(": all well\n"), "{said}");

    let again = orbat(home.path(), &["init", "--yes", "--region", "world"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(texts(&again).1.contains("stays as it is"));
    assert_eq!(std::fs::read_to_string(&main).expect("there"), written);
}

#[test]
fn init_takes_flags_and_asks_nobody_who_is_not_there() {
    let home = tempfile::tempdir().expect("a directory");
    for (args, code) in [
        (&["init"][..], 2),
        (&["init", "--languages", "nl"], 2),
        (&["init", "--languages", "xx", "--yes"], 2),
        (&["init", "--region", "moon", "--yes"], 2),
        (&["--config", "mine/here.toml", "init", "--languages", "pl,uk", "--region", "nato-east"], 0),
    ] {
        let path = home.path().join("mine/here.toml").display().to_string();
        let args: Vec<&str> = args.iter().map(|a| if a.ends_with("here.toml") { path.as_str() } else { a }).collect();
        let output = orbat(home.path(), &args);
        assert_eq!(output.status.code(), Some(code), "{args:?} {:?}", texts(&output));
    }
    let feeds = std::fs::read_to_string(home.path().join("mine/feeds.toml")).expect("written");
    assert!(feeds.contains("defence24") && !feeds.contains("\"nl\""), "{feeds}");
}

#[test]
fn check_shows_every_problem_under_its_line() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("orbat.toml");
    std::fs::write(&path, "include = [\"feeds.toml\"]\nlnguage = \"nl\"\n").expect("written");
    std::fs::write(home.path().join("feeds.toml"), "[[feed]]\nurl = \"één\"\n").expect("written");
    let path = path.display().to_string();
    for args in [&["--config", &path, "check"][..], &["--config", &path, "config", "show"]] {
        let output = orbat(home.path(), args);
        let (out, err) = texts(&output);
        assert_eq!((output.status.code(), out.as_str()), (Some(2), ""));
        assert!(err.ends_with("orbat: 2 problems in 2 files\n") && !err.contains('\x1b'), "{err}");
        for piece in ["orbat.toml:2:1", "lnguage", "───────", "help: did you mean `language`?", "feeds.toml:2:7"] {
            assert!(err.contains(piece), "{piece}\n{err}");
        }
    }
}

#[test]
fn without_a_configuration_the_way_to_one_is_shown() {
    let home = tempfile::tempdir().expect("a directory");
    for args in [&["check"][..], &["config", "show"]] {
        let output = orbat(home.path(), args);
        assert_eq!(output.status.code(), Some(2));
        let path = home.path().join(".config/orbat/orbat.toml");
        assert_eq!(texts(&output).1, format!("orbat: no configuration at {}; run `orbat init`\n", path.display()));
    }
}

#[test]
fn what_is_in_force_is_shown_as_toml_and_json() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("orbat.toml");
    std::fs::write(&path, "home = [\"PL\"]\n").expect("written");
    let path = path.display().to_string();
    let (toml, _) = texts(&orbat(home.path(), &["--config", &path, "config", "show"]));
    assert!(toml.contains("home = [\"PL\"]") && toml.contains("every = \"15m\""), "{toml}");
    let (json, _) = texts(&orbat(home.path(), &["--config", &path, "config", "show", "--format", "json"]));
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&value["home"][0], &value["poll"]["per_host"]), (&"PL".into(), &1.into()));
}
