//! Search: the index finds what a rule would find.

use super::{Item, Place};
use orbat::text::fold::Tokens;
use orbat::text::query::Query;
use proptest::prelude::*;

const WORDS: &[&str] = &["troops", "troop", "to", "poland", "łódź", "2", "000", "near", "київ"];

fn text(words: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), words).prop_map(|words| words.join(" "))
}

fn words(text: &str) -> Vec<String> {
    Tokens::of(text).words().map(str::to_owned).collect()
}

fn query() -> impl Strategy<Value = Query> {
    let phrase = (text(1..3), any::<bool>(), any::<bool>());
    let near = (prop::collection::vec(text(1..3), 2..4), 0..4u32, any::<bool>());
    let leaf = prop_oneof![
        4 => phrase.prop_map(|(text, prefix, title)| Query::Phrase { words: words(&text), prefix, title }),
        1 => near.prop_map(|(phrases, distance, title)| {
            Query::Near { phrases: phrases.iter().map(|p| words(p)).collect(), distance, title }
        }),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let pair = (inner.clone(), inner).prop_map(|(a, b)| (Box::new(a), Box::new(b)));
        (pair, 0..3).prop_map(|((a, b), which)| match which {
            0 => Query::And(a, b),
            1 => Query::Or(a, b),
            _ => Query::Not(a, b),
        })
    })
}

fn filled(articles: &[(String, String)]) -> Place {
    let place = Place::new();
    let feed = place.feed("paper");
    let items: Vec<_> = articles.iter().zip(0..).map(|((title, body), n)| (n.to_string(), title, body)).collect();
    let items: Vec<Item> = items.iter().map(|(guid, title, body)| (&guid[..], "", &title[..], &body[..], -1)).collect();
    place.poll(feed, 0, &items);
    place.read_all(1);
    place
}

#[test]
fn the_newest_comes_first() {
    let texts = [("Troops go", "To Łódź."), ("Elections", "No TROOPS here"), ("Troops stay", "in Poland")];
    let place = filled(&texts.map(|(t, b)| (t.to_owned(), b.to_owned())));
    let word = |w: &str, title| Query::Phrase { words: words(w), prefix: false, title };
    let found = |query: &Query, limit| -> Vec<String> {
        place.store.search(query, limit).unwrap().into_iter().map(|row| row.article.title).collect()
    };
    assert_eq!(found(&word("troops", false), 0), ["Troops stay", "Elections", "Troops go"]);
    assert_eq!(found(&word("troops", false), 2), ["Troops stay", "Elections"]);
    assert_eq!(found(&word("troops", true), 9), ["Troops stay", "Troops go"]);
    assert_eq!(found(&word("lodz", false), 9), ["Troops go"]);
    let long = (0..200).fold(word("troops", false), |q, _| Query::And(Box::new(q), Box::new(word("poland", false))));
    assert_eq!(found(&long, 9), ["Troops stay"], "a long chain is not too deep");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_matches(
        articles in prop::collection::vec((text(1..4), text(0..9)), 1..8),
        queries in prop::collection::vec(query(), 1..12),
    ) {
        let place = filled(&articles);
        let stored = place.store.articles(&Default::default()).unwrap();
        for query in queries {
            let found: Vec<_> = place.store.search(&query, 0).unwrap().iter().map(|row| row.article.id).collect();
            let matches = stored.iter().filter(|row| {
                let (title, body) = (words(&row.article.title), words(&row.article.body));
                query.matches(&refs(&title), &refs(&body))
            });
            prop_assert_eq!(found, matches.map(|row| row.article.id).collect::<Vec<_>>(), "{:?}", query);
        }
    }
}

fn refs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}
