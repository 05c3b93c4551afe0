//! What came of a replay: the alerts as JSON lines, the merges with their reasons, and a table.

use crate::drive::Played;
use crate::{Input, Result};
use jiff::Timestamp;
use orbat::alert::{Alert, AlertId, AlertKind};
use orbat::rule::Channel;
use orbat::store::{AlertFilter, AlertRow, ArticleFilter, ArticleRow, FeedRow, Health, Store, TextFrom};
use orbat::text::claim::Claim;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Rows read from the store at a time.
const ROWS: u32 = 1_000;
/// More than any input holds.
const ALL: u32 = 10_000_000;
/// Examples shown of each kind of failure.
const EXAMPLES: usize = 5;

/// The alerts in the order they were told.
fn alerts(store: &Store) -> Result<Vec<AlertRow>> {
    let mut rows: Vec<AlertRow> = Vec::new();
    loop {
        let after = Some(rows.last().map_or(AlertId(0), |row| row.id));
        let more = store.alerts(&AlertFilter { after, limit: ROWS, ..AlertFilter::default() })?;
        if more.is_empty() {
            return Ok(rows);
        }
        rows.extend(more);
    }
}

/// Writes what the daemon told. A summary is the digest (that it is shown in a popup is how it is delivered), and names the addresses of
/// what it holds.
pub fn write_alerts(store: &Store, path: &Path) -> Result<()> {
    let mut out = BufWriter::new(File::create(path).map_err(|e| format!("{}: {e}", path.display()))?);
    let mut held = Vec::new();
    for AlertRow { id, alert, .. } in alerts(store)? {
        let mut line = line(id, &alert);
        if alert.kind == AlertKind::Summary {
            line["channel"] = json!(Channel::Digest);
            line["urls"] = json!(std::mem::take(&mut held));
        } else if alert.channel == Channel::Digest {
            held.extend(alert.url);
        }
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn line(id: AlertId, alert: &Alert) -> Value {
    let claims: Vec<Value> = alert.claims.iter().map(claim).collect();
    json!({
        "id": id, "time": alert.created, "channel": alert.channel, "kind": alert.kind, "url": alert.url, "claims": claims,
    })
}

fn claim(claim: &Claim) -> Value {
    json!({
        "low": claim.amount.low, "high": claim.amount.high, "force": claim.force, "action": claim.action, "status": claim.status,
        "from": claim.from, "to": claim.to, "at": claim.at,
    })
}

/// Writes a line for each entry that was merged into a known article: when, feed, reason, article, its address and title.
pub fn write_merges(store: &Store, path: &Path) -> Result<()> {
    let mut out = BufWriter::new(File::create(path).map_err(|e| format!("{}: {e}", path.display()))?);
    let names: HashMap<_, _> = store.feeds()?.into_iter().map(|f| (f.id, f.subscription.name)).collect();
    writeln!(out, "seen\tfeed\treason\tarticle\toutlet\turl\ttitle")?;
    for (feed, article, reason, at) in store.merges(Timestamp::MIN, ALL)? {
        let Some(ArticleRow { article, .. }) = store.article(article)? else { continue };
        let feed = names.get(&feed).map_or("?", String::as_str);
        let url = article.url.as_ref().map_or("", |u| u.as_str());
        writeln!(out, "{at}\t{feed}\t{reason}\t{}\t{}\t{url}\t{}", article.id, article.outlet, article.title.replace('\t', " "))?;
    }
    Ok(out.flush()?)
}

/// Prints the table.
pub fn print(played: &Played, input: &Input) -> Result<()> {
    let store = &played.store;
    feeds(&store.feeds()?);
    if let Input::Folder(folder) = input {
        entries(folder);
    }
    println!("{:<12}{:>8} new, {} known already", "entries", played.entries_new, played.entries_known);
    articles(&store.articles(&ArticleFilter { limit: ALL, ..ArticleFilter::default() })?);
    let merges = store.merges(Timestamp::MIN, ALL)?;
    println!("{:<12}{:>8}   {}", "merges", merges.len(), tally(merges.iter().map(|m| m.2.to_string())));
    let counts = store.counts(played.span.1)?;
    println!("{:<12}{:>8}   on {} ledger lines", "figures", counts.claims, counts.lines);
    let alerts = alerts(store)?;
    println!(
        "{:<12}{:>8}   {}",
        "alerts",
        alerts.len(),
        tally(alerts.iter().map(|a| format!("{} {}", a.alert.channel, a.alert.kind)))
    );
    println!("{:<12}{:>8}   from {} to {}", "moments", played.moments, played.span.0, played.span.1);
    println!("{:<12}{:>8.1} s wall, {:.1} s CPU with the server", "time", played.wall.as_secs_f64(), played.cpu.as_secs_f64());
    Ok(())
}

fn feeds(rows: &[FeedRow]) {
    let failing: Vec<_> = rows.iter().filter_map(|row| row.error.as_ref().map(|e| (row, e))).collect();
    println!("{:<12}{:>8}   {}", "feeds", rows.len(), tally(rows.iter().map(|row| row.health.to_string())));
    for (row, (class, message)) in failing {
        println!("  {} ({class}): {message}", row.subscription.name);
    }
    let unread: Vec<_> = rows.iter().filter(|row| row.health == Health::Waiting).collect();
    for row in unread {
        println!("  {} was never polled", row.subscription.name);
    }
    let mut by_size: Vec<_> = rows.iter().map(|row| (row.articles, &row.subscription.name)).collect();
    by_size.sort_by(|a, b| b.cmp(a));
    let top: Vec<String> = by_size.iter().take(EXAMPLES * 4).map(|(n, name)| format!("{name} {n}")).collect();
    println!("  articles per feed: {}", top.join(", "));
}

/// The entries of each feed file against what its index counts.
fn entries(folder: &crate::folder::Folder) {
    let (mut found, mut expected) = (0, 0);
    for snapshot in &folder.snapshots {
        let (here, counted) = snapshot.entries();
        found += here;
        expected += counted;
        if here != counted {
            println!("  {}: {here} entries, the index counts {counted}", snapshot.name());
        }
    }
    println!("{:<12}{found:>8}   in the files; the index counts {expected}", "entries");
}

fn articles(rows: &[ArticleRow]) {
    let pending = rows.iter().filter(|row| row.pending).count();
    let pages = rows.iter().filter(|row| row.text_from == TextFrom::Page).count();
    println!("{:<12}{:>8}   {pages} read from their pages, {pending} pending", "articles", rows.len());
    let languages = rows.iter().map(|row| row.article.language.map_or("unknown".to_owned(), |l| l.to_string()));
    println!("  languages: {}", tally(languages));
    let notes = tally(rows.iter().filter_map(|row| row.note.clone()));
    if !notes.is_empty() {
        println!("  pages not used: {notes}");
    }
}

/// Counts, the most frequent first: `12 well, 3 failing`.
fn tally(words: impl Iterator<Item = String>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let parts: Vec<String> = counts.iter().map(|(word, n)| format!("{n} {word}")).collect();
    parts.join(", ")
}
