//! The configuration in force, written out with every default, for people and programs. Secrets are `***`.
//!
//! It is written in the words of a configuration, so what is printed can be read again (but for the secrets).

use super::care::{written_keep, written_warn_at};
use super::duration::{written, written_size};
use super::flow::{written_limit, written_mute};
use super::{Backups, Care, Config, Poll};
use crate::alert::HealthPolicy;
use crate::feed::Subscription;
use crate::notify::{Kind, Receiver, Secret};
use crate::rule::{Condition, FigureCondition, Rule, troops};
use crate::text::query::Query;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::net::SocketAddr;
use toml::Value;

const HIDDEN: &str = "***";

/// A configuration as it is shown.
#[derive(Serialize)]
pub struct Shown<'a> {
    language: String,
    home: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
    poll: Table,
    digest: Table,
    health: Table,
    #[serde(skip_serializing_if = "Option::is_none")]
    web: Option<Table>,
    retention: Table,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<Table>,
    feed: Vec<Table>,
    entity: Vec<&'a crate::text::gazetteer::Entity>,
    rule: Vec<Table>,
    receiver: Vec<Table>,
}

impl Config {
    /// What is in force.
    pub fn shown(&self) -> Shown<'_> {
        let times = self.digest_at.iter().map(|t| format!("{:02}:{:02}", t.hour(), t.minute()));
        let mut digest = Table::default();
        put(&mut digest, "at", times.collect::<Vec<_>>());
        Shown {
            language: self.language.to_string(),
            home: &self.home,
            words: self.words.iter().map(|words| words.file.display().to_string()).collect(),
            poll: poll(&self.poll),
            digest,
            health: health(&self.health),
            web: self.web.map(web),
            retention: retention(&self.care),
            backup: self.care.backup.as_ref().map(backup),
            feed: self.feeds.iter().map(|feed| subscription(&feed.value)).collect(),
            entity: self.entities.iter().map(|entity| &entity.value).collect(),
            rule: self.rules.iter().map(rule).collect(),
            receiver: self.receivers.iter().map(receiver).collect(),
        }
    }
}

/// A table whose keys stay in the order they were put in.
#[derive(Clone, Default)]
struct Table(Vec<(&'static str, Shape)>);

#[derive(Clone, Serialize)]
#[serde(untagged)]
enum Shape {
    Value(Value),
    Table(Table),
    Tables(Vec<Table>),
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<T: Into<Value>> From<T> for Shape {
    fn from(value: T) -> Shape {
        Shape::Value(value.into())
    }
}

impl Table {
    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(k, _)| *k == key)
    }
}

fn put(table: &mut Table, key: &'static str, value: impl Into<Shape>) {
    table.0.push((key, value.into()));
}

fn put_some(table: &mut Table, key: &'static str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        put(table, key, value);
    }
}

/// A list, where it holds anything.
fn put_list<T: ToString>(table: &mut Table, key: &'static str, list: &[T]) {
    if !list.is_empty() {
        put(table, key, list.iter().map(T::to_string).collect::<Vec<_>>());
    }
}

/// TOML counts to 2^63; a threshold beyond it can never be reached.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn poll(poll: &Poll) -> Table {
    let fetch = &poll.fetch;
    let mut table = Table::default();
    put(&mut table, "every", written(poll.every));
    put(&mut table, "min", written(poll.min));
    put(&mut table, "max", written(poll.max));
    put(&mut table, "per_host", number(fetch.per_host as u64));
    put(&mut table, "pause", written(fetch.pause));
    put(&mut table, "in_all", number(fetch.in_all as u64));
    put_some(&mut table, "contact", fetch.contact.clone());
    put(&mut table, "connect_timeout", written(fetch.connect_timeout));
    put(&mut table, "timeout", written(fetch.timeout));
    put(&mut table, "feed_limit", written_size(fetch.feed_limit));
    put(&mut table, "page_limit", written_size(fetch.page_limit));
    put_list(&mut table, "allow_private", &fetch.allow_private);
    table
}

fn health(policy: &HealthPolicy) -> Table {
    let mut table = Table::default();
    put(&mut table, "failing_for", written(policy.failing_for));
    put(&mut table, "alert", policy.channel.as_str());
    put_list(&mut table, "notify", &policy.notify);
    table
}

fn web(listen: SocketAddr) -> Table {
    let mut table = Table::default();
    put(&mut table, "listen", listen.to_string());
    table
}

fn retention(care: &Care) -> Table {
    let keep = &care.retention;
    let mut table = Table::default();
    for (key, keep) in [("articles", keep.articles), ("versions", keep.versions), ("claims", keep.claims)] {
        put(&mut table, key, written_keep(keep));
    }
    put(&mut table, "warn_at", written_warn_at(care));
    if !keep.tags.is_empty() {
        let tags: toml::Table = keep.tags.iter().map(|(tag, keep)| (tag.clone(), written_keep(*keep).into())).collect();
        put(&mut table, "tags", tags);
    }
    table
}

