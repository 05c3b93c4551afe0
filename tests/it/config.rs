//! Configurations: what is read from a text, what is shown of it, and whether the default documents every key.

mod commands;
mod problems;

use orbat::config::{self, Config, Problem};
use orbat::notify::Kind;
use orbat::rule::{Channel, Condition, Within};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

fn parse(text: &str) -> Result<Config, Vec<Problem>> {
    config::parse(Path::new("/nowhere/orbat.toml"), text)
}

fn good(text: &str) -> Config {
    parse(text).unwrap_or_else(|problems| panic!("{text}\n{}", said(&problems).join("\n")))
}

fn said(problems: &[Problem]) -> Vec<String> {
    let hint = |p: &Problem| p.hint.as_ref().map_or(String::new(), |h| format!("; {h}"));
    problems.iter().map(|p| format!("{}:{}: {}{}", p.line, p.column, p.message, hint(p))).collect()
}

/// Secrets are for their owner alone.
fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("mode 0600");
}

#[test]
fn nothing_written_is_the_default() {
    let config = good("");
    assert_eq!(config.poll.every, Duration::from_secs(900));
    assert_eq!(config.home, ["nato"]);
    assert_eq!(config.language.code(), "en");
    assert_eq!(config.rules.len(), 1);
    assert!(config.rules[0].builtin && config.rules[0].enabled);
    assert!(matches!(config.receivers[..], [ref r] if matches!(r.kind, Kind::Desktop)));
}

#[test]
fn feeds_without_a_name_are_named_after_their_host() {
    let feeds = [
        ("https://www.example.org/rss", "example.org"),
        ("https://feeds.example.org/world", "example.org-2"),
        ("https://rss.org/a", "rss.org"),
        ("http://127.0.0.1:80/a", "127.0.0.1"),
    ];
    let text: String = feeds.iter().map(|(url, _)| format!("[[feed]]\nurl = \"{url}\"\n")).collect();
    let config = good(&text);
    let names: Vec<_> = config.feeds.iter().map(|f| f.value.name.as_str()).collect();
    assert_eq!(names, feeds.map(|(_, name)| name));
    assert_eq!(config.feeds[2].line, 5);
}

/// The example of the design, in a directory with the files that it names.
#[test]
fn a_whole_configuration_loads() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| write_private(&dir.path().join(name), text);
    write("webhook.key", "  hush\n");
    write("feeds.toml", "[[feed]]\nurl = \"https://www.example.org/rss\"\ntags = [\"world\"]\n");
    write("entities.toml", "[[entity]]\nid = \"nato\"\nname = \"NATO\"\nkind = \"organisation\"\n");
    write("orbat.toml", WHOLE);
    let config = config::load(&dir.path().join("orbat.toml")).unwrap_or_else(|p| panic!("{}", said(&p).join("\n")));

    assert_eq!(config.files.len(), 3);
    assert_eq!(config.poll.fetch.contact.as_deref(), Some("https://example.org/about-our-monitoring"));
    assert_eq!(config.digest_at.len(), 2);
    let feeds: Vec<_> = config.feeds.iter().map(|f| (f.value.name.as_str(), f.line)).collect();
    assert_eq!(feeds, [("nos", 14), ("example.org", 1)]);
    assert_eq!(config.entities.len(), 2);
    let names: Vec<_> = config.rules.iter().map(|r| (r.name.as_str(), r.enabled, r.builtin)).collect();
    assert_eq!(
        names,
        [("towards the eastern flank", true, false), ("Zelensky on conscription", true, false), ("troops", false, true)]
    );
    let flank = &config.rules[0];
    assert_eq!((flank.alert, flank.within), (Some(Channel::Popup), Within::Sentence));
    let Condition::All(all) = &flank.condition else { panic!("{flank:?}") };
    assert!(matches!(&all[..], [Condition::Figure(f)] if f.at_least == Some(500) && f.to == ["PL", "RO", "baltics"]));
    let Condition::All(all) = &config.rules[1].condition else { panic!() };
    assert!(
        matches!(&all[..], [Condition::Entities(_), Condition::Text(words), Condition::Any(two)] if words.len() == 3 && two.len() == 2)
    );
    let names: Vec<_> = config.receivers.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["desktop", "desk-webhook"]);
    assert!(matches!(&config.receivers[1].kind, Kind::Webhook { secret: Some(s), .. } if s.0 == "hush"));
}

const WHOLE: &str = r#"
include  = ["feeds.toml", "entities.toml"]
language = "en"
home     = ["nato"]
[poll]
every = "15m"
min   = "5m"
max   = "12h"
per_host  = 1
contact   = "https://example.org/about-our-monitoring"
[digest]
at = ["07:30", "19:00"]

[[feed]]
url  = "https://feeds.nos.nl/nosnieuwsbuitenland"
name = "nos"
tags = ["nl"]

