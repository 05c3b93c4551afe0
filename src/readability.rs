//! Main text, title, date and language of an article page.
//!
//! Two readers look at each page: trafilatura, which was the best of all measured (F1 0.969 on 181 pages), and dom_smoothie
//! (0.951) as the second opinion. What they find must look like an article, not like a wall in front of one.

mod depth;

use crate::html;
use crate::url::Url;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use trafilatura::{ExtractionFocus, Options};

/// Bytes of a page that are read; real pages have 174 kB on average.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Elements that the readers work on at most; real pages have up to 1,709.
const MAX_ELEMENTS: usize = 50_000;
/// The readers recurse: on 2 MiB trafilatura overflows at 6,800 nested elements.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// Shorter texts are captions, teasers or notices.
const MIN_CHARS: usize = 200;
/// Texts up to this length are looked at for the words of a wall; articles about cookies are longer.
const WALL_CHARS: usize = 1500;

/// Words are compared by so many letters; shorter ones say too little.
const WORD_CHARS: usize = 4;
/// One in so many words of the title stands on the page of the article.
const SHARED_WORDS: usize = 4;

/// What was read from a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    /// Plain text, paragraphs parted by an empty line.
    pub text: String,
    pub published: Option<Timestamp>,
    /// `<html lang>` as written.
    pub language: Option<String>,
}

/// Why a page gives no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    #[error("elements are nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("no article was found on the page")]
    NoArticle,
    #[error("a wall stands before the article: it asks for consent, or for a browser")]
    Wall,
    #[error("the article is for subscribers")]
    Paywall,
    #[error("the reader failed")]
    Failed,
}

/// How deep elements may be nested. Real news pages stay under 51 (181 measured); browsers stop at 512.
pub const MAX_DEPTH: usize = 256;

/// Reads a decoded page on a thread with a deep stack, which is joined before this returns. Takes milliseconds: not for an async worker.
pub fn read(html: &str, address: &Url) -> Result<Page, PageError> {
    let html = html::head(html, MAX_BYTES);
    if depth::too_deep(html) {
        return Err(PageError::TooDeep);
    }
    if is_for_subscribers(html) {
        return Err(PageError::Paywall);
    }
    let (first, second) = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("readability".to_owned()).stack_size(STACK_BYTES);
        let both = || (caught(|| trafilatura(html, address)), caught(|| dom_smoothie(html, address)));
        thread.spawn_scoped(scope, both).map_err(|_| PageError::Failed)?.join().map_err(|_| PageError::Failed)
    })?;
    if first.is_err() && second.is_err() {
        return Err(PageError::Failed);
    }
    let page = chosen(first.ok().flatten().unwrap_or_default(), second.ok().flatten().unwrap_or_default());
    judged(&page.text).map(|()| page)
}

/// Is the page about what the feed announced? A share of the title's words must stand there, by their beginnings, so that other endings do no
/// harm. A title without longer words cannot say.
pub fn tells_of(page: &Page, title: &str) -> bool {
    let announced: HashSet<String> = beginnings(title).collect();
    let there: HashSet<String> = beginnings(&page.title).chain(beginnings(&page.text)).collect();
    announced.intersection(&there).count() * SHARED_WORDS >= announced.len()
}

/// The first letters of the longer words, in lower case.
fn beginnings(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= WORD_CHARS);
    words.map(|word| word.to_lowercase().chars().take(WORD_CHARS).collect())
}

/// The page says of itself that its article is not free to read (schema.org, `isAccessibleForFree`).
fn is_for_subscribers(html: &str) -> bool {
    const KEY: &str = "\"isAccessibleForFree\"";
    let says_no = |rest: &str| {
        let value = rest.trim_start().strip_prefix(':').map(|value| value.trim_start().trim_start_matches('"'));
        value.and_then(|value| value.get(..5)).is_some_and(|word| word.eq_ignore_ascii_case("false"))
    };
    // The first one is that of the article; parts of a page may have their own.
    html.find(KEY).is_some_and(|at| says_no(&html[at + KEY.len()..]))
}

