//! Configurations as tables: the text of a file, and what is said about it.

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

/// `line:column: message; hint` of every problem of a text, in order.
fn check(text: &str, expected: &[&str]) {
    let problems = parse(text).err().unwrap_or_default();
    assert_eq!(said(&problems), expected, "\n{text}");
    for p in &problems {
        assert!(p.span.end <= text.len() && text.get(p.span.clone()).is_some(), "a span that cuts no text: {p:?}");
    }
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
fn syntax_is_one_problem_with_its_place() {
    check(
        "language = \"en\"\nhome = [\"nato\"\n\n[poll]\nevry = 3",
        &["4:1: not readable as TOML: missing comma between array elements, expected `,`"],
    );
}

#[test]
fn problems_have_their_place_and_a_hint() {
    for (text, expected) in [
        ("lnguage = \"en\"", &["1:1: unknown key `lnguage` in this file; did you mean `language`?"][..]),
        ("[poll]\nevry = \"5m\"", &["2:1: unknown key `evry` in [poll]; did you mean `every`?"]),
        ("[digest]\nwhen = [\"07:30\"]", &["2:1: unknown key `when` in [digest]; known here: at"]),
        ("language = 3", &["1:12: `language` must be text in quotes, not a whole number"]),
        ("language = \"Dutch\"", &["1:12: `Dutch` is not a language code; two letters (ISO 639-1): nl, en, uk (Ukrainian)"]),
        ("home = \"nato\"", &["1:8: `home` must be a list, not text; write home = [\"nato\"]"]),
        ("home = [\"NL\", \"pl\"]", &["1:15: `pl` is no place that orbat knows; did you mean `PL`?"]),
        (
            "[[rule]]\nname = \"a\"\nkeywords = [\"ÅÄÖ\", \"*\"]",
            &["3:20: no word in `*`; keywords are words, phrases, or beginnings of words: mobilis*"],
        ),
        (
            "[poll]\nevery = 15",
            &[
                "2:9: `every` must be a duration, not a whole number; write a number and a unit in quotes: \"90s\", \"15m\", \"24h\" or \"7d\"",
            ],
        ),
        (
            "[poll]\nevery = \"15 minutes\"",
            &[
                "2:9: `15 minutes` is not a duration such as 90s, 15m, 24h or 7d; write a number and a unit in quotes: \"90s\", \"15m\", \"24h\" or \"7d\"",
            ],
        ),
        ("[poll]\nmin = \"2s\"", &["2:7: `min` must lie between 1m and 30d"]),
        ("[poll]\nmin = \"1h\"", &["2:7: `every` is shorter than `min`; the order is min, every, max"]),
        (
            "[poll]\nper_host = 0\nin_all = -1\nfeed_limit = \"1GB\"",
            &[
                "2:12: `per_host` must lie between 1 and 8",
                "3:10: `in_all` must lie between 1 and 256",
                "4:14: `1GB` is not a size such as 500kB or 10MB",
            ],
        ),
        ("poll = 3", &["1:8: `poll` must be a table, not a whole number; write [poll] on a line of its own, and its keys below"]),
        ("[digest]\nat = [\"7:30\", \"25:00\"]", &["2:15: `25:00` is not a time of day such as 07:30"]),
        (
            "include = [\"nothing.toml\"]",
            &[
                "1:12: cannot read /nowhere/nothing.toml: No such file or directory (os error 2); names are looked for beside this file",
            ],
        ),
    ] {
        check(text, expected);
    }
}

#[test]
fn feeds_are_checked() {
    for (text, expected) in [
        ("[[feed]]\nname = \"a\"", &["1:1: [[feed]] lacks `url`; url = \"https://…\", the address of the feed itself"][..]),
        (
            "[feed]\nurl = \"https://a.org/\"",
            &["1:1: `feed` must be a list of tables, not a table; write [[feed]], with the brackets shown"],
        ),
        (
            "[[feed]]\nurl = \"a.org/rss\"",
            &[
                "2:7: `a.org/rss` is not a URL: relative URL without a base; write the whole address: https://example.org/feed.xml",
            ],
        ),
        (
            "[[feed]]\nurl = \"ftp://a.org/rss\"",
            &["2:7: only http and https addresses can be asked, not ftp:; write the whole address: https://example.org/feed.xml"],
        ),
        (
            "[[feed]]\nurl = \"https://a.org/1\"\nname = \"a\"\n[[feed]]\nurl = \"https://a.org/1\"\nname = \"a\"",
            &[
                "5:7: a second feed with the address `https://a.org/1`; the first is at /nowhere/orbat.toml:2",
                "6:8: a second feed `a`; the first is at /nowhere/orbat.toml:3",
            ],
        ),
        (
            "[[feed]]\nurl = \"https://a.org/1\"\nfull_text = \"yes\"\nencoding = \"latin-15\"\nstate_media = \"no\"\nheaders = { \"a b\" = \"c\", d = 1 }\ntags = [1]",
            &[
                "3:13: `yes` is none of auto, always, never",
                "4:12: `latin-15` is not an encoding of the web; for example utf-8, windows-1251, iso-8859-1, koi8-u",
                "5:15: `state_media` must be true or false, without quotes, not text",
                "6:13: `a b` is not the name of a header",
                "6:26: the header `d` must be text in quotes",
                "7:9: `tags` must hold texts in quotes, not a whole number",
            ],
        ),
        ("[[feed]]\nurl = \"https://a.org/1\"\nname = \" \"", &["3:8: `name` is empty; write something, or leave the key out"]),
    ] {
        check(text, expected);
    }
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

#[test]
fn entities_are_checked() {
    check(
        "[[entity]]",
        &[
            "1:1: [[entity]] lacks `id`; id = \"zelensky\", by which rules name it",
            "1:1: [[entity]] lacks `name`; name = \"Volodymyr Zelensky\", as texts write it",
            "1:1: [[entity]] lacks `kind`; one of person, organisation, country, region, city",
        ],
    );
    check(
        "[[entity]]\nid = \"A B\"\nname = \"A\"\nkind = \"thing\"\naliases = [\"\"]",
        &[
            "2:6: `A B` is not usable as an id; lower-case letters, digits and hyphens: suwalki-gap",
            "4:8: `thing` is none of person, organisation, country, region, city",
            "5:12: an empty text in `aliases`; take it out",
        ],
    );
}

#[test]
fn rules_are_checked() {
    for (text, expected) in [
        (
            "[[rule]]\nname = \"a\"",
            &["1:1: this rule asks for nothing, so it would tell everything; give it entities, keywords, a query or a figure"][..],
        ),
        (
            "[[rule]]\nkeywords = [\"a\"]",
            &["1:1: [[rule]] lacks `name`; name = \"towards the eastern flank\", shown with each alert"],
        ),
        (
            "[[rule]]\nname = \"a\"\nentities = [\"putin\"]\nfeeds = [\"nos\"]\ntags = [\"nl\"]\nnotify = [\"destop\"]",
            &[
                "3:13: no entity is called `putin`; there is no entity in these files",
                "4:10: no feed is called `nos`; there is no feed in these files",
                "5:9: no tag of a feed is called `nl`; there is no tag of a feed in these files",
                "6:11: no receiver is called `destop`; did you mean `desktop`?",
            ],
        ),
        (
            "[[rule]]\nname = \"a\"\nkeywords = [\"*\", \"a*b\"]\nentities = []",
            &[
                "3:13: no word in `*`; keywords are words, phrases, or beginnings of words: mobilis*",
                "3:18: `*` may stand at the end only; write the beginning of the word: mobilis*",
                "4:12: `entities` is empty; list something, or leave the key out",
            ],
        ),
        (
            "[[rule]]\nname = \"a\"\nalert = \"loud\"\nwithin = \"page\"\nmin_certainty = 1.5\nlanguages = [\"nl\", \"dutch\"]",
            &[
                "3:9: `loud` is none of popup, digest, list",
                "4:10: `page` is none of sentence, article",
                "5:17: `min_certainty` must lie between 0 and 1",
                "6:20: `dutch` is not a language code; two letters (ISO 639-1): nl, en, uk (Ukrainian)",
            ],
        ),
        (
            "[[rule]]\nname = \"a\"\nfigure = { action = [\"deploys\"], to = [\"UK\"], force = [\"us\"], status = [\"real\"], att_least = 5 }",
            &[
                "3:22: `deploys` is none of present, deploy, withdraw, ready, raise, train, killed, wounded, captured, missing, losses, freed, other",
                "3:40: `UK` is no place that orbat knows; did you mean `GB`?",
                "3:56: `us` is no force that orbat knows; did you mean `US`?",
                "3:73: `real` is none of fact, planned, possible, denied",
                "3:82: unknown key `att_least` in [rule.figure]; did you mean `at_least`?",
            ],
        ),
        (
            "[[rule]]\nname = \"a\"\nfigure = { at_least = 5, at_most = 4 }",
            &["3:23: `at_least` is more than `at_most`: no figure is both"],
        ),
        (
            "[[rule]]\nname = \"a\"\nany = [{ keyword = [\"a\"] }, 3]",
            &[
                "3:10: unknown key `keyword` in a condition; did you mean `keywords`?",
                "3:29: `any` must be a list of tables, not a whole number",
            ],
        ),
        (
            "[[rule]]\nname = \"troops\"\n[[rule]]\nname = \"troops\"",
            &["4:8: a second rule `troops`; the first is at /nowhere/orbat.toml:2"],
        ),
    ] {
        check(text, expected);
    }
}

#[test]
fn a_bad_query_is_underlined_where_it_is_bad() {
    let text = "[[rule]]\nname = \"a\"\nquery = '(NATO AND \"brigade'";
    let problems = parse(text).expect_err("an open quote");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].line, 3);
    assert!(problems[0].column > 9 && problems[0].message.starts_with("in this query: "), "{problems:?}");
}

