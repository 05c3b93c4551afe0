//! All that is known of one article, from its fetch to the deliveries of its alerts.

use crate::alert::Silence;
use crate::article::ArticleId;
use crate::cli::articles::summary;
use crate::cli::rule::in_force;
use crate::config::Config;
use crate::ledger::LedgerId;
use crate::rule::{Lack, Rule};
use crate::store::{self, AlertRow, ArticleRow, Decided, FeedRow, Merge, Store};
use crate::text::Annotation;
use crate::text::fold::Tokens;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A rule and what keeps it from holding.
pub struct Tried {
    pub rule: Rule,
    /// Nothing: it holds.
    pub lacks: Vec<Lack>,
    pub near: bool,
}

pub struct Walk {
    pub row: ArticleRow,
    /// `None`: the feed was removed.
    pub feed: Option<FeedRow>,
    pub merges: Vec<Merge>,
    pub claims: Vec<Decided>,
    /// How many articles tell its story.
    pub story_size: u64,
    /// Those that the article gave rise to.
    pub alerts: Vec<AlertRow>,
    /// What had been told of its claims, by this article or another.
    pub told: HashMap<LedgerId, Vec<AlertRow>>,
    /// Without a configuration none can be tried.
    pub rules: Option<Vec<Tried>>,
    pub home: Vec<String>,
    pub silences: Vec<Silence>,
}

impl Walk {
    /// `None`: there is no such article.
    pub fn of(store: &Store, article: ArticleId, config: Option<&Config>) -> store::Result<Option<Walk>> {
        let Some(row) = store.article(article)? else { return Ok(None) };
        let claims = store.decided(article)?;
        let mut told = HashMap::new();
        for decided in &claims {
            told.insert(decided.line, store.alerts_about(decided.line)?);
        }
        let rules = config.map(|config| in_force(config, Some(store))).transpose()?;
        Ok(Some(Walk {
            feed: store.feeds()?.into_iter().find(|feed| feed.id == row.article.feed),
            merges: store.merged_into(article)?,
            story_size: row.story.map(|story| store.story_size(story)).transpose()?.unwrap_or(0),
            alerts: store.alerts_from(article)?,
            rules: rules.map(|rules| try_all(rules, &row)),
            home: config.map(|config| config.home.clone()).unwrap_or_default(),
            silences: store.silences(None)?,
            told,
            claims,
            row,
        }))
    }

    /// The silences that held this alert back when it was made.
    pub fn silenced<'w>(&'w self, row: &'w AlertRow) -> impl Iterator<Item = &'w Silence> {
        let made = row.alert.created;
        self.silences.iter().filter(move |silence| silence.is_on(made) && silence.matcher.covers(&row.alert))
    }

    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().flatten().map(|tried| &tried.rule).find(|rule| rule.name == name)
    }

    /// The article was dated so long before it was first seen that nothing of it pops up.
    pub fn late_by(&self) -> Option<jiff::SignedDuration> {
        let article = &self.row.article;
        let published: Timestamp = article.published?;
        let late = article.first_seen.duration_since(published);
        (late > crate::alert::OLD).then_some(late)
    }

    pub fn value(&self) -> Value {
        let claims = self.claims.iter().map(|d| {
            json!({"claim": d.claim, "verdict": d.verdict, "reason": d.reason, "line": d.line, "maybe": d.maybe, "called_wrong": d.wrong})
        });
        let rules = self.rules.iter().flatten().map(|tried| {
            let lacks: Vec<String> = tried.lacks.iter().map(ToString::to_string).collect();
            json!({"rule": tried.rule.name, "enabled": tried.rule.enabled, "holds": tried.lacks.is_empty(), "near": tried.near, "lacks": lacks})
        });
        let alerts = self
            .alerts
            .iter()
            .map(|row| json!({"id": row.id, "rule": row.alert.rule, "kind": row.alert.kind, "channel": row.alert.channel}));
        json!({
            "article": summary(&self.row),
            "claims": claims.collect::<Vec<_>>(),
            "rules": rules.collect::<Vec<_>>(),
            "alerts": alerts.collect::<Vec<_>>(),
        })
    }
}

fn try_all(rules: Vec<Rule>, row: &ArticleRow) -> Vec<Tried> {
    let (text, title) = row.article.text();
    let tokens = Tokens::of(&text);
    let claims = row.claims.iter().map(|(claim, ..)| claim.clone()).collect();
    let mentions = row.mentions.clone();
    let annotation = Annotation { language: row.article.language, claims, reasons: Vec::new(), mentions };
    let one = |rule: Rule| {
        let lacks = rule.lacks(&row.article, &annotation, &tokens, title);
        Tried { near: rule.is_near(&lacks), lacks, rule }
    };
    rules.into_iter().map(one).collect()
}
