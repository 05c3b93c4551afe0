//! `[[rule]]`: when to tell.

use super::codes::{force, place};
use super::feed::{language, name};
use super::names::Known;
use super::read::{Table, Wrong, choice};
use crate::rule::{Channel, Condition, FigureCondition, Group, MIN_CERTAINTY, Manner, Priority, Rule, Within, troops};
use crate::text::claim::{Action, Context, Status};
use crate::text::fold::Tokens;
use crate::text::query::Query;

/// The name of the built-in rule.
pub const BUILTIN: &str = "troops";

pub(super) fn read(mut table: Table, known: &mut Known) -> Option<Rule> {
    let name = name(&mut table);
    match &name {
        Some(name) => known.rules.give("rule", name, &table),
        None if !table.has("name") => table.lacks("name", "name = \"towards the eastern flank\", shown with each alert"),
        None => {}
    }
    let mut rule = match &name {
        Some(name) if name.value == BUILTIN => troops(),
        _ => plain(name.as_ref().map_or("", |n| n.value)),
    };
    override_settings(&mut rule, &mut table, known);
    let conditions = conditions(&mut table, known);
    if rule.builtin {
        rule.condition = changed(rule.condition, conditions);
    } else {
        if conditions.is_empty() && !asks(&table) {
            let hint = "give it entities, keywords, a query or a figure";
            table.reader.problem(
                table.span.clone(),
                "this rule asks for nothing, so it would tell everything",
                Some(hint.into()),
            );
        }
        rule.condition = Condition::All(conditions);
    }
    table.finish();
    name.map(|_| rule)
}

fn plain(name: &str) -> Rule {
    Rule {
        name: name.to_owned(),
        enabled: true,
        condition: Condition::All(Vec::new()),
        within: Within::default(),
        alert: None,
        notify: Vec::new(),
        builtin: false,
        min_certainty: MIN_CERTAINTY,
        manner: Manner::default(),
    }
}

/// What a rule says beside its conditions.
fn override_settings(rule: &mut Rule, table: &mut Table, known: &Known) {
    rule.enabled = table.flag("enabled").unwrap_or(rule.enabled);
    rule.within = table.read("within", within).unwrap_or(rule.within);
    rule.alert = table.read("alert", choice(Channel::ALL, Channel::as_str)).or(rule.alert);
    rule.min_certainty = table.fraction("min_certainty").unwrap_or(rule.min_certainty);
    rule.manner = Manner {
        priority: table.read("priority", choice(Priority::ALL, Priority::as_str)).unwrap_or_default(),
        group: table.read("group", choice(Group::ALL, Group::as_str)).unwrap_or_default(),
        wait: table.duration("wait", "0s", "24h").unwrap_or_default(),
        repeat: table.duration("repeat", "0s", "7d").unwrap_or_default(),
    };
    if let Some(notify) = known.all(table, "notify", "receiver", &known.receivers) {
        rule.notify = notify;
    }
}

/// The built-in rule with conditions of the user's: a figure takes the place of its figure, anything else narrows it.
fn changed(builtin: Condition, mut own: Vec<Condition>) -> Condition {
    if own.is_empty() {
        return builtin;
    }
    if !own.iter().any(|c| matches!(c, Condition::Figure(_))) {
        own.insert(0, builtin);
    }
    Condition::All(own)
}

const CONDITIONS: [&str; 10] = ["entities", "keywords", "query", "figure", "languages", "feeds", "tags", "all", "any", "none"];

/// Is there a condition, be it a bad one?
fn asks(table: &Table) -> bool {
    CONDITIONS.iter().any(|key| table.has(key))
}

