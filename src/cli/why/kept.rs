//! Why an alert was told whose article is not stored any more: what the alert itself has kept of it.

use super::steps::Step;
use crate::alert::Alert;
use crate::cli::claims::Said;
use crate::cli::{output, time};
use crate::store::{AlertRow, DeliveryState, Store};
use crate::text::claim::Claim;
use crate::url::without_credentials;
use jiff::Zoned;

/// The stations that the alert remembers.
pub fn steps(row: &AlertRow, store: &Store, now: &Zoned) -> crate::store::Result<Vec<Step>> {
    let alert = &row.alert;
    let steps = [
        ("article", article(alert, now)),
        ("found", found(alert)),
        ("ledger", ledger(alert, store, now)?),
        (
            "rule",
            vec![format!("`{}` told it as {} ({}), {}", alert.rule, alert.kind, alert.channel, time::long(alert.created, now))],
        ),
        ("delivery", delivery(row, now)),
    ];
    Ok(steps.into_iter().filter(|(_, says)| !says.is_empty()).map(|(name, says)| Step { name, says }).collect())
}

fn article(alert: &Alert, now: &Zoned) -> Vec<String> {
    let number = alert.article.map_or(String::new(), |id| format!("article {id}: "));
    let mut says = vec![format!("{number}{}", alert.headline)];
    says.extend(alert.url.as_ref().map(|url| without_credentials(url).to_string()));
    let language = alert.language.map_or(String::new(), |language| format!(", language {language}"));
    let at = alert.time.map_or(String::new(), |at| format!(", {}", time::long(at, now)));
    says.push(format!("from {}{language}{at}", alert.outlet));
    says.push("its text is not kept any more: what follows is the alert's own copy".to_owned());
    says
}

fn found(alert: &Alert) -> Vec<String> {
    let claim = |claim: &Claim| {
        let speaker = claim.speaker.as_ref().map_or(String::new(), |who| format!(", according to {who}"));
        format!("{}  {}{speaker}", output::amount(claim.amount), Said::of(claim))
    };
    let mut says: Vec<String> = alert.claims.iter().map(claim).collect();
    if !alert.sentence.is_empty() {
        says.push(format!("“{}”", alert.sentence));
    }
    let names: Vec<&str> =
        alert.mentions.iter().map(|m| m.entity.as_str()).chain(alert.words.iter().map(String::as_str)).collect();
    if !names.is_empty() {
        says.push(format!("names: {}", names.join(", ")));
    }
    says
}

/// What has become of its claims since.
fn ledger(alert: &Alert, store: &Store, now: &Zoned) -> crate::store::Result<Vec<String>> {
    let mut says = Vec::new();
    for (line, revision) in &alert.lines_told {
        says.push(match store.line(*line)? {
            Some((known, _)) => format!(
                "claim {line}, as it stood after {revision} changes; {} reports by now, the last {}",
                known.reports,
                time::short(known.last_seen, now)
            ),
            None => format!("claim {line} is not kept any more"),
        });
    }
    Ok(says)
}

fn delivery(row: &AlertRow, now: &Zoned) -> Vec<String> {
    let one = |(_, receiver, state, attempts, error, sent): &crate::store::DeliveryRow| match state {
        DeliveryState::Sent => format!("{receiver} has it since {}", time::short_or(*sent, now)),
        _ => {
            let error = error.as_ref().map_or(String::new(), |error| format!(": {error}"));
            format!("{receiver}: {state}, {attempts} attempts{error}")
        }
    };
    let mut says: Vec<String> = row.deliveries.iter().map(one).collect();
    says.extend(row.digest.map(|digest| format!("in digest {digest}")));
    says
}
