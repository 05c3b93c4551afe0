//! Article pages (`tests/pages`, written for this): the article and nothing around it, and no wall for an article.

use orbat::readability::{PageError, read, tells_of};
use orbat::url::Url;
use std::path::Path;

fn page(name: &str) -> Result<orbat::readability::Page, PageError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages").join(name);
    let html = std::fs::read_to_string(path).unwrap();
    read(&html, &Url::parse("https://example.org/artikel/1").unwrap())
}

#[test]
fn articles() {
    for (name, title, published, language, first, last) in [
        (
            "dutch.html",
            "Defensie stuurt 300 militairen naar Litouwen",
            "2025-06-03T11:05:30Z",
            "nl-NL",
            "Het kabinet stuurt deze zomer driehonderd",
            "hun plannen bekend hebben gemaakt.",
        ),
        (
            "english.html",
            "Army to add a brigade in Estonia",
            "2025-06-03T11:05:30Z",
            "en",
            "The army will send about 900 soldiers",
            "where the money was to come from.",
        ),
    ] {
        let page = page(name).unwrap();
        assert_eq!(page.title, title, "{name}");
        assert_eq!(page.published.map(|t| t.to_string()).as_deref(), Some(published), "{name}");
        assert_eq!(page.language.as_deref(), Some(language), "{name}");
        assert!(page.text.contains(first) && page.text.ends_with(last), "{name}: {}", page.text);
        assert!(page.text.split("\n\n").count() >= 4, "{name}: paragraphs are parted");
        for around in ["Voorpagina", "cookies", "Lees ook", "First!", "rights reserved", "geen tekst"] {
            assert!(!page.text.contains(around), "{name}: {around}");
        }
    }
}

#[test]
fn walls_and_teasers() {
    for (name, why) in [
        ("consent-wall.html", PageError::Wall),
        ("consent-polish.html", PageError::Wall),
        ("bot-wall.html", PageError::Wall),
        ("teaser.html", PageError::Paywall),
        ("paywall.html", PageError::Paywall),
        ("subscribers.html", PageError::Paywall),
    ] {
        assert_eq!(page(name), Err(why), "{name}");
    }
}

#[test]
fn a_page_tells_of_what_was_announced() {
    let page = page("dutch.html").unwrap();
    for (title, tells) in [
        ("Defensie stuurt 300 militairen naar Litouwen", true),
        ("Kabinet: deze zomer driehonderd militairen extra", true),
        ("Ajax verslaat Feyenoord na zinderende wedstrijd", false),
        // One of two words is enough.
        ("Kort nieuws", true),
        ("Ajax wint", false),
        ("Extra militairen", true),
        // Too little to say so.
        ("In de VS", true),
        ("", true),
    ] {
        assert_eq!(tells_of(&page, title), tells, "{title}");
    }
}

#[test]
fn depth_is_refused_and_size_is_cut() {
    let address = Url::parse("https://example.org/").unwrap();
    assert_eq!(read(&"<div>".repeat(100_000), &address), Err(PageError::TooDeep));
    assert_eq!(read("", &address), Err(PageError::NoArticle));
    let long = format!(
        "<article>{}</article>",
        "<p>Soldiers were seen on the road to the north, the mayor said on Monday morning.</p>".repeat(2000)
    );
    assert!(read(&long, &address).unwrap().text.len() > 100_000);
}