/// The conditions of a table, all of which must hold.
fn conditions(table: &mut Table, known: &Known) -> Vec<Condition> {
    let mut all = Vec::new();
    let listed = |table: &mut Table, key, what, names| known.all(table, key, what, names).filter(|list| !list.is_empty());
    all.extend(listed(table, "entities", "entity", &known.entities).map(|ids| Condition::Entities(ids.into_iter().collect())));
    all.extend(table.read_all("keywords", keyword).filter(|list| !list.is_empty()).map(Condition::Text));
    all.extend(table.read("query", query).map(|q| Condition::Text(vec![q])));
    all.extend(table.table("figure", "[rule.figure]").map(figure).map(Condition::Figure));
    all.extend(table.read_all("languages", language).filter(|list| !list.is_empty()).map(Condition::Languages));
    all.extend(listed(table, "feeds", "feed", &known.feeds).map(Condition::Feeds));
    all.extend(listed(table, "tags", "tag of a feed", &known.tags).map(Condition::Tags));
    all.extend(nested(table, "all", known).map(Condition::All));
    all.extend(nested(table, "any", known).map(Condition::Any));
    all.extend(nested(table, "none", known).map(Condition::None));
    refuse_empty(table);
    all
}

/// A list of conditions that is empty asks nothing: surely not what was meant.
fn refuse_empty(table: &mut Table) {
    for key in CONDITIONS {
        if table.is_empty_list(key) {
            table.reader.problem(
                table.span_of(key),
                format!("`{key}` is empty"),
                Some("list something, or leave the key out".into()),
            );
        }
    }
}

/// Conditions in conditions: each table of the list is one, and what stands in it must hold together.
fn nested(table: &mut Table, key: &'static str, known: &Known) -> Option<Vec<Condition>> {
    let tables = table.tables(key, "a condition");
    let each = |mut table: Table| {
        let mut inner = conditions(&mut table, known);
        table.finish();
        if inner.len() == 1 { inner.pop() } else { Some(Condition::All(inner)) }
    };
    let conditions: Vec<_> = tables.into_iter().filter_map(each).collect();
    (!conditions.is_empty()).then_some(conditions)
}

fn figure(mut table: Table) -> FigureCondition {
    let figure = FigureCondition {
        force: table.read_all("force", force).unwrap_or_default(),
        action: table.read_all("action", choice(Action::ALL, Action::as_str)).unwrap_or_default(),
        status: table.read_all("status", choice(Status::ALL, Status::as_str)).unwrap_or_default(),
        from: table.read_all("from", place).unwrap_or_default(),
        to: table.read_all("to", place).unwrap_or_default(),
        at: table.read_all("at", place).unwrap_or_default(),
        near: table.flag("near").unwrap_or(false),
        context: table.read_all("context", choice(Context::ALL, Context::as_str)).unwrap_or_default(),
        by: table.list("by"),
        not_by: table.list("not_by"),
        at_least: table.number("at_least", 0..=u64::MAX),
        at_most: table.number("at_most", 0..=u64::MAX),
    };
    if let (Some(least), Some(most)) = (figure.at_least, figure.at_most)
        && least > most
    {
        table.reader.problem(table.span_of("at_least"), "`at_least` is more than `at_most`: no figure is both", None);
    }
    table.finish();
    figure
}

fn within(text: &str) -> Result<Within, String> {
    match text {
        "sentence" => Ok(Within::Sentence),
        "article" => Ok(Within::Article),
        _ => Err(format!("`{text}` is none of sentence, article")),
    }
}

fn query(text: &str) -> Result<Query, Wrong> {
    Query::parse(text).map_err(|error| Wrong {
        message: format!("in this query: {}", error.message),
        hint: Some("words, \"a phrase\", prefix*, AND OR NOT, NEAR(a b, 5), title:word".to_owned()),
        at: Some(error.at),
    })
}

/// A word, a phrase or `prefix*`, in the user's spelling.
fn keyword(text: &str) -> Result<Query, Wrong> {
    let (stem, prefix) = match text.trim().strip_suffix('*') {
        Some(stem) => (stem, true),
        None => (text, false),
    };
    let words: Vec<String> = Tokens::of(stem).words().map(str::to_owned).collect();
    if words.is_empty() {
        return Err(Wrong::new(format!("no word in `{text}`"), "keywords are words, phrases, or beginnings of words: mobilis*"));
    }
    if stem.contains('*') {
        return Err(Wrong::new("`*` may stand at the end only", "write the beginning of the word: mobilis*"));
    }
    Ok(Query::Phrase { words, prefix, title: false })
}