[[entity]]
id = "zelensky"
name = "Volodymyr Zelensky"
kind = "person"

[[rule]]
name   = "towards the eastern flank"
figure = { action = ["deploy", "ready"], to = ["PL", "RO", "baltics"], at_least = 500 }
alert  = "popup"
notify = ["desktop", "desk-webhook"]

[[rule]]
name     = "Zelensky on conscription"
entities = ["zelensky", "nato"]
keywords = ["mobilis*", "mobiliz*", "dienstplicht"]
any = [{ tags = ["nl", "world"] }, { languages = ["nl"], feeds = ["example.org"] }]

[[rule]]
name   = "troops"
enabled = false

[[receiver]]
name = "desk-webhook"
type = "webhook"
url  = "https://hooks.example.org/orbat"
secret_file = "webhook.key"
"#;

/// The default with every example in force, in a directory with the files that it names.
fn everything() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, text) in [
        ("feeds.toml", ""),
        ("entities.toml", ""),
        ("words.toml", "language = \"nl\"\n"),
        ("webhook.key", "hush"),
        ("nos.auth", "user:word"),
    ] {
        write_private(&dir.path().join(name), text);
    }
    let in_force = |line: &str| match line.strip_prefix('#') {
        Some(key) if !key.starts_with(' ') && !key.is_empty() => key.to_owned(),
        _ => line.to_owned(),
    };
    let text = config::DEFAULT.lines().map(in_force).collect::<Vec<_>>().join("\n");
    (dir, text)
}

#[test]
fn the_default_is_what_stands_without_a_file() {
    let (written, nothing) = (good(config::DEFAULT), good(""));
    assert_eq!(format!("{written:?}"), format!("{nothing:?}"));
}

#[test]
fn every_example_of_the_default_loads() {
    let (dir, text) = everything();
    let problems = config::parse(&dir.path().join("orbat.toml"), &text).err().unwrap_or_default();
    let said: Vec<_> = problems.iter().map(|p| p.message.as_str()).collect();
    // These two live outside of files.
    assert_eq!(
        said,
        ["no credential `smtp-password`: CREDENTIALS_DIRECTORY is not set", "the variable ORBAT_NTFY_TOKEN is not set"],
        "{problems:?}"
    );
}

/// The keys written in the default, by section.
fn documented(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        let line = line.trim_start_matches('[').trim_end_matches(']');
        match line.split_once(" = ") {
            Some((key, _)) if !key.contains([' ', '#']) => {
                let (table, key) = match key.split_once('.') {
                    Some((table, inner)) => {
                        sections.entry(section.clone()).or_default().insert(table.to_owned());
                        (table, inner)
                    }
                    None => (section.as_str(), key),
                };
                sections.entry(table.to_owned()).or_default().insert(key.to_owned());
            }
            _ if !line.is_empty() && !line.contains([' ', '#']) => section = line.to_owned(),
            _ => {}
        }
    }
    sections
}

/// The keys that the reader knows: it lists them when it meets one that it does not.
fn known(text: &str) -> BTreeSet<String> {
    let problems = parse(text).expect_err("a key that nobody knows");
    let hint = problems.iter().find_map(|p| p.hint.as_ref()?.strip_prefix("known here: ")).expect("a list of keys");
    hint.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_is_documented_and_every_documented_key_known() {
    let types = ["desktop", "webhook", "command", "mail", "ntfy", "atom"];
    let receivers = types.map(|kind| ("receiver", format!("[[receiver]]\ntype = \"{kind}\"\nqqqqqqqqqq = 1")));
    let others = [
        ("poll", "[poll]\nqqqqqqqqqq = 1"),
        ("digest", "[digest]\nqqqqqqqqqq = 1"),
        ("health", "[health]\nqqqqqqqqqq = 1"),
        ("web", "[web]\nqqqqqqqqqq = 1"),
        ("retention", "[retention]\nqqqqqqqqqq = 1"),
        ("backup", "[backup]\nqqqqqqqqqq = 1"),
        ("feed", "[[feed]]\nqqqqqqqqqq = 1"),
        ("entity", "[[entity]]\nqqqqqqqqqq = 1"),
        ("rule", "[[rule]]\nqqqqqqqqqq = 1"),
        ("figure", "[[rule]]\nname = \"a\"\nfigure = { qqqqqqqqqq = 1 }"),
        ("sum", "[[rule]]\nname = \"a\"\nsum = { qqqqqqqqqq = 1 }"),
        ("", "qqqqqqqqqq = 1"),
    ];
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (section, text) in others.map(|(s, t)| (s, t.to_owned())).into_iter().chain(receivers) {
        sections.entry(section.to_owned()).or_default().extend(known(&text));
    }
    let tables = ["poll", "digest", "health", "web", "retention", "backup", "feed", "entity", "condition", "rule", "receiver"];
    sections.get_mut("").expect("the top").retain(|key| !tables.contains(&key.as_str()));
    let mut documented = documented(&everything().1);
    let condition = documented.remove("condition").expect("a named condition");
    assert!(condition.is_subset(&known("[[condition]]\nqqqqqqqqqq = 1")));
    assert_eq!(documented, sections);
}

#[test]
fn watch_lists_load_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("mine.toml");
    std::fs::write(&path, "[[entity]]\nid = \"nato\"\nname = \"NATO\"\nkind = \"organisation\"\n").expect("written");
    assert_eq!(config::entities(&path).map(|e| e.len()), Ok(1));
    std::fs::write(&path, "[[entity]]\nid = \"nato\"\n[[rule]]\n").expect("written");
    assert_eq!(config::entities(&path).map_err(|p| p.len()), Err(3));
}

