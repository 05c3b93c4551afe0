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
