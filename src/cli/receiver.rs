//! `orbat receiver`: where alerts go, and a sample on its way there.

use super::output::{self, FormatArg};
use super::table::{Column, Table};
use super::{Failure, Globals, Outcome, lock, time};
use crate::alert::{self, Alert, DeliveryId};
use crate::config::Config;
use crate::notify::{self, Kind, Notifier, Receiver};
use crate::store::{DeliveryFilter, DeliveryState, Outage, Store};
use crate::url::without_credentials;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  orbat receiver list
  orbat receiver test desktop"
)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// The receivers of the configuration, and what became of their deliveries
    #[command(after_help = "Example:\n  orbat receiver list --format json")]
    List(List),
    /// Send a sample alert through a receiver, and say what came of it
    #[command(
        after_help = "The sample is sent as any alert is: a webhook gets a signed request, a command its JSON. Exit code 1 where it does not arrive.

Example:
  orbat receiver test desktop"
    )]
    Test(Test),
}

/// How long the service may take to send a sample through an agent, and how often that is looked at.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
struct Test {
    /// Name of the receiver
    name: String,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let config = globals.config()?;
    match args.verb {
        Verb::List(list) => list_all(&config, &list, globals, out),
        Verb::Test(test) => try_one(config, &test.name, globals, out),
    }
}

/// Since when a receiver takes nothing, and what it said last.
fn failing(store: Option<&Store>, receiver: &str) -> crate::store::Result<Option<Outage>> {
    store.map_or(Ok(None), |store| store.outage(receiver))
}

/// Deliveries of a receiver: sent, waiting, refused.
fn counts(store: Option<&Store>, receiver: &str) -> crate::store::Result<[usize; 3]> {
    let mut counts = [0; 3];
    let Some(store) = store else { return Ok(counts) };
    for (n, state) in [DeliveryState::Sent, DeliveryState::Due, DeliveryState::Refused].into_iter().enumerate() {
        let filter = DeliveryFilter { state: Some(state), receiver: Some(receiver.to_owned()), ..DeliveryFilter::default() };
        counts[n] = store.deliveries(&filter)?.len();
    }
    Ok(counts)
}

fn list_all(config: &Config, args: &List, globals: &Globals, out: &mut dyn Write) -> Outcome {
    use Column::{Left, Right, Wide};
    let store = globals.has_database()?.then(|| globals.existing_store()).transpose()?;
    let mut rows = Vec::new();
    for receiver in &config.receivers {
        rows.push((receiver, counts(store.as_ref(), &receiver.name)?, failing(store.as_ref(), &receiver.name)?));
    }
    if args.format.is_json() {
        let value = |(receiver, [sent, waiting, refused], outage): &(&Receiver, [usize; 3], Option<Outage>)| {
            let outage = outage.as_ref().map(|o| json!({"since": o.since, "failures": o.failures, "error": o.error}));
            json!({"name": receiver.name, "type": kind(receiver), "to": to(receiver), "sent": sent, "waiting": waiting, "refused": refused, "outage": outage})
        };
        return output::json(out, &rows.iter().map(value).collect::<Vec<_>>());
    }
    let now = time::now();
    let columns = [Left("NAME"), Left("TYPE"), Wide("TO"), Right("SENT"), Right("WAITING"), Right("REFUSED"), Wide("STATE")];
    let mut table = Table::new(&columns);
    for (receiver, [sent, waiting, refused], outage) in rows {
        let state = outage.map_or("well".to_owned(), |outage| {
            let since = time::short(outage.since, &now);
            format!("takes nothing since {since}, tried {} times: {}", outage.failures, outage.error)
        });
        let numbers = [sent, waiting, refused].map(|n| n.to_string());
        let [sent, waiting, refused] = numbers;
        table.row([receiver.name.clone(), kind(receiver).to_owned(), to(receiver), sent, waiting, refused, state]);
    }
    output::table(out, &globals.screen(), &table, "No receivers: the receiver `desktop` is switched off, and there is no other.")
}