/// What one reader found; the error is its panic.
fn caught(reader: impl FnOnce() -> Option<Page>) -> Result<Option<Page>, ()> {
    catch_unwind(AssertUnwindSafe(reader)).map_err(drop)
}

fn trafilatura(page: &str, address: &Url) -> Option<Page> {
    let mut options = Options::default();
    options.original_url = Some(address.clone());
    options.focus = ExtractionFocus::FavorPrecision;
    options.enable_fallback = true;
    options.exclude_comments = true;
    options.max_tree_size = Some(MAX_ELEMENTS);
    let found = trafilatura::extract(page, &options).ok()?;
    Some(Page {
        title: html::line(&found.metadata.title),
        text: html::text(&found.content_html),
        published: found.metadata.date.and_then(|d| moment(&d.to_string())),
        // Its language is a guess of its own where the page states none.
        language: None,
    })
}

fn dom_smoothie(page: &str, address: &Url) -> Option<Page> {
    let config = dom_smoothie::Config { max_elements_to_parse: MAX_ELEMENTS, ..dom_smoothie::Config::default() };
    let found = dom_smoothie::Readability::new(page, Some(address.as_str()), Some(config)).ok()?.parse().ok()?;
    Some(Page {
        title: html::line(&found.title),
        text: html::text(&found.content),
        published: found.published_time.as_deref().and_then(moment),
        language: found.lang,
    })
}

/// The first reader's text, unless the second found more than twice as much: then the first stopped too early.
/// The second knows titles and times of day better.
fn chosen(first: Page, second: Page) -> Page {
    let more = second.text.chars().count() > 2 * first.text.chars().count();
    let title = if second.title.is_empty() { first.title } else { second.title };
    let text = if more { second.text } else { first.text };
    Page {
        text: without_title(&text, &title).to_owned(),
        title,
        published: second.published.or(first.published),
        language: second.language,
    }
}

/// The text without its headline, which stands in the title already.
fn without_title<'a>(text: &'a str, title: &str) -> &'a str {
    let rest = text.strip_prefix(title).filter(|rest| !title.is_empty() && rest.starts_with('\n'));
    rest.unwrap_or(text).trim_start()
}

/// A moment of ISO 8601; without a zone it is UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

/// Long enough, and not the notice of a wall.
fn judged(text: &str) -> Result<(), PageError> {
    /// Words that a wall is full of, in every language.
    const WALL_WORDS: [&str; 6] = ["cookie", "javascript", "consent", "gdpr", "captcha", "adblock"];
    /// One of these is enough in a short text.
    const WALL_PHRASES: [&str; 17] = [
        "enable javascript",
        "javascript is disabled",
        "checking your browser",
        "verify you are human",
        "are you a robot",
        "access denied",
        "unusual traffic",
        "accept all cookies",
        "before you continue",
        "voordat je verdergaat",
        "bevor sie fortfahren",
        "avant de continuer",
        "antes de continuar",
        "prima di continuare",
        "zanim przejdziesz",
        "прежде чем продолжить",
        "перш ніж продовжити",
    ];
    /// One of these stands where the text of an article breaks off.
    const PAYWALL_PHRASES: [&str; 12] = [
        "subscribe to continue",
        "subscribe to read",
        "already a subscriber",
        "this article is for subscribers",
        "lees verder met een abonnement",
        "alleen voor abonnees",
        "réservé aux abonnés",
        "jetzt weiterlesen mit",
        "solo para suscriptores",
        "contenuto riservato agli abbonati",
        "exclusivo para assinantes",
        "dostęp dla prenumeratorów",
    ];
    let length = text.chars().count();
    let short = length <= WALL_CHARS;
    let lower = if short { text.to_lowercase() } else { String::new() };
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| lower.contains(phrase));
    let words: usize = WALL_WORDS.iter().map(|word| lower.matches(word).count()).sum();
    match () {
        () if words >= 3 || has(&WALL_PHRASES) => Err(PageError::Wall),
        () if has(&PAYWALL_PHRASES) => Err(PageError::Paywall),
        () if length < MIN_CHARS => Err(PageError::NoArticle),
        () => Ok(()),
    }
}