#[test]
fn receivers_are_checked() {
    for (text, expected) in [
        (
            "[[receiver]]\nname = \"a\"",
            &["1:1: [[receiver]] lacks `type`; one of desktop, webhook, command, mail, ntfy, atom"][..],
        ),
        (
            "[[receiver]]\nname = \"a\"\ntype = \"pager\"",
            &["3:8: no receiver is of type `pager`; one of desktop, webhook, command, mail, ntfy, atom"],
        ),
        (
            "[[receiver]]\nname = \"a\"\ntype = \"webhook\"\nsecret_file = \"key\"",
            &[
                "1:1: [[receiver]] lacks `url`; the address that alerts are posted to",
                "4:15: cannot read /nowhere/key: No such file or directory (os error 2); relative names are looked for beside this file; put nothing but the secret into it",
            ],
        ),
        (
            "[[receiver]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a.org/t\"\nsecret_env = \"ORBAT_TEST_UNSET\"\npath = \"a\"",
            &[
                "5:14: the variable ORBAT_TEST_UNSET is not set; set it in the unit: systemctl --user edit orbat",
                "6:1: unknown key `path` in [[receiver]]; known here: name, enabled, type, url, secret_file, secret_env, secret_credential",
            ],
        ),
        (
            "[[receiver]]\nname = \"a\"\ntype = \"command\"\ncommand = []\ntimeout = \"1h\"",
            &[
                "4:11: `command` is empty; the program and its arguments: command = [\"/usr/local/bin/tell\", \"--now\"]",
                "5:11: `timeout` must lie between 1s and 1m",
            ],
        ),
        (
            "[[receiver]]\nname = \"a\"\ntype = \"mail\"\nserver = \"mail.a.org\"\nport = 70000\nfrom = \"me\"\nto = [\"a@b.org\", \"c@\"]",
            &[
                "5:8: `port` must lie between 1 and 65535",
                "6:8: `me` is not a mail address; desk@example.org or The desk <desk@example.org>",
                "7:18: `c@` is not a mail address; desk@example.org or The desk <desk@example.org>",
            ],
        ),
        (
            "[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n[[rule]]\nname = \"troops\"\nnotify = [\"desktop\"]",
            &["7:11: no receiver is called `desktop`; there is no receiver in these files"],
        ),
    ] {
        check(text, expected);
    }
}

