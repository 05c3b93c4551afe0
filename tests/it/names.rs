//! Tracked names: lines of text with the mentions marked, and the laws.
//!
//! `tests/names/watch.toml` is the watch list. Each other file there is named after its language; a line is a text, in which `[id|Name]` marks
//! a mention that must be found, and nothing else may be. `#` begins a comment; `\n` in a line is a line break.

use orbat::text::Annotator;
use orbat::text::fold::Tokens;
use orbat::text::gazetteer::{Entity, Gazetteer, Kind, Mention, shown};
use orbat::text::language::Language;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/names")
}

fn watched() -> Vec<Entity> {
    orbat::config::entities(&root().join("watch.toml"))
        .unwrap_or_else(|problems| panic!("help: tests/names/watch.toml: {problems:?}"))
}

#[test]
fn names_are_found_in_ten_languages() {
    let annotator = Annotator::new(Gazetteer::new(&watched()));
    let mut wrong = String::new();
    let mut files = 0;
    for entry in std::fs::read_dir(root()).expect("tests/names").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "txt") {
            continue;
        }
        files += 1;
        let code = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        let source = std::fs::read_to_string(&path).expect("a readable file");
        let lines = source.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        for (n, line) in lines {
            let (text, expected) = marked(&line.replace("\\n", "\n"));
            let found = annotator.mentions(&Tokens::of(&text), Language::parse(code));
            let found: Vec<_> = found.iter().map(|m| (m.span.start as usize, show(m))).collect();
            if found != expected {
                let place = format!("tests/names/{code}.txt:{}", n + 1);
                let _ = writeln!(wrong, "{place}: {text}\n  expected {expected:?}\n  found    {found:?}");
            }
        }
    }
    assert!(files >= 10, "help: a file for each language");
    assert!(wrong.is_empty(), "{wrong}");
}

fn show(mention: &Mention) -> String {
    format!("{}|{}", mention.entity, mention.text)
}

/// The text without its marks, and what they mark: where, and `id|Name`.
fn marked(line: &str) -> (String, Vec<(usize, String)>) {
    let (mut text, mut expected) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        match after.split_once(']').and_then(|(inside, behind)| Some((inside.split_once('|')?, inside, behind))) {
            Some(((_, name), inside, behind)) => {
                expected.push((text.len(), inside.to_owned()));
                text.push_str(name);
                rest = behind;
            }
            None => {
                text.push('[');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    (text, expected)
}

fn entity(name: &str, kind: Kind) -> Entity {
    let none = Vec::new;
    Entity { id: "it".into(), name: name.into(), kind, surname: None, aliases: none(), near: none(), not_near: none() }
}

/// Names of every sort, known to orbat and unknown to it.
fn anybody() -> impl Strategy<Value = Entity> {
    let known = prop::sample::select(vec![
        ("Volodymyr Zelensky", Kind::Person),
        ("Xi Jinping", Kind::Person),
        ("Ursula von der Leyen", Kind::Person),
        ("Kharkiv", Kind::City),
        ("Germany", Kind::Country),
        ("Islamic State", Kind::Organisation),
        ("United Nations", Kind::Organisation),
    ]);
    let unknown = ("[A-Z][a-z]{2,6}", "[A-Z][a-z]{1,5}(ov|enko|sky|er|i|a|is)", prop::sample::select(Kind::ALL.to_vec()));
    prop_oneof![
        known.prop_map(|(name, kind)| entity(name, kind)),
        unknown.prop_map(|(first, last, kind)| entity(&format!("{first} {last}"), kind)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_form_that_is_shown_is_found(entity in anybody()) {
        let annotator = Annotator::new(Gazetteer::new(std::slice::from_ref(&entity)));
        let shown = shown::shown(&entity);
        for forms in &shown.names {
            for form in &forms.forms {
                // A surname that is not enough alone stands beside a given name.
                let given = shown.given.first().filter(|_| entity.kind == Kind::Person);
                let name = given.map_or(form.clone(), |given| format!("{given} {form}"));
                let text = format!("«{}» {name} 1.", "x");
                let near = shown.near.first().map_or(String::new(), |word| format!(" {}", word.trim_end_matches('*')));
                let text = text + &near;
                let found = annotator.mentions(&Tokens::of(&text), forms.language);
                prop_assert!(found.iter().any(|m| m.text.ends_with(form.as_str())), "{} in {:?}: {:?}", form, forms.language, found);
            }
        }
    }

    #[test]
    fn mentions_cut_the_text(words in proptest::collection::vec("Kyiv|Київ|von der Leyen|IS|NATO|-|’s|Zelensky|Зеленського|Володимир|Volodymyr|é|\n|\\.|the|Post", 0..30)) {
        static TRACKED: LazyLock<Annotator> = LazyLock::new(|| Annotator::new(Gazetteer::new(&watched())));
        let annotator = &*TRACKED;
        let text = words.join(" ");
        for language in [None, Language::parse("en"), Language::parse("uk")] {
            let found = annotator.mentions(&Tokens::of(&text), language);
            prop_assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
            prop_assert!(found.iter().all(|m| m.span.of(&text) == m.text));
        }
    }
}