fn backup(backups: &Backups) -> Table {
    let mut table = Table::default();
    put(&mut table, "every", written(backups.every));
    put(&mut table, "keep", number(backups.keep as u64));
    put_some(&mut table, "dir", backups.dir.as_ref().map(|dir| dir.display().to_string()));
    table
}

fn subscription(feed: &Subscription) -> Table {
    let mut table = Table::default();
    put(&mut table, "url", without_password(&feed.url));
    put(&mut table, "name", feed.name.as_str());
    put_list(&mut table, "tags", &feed.tags);
    put_some(&mut table, "language", feed.language.map(|l| l.to_string()));
    put_some(&mut table, "every", feed.every.map(written));
    put(&mut table, "full_text", format!("{:?}", feed.full_text).to_lowercase());
    put_some(&mut table, "owner", feed.owner.clone());
    put(&mut table, "state_media", feed.state_media);
    put_some(&mut table, "alert_backlog", feed.alert_backlog.map(written));
    if !feed.headers.is_empty() {
        // Cookies and keys are headers too.
        let hidden: toml::Table = feed.headers.iter().map(|(name, _)| (name.clone(), HIDDEN.into())).collect();
        put(&mut table, "headers", hidden);
    }
    put_some(&mut table, "user_agent", feed.user_agent.clone());
    put_some(&mut table, "auth_file", feed.auth_file.as_ref().map(|p| p.display().to_string()));
    put_some(&mut table, "proxy", feed.proxy.as_ref().map(without_password));
    put_some(&mut table, "encoding", feed.encoding.clone());
    put(&mut table, "http1", feed.http1);
    table
}

fn without_password(url: &url::Url) -> String {
    let mut url = url.clone();
    if url.password().is_some() {
        // Fails only for addresses without a host, which have no password.
        let _ = url.set_password(Some(HIDDEN));
    }
    url.to_string()
}

fn rule(rule: &Rule) -> Table {
    let mut table = Table::default();
    put(&mut table, "name", rule.name.as_str());
    put(&mut table, "enabled", rule.enabled);
    put(&mut table, "within", format!("{:?}", rule.within).to_lowercase());
    put_some(&mut table, "alert", rule.alert.map(|channel| channel.as_str()));
    put_list(&mut table, "notify", &rule.notify);
    // By way of its shortest decimal form: 0.7, not 0.699999988.
    put(&mut table, "min_certainty", rule.min_certainty.to_string().parse::<f64>().unwrap_or(0.0));
    if let Some(sum) = rule.sum {
        let mut inner = Table::default();
        put(&mut inner, "at_least", i64::try_from(sum.at_least).unwrap_or(i64::MAX));
        put(&mut inner, "within", format!("{}h", sum.within.as_hours()));
        put(&mut table, "sum", Shape::Table(inner));
    }
    put(&mut table, "priority", rule.manner.priority.as_str());
    put(&mut table, "group", rule.manner.group.as_str());
    put(&mut table, "wait", written(rule.manner.wait));
    put(&mut table, "repeat", written(rule.manner.repeat));
    put_condition(&mut table, &given(rule));
    table
}

/// The condition that a rule was given; the built-in rule's own is not part of it.
fn given(rule: &Rule) -> Condition {
    let builtin = || troops().condition;
    match &rule.condition {
        own if rule.builtin && *own == builtin() => Condition::All(Vec::new()),
        Condition::All(all) if rule.builtin && all.first() == Some(&builtin()) => Condition::All(all[1..].to_vec()),
        own => own.clone(),
    }
}

/// Writes a condition as keys of `table`: those of an `all` side by side, as far as no key comes twice.
fn put_condition(table: &mut Table, condition: &Condition) {
    let one = std::slice::from_ref(condition);
    let conditions = if let Condition::All(conditions) = condition { conditions } else { one };
    let mut again = Vec::new();
    for inner in conditions {
        let keys = keys(inner);
        if keys.0.iter().any(|(key, _)| table.has(key) || *key == "all") { again.push(inner) } else { table.0.extend(keys.0) }
    }
    match again[..] {
        [] => {}
        [Condition::All(inner)] => put(table, "all", Shape::Tables(nested(inner))),
        _ => put(table, "all", Shape::Tables(again.into_iter().map(alone).collect())),
    }
}

/// Each condition in a table of its own.
fn nested(conditions: &[Condition]) -> Vec<Table> {
    conditions.iter().map(alone).collect()
}

fn alone(condition: &Condition) -> Table {
    let mut table = Table::default();
    put_condition(&mut table, condition);
    table
}