/// The example of the design, in a directory with the files that it names.
#[test]
fn a_whole_configuration_loads() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
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

#[test]
fn a_broken_include_does_not_make_its_names_missing() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("entities.toml"), "[[entity]\n").expect("written");
    std::fs::write(dir.path().join("feeds.toml"), "[poll]\nevery = \"1h\"\n[[feed]]\n").expect("written");
    let text = "include = [\"feeds.toml\", \"entities.toml\"]\n[[rule]]\nname = \"a\"\nentities = [\"zelensky\"]\nalert = 3\n";
    let problems = config::parse(&dir.path().join("orbat.toml"), text).expect_err("three files with problems");
    let files: Vec<_> = problems.iter().map(|p| (p.file.file_name().and_then(|f| f.to_str()).unwrap_or(""), p.line)).collect();
    assert_eq!(files, [("orbat.toml", 5), ("feeds.toml", 1), ("feeds.toml", 3), ("entities.toml", 1)], "{problems:?}");
}

#[cfg(unix)]
#[test]
fn a_file_that_anybody_may_change_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("orbat.toml");
    std::fs::write(&path, "").expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).expect("set");
    let problems = config::load(&path).expect_err("refused");
    assert!(problems.len() == 1 && problems[0].line == 0 && problems[0].message.contains("chmod o-w"), "{problems:?}");
}

