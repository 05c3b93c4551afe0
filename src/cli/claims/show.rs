//! `orbat claims show`: one claim, how it came to be what it is, where its tellings differ, and all of them.

use super::{Said, status};
use crate::cli::output::{self, FormatArg};
use crate::cli::screen::{Screen, clean};
use crate::cli::table::{Column, Table};
use crate::cli::{Failure, Globals, Outcome, time};
use crate::ledger::{Known, LedgerId};
use crate::store::{AlertRow, Appearance, Revision, Store};
use jiff::Zoned;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;

/// All that is known of one claim.
struct Whole {
    line: Known,
    told: Vec<Appearance>,
    history: Vec<Revision>,
    alerts: Vec<AlertRow>,
}

pub fn run(store: &Store, id: i64, format: FormatArg, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let id = LedgerId(id);
    let found = store.line(id)?;
    let (line, told) = found.ok_or_else(|| Failure::failed(format_args!("there is no claim {id}: `orbat claims` lists them")))?;
    let history = store.revisions(&[id])?.remove(&id).unwrap_or_default();
    let whole = Whole { line, told, history, alerts: store.alerts_about(id)? };
    if format.is_json() {
        return output::json(out, &whole.value());
    }
    whole.print(&globals.screen(), &time::now(), out)?;
    Ok(ExitCode::SUCCESS)
}

