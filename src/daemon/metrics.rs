//! What is measured, in the text format of Prometheus (exposition format 0.0.4). Pure.

use super::machine::Disk;
use crate::store::{Brief, Counts, FeedRow, Outage};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::fmt::{Display, Write};
use std::time::Duration;

/// Feeds with series of their own: those that fare worst. The others are summed up.
const MAX_FEEDS: usize = 200;
/// Receivers with series of their own.
const MAX_RECEIVERS: usize = 50;

/// One moment of the service.
pub(super) struct Sample {
    pub now: Timestamp,
    pub up: Duration,
    /// In bytes.
    pub memory: Option<u64>,
    pub disk: Option<Disk>,
    pub writable: bool,
    /// How long each loop has been at its round.
    pub loops: [(&'static str, Duration); 5],
    pub counts: Counts,
    pub brief: Brief,
    pub outages: Vec<Outage>,
    pub feeds: Vec<FeedRow>,
    /// When the last copy of the database was made.
    pub copied: Option<Timestamp>,
}

/// All series.
pub(super) fn render(sample: &Sample) -> String {
    let mut page = Page::default();
    page.service(sample);
    page.queues(sample);
    page.receivers(sample);
    page.feeds(sample.feeds.clone());
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    /// What a metric is.
    fn about(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.about(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn some(&mut self, name: &str, help: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.one(name, "gauge", help, value);
        }
    }

    fn labelled<T: Display>(&mut self, name: &str, kind: &str, help: &str, label: &str, rows: impl Iterator<Item = (String, T)>) {
        self.about(name, kind, help);
        for (which, value) in rows {
            let _ = writeln!(self.0, "{name}{{{label}=\"{}\"}} {value}", escaped(&which));
        }
    }

    fn service(&mut self, s: &Sample) {
        let version = std::iter::once((env!("CARGO_PKG_VERSION").to_owned(), 1));
        self.labelled("orbat_build_info", "gauge", "The version that runs.", "version", version);
        self.one("orbat_uptime_seconds", "gauge", "Since the service began, without sleep.", s.up.as_secs());
        self.some("process_resident_memory_bytes", "Memory that is not swapped out.", s.memory);
        self.some("orbat_disk_free_bytes", "Free on the disk of the database.", s.disk.map(|disk| disk.free));
        self.one("orbat_database_bytes", "gauge", "Size of the database.", s.counts.bytes);
        self.one("orbat_database_writable", "gauge", "1 where the last write was taken.", u8::from(s.writable));
        let copied = s.copied.map(Timestamp::as_second);
        self.some("orbat_backup_last_timestamp_seconds", "When the last copy of the database was made.", copied);
        let loops = s.loops.iter().map(|(name, at_it)| ((*name).to_owned(), at_it.as_secs()));
        self.labelled("orbat_loop_seconds", "gauge", "How long a loop has been at its round.", "loop", loops);
    }

    fn queues(&mut self, s: &Sample) {
        let age = |at: Option<Timestamp>| at.map_or(0, |at| s.now.duration_since(at).as_secs().max(0));
        self.one("orbat_articles", "gauge", "Articles that are kept.", s.counts.articles);
        self.one("orbat_pending_articles", "gauge", "Articles to be read.", s.brief.pending);
        let help = "For how long the oldest of them waits.";
        self.one("orbat_pending_oldest_seconds", "gauge", help, age(s.brief.oldest_pending));
        self.one("orbat_claims", "gauge", "Claims that articles made.", s.counts.claims);
        self.one("orbat_ledger_lines", "gauge", "Claims, merged across articles.", s.counts.lines);
        self.one("orbat_alerts", "gauge", "Alerts that are kept.", s.counts.alerts);
        self.one("orbat_deliveries_due", "gauge", "Deliveries that wait for anything.", s.brief.due);
        let help = "By how long the oldest of those whose time has come is late.";
        self.one("orbat_deliveries_late_seconds", "gauge", help, age(s.brief.oldest_due));
        self.one("orbat_deliveries_refused", "gauge", "Deliveries given up.", s.counts.deliveries_refused);
    }

    fn receivers(&mut self, s: &Sample) {
        let waiting = s.counts.waiting.iter().take(MAX_RECEIVERS).map(|(name, n, _)| (name.clone(), *n));
        self.labelled("orbat_receiver_waiting", "gauge", "Deliveries that wait for a receiver.", "receiver", waiting);
        let failures = s.outages.iter().take(MAX_RECEIVERS).map(|o| (o.receiver.clone(), o.failures));
        let help = "Failures in a row of a receiver that takes nothing.";
        self.labelled("orbat_receiver_failures", "gauge", help, "receiver", failures);
    }

    fn feeds(&mut self, mut feeds: Vec<FeedRow>) {
        let mut states: std::collections::BTreeMap<&str, u64> =
            crate::store::Health::ALL.iter().map(|h| (h.as_str(), 0)).collect();
        for feed in &feeds {
            *states.entry(feed.health.as_str()).or_default() += 1;
        }
        let states = states.into_iter().map(|(state, n)| (state.to_owned(), n));
        self.labelled("orbat_feeds", "gauge", "Feeds by their state.", "state", states);

        feeds.sort_by_key(|f| (Reverse(f.failures), Reverse(f.gaps), f.last_success));
        let others = feeds.split_off(MAX_FEEDS.min(feeds.len()));
        let name = |f: &FeedRow| f.subscription.name.clone();
        let rows = feeds.iter().map(|f| (name(f), f.failures));
        self.labelled("orbat_feed_failures", "gauge", "Failures in a row, of the feeds that fare worst.", "feed", rows);
        let rows = feeds.iter().filter_map(|f| Some((name(f), f.last_success?.as_second())));
        self.labelled("orbat_feed_last_success_timestamp_seconds", "gauge", "When it was read last.", "feed", rows);
        let rows = feeds.iter().map(|f| (name(f), f.articles));
        self.labelled("orbat_feed_articles_total", "counter", "Articles that it brought.", "feed", rows);
        let rows = feeds.iter().map(|f| (name(f), f.gaps));
        self.labelled("orbat_feed_gaps_total", "counter", "How often entries may have been missed.", "feed", rows);

        self.one("orbat_other_feeds", "gauge", "Feeds without series of their own.", others.len());
        let sum = |of: fn(&FeedRow) -> u64| others.iter().map(of).sum::<u64>();
        self.one("orbat_other_feeds_failures", "gauge", "Failures in a row of those.", sum(|f| f.failures.into()));
        self.one("orbat_other_feeds_articles_total", "counter", "Articles that those brought.", sum(|f| f.articles));
        self.one(
            "orbat_other_feeds_gaps_total",
            "counter",
            "How often entries of those may have been missed.",
            sum(|f| f.gaps.into()),
        );
    }
}

/// The value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::{MAX_FEEDS, Sample, escaped, render};
    use crate::feed::Subscription;
    use crate::store::{Brief, Counts, Store};
    use jiff::Timestamp;
    use std::time::Duration;

    fn sample(feeds: usize) -> Sample {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("orbat.db")).unwrap();
        let all: Vec<Subscription> = (0..feeds)
            .map(|n| Subscription::new(format!("https://{n}.example/feed").parse().unwrap(), format!("feed \"{n}\"")))
            .collect();
        store.sync_feeds(&all, Duration::from_secs(900), Duration::ZERO, Timestamp::UNIX_EPOCH).unwrap();
        let mut feeds = store.feeds().unwrap();
        feeds.iter_mut().for_each(|feed| feed.articles = 2);
        if let Some(last) = feeds.last_mut() {
            last.failures = 3;
        }
        Sample {
            now: Timestamp::UNIX_EPOCH,
            up: Duration::from_secs(60),
            memory: Some(1),
            disk: None,
            writable: true,
            loops: [("poll", Duration::ZERO); 5],
            counts: Counts::default(),
            brief: Brief::default(),
            outages: Vec::new(),
            feeds,
            copied: Some(Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn every_series_is_explained_and_numbered() {
        let text = render(&sample(2));
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().unwrap();
            assert!(text.contains(&format!("# TYPE {name} ")), "{line}");
        }
        assert!(text.contains("orbat_feed_failures{feed=\"feed \\\"1\\\"\"} 3\n"), "{text}");
        assert!(text.contains("orbat_feeds{state=\"waiting\"} 2\n") && text.contains("orbat_feeds{state=\"gone\"} 0\n"));
    }

    #[test]
    fn feeds_beyond_the_limit_are_summed_up_and_the_worst_are_not() {
        let text = render(&sample(MAX_FEEDS + 5));
        assert_eq!(text.matches("orbat_feed_articles_total{").count(), MAX_FEEDS);
        assert!(text.contains("orbat_other_feeds 5\n") && text.contains("orbat_other_feeds_articles_total 10\n"), "{text}");
        assert!(text.contains("\"} 3\n"), "the one that fails is named");
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