/// One condition as keys.
fn keys(condition: &Condition) -> Table {
    let mut table = Table::default();
    match condition {
        Condition::All(conditions) => put(&mut table, "all", Shape::Tables(nested(conditions))),
        Condition::Any(conditions) => put(&mut table, "any", Shape::Tables(nested(conditions))),
        Condition::None(conditions) => put(&mut table, "none", Shape::Tables(nested(conditions))),
        Condition::Entities(ids) => put_list(&mut table, "entities", &ids.iter().collect::<Vec<_>>()),
        Condition::Text(queries) => match &queries[..] {
            [one] if keyword(one).is_none() => put(&mut table, "query", one.to_string()),
            many => {
                put(&mut table, "keywords", many.iter().map(|q| keyword(q).unwrap_or_else(|| q.to_string())).collect::<Vec<_>>())
            }
        },
        Condition::Figure(figure) => put(&mut table, "figure", Shape::Table(self::figure(figure))),
        Condition::Languages(languages) => put_list(&mut table, "languages", languages),
        Condition::Feeds(names) => put_list(&mut table, "feeds", names),
        Condition::Tags(tags) => put_list(&mut table, "tags", tags),
    }
    table
}

fn figure(figure: &FigureCondition) -> Table {
    let mut table = Table::default();
    put_list(&mut table, "force", &figure.force);
    put_list(&mut table, "action", &figure.action);
    put_list(&mut table, "status", &figure.status);
    put_list(&mut table, "from", &figure.from);
    put_list(&mut table, "to", &figure.to);
    put_list(&mut table, "at", &figure.at);
    put_some(&mut table, "near", figure.near.then_some(true));
    put_list(&mut table, "context", &figure.context);
    put_list(&mut table, "by", &figure.by);
    put_list(&mut table, "not_by", &figure.not_by);
    put_some(&mut table, "at_least", figure.at_least.map(number));
    put_some(&mut table, "at_most", figure.at_most.map(number));
    table
}

/// A query that is a keyword: words in order, perhaps the last one cut short.
fn keyword(query: &Query) -> Option<String> {
    match query {
        Query::Phrase { words, prefix, title: false } => Some(words.join(" ") + if *prefix { "*" } else { "" }),
        _ => None,
    }
}

fn receiver(receiver: &Receiver) -> Table {
    let mut table = Table::default();
    let hidden = |secret: &Option<Secret>| secret.as_ref().map(|_| HIDDEN);
    put(&mut table, "name", receiver.name.as_str());
    put(&mut table, "type", kind_word(&receiver.kind));
    match &receiver.kind {
        Kind::Desktop => {}
        Kind::Webhook { url, secret } | Kind::Ntfy { url, token: secret } => {
            put(&mut table, "url", without_password(url));
            put_some(&mut table, "secret", hidden(secret));
        }
        Kind::Command { argv, timeout } => {
            put_list(&mut table, "command", argv);
            put(&mut table, "timeout", written(*timeout));
        }
        Kind::Mail { server, port, tls, user, password, from, to } => {
            put(&mut table, "server", server.as_str());
            put(&mut table, "port", i64::from(*port));
            put(&mut table, "tls", *tls);
            put_some(&mut table, "user", user.clone());
            put_some(&mut table, "secret", hidden(password));
            put(&mut table, "from", from.as_str());
            put_list(&mut table, "to", to);
        }
        Kind::Atom { path, keep } => {
            put(&mut table, "path", path.display().to_string());
            put(&mut table, "keep", number(*keep as u64));
        }
    }
    put_flow(&mut table, receiver);
    table
}

/// What it bears, and its own wording.
fn put_flow(table: &mut Table, receiver: &Receiver) {
    let (flow, template) = (&receiver.flow, &receiver.template);
    put(table, "limits", flow.limits.iter().map(written_limit).collect::<Vec<_>>());
    put_list(table, "mute", &flow.mute.iter().map(written_mute).collect::<Vec<_>>());
    put_some(table, "zone", flow.zone.as_ref().and_then(|zone| zone.iana_name()).map(str::to_owned));
    if receiver.is_desktop() {
        put(table, "sound", receiver.sound);
        put(table, "via", if receiver.agent.is_some() { "agent" } else { "session" });
        put_some(table, "socket", receiver.agent.as_ref().map(|path| path.display().to_string()));
    }
    put_some(table, "title", template.title.clone());
    put_some(table, "text", template.text.clone());
    put_some(table, "json", template.json.clone());
}

fn kind_word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Desktop => "desktop",
        Kind::Webhook { .. } => "webhook",
        Kind::Command { .. } => "command",
        Kind::Mail { .. } => "mail",
        Kind::Ntfy { .. } => "ntfy",
        Kind::Atom { .. } => "atom",
    }
}
