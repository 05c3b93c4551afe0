//! The walls of the house: which module names which, which crate is at home where, and what the core never does.
//!
//! Reads the sources. Comments and literals do not count, nor does what stands under `#[cfg(test)]`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// From the ground up. A module names those of lower layers.
const LAYERS: [&[&str]; 5] = [
    &["clock", "decode", "html", "url"],
    &["alert", "article", "feed", "ledger", "readability", "rule", "story", "text"],
    &["fetch", "notify", "store"],
    &["config", "daemon", "web"],
    &["cli"],
];

/// Within its own layer a module names others only along these.
const ARROWS: [(&str, &str); 9] = [
    ("alert", "rule"),
    ("rule", "ledger"),
    ("rule", "story"),
    ("ledger", "article"),
    ("story", "article"),
    ("article", "text"),
    ("feed", "text"),
    ("daemon", "config"),
    ("daemon", "web"),
];

const CORE: usize = 1;

/// The only homes of some crates and deeds: a path, and the modules that may name it.
const HOMES: [(&str, &[&str]); 17] = [
    ("axum", &["web"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("feed_rs", &["feed"]),
    ("lettre", &["notify"]),
    ("miette", &["cli"]),
    ("notify_rust", &["notify"]),
    ("reqwest", &["fetch", "notify"]),
    ("rusqlite", &["store"]),
    ("sd_notify", &["daemon"]),
    ("toml", &["alert::phrases", "cli", "config", "story::source", "text::gazetteer", "text::lexicon"]),
    ("tracing_journald", &["cli"]),
    ("tracing_subscriber", &["cli"]),
    ("zbus", &["notify"]),
    // The daemon owns all tasks; the demo owns its server and its daemon.
    ("tokio::spawn", &["cli::demo", "daemon"]),
    ("tokio::task::JoinSet", &["cli::demo", "daemon"]),
];

/// The core is pure and synchronous, and `now` is an argument to it.
const NOT_IN_THE_CORE: [&str; 9] = [
    "Timestamp::now",
    "async",
    "crate::clock",
    "jiff::Timestamp::now",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "tokio",
];

#[test]
fn every_module_stays_within_its_walls() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 20, "help: {} holds too few sources, is it the right folder?", root.display());
    let broken: Vec<String> = files.iter().flat_map(|file| check_file(&root, file)).collect();
    assert!(broken.is_empty(), "help: the table stands in tests/it/layers.rs\n{}", broken.join("\n"));
}

#[test]
fn the_table_knows_every_module() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared: BTreeSet<&str> = lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(declared, LAYERS.concat().into_iter().collect());
}

#[test]
fn a_breach_is_found() {
    for (module, source, breach) in [
        ("text", "use crate::feed::Entry;", Some("text names feed")),
        ("text::query", "let x = crate::{html,\n store::Store};", Some("text::query names store")),
        ("feed", "use crate::text::language::Language;", None),
        ("feed", "use crate::article::Article;", Some("feed names article")),
        ("alert", "use crate::{article, text::{claim::Claim, span}};", None),
        ("fetch", "use crate::store::Store;", Some("fetch names store")),
        ("daemon", "use crate::{config, store};", None),
        ("config", "use crate::daemon::Parts;", Some("config names daemon")),
        (
            "config",
            "//! [`crate::daemon`]\n/* crate::cli /* rusqlite::x */ */ fn f<'a>() { \"crate::cli\"; r#\"crate::cli\"#; '\"'; }",
            None,
        ),
        ("web", "use rusqlite::Connection;", Some("web names rusqlite")),
        ("store", "use rusqlite::Connection;", None),
        ("text", "fn x() { toml::from_str(y) }", Some("text names toml")),
        ("text::lexicon", "fn x() { toml::from_str(y) }", None),
        ("rule", "use jiff::Timestamp; fn x() { Timestamp::now() }", Some("rule names Timestamp::now")),
        ("rule", "use jiff::Timestamp; fn x() { now }\n#[cfg(test)]\nmod tests { std::fs::read() }", None),
        ("ledger", "pub async fn take() {}", Some("ledger names async")),
        ("store", "use tokio::{task::{self, JoinSet}};", Some("store names tokio::task::JoinSet")),
    ] {
        let found = check(module, source);
        assert_eq!(found.first().map(|(_, what)| what.as_str()), breach, "{module}: {source}");
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let test_only = path.file_stem().is_some_and(|name| name == "tests" || name == "testing");
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") && !test_only {
            files.push(path);
        }
    }
}

fn check_file(root: &Path, file: &Path) -> Vec<String> {
    let within = file.strip_prefix(root).unwrap().with_extension("");
    let mut names: Vec<&str> = within.iter().map(|part| part.to_str().unwrap()).collect();
    if names.last() == Some(&"mod") {
        names.pop();
    }
    if names == ["lib"] || names == ["main"] {
        return Vec::new();
    }
    let source = std::fs::read_to_string(file).unwrap();
    check(&names.join("::"), &source).into_iter().map(|(line, what)| format!("{}:{line}: {what}", file.display())).collect()
}

