//! Main text, title, date and language of an article page.

use jiff::Timestamp;

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
    #[error("the reader failed")]
    Failed,
}

/// How deep elements may be nested. Real news pages stay under 51 (181 measured); browsers stop at 512.
pub const MAX_DEPTH: usize = 256;

/// Reads a decoded page on a thread with a deep stack, which is joined before this returns. Takes milliseconds: not for an async worker.
pub fn read(_html: &str, _address: &url::Url) -> Result<Page, PageError> {
    todo!()
}
