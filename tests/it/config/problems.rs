//! What is said about configurations that are wrong: the text, and every problem with its place.

use super::{parse, said};
use orbat::config;

/// `line:column: message; hint` of every problem of a text, in order.
fn check(text: &str, expected: &[&str]) {
    let problems = parse(text).err().unwrap_or_default();
    assert_eq!(said(&problems), expected, "\n{text}");
    for p in &problems {
        assert!(p.span.end <= text.len() && text.get(p.span.clone()).is_some(), "a span that cuts no text: {p:?}");
    }
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
            "[web]\nlisten = \"0.0.0.0:80\"",
            &[
                "2:10: `0.0.0.0:80` could be reached from outside; write 127.0.0.1 and a port; for other machines, put a web server with a password in front of it",
            ],
        ),
        (
            "[web]\nlisten = \"7380\"",
            &["2:10: `7380` is no address with a port; an address of this machine with a port: 127.0.0.1:7380 or [::1]:7380"],
        ),
        (
            "[[receiver]]\nname = \"d\"\ntype = \"desktop\"\nvia = \"agents\"",
            &["4:7: `agents` is no way for popups; write session (that of this service) or agent"],
        ),
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
                "4:14: `feed_limit` must lie between 10kB and 100MB",
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
                "3:22: `deploys` is none of present, deploy, withdraw, ready, raise, train, killed, wounded, captured, missing, losses, freed, other; did you mean `deploy`?",
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
                "6:1: unknown key `path` in [[receiver]]; known here: name, enabled, type, url, secret_file, secret_env, secret_credential, limits, mute, zone, title, text",
            ],
        ),
        (
            "[[receiver]]\nname = \"a\"\ntype = \"command\"\ncommand = \"/usr/bin/tell --now\"",
            &["4:11: `command` must be a list, not text; write command = [\"/usr/bin/tell\", \"--now\"]"],
        ),
        (
            "[[receiver]]\nname = \"a\"\ntype = \"command\"\ncommand = []\ntimeout = \"1h\"",
            &[
                "4:11: `command` is empty; the program and its arguments: command = [\"/usr/local/bin/tell\", \"--now\"]",
                "5:11: `timeout` must lie between 1s and 50s",
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
            "[[receiver]]\nname = \"a\"\ntype = \"ntfy\"\nurl = \"https://a.org/t\"\nlimits = [\"many\", \"3 in 10m\"]\nmute = [\"nights\"]\nzone = \"Amsterdam\"\ntext = \"{titel}\"",
            &[
                "5:11: `many` is no limit; write how many in how long: [\"3 in 10m\", \"12 in 1h\"], or [] for as many as there are",
                "6:9: `nights` is no mute time; write a time of day, with days before it where it is not all of them: \"22:00-07:00\", \"sat-sun 00:00-24:00\"",
                "7:8: no time zone is called `Amsterdam`; write it as in Europe/Amsterdam",
                "8:8: nothing is called {titel}; known here: title, text, lines, sentence, footer, url, outlet, headline, rule, kind, id",
            ],
        ),
        (
            "[[receiver]]\nname = \"a\"\ntype = \"webhook\"\nurl = \"https://a.org/t\"\njson = '{\"a\": {title}}'",
            &["5:8: this is no JSON; names stand within its strings: '{\"text\": \"{title}\\n{text}\"}'"],
        ),
        (
            "[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n[[rule]]\nname = \"troops\"\nnotify = [\"desktop\"]",
            &["7:11: no receiver is called `desktop`; there is no receiver in these files"],
        ),
    ] {
        check(text, expected);
    }
}

#[test]
fn syntax_is_one_problem_with_its_place() {
    check(
        "language = \"en\"\nhome = [\"nato\"\n\n[poll]\nevry = 3",
        &["4:1: not readable as TOML: missing comma between array elements, expected `,`"],
    );
}

#[test]
fn words_are_checked_where_they_stand() {
    let dir = tempfile::tempdir().expect("a directory");
    for (words, line, says) in [
        ("language = \"nl\"\n[grammar]\nstopp = []\n", 3, "stopp"),
        ("language = \"xx\"\n", 1, "no lexicon of `xx`"),
        ("language = \"nl\"\n[[noun]]\nkind = \"shure\"\nwords = []\n", 3, "shure"),
    ] {
        std::fs::write(dir.path().join("words.toml"), words).expect("written");
        let problems = config::parse(&dir.path().join("orbat.toml"), "words = [\"words.toml\"]").expect_err("bad words");
        assert!(problems[0].file.ends_with("words.toml") && problems[0].line == line, "{problems:?}");
        assert!(problems[0].message.contains(says), "{problems:?}");
    }
}

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