/// The default with every example in force, in a directory with the files that it names.
fn everything() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, text) in [("feeds.toml", ""), ("entities.toml", ""), ("webhook.key", "hush"), ("nos.auth", "user:word")] {
        std::fs::write(dir.path().join(name), text).expect("written");
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
        ("feed", "[[feed]]\nqqqqqqqqqq = 1"),
        ("entity", "[[entity]]\nqqqqqqqqqq = 1"),
        ("rule", "[[rule]]\nqqqqqqqqqq = 1"),
        ("figure", "[[rule]]\nname = \"a\"\nfigure = { qqqqqqqqqq = 1 }"),
        ("", "qqqqqqqqqq = 1"),
    ];
    let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (section, text) in others.map(|(s, t)| (s, t.to_owned())).into_iter().chain(receivers) {
        sections.entry(section.to_owned()).or_default().extend(known(&text));
    }
    let tables = ["poll", "digest", "feed", "entity", "rule", "receiver"];
    sections.get_mut("").expect("the top").retain(|key| !tables.contains(&key.as_str()));
    assert_eq!(documented(&everything().1), sections);
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
    let lines: Vec<&str> = text.lines().collect();
    for left_out in 0..lines.len() {
        let some: Vec<_> = lines.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, l)| *l).collect();
        for p in config::parse(&path, &some.join("\n")).err().unwrap_or_default() {
            assert!(p.line > 0 && !p.message.is_empty());
        }
    }
    for value in ["3", "\"x\"", "[]", "[[]]", "{}", "true", "1.5", "07:30:00", "[{}]", "\"\"", "[\"\", 3]", "-1", "0xff"] {
        for line in lines.iter().filter_map(|l| l.split_once(" = ")).map(|(key, _)| key) {
            let bad = text.replace(&format!("\n{line} = "), &format!("\n{line} = {value} # "));
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
