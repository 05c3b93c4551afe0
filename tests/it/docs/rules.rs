//! docs/rules.md: every configuration in it loads, and each worked example tells what it says it tells.

use super::{blocks, read};
use crate::claims::{article, start};
use orbat::config::{self, Config};
use orbat::text::Annotator;
use orbat::text::fold::Tokens;
use orbat::text::gazetteer::Gazetteer;
use std::path::Path;

/// What the examples refer to: a watch list, feeds and receivers.
const AROUND: &str = r#"
[[feed]]
url = "https://feeds.example.org/nos"
name = "nos"
tags = ["wire", "nl"]
[[entity]]
id = "zelensky"
name = "Volodymyr Zelensky"
kind = "person"
[[entity]]
id = "rheinmetall"
name = "Rheinmetall"
kind = "organisation"
[[receiver]]
name = "phone"
type = "webhook"
url = "https://hooks.example.org/phone"
[[receiver]]
name = "desk-webhook"
type = "webhook"
url = "https://hooks.example.org/orbat"
"#;

fn load(text: &str) -> Config {
    let whole = format!("{text}\n{AROUND}");
    config::parse(Path::new("/nowhere/rules.toml"), &whole).unwrap_or_else(|problems| {
        let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
        panic!("{text}\n{}", said.join("\n"))
    })
}

/// Does one of the rules that the text writes hold for an article of the feed `nos` that says this?
fn tells(config: &Config, annotator: &Annotator, sentence: &str) -> bool {
    let text = format!("News of today\n\n{sentence}");
    let title = "News of today\n\n".len();
    let tokens = Tokens::of(&text);
    let language = annotator.language(&text, None);
    let annotation = annotator.annotate(&tokens, title, language);
    let mut article = article(1, "nos", "News of today", sentence, start());
    article.language = language;
    article.tags = vec!["wire".to_owned(), "nl".to_owned()];
    config.rules.iter().filter(|rule| !rule.builtin).any(|rule| rule.holds(&article, &annotation, &tokens, title).is_some())
}

#[test]
fn ten_worked_examples() {
    let page = read("docs/rules.md");
    assert!(blocks(&page, "toml").into_iter().map(load).count() >= 10);
    let entities: Vec<_> = load("").entities.into_iter().map(|entity| entity.value).collect();
    let annotator = Annotator::new(Gazetteer::new(&entities));
    let worked: Vec<&str> = page.split("\n## ").filter(|part| part.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(worked.len(), 10);
    for example in worked {
        let name = example.lines().next().unwrap_or_default();
        let config = load(blocks(example, "toml").first().unwrap_or_else(|| panic!("{name}: no configuration")));
        let said =
            |mark: &str| -> Vec<&str> { example.lines().filter_map(|line| line.strip_prefix(mark)?.strip_suffix('*')).collect() };
        let (told, untold) = (said("- tells: *"), said("- does not tell: *"));
        assert!(!told.is_empty() && !untold.is_empty(), "{name}: no sentences");
        told.into_iter().for_each(|sentence| assert!(tells(&config, &annotator, sentence), "{name} does not tell: {sentence}"));
        untold.into_iter().for_each(|sentence| assert!(!tells(&config, &annotator, sentence), "{name} tells: {sentence}"));
    }
}
