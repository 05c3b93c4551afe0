//! Full-text search: a query as the expression of the index, and what it finds.

use super::articles::{ArticleRow, ROW, article_rows};
use super::value::rows;
use super::{Result, Store};
use crate::text::query::Query;
use rusqlite::params;

/// Of so many of the newest matches the best are taken: ranking a word that stands in half of a million articles takes too long.
const RANKED: u32 = 20_000;
/// A word in the title weighs as much as so many in the text.
const TITLE_WEIGHT: f64 = 4.0;

impl Store {
    /// Newest first. Finds what is read; entries that wait are not in the index yet.
    pub fn search(&self, query: &Query, limit: u32) -> Result<Vec<ArticleRow>> {
        let sql = format!(
            "{ROW} WHERE a.id IN (SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2)
            ORDER BY a.id DESC"
        );
        self.read(|db| article_rows(db, &sql, params![expression(query), rows(limit)]))
    }

    /// The best first (BM25), of the newest 20,000 that match; a word in the title counts more.
    pub fn search_best(&self, query: &Query, limit: u32) -> Result<Vec<ArticleRow>> {
        let sql = format!(
            "WITH best AS MATERIALIZED (SELECT rowid AS id, bad FROM
                (SELECT rowid, bm25(search, {TITLE_WEIGHT:.1}, 1.0) AS bad FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT {RANKED})
                ORDER BY bad, rowid DESC LIMIT ?2)
            {ROW} JOIN best b ON b.id = a.id ORDER BY b.bad, a.id DESC"
        );
        self.read(|db| article_rows(db, &sql, params![expression(query), rows(limit)]))
    }
}

/// The query in the syntax of FTS5. Every word stands in quotes, so that none is taken for an operator.
fn expression(query: &Query) -> String {
    match query {
        Query::Phrase { words, prefix, title } => {
            format!("{}{}{}", column(*title), quoted(words), if *prefix { " *" } else { "" })
        }
        Query::And(a, b) => format!("{} AND {}", operand(query, a), within(b)),
        Query::Or(a, b) => format!("{} OR {}", operand(query, a), within(b)),
        Query::Not(a, b) => format!("{} NOT {}", within(a), within(b)),
        Query::Near { phrases, distance, title } => {
            let phrases: Vec<_> = phrases.iter().map(|words| quoted(words)).collect();
            format!("{}NEAR({}, {distance})", column(*title), phrases.join(" "))
        }
    }
}

/// The first operand of a chain of the same operator needs no parentheses: long chains would be too deep for the index.
fn operand(parent: &Query, first: &Query) -> String {
    if std::mem::discriminant(parent) == std::mem::discriminant(first) { expression(first) } else { within(first) }
}

fn within(query: &Query) -> String {
    match query {
        Query::Phrase { .. } | Query::Near { .. } => expression(query),
        _ => format!("({})", expression(query)),
    }
}

fn column(title: bool) -> &'static str {
    if title { "title : " } else { "" }
}

fn quoted(words: &[String]) -> String {
    format!("\"{}\"", words.join(" ").replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{Query, expression};

    fn word(w: &str) -> Box<Query> {
        Box::new(Query::Phrase { words: vec![w.into()], prefix: false, title: false })
    }

    #[test]
    fn queries_as_expressions() {
        let phrase = Query::Phrase { words: vec!["de".into(), "n".into()], prefix: true, title: true };
        let near = Query::Near { phrases: vec![vec!["a".into(), "b".into()], vec!["c".into()]], distance: 5, title: false };
        let chain = Query::And(Box::new(Query::And(word("a"), word("b"))), Box::new(Query::Or(word("c"), word("not"))));
        let not = Query::Not(Box::new(Query::Not(word("a"), word("b"))), Box::new(chain.clone()));
        for (query, fts) in [
            (&phrase, r#"title : "de n" *"#),
            (&near, r#"NEAR("a b" "c", 5)"#),
            (&chain, r#""a" AND "b" AND ("c" OR "not")"#),
            (&not, r#"("a" NOT "b") NOT ("a" AND "b" AND ("c" OR "not"))"#),
            (&*word("a\"b"), r#""a""b""#),
        ] {
            assert_eq!(expression(query), fts);
        }
    }
}
