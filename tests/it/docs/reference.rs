//! docs/configuration.md is made of the commented default and of what the program shows for an empty configuration. After a change of
//! either, `UPDATE_EXPECT=1 cargo test --test it docs::` writes it anew.

use expect_test::expect_file;
use orbat::config;
use std::fmt::Write;
use std::path::Path;
use toml::{Table, Value};

const HEAD: &str = "# Configuration reference

<!-- Made by tests/it/docs/reference.rs of config/orbat.toml and of the defaults of the program. Change it there. -->

`orbat init` writes this as comments into `orbat.toml`; `orbat check` says what is wrong, `orbat config show` what is in force.

";

/// Keys that [`defaults`] gives because their table needs them: their values say nothing.
const NEEDED: [&str; 9] = ["url", "name", "type", "command", "server", "from", "to", "path", "keywords"];

/// A table of the configuration, with what is said before its keys.
#[derive(Default)]
struct Section {
    title: String,
    intro: String,
    entries: Vec<Entry>,
}

/// Keys that one comment explains.
struct Entry {
    text: String,
    keys: Vec<(String, String)>,
}

/// The sections of the commented default, in order.
fn sections(text: &str) -> Vec<Section> {
    let mut all = vec![Section::default()];
    let mut comment = String::new();
    for line in text.lines() {
        let said = line.strip_prefix("# ").or((line == "#").then_some(""));
        let bare = line.trim_start_matches('#');
        match (said, bare.split_once(" = ")) {
            (Some(said), _) => {
                comment += said;
                comment += "\n";
            }
            (None, _) if bare.starts_with('[') => {
                all.push(Section { title: bare.to_owned(), intro: std::mem::take(&mut comment), entries: vec![] });
            }
            (None, Some((key, value))) => put(all.last_mut().expect("one"), std::mem::take(&mut comment), key, value),
            // A paragraph of its own.
            _ if all.len() == 1 && all[0].entries.is_empty() && !comment.is_empty() => {
                all[0].intro = std::mem::take(&mut comment)
            }
            _ => {}
        }
    }
    all.iter_mut().for_each(name);
    all
}

fn put(section: &mut Section, text: String, key: &str, value: &str) {
    let key = (key.to_owned(), value.to_owned());
    match section.entries.last_mut() {
        Some(entry) if text.is_empty() => entry.keys.push(key),
        _ => section.entries.push(Entry { text, keys: vec![key] }),
    }
}

/// What of its kind it is: the receivers by their type, the built-in rule by its name.
fn name(section: &mut Section) {
    let keys = || section.entries.iter().flat_map(|entry| &entry.keys);
    let kind = keys().find(|(key, _)| key == "type").filter(|_| section.title == "[[receiver]]");
    let troops = keys().find(|(_, value)| value == "\"troops\"");
    section.title = match (kind, troops, section.title.as_str()) {
        (Some((_, kind)), ..) => format!("`[[receiver]]`, type = {kind}"),
        (_, Some(_), title) => format!("`{title}`, the built-in one"),
        (.., "") => "Top of the file".to_owned(),
        (.., title) => format!("`{title}`"),
    };
}

/// What is in force where the table of this section says no more than it must.
fn defaults(title: &str) -> Table {
    let kind = title.split('"').nth(1).unwrap_or_default();
    let receiver = match kind {
        "webhook" | "ntfy" => "url = \"https://example.org/x\"",
        "command" => "command = [\"x\"]",
        "mail" => "server = \"x\"\nfrom = \"a@example.org\"\nto = [\"a@example.org\"]",
        "atom" => "path = \"/x\"",
        _ => "",
    };
    let text = match title.trim_matches('`') {
        "[[feed]]" => "[[feed]]\nurl = \"https://example.org/\"".to_owned(),
        "[[rule]]" => "[[rule]]\nname = \"x\"\nkeywords = [\"x\"]".to_owned(),
        _ if !kind.is_empty() => format!("[[receiver]]\nname = \"x\"\ntype = \"{kind}\"\n{receiver}"),
        _ => String::new(),
    };
    let config = config::parse(Path::new("/nowhere/orbat.toml"), &text).expect("the least of a table");
    let shown = Table::try_from(config.shown()).expect("a table");
    let inner = |key: &str| match shown.get(key) {
        Some(Value::Array(list)) => list.last().and_then(Value::as_table).cloned(),
        Some(Value::Table(table)) => Some(table.clone()),
        _ => None,
    };
    match title.trim_matches('`').trim_matches(['[', ']']) {
        "Top of the file" => shown,
        _ if !kind.is_empty() => inner("receiver").unwrap_or_default(),
        name => inner(name).unwrap_or_default(),
    }
}

fn page() -> String {
    let mut out = HEAD.to_owned();
    for section in sections(config::DEFAULT) {
        let defaults = defaults(&section.title);
        let _ = write!(out, "## {}\n\n", section.title);
        if !section.intro.is_empty() {
            let _ = writeln!(out, "{}", section.intro);
        }
        for entry in section.entries {
            let _ = writeln!(out, "{}", entry.shown(&defaults));
        }
    }
    out.trim_end().to_owned() + "\n"
}

impl Entry {
    fn shown(&self, defaults: &Table) -> String {
        let names: Vec<_> = self.keys.iter().map(|(key, _)| format!("`{key}`")).collect();
        let mut out = format!("### {}\n\n{}", names.join(", "), self.text);
        let by_default = |key: &str, written: &str| match defaults.get(key) {
            // Needed ones are given above for no other reason; their value says nothing.
            Some(value)
                if !matches!(key, "url" | "name" | "type" | "command" | "server" | "from" | "to" | "path" | "keywords") =>
            {
                format!("{key} = {value}")
            }
            _ => format!("{key} = {written}  # an example"),
        };
        let lines: Vec<_> = self.keys.iter().map(|(key, written)| by_default(key, written)).collect();
        let _ = writeln!(out, "{}```toml\n{}\n```", if self.text.is_empty() { "" } else { "\n" }, lines.join("\n"));
        out
    }
}

#[test]
fn the_reference_is_up_to_date() {
    expect_file!["../../../docs/configuration.md"].assert_eq(&page());
}

#[test]
fn the_default_and_the_program_agree() {
    for section in sections(config::DEFAULT) {
        let defaults = defaults(&section.title);
        for entry in &section.entries {
            let told = entry.text.contains("Default:");
            for (key, written) in entry.keys.iter().filter(|(key, _)| !told && !NEEDED.contains(&key.as_str())) {
                let Some(value) = defaults.get(key) else { continue };
                let written: Table = format!("x = {written}").parse().expect("a value");
                assert_eq!(written.get("x"), Some(value), "{} {key}: the file and the program differ", section.title);
            }
        }
    }
}
