//! The walk in sentences.

use super::walk::{Tried, Walk};
use crate::alert::{self, Alert};
use crate::cli::articles::counted;
use crate::cli::claims::Said;
use crate::cli::{output, time};
use crate::ledger::Verdict;
use crate::rule::{Channel, MIN_CERTAINTY, TRACKED, loudness};
use crate::store::{AlertRow, Decided, DeliveryState, FeedRow, TextFrom};
use crate::text::language::Language;
use crate::url::without_credentials;
use jiff::Zoned;

/// Rules that are far from holding are named up to this many.
const FAR_SHOWN: usize = 5;

/// One station of the way, with what is to be said of it.
pub struct Step {
    pub name: &'static str,
    pub says: Vec<String>,
}

pub fn all(walk: &Walk, language: Language, now: &Zoned) -> Vec<Step> {
    let steps = [
        ("fetch", fetched(walk, now)),
        ("text", text(walk, now)),
        ("found", found(walk)),
        ("story", story(walk)),
        ("ledger", ledger(walk, now)),
        ("rules", rules(walk)),
        ("channel", channel(walk, language, now)),
        ("delivery", delivery(walk, now)),
    ];
    steps.into_iter().filter(|(_, says)| !says.is_empty()).map(|(name, says)| Step { name, says }).collect()
}

/// Why an alert was told, in one sentence.
pub fn why(row: &AlertRow, walk: &Walk, now: &Zoned) -> String {
    let alert = &row.alert;
    let first = walk.claims.iter().find(|d| Some(d.line) == alert.line);
    let what = first.map_or_else(|| names(alert), |d| format!("claim {} is {}{}", d.line, verdict(d.verdict), reason(d)));
    let rule = &alert.rule;
    let when = time::short(alert.created, now);
    match alert.channel {
        Channel::Popup => format!("{what}, and rule `{rule}` told it {when}"),
        channel => format!("{what}; rule `{rule}` left it to the {channel} {when}: {}", quiet(row, walk, now)),
    }
}

fn names(alert: &Alert) -> String {
    let names: Vec<String> = alert.mentions.iter().map(|m| m.entity.clone()).chain(alert.words.iter().cloned()).collect();
    if names.is_empty() { "its words".to_owned() } else { format!("it names {}", counted(&names)) }
}

/// Why an article was not told of, in one sentence; or that it was.
pub fn why_not(walk: &Walk, now: &Zoned) -> String {
    let row = &walk.row;
    if row.pending {
        return "it waits to be read: `orbat status` says whether the service runs".to_owned();
    }
    let loudest = walk.alerts.iter().min_by_key(|row| row.alert.channel);
    if let Some(told) = loudest {
        let (id, when) = (told.id, time::short(told.alert.created, now));
        return match told.alert.channel {
            Channel::Popup => format!("it was told: alert {id}, {when}, {}{}", outcome(told, now), called_wrong(told)),
            channel => format!("it went to the {channel} (alert {id}, {when}): {}", quiet(told, walk, now)),
        };
    }
    if row.article.baseline {
        return "it came with the first poll of its feed, of which nothing is told: its claims are in the ledger".to_owned();
    }
    let holding: Vec<&Tried> = walk.rules.iter().flatten().filter(|tried| tried.rule.enabled && tried.lacks.is_empty()).collect();
    match (&walk.rules, &holding[..]) {
        (None, _) => "there is no configuration that could be read, so that it cannot be said which rules hold".to_owned(),
        (Some(_), []) => nothing_holds(walk),
        (Some(_), [first, ..]) => known_already(walk, &first.rule.name, now),
    }
}

fn nothing_holds(walk: &Walk) -> String {
    if walk.claims.is_empty() && walk.row.mentions.is_empty() {
        return "nothing that is tracked was found in its text".to_owned();
    }
    let near = walk.rules.iter().flatten().find(|tried| tried.rule.enabled && tried.near);
    match near {
        Some(Tried { rule, lacks, .. }) => {
            format!("no rule holds; `{}` nearly does: {}", rule.name, lacks.first().map(ToString::to_string).unwrap_or_default())
        }
        None => "no rule holds for what was found in it".to_owned(),
    }
}

/// A rule holds and yet there is no alert: what it says was told, or is not news.
fn known_already(walk: &Walk, rule: &str, now: &Zoned) -> String {
    if let Some(wrong) = walk.claims.iter().find(|d| d.wrong.is_some()) {
        return format!("rule `{rule}` holds, but claim {} was called wrong", wrong.line);
    }
    let told =
        walk.claims.iter().filter_map(|d| walk.told.get(&d.line)?.iter().find(|row| row.alert.rule == rule).map(|row| (d, row)));
    if let Some((decided, row)) = told.min_by_key(|(_, row)| row.id) {
        let when = time::short(row.alert.created, now);
        return format!(
            "rule `{rule}` holds, but claim {} is {}: alert {} told it {when}",
            decided.line,
            verdict(decided.verdict),
            row.id
        );
    }
    match walk.claims.first() {
        Some(decided) => {
            format!("rule `{rule}` holds, but claim {} is {}{}", decided.line, verdict(decided.verdict), reason(decided))
        }
        None => format!("rule `{rule}` holds now, and did not when the article was read, or told its story before"),
    }
}