/// What a source of this module names and may not, with the line.
fn check(module: &str, source: &str) -> Vec<(usize, String)> {
    let top = module.split("::").next().unwrap();
    let core = LAYERS[CORE].contains(&top);
    let mut breaches = Vec::new();
    for (line, path) in paths(&code(source)) {
        let named = path.strip_prefix("crate::").map(|rest| rest.split("::").next().unwrap());
        if let Some(other) = named.filter(|other| layer(other).is_some() && !may_name(top, other)) {
            breaches.push((line, format!("{module} names {other}")));
        }
        let homeless = HOMES.iter().filter(|(what, homes)| lies_in(&path, what) && !homes.iter().any(|h| lies_in(module, h)));
        breaches.extend(homeless.map(|(what, _)| (line, format!("{module} names {what}"))));
        let impure = NOT_IN_THE_CORE.iter().filter(|what| core && lies_in(&path, what));
        breaches.extend(impure.map(|what| (line, format!("{module} names {what}"))));
    }
    breaches
}

fn lies_in(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn may_name(module: &str, other: &str) -> bool {
    let steps = || ARROWS.iter().filter(|(from, _)| *from == module);
    module == other || layer(other) < layer(module) || steps().any(|(_, to)| may_name(to, other) && layer(other) == layer(module))
}

/// The source with comments and literals blanked out, line breaks kept, up to its tests.
fn code(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut out = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let (taken, kept) = piece(rest, c, out.ends_with(|p: char| p.is_alphanumeric() || p == '_'));
        if kept {
            out.push_str(&rest[..taken]);
        } else {
            out.extend(rest[..taken].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = &rest[taken..];
    }
    out
}

/// The length of the piece that the text begins with, and whether it is code.
fn piece(text: &str, first: char, in_word: bool) -> (usize, bool) {
    if text.starts_with("//") {
        return (text.find('\n').unwrap_or(text.len()), false);
    }
    if text.starts_with("/*") {
        return (block_comment(text), false);
    }
    let raw = text.trim_start_matches('b').strip_prefix('r').filter(|_| !in_word);
    if let Some(hashes) = raw.map(|r| r.len() - r.trim_start_matches('#').len())
        && raw.is_some_and(|r| r[hashes..].starts_with('"'))
    {
        let open = text.find('"').unwrap() + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        return (text[open..].find(&close).map_or(text.len(), |at| open + at + close.len()), false);
    }
    match first {
        '"' => (quoted(text, '"'), false),
        '\'' if text[1..].starts_with('\\') || text[1..].chars().nth(1) == Some('\'') => (quoted(text, '\''), false),
        _ => (first.len_utf8(), true),
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    for (at, _) in text.char_indices() {
        let before = text[..at].ends_with("/*");
        if text[at..].starts_with("/*") && !before {
            depth += 1;
        } else if text[..at].ends_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// All paths with their lines; those of a group `a::{b, c::d}` one by one.
fn paths(code: &str) -> Vec<(usize, String)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = if is_name(tokens[at].1) { tree(&tokens, at, "", &mut found) } else { at + 1 };
    }
    found
}

/// Reads one path, or the group that it ends in; gives the token behind it.
fn tree(tokens: &[(usize, &str)], mut at: usize, prefix: &str, found: &mut Vec<(usize, String)>) -> usize {
    let line = tokens[at].0;
    let mut path = prefix.to_owned();
    loop {
        path.push_str(tokens[at].1);
        at += 1;
        if tokens.get(at).is_none_or(|t| t.1 != "::") {
            break;
        }
        path.push_str("::");
        at += 1;
        match tokens.get(at).map(|t| t.1) {
            Some(name) if is_name(name) => {}
            Some("{") => return group(tokens, at + 1, &path, found),
            _ => break,
        }
    }
    found.push((line, path.trim_end_matches("::").to_owned()));
    at
}

fn group(tokens: &[(usize, &str)], mut at: usize, prefix: &str, found: &mut Vec<(usize, String)>) -> usize {
    while let Some((_, token)) = tokens.get(at) {
        match *token {
            "}" => return at + 1,
            name if is_name(name) => at = tree(tokens, at, prefix, found),
            _ => at += 1,
        }
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::`, and every other character by itself, each with its line from 1.
fn tokens(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (line, mut text) in code.lines().enumerate() {
        while let Some(c) = text.chars().next() {
            let name = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
            let length = if name > 0 {
                name
            } else if text.starts_with("::") {
                2
            } else {
                c.len_utf8()
            };
            if !c.is_whitespace() {
                found.push((line + 1, &text[..length]));
            }
            text = &text[length..];
        }
    }
    found
}