#[test]
fn no_text_makes_the_reader_panic() {
    let (dir, text) = everything();
    let path = dir.path().join("orbat.toml");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    for left_out in 0..lines.len() {
        let some: Vec<_> = lines.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, l)| *l).collect();
        for p in config::parse(&path, &some.join("\n")).err().unwrap_or_default() {
            assert!(p.line > 0 && !p.message.is_empty());
        }
    }
    for value in ["3", "\"x\"", "[]", "{}", "true", "07:30:00", "[{}]", "[\"\", 3]"] {
        for line in lines.iter().filter_map(|l| l.split_once(" = ")).map(|(key, _)| key) {
            let bad = lines.join("\n").replace(&format!("\n{line} = "), &format!("\n{line} = {value} # "));
            for p in config::parse(&path, &bad).err().unwrap_or_default() {
                assert!(bad.get(p.span.clone()).is_some(), "{p:?}");
            }
        }
    }
}

#[test]
fn the_shipped_lists_are_well() {
    let feeds = good(config::FEEDS).feeds;
    assert!(feeds.len() >= 60, "{}", feeds.len());
    for feed in feeds.iter().map(|f| &f.value) {
        let language = feed.language.map(|l| l.to_string()).unwrap_or_default();
        assert!(feed.owner.is_some() && feed.tags.contains(&language), "{}", feed.name);
        assert!(feed.tags.iter().any(|tag| ["nato-east", "middle-east", "world"].contains(&tag.as_str())), "{}", feed.name);
        assert_eq!(feed.url.scheme(), "https", "{}", feed.name);
    }
    let languages: BTreeSet<_> = feeds.iter().filter_map(|f| f.value.language).collect();
    assert_eq!(languages.len(), 10);
    let entities = good(config::ENTITIES).entities;
    assert!(entities.len() >= 40, "{}", entities.len());
    let mut names = BTreeMap::new();
    for entity in entities.iter().map(|e| &e.value) {
        for name in entity.aliases.iter().chain([&entity.name]) {
            let other = names.insert(name.to_lowercase(), &entity.id);
            assert!(other.is_none(), "`{name}` names {} and {other:?}", entity.id);
        }
    }
}

/// What `config show` prints can be read again and is then the same, but for secrets.
#[test]
fn what_is_shown_is_what_was_read() {
    let (dir, text) = everything();
    let path = dir.path().join("orbat.toml");
    let text = text.replace("\nsecret_", "\n#secret_").replace("\nheaders", "\n#headers");
    let config = config::parse(&path, &text).unwrap_or_else(|p| panic!("{}", said(&p).join("\n")));
    let shown = toml::to_string(&config.shown()).expect("shown as TOML");
    let again = config::parse(&path, &shown).unwrap_or_else(|p| panic!("{}\n{shown}", said(&p).join("\n")));
    assert_eq!(toml::to_string(&again.shown()).expect("shown as TOML"), shown);
    assert_eq!((&again.rules, &again.home), (&config.rules, &config.home));
    assert_eq!(format!("{:?}{:?}", again.poll, again.receivers), format!("{:?}{:?}", config.poll, config.receivers));
    assert!(serde_json::to_string(&config.shown()).is_ok());
}

#[test]
fn secrets_are_never_shown() {
    let (dir, text) = everything();
    let text = text.replace("\nsecret_env", "\n#secret_env").replace("\nsecret_credential", "\n#secret_credential");
    let text = text.replace("https://feeds.nos.nl/", "https://me:hush@feeds.nos.nl/").replace("\"nl\" }", "\"hush\" }");
    let config = config::parse(&dir.path().join("orbat.toml"), &text).unwrap_or_else(|p| panic!("{}", said(&p).join("\n")));
    let shown = toml::to_string(&config.shown()).expect("shown as TOML");
    assert!(shown.contains("***") && !shown.contains("hush"), "{shown}");
}
