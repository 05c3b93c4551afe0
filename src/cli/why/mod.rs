//! `orbat why` and `orbat why-not`: one article from its fetch to the delivery of what it gave rise to.

mod kept;
mod steps;
mod walk;

use super::output::{self, FormatArg};
use super::screen::{Screen, clean};
use super::{Failure, Globals, Outcome, time};
use crate::alert::{self, AlertId};
use crate::article::ArticleId;
use crate::store::{FeedRow, Store};
use crate::url::without_credentials;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use steps::Step;
use url::Url;
use walk::Walk;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  orbat why 42")]
pub struct Args {
    /// Number of the alert (see `orbat alerts`)
    id: i64,
    #[command(flatten)]
    format: FormatArg,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Rules are those that are in force now.

Examples:
  orbat why-not https://example.org/2026/11/troops-to-poland
  orbat why-not 1234")]
pub struct NotArgs {
    /// Address or number of the article
    #[arg(value_name = "URL")]
    article: String,
    #[command(flatten)]
    format: FormatArg,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let (store, id) = (globals.existing_store()?, AlertId(args.id));
    let row = store.alert(id)?;
    let row = row.ok_or_else(|| Failure::failed(format_args!("there is no alert {id}: `orbat alerts` lists them")))?;
    let Some(article) = row.alert.article else {
        let Some(held) = row.alert.lines.first() else { return Err(no_article(&row.alert.rule, id)) };
        return Err(Failure::failed(format_args!(
            "alert {id} sums others up and comes from no article of its own ({held} …): `orbat alerts show {id}` has all of it"
        )));
    };
    let walk = Walk::of(&store, article, globals.config_if_well().as_ref())?;
    let title = alert::words(&row.alert, globals.language()).title;
    let Some(walk) = walk else {
        let steps = kept::steps(&row, &store, &time::now())?;
        let answer = format!("{title}: rule `{}` told it {}", row.alert.rule, time::short(row.alert.created, &time::now()));
        return say(&answer, &steps, json!({"alert": row.alert}), args.format, globals, out);
    };
    let answer = format!("{title}: {}", steps::why(&row, &walk, &time::now()));
    tell(&answer, &walk, args.format, globals, out)
}

fn no_article(rule: &str, id: AlertId) -> Failure {
    Failure::failed(format_args!("alert {id} ({rule}) comes from no article: `orbat alerts show {id}` has all of it"))
}

pub fn run_not(args: NotArgs, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    let Some(id) = find(&store, &args.article)? else { return unknown(&store, &args, out) };
    let walk = Walk::of(&store, id, globals.config_if_well().as_ref())?;
    let walk = walk.ok_or_else(|| Failure::failed(format_args!("there is no article {id}")))?;
    tell(&steps::why_not(&walk, &time::now()), &walk, args.format, globals, out)
}

fn find(store: &Store, given: &str) -> Result<Option<ArticleId>, Failure> {
    if let Ok(id) = given.parse() {
        return Ok(Some(ArticleId(id)));
    }
    Ok(store.article_at(&address(given)?)?)
}

fn address(given: &str) -> Result<Url, Failure> {
    let url = Url::parse(given).ok().filter(Url::has_host);
    url.ok_or_else(|| Failure::usage(format_args!("`{given}` is neither an address (https://…) nor the number of an article")))
}

/// What there is to say of an address that no feed has brought.
fn unknown(store: &Store, args: &NotArgs, out: &mut dyn Write) -> Outcome {
    let url = address(&args.article)?;
    let feeds = store.feeds()?;
    let near: Vec<&FeedRow> = feeds.iter().filter(|feed| site(&feed.subscription.url) == site(&url)).collect();
    let now = time::now();
    let says: Vec<String> = near.iter().map(|feed| steps::feed(feed, &now)).collect();
    let site = site(&url);
    let answer = if near.is_empty() {
        format!("no feed of {site} is subscribed to, and no other has brought it: `orbat feed add --check {url}` looks for one")
    } else {
        format!("no feed has brought it; of {site} there are:")
    };
    if args.format.is_json() {
        return output::json(out, &json!({"answer": answer, "article": null, "steps": [{"step": "feed", "says": says}]}));
    }
    writeln!(out, "{}", clean(&answer))?;
    says.iter().try_for_each(|line| writeln!(out, "  {}", clean(line)))?;
    if !near.is_empty() {
        writeln!(out, "Feeds show their newest entries only: what came and went between two polls is never seen.")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The last two labels of a host: feeds.example.org and www.example.org are one site.
fn site(url: &Url) -> String {
    let host = without_credentials(url).host_str().unwrap_or_default().to_owned();
    let labels: Vec<&str> = host.rsplitn(3, '.').take(2).collect();
    labels.into_iter().rev().collect::<Vec<_>>().join(".")
}

fn tell(answer: &str, walk: &Walk, format: FormatArg, globals: &Globals, out: &mut dyn Write) -> Outcome {
    say(answer, &steps::all(walk, globals.language(), &time::now()), walk.value(), format, globals, out)
}

/// The answer and what leads to it; for programs with `value`, which has the facts.
fn say(answer: &str, steps: &[Step], value: Value, format: FormatArg, globals: &Globals, out: &mut dyn Write) -> Outcome {
    if format.is_json() {
        let mut value = value;
        value["answer"] = json!(answer);
        value["steps"] = steps.iter().map(|Step { name, says }| json!({"step": name, "says": says})).collect();
        return output::json(out, &value);
    }
    print(answer, steps, &globals.screen(), out)?;
    Ok(ExitCode::SUCCESS)
}

fn print(answer: &str, steps: &[Step], screen: &Screen, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{}\n", screen.bold(&clean(answer)))?;
    let widest = steps.iter().map(|step| step.name.len()).max().unwrap_or(0);
    for Step { name, says } in steps {
        for (i, line) in says.iter().enumerate() {
            let name = screen.faint(&format!("{:widest$}", if i == 0 { name } else { "" }));
            writeln!(out, "{name}  {}", clean(line))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::site;

    #[test]
    fn a_site_is_the_end_of_its_host() {
        for (url, name) in [
            ("https://feeds.nos.nl/x", "nos.nl"),
            ("https://nos.nl/x", "nos.nl"),
            ("https://a.b.example.org", "example.org"),
            ("http://localhost:80/", "localhost"),
        ] {
            assert_eq!(site(&url::Url::parse(url).unwrap()), name);
        }
    }
}
