//! `orbat open`: an article in the browser.

use super::{Failure, Globals, Outcome};
use crate::alert::AlertId;
use crate::article::ArticleId;
use crate::notify::link;
use crate::url::without_credentials;
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Without a desktop and without $BROWSER the address is printed.

Examples:
  orbat open 1234
  orbat open --alert 42
  orbat open --print 1234 | xargs curl -L")]
pub struct Args {
    /// Number of the article
    id: i64,
    /// The number is that of an alert: open its article
    #[arg(long, short)]
    alert: bool,
    /// Print the address only
    #[arg(long, short)]
    print: bool,
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let store = globals.existing_store()?;
    let noun = if args.alert { "alert" } else { "article" };
    let missing = || Failure::failed(format_args!("there is no {noun} {}", args.id));
    let url = match args.alert {
        true => store.alert(AlertId(args.id))?.ok_or_else(missing)?.alert.url,
        false => store.article(ArticleId(args.id))?.ok_or_else(missing)?.article.url,
    };
    let url = url.ok_or_else(|| Failure::failed(format_args!("{noun} {} has no address of its own", args.id)))?;
    if args.print || !link::open(&url, None).map_err(Failure::failed)? {
        writeln!(out, "{}", without_credentials(&url))?;
    }
    Ok(ExitCode::SUCCESS)
}
