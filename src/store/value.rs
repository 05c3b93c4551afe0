//! How values stand in columns: times as milliseconds, closed words and addresses as text, structures as JSON, ids as numbers.

use crate::alert::{AlertId, DeliveryId, FeedbackId, SilenceId};
use crate::article::{ArticleId, FeedId, StoryId};
use crate::ledger::LedgerId;
use crate::text::language::Language;
use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// A time, as whole milliseconds since 1970 UTC: what is finer is cut off.
pub(super) struct Ms(pub Timestamp);

impl ToSql for Ms {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_millisecond().into())
    }
}

impl FromSql for Ms {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Ms> {
        let ms = value.as_i64()?;
        // "Never" is written as the end of time, whose last second has no whole milliseconds for jiff.
        if ms >= Timestamp::MAX.as_millisecond() {
            return Ok(Ms(Timestamp::MAX));
        }
        Timestamp::from_millisecond(ms).map(Ms).map_err(|_| FromSqlError::OutOfRange(ms))
    }
}

/// A length of time, as whole milliseconds.
pub(super) struct Span(pub Duration);

impl ToSql for Span {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Span {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Span> {
        let ms = value.as_i64()?;
        u64::try_from(ms).map(|ms| Span(Duration::from_millis(ms))).map_err(|_| FromSqlError::OutOfRange(ms))
    }
}

/// Anything that reads what it writes: closed words, addresses.
pub(super) struct Text<T>(pub T);

impl<T: Display> ToSql for Text<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl<T: FromStr> FromSql for Text<T>
where
    T::Err: Display,
{
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Text<T>> {
        value.as_str()?.parse().map(Text).map_err(|e: T::Err| FromSqlError::Other(e.to_string().into()))
    }
}

/// A structure as JSON.
pub(super) struct Json<T>(pub T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let json = serde_json::to_string(&self.0).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
        Ok(json.into())
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Json<T>> {
        serde_json::from_str(value.as_str()?).map(Json).map_err(|e| FromSqlError::Other(e.into()))
    }
}

impl ToSql for Language {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.code().into())
    }
}

impl FromSql for Language {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Language> {
        Language::try_from(value.as_str()?.to_owned()).map_err(|e| FromSqlError::Other(e.into()))
    }
}

macro_rules! numbers {
    ($($id:ident),+) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }

        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$id> {
                value.as_i64().map($id)
            }
        }
    )+};
}
numbers!(FeedId, ArticleId, StoryId, LedgerId, AlertId, DeliveryId, SilenceId, FeedbackId);

/// Sixteen bytes of SHA-256 over parts that are kept apart: what stands for a key.
pub(super) fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// Eight bytes of SHA-256 over a text.
pub(super) fn mark(text: &str) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest(&[text])[..8]);
    i64::from_le_bytes(bytes)
}

/// Most rows that one list gives, and what a limit of 0 stands for.
pub(super) const MAX_ROWS: u32 = 10_000;

/// The limit of a list: 0 asks for as many as there may be.
pub(super) fn rows(limit: u32) -> u32 {
    if limit == 0 { MAX_ROWS } else { limit.min(MAX_ROWS) }
}

#[cfg(test)]
mod tests {
    use super::{digest, rows};

    #[test]
    fn parts_of_a_digest_are_kept_apart() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_eq!(digest(&["ab", "c"]), digest(&["ab", "c"]));
    }

    #[test]
    fn limits() {
        assert_eq!([rows(0), rows(7), rows(u32::MAX)], [10_000, 7, 10_000]);
    }
}
