//! Who really tells it: owners and agencies, each once, however many feeds carry their text.

use super::Print;
use crate::text::fold::Tokens;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::sync::LazyLock;

/// Tokens at the beginning and at the end of a text among which an agency is credited.
const HEAD: usize = 60;
const FOOT: usize = 25;

/// This share of the passages of the shorter text makes two texts one; less than that, or fewer common passages than
/// [`FEWEST`], may be a quotation or a paragraph of background that goes with every report.
const COPIED: f32 = 0.65;
const FEWEST: usize = 6;

/// A news agency, whose text many outlets carry.
#[derive(Clone, Debug, Deserialize)]
pub struct Agency {
    pub name: String,
    /// How texts credit it, each exactly so.
    #[serde(rename = "as", default)]
    pub credited: Vec<String>,
    /// Under the orders of a state: marked where it is shown.
    #[serde(default)]
    pub state: bool,
}

/// All that are known.
pub fn agencies() -> &'static [Agency] {
    #[derive(Deserialize)]
    struct File {
        agency: Vec<Agency>,
    }
    static AGENCIES: LazyLock<Vec<Agency>> =
        LazyLock::new(|| toml::from_str::<File>(include_str!("agencies.toml")).map(|f| f.agency).unwrap_or_default());
    &AGENCIES
}

/// The agency that a text is credited to: its name stands as a credit does, in brackets or before a dash or stroke in the first lines, or
/// alone in the last one. An agency that is only quoted ("told Reuters") is none.
pub fn agency_of(tokens: &Tokens) -> Option<&'static Agency> {
    let foot = tokens.len().saturating_sub(FOOT);
    let places = (0..tokens.len().min(HEAD)).chain(foot.max(HEAD)..tokens.len());
    places.into_iter().find_map(|i| credit_at(tokens, i))
}

fn credit_at(tokens: &Tokens, i: usize) -> Option<&'static Agency> {
    let credits = credits().get(tokens.raw(i))?;
    let stands =
        |credit: &&Credit| written(tokens, i, credit.length) == Some(credit.name) && is_credit(tokens, i, i + credit.length);
    credits.iter().find(stands).map(|credit| credit.agency)
}

/// A name that an agency is credited by.
struct Credit {
    name: &'static str,
    /// Its tokens.
    length: usize,
    agency: &'static Agency,
}

/// All of them, by their first word.
fn credits() -> &'static FxHashMap<&'static str, Vec<Credit>> {
    static CREDITS: LazyLock<FxHashMap<&'static str, Vec<Credit>>> = LazyLock::new(|| {
        let mut credits: FxHashMap<&str, Vec<Credit>> = FxHashMap::default();
        for agency in agencies() {
            for name in &agency.credited {
                let first = name.split([' ', '-']).next().unwrap_or(name);
                credits.entry(first).or_default().push(Credit { name, length: Tokens::of(name).len(), agency });
            }
        }
        credits
    });
    &CREDITS
}

/// Tokens `i` and the next as they stand in the text.
fn written<'t>(tokens: &Tokens<'t>, i: usize, length: usize) -> Option<&'t str> {
    let (first, last) = (tokens.list.get(i)?, tokens.list.get(i + length - 1)?);
    tokens.text.get(first.span.start as usize..last.span.end as usize)
}

/// Does what stands around tokens `from..to` make them a credit?
fn is_credit(tokens: &Tokens, from: usize, to: usize) -> bool {
    let before = from.checked_sub(1).map_or("", |i| tokens.raw(i));
    let after = tokens.raw(to);
    let line_start = tokens.list[from].line_start;
    let line_end = tokens.list.get(to).is_none_or(|t| t.line_start);
    let opens = matches!(before, "(" | "[" | "/" | "©" | "|") || line_start;
    let closes = matches!(after, ")" | "]" | "/" | "-" | "–" | "—" | "|" | ",") || line_end;
    let whole_line = line_start && (line_end || matches!(after, "-" | "–" | "—" | "/" | "."));
    // "Bron: ANP", "Quelle: dpa" at the end of a text.
    let named = before == ":" && (line_end || matches!(after, "." | ")"));
    whole_line || named || opens && closes && !line_start
}