/// A feed and how it is.
pub fn feed(feed: &FeedRow, now: &Zoned) -> String {
    let error = feed.error.as_ref().map_or(String::new(), |(class, message)| format!(" ({class}: {message})"));
    format!(
        "{} {}: {}{error}, last read {}, last new entry {}",
        feed.subscription.name,
        without_credentials(&feed.subscription.url),
        feed.health,
        time::short_or(feed.last_success, now),
        time::short_or(feed.last_new, now)
    )
}

fn fetched(walk: &Walk, now: &Zoned) -> Vec<String> {
    let article = &walk.row.article;
    let mut says = vec![format!("article {}: {}", article.id, article.title)];
    says.extend(article.url.as_ref().map(|url| without_credentials(url).to_string()));
    says.push(format!("first brought by {} on {}", article.outlet, time::long(article.first_seen, now)));
    match article.published {
        Some(at) if walk.late_by().is_some() => {
            says.push(format!("published {}, too long before for a popup", time::long(at, now)))
        }
        Some(at) => says.push(format!("published {}", time::long(at, now))),
        None => says.push("the feed gives no date".to_owned()),
    }
    if article.baseline {
        says.push("with the first poll of the feed: nothing of that is told".to_owned());
    }
    says.extend(walk.feed.as_ref().map_or_else(|| Some("the feed was removed since".to_owned()), |_| None));
    let merged = |m: &crate::store::Merge| format!("also brought by {} ({}) {}", m.outlet, m.by, time::short(m.at, now));
    says.extend(walk.merges.iter().map(merged));
    says
}

fn text(walk: &Walk, now: &Zoned) -> Vec<String> {
    let row = &walk.row;
    if row.pending {
        return vec!["not read yet".to_owned()];
    }
    let source = match row.text_from {
        TextFrom::Page => "that of the article page",
        TextFrom::Feed => "that of the feed",
    };
    let words = row.article.body.split_whitespace().count();
    let language = row.article.language.map_or("in no language that is known".to_owned(), |l| format!("language {l}"));
    let read = row.read.map_or(String::new(), |at| format!(", read {}", time::short(at, now)));
    let mut says = vec![format!("{source}, {words} words, {language}{read}")];
    says.extend(row.note.as_ref().map(|note| format!("the page was not used: {note}")));
    says
}

fn found(walk: &Walk) -> Vec<String> {
    if walk.row.pending {
        return Vec::new();
    }
    let (text, _) = walk.row.article.text();
    let claim = |d: &Decided| {
        let doubt = if d.claim.certainty < MIN_CERTAINTY { ", too doubtful to be told" } else { "" };
        let speaker = d.claim.speaker.as_ref().map_or(String::new(), |who| format!(", according to {who}"));
        [
            format!(
                "{}  {}{speaker} (certainty {:.2}{doubt}, {})",
                output::amount(d.claim.amount),
                Said::of(&d.claim),
                d.claim.certainty,
                d.claim.context
            ),
            format!("  “{}”", d.claim.sentence.of(&text)),
        ]
    };
    let mut says: Vec<String> = walk.claims.iter().flat_map(claim).collect();
    let names: Vec<String> = walk.row.mentions.iter().map(|m| m.entity.clone()).collect();
    if !names.is_empty() {
        says.push(format!("names: {}", counted(&names)));
    }
    if says.is_empty() {
        says.push("no troop figure and no tracked name".to_owned());
    }
    says
}

fn story(walk: &Walk) -> Vec<String> {
    let Some(story) = walk.row.story else { return Vec::new() };
    vec![match walk.story_size {
        0 | 1 => format!("{story}: no other article tells it"),
        n if story.0 == walk.row.article.id.0 => format!("{story}: the first of {n} articles"),
        n => format!("{story}: one of {n} articles, the first is article {story}"),
    }]
}

fn reason(decided: &Decided) -> String {
    decided.reason.as_ref().map_or(String::new(), |reason| format!(" ({})", reason.replace('-', " ")))
}

fn ledger(walk: &Walk, now: &Zoned) -> Vec<String> {
    let one = |d: &Decided| {
        let told = walk.told.get(&d.line).and_then(|rows| rows.first());
        let told = match told {
            Some(row) if Some(walk.row.article.id) == row.alert.article => format!(", told in alert {}", row.id),
            Some(row) => {
                format!(", first told in alert {} ({}, {})", row.id, row.alert.outlet, time::short(row.alert.created, now))
            }
            None => ", never told".to_owned(),
        };
        let maybe = d.maybe.map_or(String::new(), |id| format!(", maybe the same as claim {id}"));
        let wrong = d.wrong.map_or(String::new(), |at| format!(", called wrong {}", time::short(at, now)));
        format!("{} is claim {}: {}{}{maybe}{told}{wrong}", output::amount(d.claim.amount), d.line, verdict(d.verdict), reason(d))
    };
    walk.claims.iter().map(one).collect()
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::New => "new",
        Verdict::Repeat => "a repeat",
        Verdict::Change => "a change",
        Verdict::Correction => "a correction",
        Verdict::Disputed => "a denial by another",
        Verdict::Background => "background",
    }
}