fn kind(receiver: &Receiver) -> &'static str {
    match receiver.kind {
        Kind::Desktop => "desktop",
        Kind::Webhook { .. } => "webhook",
        Kind::Command { .. } => "command",
        Kind::Mail { .. } => "mail",
        Kind::Ntfy { .. } => "ntfy",
        Kind::Atom { .. } => "atom",
    }
}

/// Where to, without anything secret.
fn to(receiver: &Receiver) -> String {
    match &receiver.kind {
        Kind::Desktop => receiver.agent.as_ref().map_or_else(String::new, |socket| format!("agents at {}", socket.display())),
        Kind::Webhook { url, .. } | Kind::Ntfy { url, .. } => without_credentials(url).to_string(),
        Kind::Command { argv, .. } => argv.first().cloned().unwrap_or_default(),
        Kind::Mail { to, .. } => to.join(", "),
        Kind::Atom { path, .. } => path.display().to_string(),
    }
}

fn try_one(config: Config, name: &str, globals: &Globals, out: &mut dyn Write) -> Outcome {
    if !config.receivers.iter().any(|receiver| receiver.name == name) {
        let names: Vec<_> = config.receivers.iter().map(|receiver| receiver.name.as_str()).collect();
        return Err(Failure::usage(format_args!(
            "there is no receiver `{name}` in the configuration; there are: {}",
            names.join(", ")
        )));
    }
    let now = time::now().timestamp();
    let sample = alert::sample(config.language, now);
    if config.receivers.iter().any(|receiver| receiver.name == name && receiver.agent.is_some()) {
        return try_through_service(sample, name, globals, out);
    }
    // A number that no delivery has, and no earlier sample: receivers drop what they have had.
    let id = DeliveryId(-now.as_millisecond());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let (answers, _) = tokio::sync::mpsc::channel(1);
        Notifier::new(config.receivers, config.language, answers).send(name, id, &sample).await
    });
    match outcome {
        notify::Outcome::Sent => {
            globals.tell(out, format_args!("{name} has taken the sample"))?;
            Ok(ExitCode::SUCCESS)
        }
        notify::Outcome::Later { absent: true, reason, .. } => {
            Err(Failure::failed(format_args!("{name} is not there: {reason}. Alerts would wait for it")))
        }
        notify::Outcome::Later { reason, .. } => {
            Err(Failure::failed(format_args!("{name} did not take the sample: {reason}. An alert would be tried again")))
        }
        notify::Outcome::Refused(reason) => Err(Failure::failed(format_args!(
            "{name} refuses the sample: {reason}. An alert would be given up; see its settings in the configuration"
        ))),
    }
}

/// Agents are connected to the service: it sends the sample as it sends any alert.
fn try_through_service(sample: Alert, name: &str, globals: &Globals, out: &mut dyn Write) -> Outcome {
    if lock::holder(&globals.data_dir()?).is_none() {
        return Err(Failure::failed(format_args!("{name} is reached through the service, which does not run: `orbat run`")));
    }
    let store = globals.existing_store()?;
    let alert = store.add_alert(sample, &[name.to_owned()])?;
    let state = || -> Result<Option<DeliveryState>, Failure> {
        let row = alert.map(|id| store.alert(id)).transpose()?.flatten();
        Ok(row.and_then(|row| row.deliveries.first().map(|(_, _, state, ..)| *state)))
    };
    let asked = Instant::now();
    while state()? == Some(DeliveryState::Due) && asked.elapsed() < PATIENCE {
        std::thread::sleep(LOOK);
    }
    match state()? {
        Some(DeliveryState::Sent) => {
            globals.tell(out, format_args!("{name} has taken the sample"))?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Failure::failed(format_args!(
            "{name} has not taken the sample yet: `orbat deliveries` says why; alerts would wait for it"
        ))),
    }
}
