//! What the demo shows in the terminal: what happens, the popups, and what to do next.

use super::story::{Judgement, Story};
use crate::alert::{self, Alert};
use crate::cli::Globals;
use crate::rule::Channel;
use crate::store::{AlertFilter, Store};
use crate::text::language::Language;
use std::io::Write;

/// Width of a popup in characters.
const WIDTH: usize = 76;

pub struct Show {
    colour: bool,
}

impl Show {
    pub fn new(globals: &Globals) -> Show {
        Show { colour: globals.colour(&std::io::stdout()) }
    }

    pub fn opening(&self, story: &Story) {
        say("orbat demo: a week in the life of an analyst, in half a minute, without network.");
        say(&format!(
            "{} invented outlets are served on loopback; the daemon that reads them is the real one.\n",
            story.outlets()
        ));
    }

    pub fn wave(&self, wave: u32) {
        let what = match wave {
            0 => "The feeds are added. What stands in them is read, not told.",
            1 => "A Dutch paper brings news.",
            2 => {
                "Three others repeat it, one in English; and there is much that is no news: a marathon, 1944, an exercise, refugees."
            }
            3 => "The number changes.",
            _ => "Somebody denies.",
        };
        say(&self.bold(what));
    }

    /// A popup, as a box of text.
    pub fn popup(&self, alert: &Alert) {
        let english = Language::parse("en").unwrap_or_else(|| unreachable!("`en` is a language code"));
        let words = alert::words(alert, english);
        say(&format!("  ┌{}", "─".repeat(WIDTH)));
        say(&format!("  │ {}", self.bold(&words.title)));
        for line in words.lines.iter().flat_map(|l| wrapped(l)) {
            say(&format!("  │ {line}"));
        }
        if let Some((sentence, _)) = &words.sentence {
            for line in wrapped(&format!("“{sentence}”")) {
                say(&format!("  │ {}", self.dim(&line)));
            }
        }
        say(&format!("  │ {}", words.footer));
        say(&format!("  └{}", "─".repeat(WIDTH)));
    }

    /// What was read in a wave, beside what was told.
    pub fn read(&self, wave: u32, story: &Story, store: &Store) {
        for a in story.articles(wave) {
            say(&self.dim(&format!("  read  {:<16} {}", a.outlet, a.title)));
        }
        if wave == story.last_wave() {
            let held = |channel| {
                let filter = AlertFilter { channel: Some(channel), limit: 100, ..AlertFilter::default() };
                store.alerts(&filter).map_or(0, |rows| rows.len())
            };
            let (digest, list) = (held(Channel::Digest), held(Channel::List));
            say(&self.dim(&format!("  kept for the morning digest: {digest}; only listed: {list}")));
        }
        say("");
    }

    /// The verdict, and what to do next. Says whether all went as it must.
    pub fn closing(&self, judgement: &Judgement) -> bool {
        for missing in &judgement.missing {
            say(&format!("missing: {missing}"));
        }
        for extra in &judgement.too_many {
            say(&format!("one too many: {extra}"));
        }
        let well = judgement.missing.is_empty() && judgement.too_many.is_empty();
        if well {
            say(&format!("{} popups, none missing, none too many. Nothing of this demo is kept.\n", judgement.told));
            say(
                "Next:\n  orbat init     writes a configuration with feeds for your languages and region\n  orbat run      reads them in the background\n  orbat extract  finds the troop figures in a text of yours",
            );
        } else {
            say("The demo did not go as it must: please report it, with the lines above.");
        }
        well
    }

    fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn dim(&self, text: &str) -> String {
        if self.colour { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Prints a line; a closed pipe is no reason to stop the demo.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Cuts a line into lines of at most [`WIDTH`] characters, between words.
fn wrapped(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + 1 + word.chars().count() > WIDTH - 2 {
            lines.push(word.to_owned());
        } else {
            let gap = if lines[last].is_empty() { "" } else { " " };
            lines[last] = format!("{}{gap}{word}", lines[last]);
        }
    }
    lines
}