fn rules(walk: &Walk) -> Vec<String> {
    let Some(rules) = &walk.rules else { return vec!["there is no configuration that could be read".to_owned()] };
    if walk.row.pending {
        return Vec::new();
    }
    let mut says = Vec::new();
    let mut far = Vec::new();
    for Tried { rule, lacks, near } in rules {
        let lack = lacks.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        match (rule.enabled, &lacks[..]) {
            (false, _) => says.push(format!("`{}` is switched off", rule.name)),
            (true, []) => says.push(format!("`{}` holds", rule.name)),
            (true, _) if *near => says.push(format!("`{}` nearly holds: {lack}", rule.name)),
            (true, _) => far.push(format!("`{}` does not hold: {lack}", rule.name)),
        }
    }
    let left = far.len().saturating_sub(FAR_SHOWN);
    says.extend(far.into_iter().take(FAR_SHOWN));
    if left > 0 {
        says.push(format!("… and {left} more that do not hold"));
    }
    says
}

fn channel(walk: &Walk, language: Language, now: &Zoned) -> Vec<String> {
    let one = |row: &AlertRow| {
        let title = alert::words(&row.alert, language).title;
        let why = if row.alert.channel == Channel::Popup { String::new() } else { format!(": {}", quiet(row, walk, now)) };
        let wrong = called_wrong(row);
        format!("alert {} of `{}`, {}{why}{wrong}: {title}", row.id, row.alert.rule, row.alert.channel)
    };
    walk.alerts.iter().map(one).collect()
}

fn called_wrong(row: &AlertRow) -> &'static str {
    if row.wrong.is_some() { ", called wrong" } else { "" }
}

/// Why an alert was no popup.
fn quiet(row: &AlertRow, walk: &Walk, now: &Zoned) -> String {
    let alert = &row.alert;
    if let Some(silence) = walk.silenced(row).next() {
        let until = time::short(silence.until, now);
        let reason = silence.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
        return format!("{} was muted until {until}{reason}", silence.matcher);
    }
    let asked = walk.rule(&alert.rule).map(|rule| match rule.alert {
        Some(channel) => channel,
        None if rule.builtin => alert.claims.first().map_or(Channel::Digest, |claim| loudness(claim, &walk.home)),
        None if rule.is_figure_rule() => Channel::Popup,
        None => Channel::Digest,
    });
    match asked {
        Some(Channel::Popup) => held(alert, walk),
        Some(channel) if channel == alert.channel => "so its rule asks for what is of this kind".to_owned(),
        Some(Channel::Digest) => "its claims were told before in another alert of the article".to_owned(),
        Some(Channel::List) => held(alert, walk),
        None if alert.rule == TRACKED => "so names are told that no rule of yours asks for".to_owned(),
        None => "its rule is not in the configuration any more".to_owned(),
    }
}

/// Why what its rule asks a popup for is none.
fn held(alert: &Alert, walk: &Walk) -> String {
    // Kept with the alert, in a word; alerts of an earlier version have none.
    let kept = serde_json::to_value(alert).ok().and_then(|value| value.get("held")?.as_str().map(|word| word.replace('-', " ")));
    match (kept, &alert.maybe) {
        (_, Some(other)) => format!("maybe the same as: {other}"),
        (Some(word), None) => format!("held back ({word})"),
        (None, None) if walk.late_by().is_some() => "the article was more than two days old when it was first seen".to_owned(),
        (None, None) => "another popup of the same article went before it".to_owned(),
    }
}

fn delivery(walk: &Walk, now: &Zoned) -> Vec<String> {
    walk.alerts.iter().map(|row| format!("alert {}: {}", row.id, outcome(row, now))).collect()
}

/// What became of an alert.
fn outcome(row: &AlertRow, now: &Zoned) -> String {
    let one = |(id, receiver, state, attempts, error, sent): &crate::store::DeliveryRow| {
        let error = error.as_ref().map_or(String::new(), |error| format!(": {error}"));
        match state {
            DeliveryState::Sent => format!("{receiver} has it since {}", time::short_or(*sent, now)),
            DeliveryState::Due => format!("waits for {receiver}, {attempts} attempts{error}"),
            DeliveryState::Joined => format!("{receiver} has it within a digest or a summary"),
            DeliveryState::Silenced => format!("kept from {receiver}: muted, or called wrong, before it was sent"),
            DeliveryState::Refused => format!("{receiver} refused it{error} (`orbat deliveries retry {id}`)"),
        }
    };
    let says: Vec<String> = row.deliveries.iter().map(one).collect();
    match (&says[..], row.digest) {
        ([], Some(digest)) => format!("in digest {digest}"),
        ([], None) if row.alert.channel == Channel::Digest => "waits for the next digest".to_owned(),
        ([], None) if row.alert.channel == Channel::List => "is listed only".to_owned(),
        ([], None) => "there was no receiver".to_owned(),
        (says, _) => says.join("; "),
    }
}
