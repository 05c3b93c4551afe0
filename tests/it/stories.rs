//! Stories: what is put together, what is kept apart, by the library, by the store across commits, and by `orbat story assign`.

use jiff::{SignedDuration, Timestamp};
use orbat::article::{ArticleId, StoryId};
use orbat::store::{Batch, Store, StoryWork};
use orbat::story::{Byline, Desk, Print, agency_of};
use orbat::text::Annotator;
use orbat::text::fold::Tokens;
use orbat::text::language::Language;
use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

#[derive(serde::Deserialize)]
struct File {
    article: Vec<Told>,
}

#[derive(serde::Deserialize)]
struct Told {
    story: String,
    lang: String,
    hour: i64,
    outlet: String,
    origin: Option<String>,
    title: String,
    text: String,
}

const FILES: [&str; 4] = [
    include_str!("../stories/one-language.toml"),
    include_str!("../stories/languages.toml"),
    include_str!("../stories/wires.toml"),
    include_str!("../stories/short.toml"),
];

fn files() -> impl Iterator<Item = Vec<Told>> {
    FILES.iter().map(|text| toml::from_str::<File>(text).unwrap().article)
}

fn time(hour: i64) -> Timestamp {
    Timestamp::constant(1_780_000_000, 0) + SignedDuration::from_hours(hour)
}

fn print(told: &Told) -> (Print, String) {
    let text = format!("{}\n\n{}", told.title, told.text);
    let (tokens, language) = (Tokens::of(&text), Language::parse(&told.lang));
    let annotation = Annotator::without_names().annotate(&tokens, told.title.len() + 2, language);
    (Print::new(&tokens, language, Some(time(told.hour)), &annotation), text)
}

fn by<'a>(told: &'a Told, text: &str) -> Byline<'a> {
    Byline { owner: &told.outlet, state: false, agency: agency_of(&Tokens::of(text)) }
}

/// Each story by the title of its first article, so that two ways of numbering can be compared.
fn named<T: std::hash::Hash + Eq>(articles: &[Told], stories: Vec<T>) -> Vec<&str> {
    let mut first = HashMap::new();
    stories.into_iter().zip(articles).map(|(story, told)| *first.entry(story).or_insert(told.title.as_str())).collect()
}

fn expected(articles: &[Told]) -> Vec<&str> {
    named(articles, articles.iter().map(|told| &told.story).collect())
}

#[test]
fn the_same_news_is_one_story() {
    for articles in files() {
        let mut desk = Desk::default();
        let mut stories = Vec::new();
        for (n, told) in (1..).zip(&articles) {
            let (print, text) = print(told);
            let decision = desk.take(&print, &by(told, &text), StoryId(n));
            if let Some(origin) = &told.origin {
                assert_eq!(&decision.origin, origin, "{}", told.title);
            }
            assert_eq!(decision.new, decision.likeness.shared.is_empty(), "a story that is joined is joined for a reason");
            stories.push(decision.story);
        }
        assert_eq!(named(&articles, stories), expected(&articles));
    }
}

#[test]
fn stories_are_found_again_in_the_store() {
    // The service is too careful for what ties languages here: those articles stay apart, linked as "maybe the same".
    for articles in [files().next(), files().nth(2)].into_iter().flatten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("orbat.db")).unwrap();
        let mut stories = Vec::new();
        for (n, told) in (1..).zip(&articles) {
            let (print, text) = print(told);
            let now = time(told.hour);
            let mut desk = store.desk(now).unwrap();
            let decision = desk.take(&print, &by(told, &text), StoryId(n));
            stories.push(decision.story);
            let counted = desk.counts.take_added();
            let work = StoryWork { stories: desk.altered(), counted, decisions: vec![(ArticleId(n), decision)] };
            store.commit(Batch { stories: work, at: Some(now), ..Batch::default() }).unwrap();
        }
        assert_eq!(named(&articles, stories), expected(&articles));
    }
}

/// Runs `orbat story assign` on these lines in an empty environment.
fn assign(args: &[&str], input: &str) -> (Option<i32>, Vec<serde_json::Value>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orbat"));
    command.args(["story", "assign"]).args(args).env_clear();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code(), lines, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn assign_answers_each_line_in_order() {
    for articles in files() {
        let line = |(n, told): (usize, &Told)| {
            let published = time(told.hour).to_string();
            serde_json::json!({ "id": n, "title": told.title, "text": told.text, "lang": told.lang,
                "published": published, "outlet": told.outlet, "more": { "nobody": "asked for" } })
            .to_string()
        };
        let input: Vec<String> = articles.iter().enumerate().map(line).collect();
        let (code, lines, err) = assign(&["--format", "jsonl"], &input.join("\n"));
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(lines.iter().enumerate().all(|(n, line)| line["id"] == n));
        assert_eq!(named(&articles, lines.iter().map(|line| line["story"].as_i64().unwrap()).collect()), expected(&articles));
    }
}

#[test]
fn assign_takes_what_is_absent_and_goes_on_after_a_bad_line() {
    let input = r#"{"id":"a","title":null,"text":"The Lady Ingrid struck the Skarv reef off Marsund","lang":null,"published":null,"outlet":null}
{"id":"b","text":

{"id":"c","title":"Lady Ingrid struck Skarv reef off Marsund"}
{"id":"d","published":"yesterday","lang":"klingon","text":"Farmers protest against the toll at Osterholm"}
{}
{"id":"e","text":7}
"#;
    let (code, lines, err) = assign(&["--explain"], input);
    assert_eq!(code, Some(1));
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str()).collect();
    assert_eq!(ids, [Some("a"), Some("c"), Some("d"), None]);
    assert_eq!(lines[0]["story"], lines[1]["story"]);
    assert_ne!(lines[0]["story"], lines[2]["story"]);
    assert!(lines[1]["why"]["shared"].to_string().contains("ingrid"), "{}", lines[1]);
    assert!(err.contains("line 2:") && err.contains("line 7:"), "{err}");
}