/// A field in which tellings differ: each value with who says so, the most frequent first.
type Contested = (&'static str, Vec<(String, Vec<String>)>);

/// What a telling says in one field; `None` where it does not say.
type Field<'f> = &'f dyn Fn(&Appearance) -> Option<String>;

/// Where the tellings contradict each other. What one leaves out is no contradiction.
fn contested(told: &[Appearance]) -> Vec<Contested> {
    let list = |codes: &[String]| (!codes.is_empty()).then(|| codes.join(", "));
    let fields: [(&str, Field); 7] = [
        ("how many", &|t| Some(output::amount(t.claim.amount))),
        ("status", &|t| Some(t.claim.status.to_string())),
        ("whose", &|t| t.claim.force.clone()),
        ("from", &|t| list(&t.claim.from)),
        ("to", &|t| list(&t.claim.to)),
        ("at", &|t| list(&t.claim.at)),
        ("speaker", &|t| t.claim.speaker.clone()),
    ];
    fields.into_iter().map(|(name, value)| (name, values(told, value))).filter(|(_, values)| values.len() > 1).collect()
}

fn values(told: &[Appearance], value: Field) -> Vec<(String, Vec<String>)> {
    let mut values: Vec<(String, Vec<String>)> = Vec::new();
    for one in told {
        let Some(value) = value(one) else { continue };
        let at = values.iter().position(|(v, _)| *v == value).unwrap_or_else(|| {
            values.push((value, Vec::new()));
            values.len() - 1
        });
        if !values[at].1.contains(&one.outlet) {
            values[at].1.push(one.outlet.clone());
        }
    }
    values.sort_by_key(|(_, outlets)| std::cmp::Reverse(outlets.len()));
    values
}

impl Whole {
    fn value(&self) -> Value {
        let history = self.history.iter().map(|r| {
            json!({"at": r.at, "article": r.article, "outlet": r.outlet, "verdict": r.verdict, "amount": r.amount, "status": r.status, "speaker": r.speaker})
        });
        let contested = contested(&self.told).into_iter().map(|(field, values)| {
            let values = values.into_iter().map(|(value, outlets)| json!({"value": value, "outlets": outlets}));
            json!({"field": field, "values": values.collect::<Vec<_>>()})
        });
        let alerts = self.alerts.iter().map(|row| json!({"id": row.id, "rule": row.alert.rule, "kind": row.alert.kind, "channel": row.alert.channel, "created": row.alert.created}));
        json!({
            "line": self.line,
            "history": history.collect::<Vec<_>>(),
            "contested": contested.collect::<Vec<_>>(),
            "alerts": alerts.collect::<Vec<_>>(),
            "appearances": self.told.iter().map(appearance).collect::<Vec<_>>(),
        })
    }

    fn print(&self, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
        let line = &self.line;
        writeln!(out, "{}", screen.bold(&format!("{}  {}", output::amount(line.amount), Said::of_line(line))))?;
        let alerts = self.alerts.iter().map(|row| format!("{} ({})", row.id, row.alert.channel)).collect::<Vec<_>>();
        let facts = [
            ("reports", Some(format!("{}, {} independent", line.reports, line.outlets.len()))),
            ("outlets", Some(line.outlets.join(", "))),
            ("speaker", line.speaker.clone()),
            ("first seen", Some(time::long(line.first_seen, now))),
            ("last seen", Some(time::long(line.last_seen, now))),
            ("story", Some(line.story.to_string())),
            ("told in", Some(if alerts.is_empty() { "no alert".to_owned() } else { format!("alert {}", alerts.join(", ")) })),
        ];
        output::fields(out, screen, &facts)?;
        self.print_history(screen, now, out)?;
        self.print_contested(screen, out)?;
        self.print_tellings(screen, now, out)
    }

    fn print_history(&self, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
        use Column::{Left, Right, Wide};
        if self.history.len() < 2 {
            return Ok(());
        }
        writeln!(out, "\n{}", screen.bold("History"))?;
        let mut table =
            Table::new(&[Left("WHEN"), Left("IS"), Right("HOW MANY"), Left("STATUS"), Left("OUTLET"), Wide("SPEAKER")]);
        for step in &self.history {
            table.row([
                time::short(step.at, now),
                step.verdict.to_string(),
                output::amount(step.amount),
                status(step.status, false),
                step.outlet.clone(),
                step.speaker.clone().unwrap_or_default(),
            ]);
        }
        table.print(out, screen)
    }

    fn print_contested(&self, screen: &Screen, out: &mut dyn Write) -> std::io::Result<()> {
        use Column::{Left, Right, Wide};
        let contested = contested(&self.told);
        if contested.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", screen.bold("Where the tellings differ"))?;
        let mut table = Table::new(&[Left("FIELD"), Left("VALUE"), Right("OUTLETS"), Wide("SAID BY")]);
        for (field, values) in contested {
            for (i, (value, outlets)) in values.into_iter().enumerate() {
                let field = if i == 0 { field } else { "" };
                table.row([field.to_owned(), value, outlets.len().to_string(), outlets.join(", ")]);
            }
        }
        table.print(out, screen)
    }

    fn print_tellings(&self, screen: &Screen, now: &Zoned, out: &mut dyn Write) -> std::io::Result<()> {
        for one in &self.told {
            let head = format!("{}  {}  {}", time::short(one.seen, now), clean(&one.outlet), one.verdict);
            writeln!(out, "\n{}", screen.bold(&head))?;
            let speaker = one.claim.speaker.as_ref().map_or(String::new(), |who| format!(", according to {who}"));
            let sure = format!("certainty {:.2}", one.claim.certainty);
            writeln!(out, "  {}  {}{}, {sure}", output::amount(one.claim.amount), Said::of(&one.claim), clean(&speaker))?;
            writeln!(out, "  {}", clean(&one.sentence))?;
            let url = one.url.as_ref().map_or(String::new(), ToString::to_string);
            writeln!(out, "  {}", screen.faint(&format!("article {}  {}", one.article, clean(&url))))?;
        }
        Ok(())
    }
}

fn appearance(told: &Appearance) -> Value {
    json!({
        "article": told.article,
        "outlet": told.outlet,
        "url": told.url,
        "title": told.title,
        "language": told.language,
        "seen": told.seen,
        "verdict": told.verdict,
        "sentence": told.sentence,
        "claim": told.claim,
    })
}