/// One independent source within a story, with passages of its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    pub name: String,
    /// Under the orders of a state.
    pub state: bool,
    pub passages: Vec<u32>,
}

/// Who publishes an article, and whom it credits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Byline<'a> {
    pub owner: &'a str,
    /// The owner is a state medium.
    pub state: bool,
    pub agency: Option<&'a Agency>,
}

/// Whose text an article is, with the sources of its story: of whoever had these passages first, of the agency that it credits, or its
/// owner's own.
pub(super) fn origin(print: &Print, by: &Byline, sources: &[Source]) -> Source {
    let passages = print.passages.clone();
    match (copied(print, sources), by.agency) {
        (Some(source), _) => Source { passages, ..source.clone() },
        (None, Some(agency)) => Source { name: agency.name.clone(), state: agency.state, passages },
        (None, None) => Source { name: by.owner.to_owned(), state: by.state, passages },
    }
}

/// The source whose text this is.
pub(super) fn copied<'s>(print: &Print, sources: &'s [Source]) -> Option<&'s Source> {
    sources.iter().find(|source| {
        let shorter = source.passages.len().min(print.passages.len());
        let enough = FEWEST.max((COPIED * shorter as f32).ceil() as usize);
        share(&print.passages, &source.passages, enough)
    })
}

/// Have two ascending lists so many numbers in common? Given up as soon as too few are left: most texts have nothing in common.
fn share(mut one: &[u32], mut other: &[u32], enough: usize) -> bool {
    let mut common = 0;
    while common < enough && common + one.len().min(other.len()) >= enough {
        let (Some(a), Some(b)) = (one.first(), other.first()) else { break };
        common += usize::from(a == b);
        (one, other) = (&one[usize::from(a <= b)..], &other[usize::from(b <= a)..]);
    }
    common >= enough
}

#[cfg(test)]
mod tests {
    use super::{agencies, agency_of, share};
    use crate::text::fold::Tokens;

    #[test]
    fn credits() {
        assert!(agencies().len() >= 30);
        for (text, agency) in [
            ("BERLIN (dpa) - Die Bundeswehr verlegt", Some("dpa")),
            ("Die Bundeswehr verlegt 500 Soldaten.\n\ndpa/bk", Some("dpa")),
            ("WARSAW, Poland (AP) — Two thousand soldiers", Some("AP")),
            ("Twee militairen zijn omgekomen.\nBron: ANP", Some("ANP")),
            ("KYIV, Oct 13 (Reuters) - Russia", Some("Reuters")),
            ("МОСКВА, 13 октября. /ТАСС/. Министерство", Some("TASS")),
            ("Київ. 13 жовтня. Інтерфакс-Україна - Міністерство", None),
            ("An official told Reuters on Monday that", None),
            ("Officials told AP, AFP and others", None),
            ("Poslední zpráva\nPAP", Some("PAP")),
            ("The gap between the two", None),
        ] {
            assert_eq!(agency_of(&Tokens::of(text)).map(|a| a.name.as_str()), agency, "{text}");
        }
    }

    #[test]
    fn common_numbers_are_counted_to_the_end() {
        for (one, other, common) in [
            (&[][..], &[][..], 0),
            (&[1, 2, 3], &[4, 5], 0),
            (&[1, 2, 3], &[3], 1),
            (&[1, 3, 5, 7, 9], &[2, 3, 4, 7, 9], 3),
            (&[1, 2, 3], &[1, 2, 3], 3),
        ] {
            assert!(share(one, other, common) && share(other, one, common));
            assert!(!share(one, other, common + 1) && !share(other, one, common + 1));
        }
    }
}
