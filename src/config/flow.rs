//! What a receiver bears, and its own wording: limits, mute times and their zone, templates.

use super::duration::{duration, time_of_day, written};
use super::files;
use super::read::{Table, Wrong};
use crate::alert::flow::{DAYS, Limit, MuteTime};
use crate::notify::Receiver;
use crate::notify::agent::SOCKET;
use crate::notify::template::{NAMES, Template, is_json, unknown};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use std::path::PathBuf;

const LIMIT: &str = "write how many in how long: [\"3 in 10m\", \"12 in 1h\"], or [] for as many as there are";
const MUTE: &str =
    "write a time of day, with days before it where it is not all of them: \"22:00-07:00\", \"sat-sun 00:00-24:00\"";

/// What is written about it beside its kind.
#[derive(Default)]
pub(super) struct Written {
    limits: Option<Vec<Limit>>,
    mute: Vec<MuteTime>,
    zone: Option<TimeZone>,
    sound: Option<bool>,
    agent: Option<PathBuf>,
    template: Template,
}

/// The keys that say how a receiver of this type is told, and in which words.
pub(super) fn read(table: &mut Table, kind: &str) -> Written {
    let mut written = Written {
        limits: table.read_all("limits", limit),
        mute: table.read_all("mute", mute).unwrap_or_default(),
        zone: table.read("zone", zone),
        ..Written::default()
    };
    match kind {
        "command" => {}
        "webhook" => written.template.json = table.read("json", json),
        _ => {
            written.template.title = table.read("title", template);
            written.template.text = table.read("text", template);
        }
    }
    if kind == "desktop" {
        written.sound = table.flag("sound");
        let socket =
            table.text("socket").map_or_else(|| PathBuf::from(SOCKET), |text| files::beside(table.reader.file, text.value));
        written.agent = table.read("via", via).unwrap_or(false).then_some(socket);
    }
    written
}

impl Written {
    /// What is not written stays as it is.
    pub fn apply(self, receiver: &mut Receiver) {
        receiver.flow.limits = self.limits.unwrap_or_else(|| std::mem::take(&mut receiver.flow.limits));
        receiver.flow.mute = self.mute;
        receiver.flow.zone = self.zone;
        receiver.sound = self.sound.unwrap_or(receiver.sound);
        receiver.template = self.template;
        receiver.agent = self.agent;
    }
}

/// Do popups go through agents?
fn via(text: &str) -> Result<bool, Wrong> {
    match text {
        "agent" => Ok(true),
        "session" => Ok(false),
        other => Err(Wrong::new(format!("`{other}` is no way for popups"), "write session (that of this service) or agent")),
    }
}

fn zone(name: &str) -> Result<TimeZone, Wrong> {
    TimeZone::get(name).map_err(|_| Wrong::new(format!("no time zone is called `{name}`"), "write it as in Europe/Amsterdam"))
}

fn limit(text: &str) -> Result<Limit, Wrong> {
    let parts = text.split_once(" in ").and_then(|(most, within)| Some((most.trim().parse().ok()?, duration(within).ok()?)));
    match parts {
        Some((most @ 1..=1000, within)) if !within.is_zero() && within.as_secs() <= 86_400 => Ok(Limit { most, within }),
        Some(_) => Err(Wrong::new(format!("`{text}` is no limit that can be kept: 1 to 1000 in 1s to 1d"), LIMIT)),
        None => Err(Wrong::new(format!("`{text}` is no limit"), LIMIT)),
    }
}

fn mute(text: &str) -> Result<MuteTime, Wrong> {
    let wrong = || Wrong::new(format!("`{text}` is no mute time"), MUTE);
    let (days, times) = match text.trim().rsplit_once(' ') {
        Some((days, times)) => (days_of_week(days).ok_or_else(wrong)?, times),
        None => ([true; 7], text.trim()),
    };
    let (from, to) = times.split_once('-').ok_or_else(wrong)?;
    let from = time_of_day(from).map_err(|_| wrong())?;
    let to = if to.trim() == "24:00" { None } else { Some(time_of_day(to).map_err(|_| wrong())?) };
    Ok(MuteTime { days, from, to })
}

/// `mon`, `mon-fri`, `sat,sun`.
fn days_of_week(text: &str) -> Option<[bool; 7]> {
    let day = |name: &str| DAYS.iter().position(|d| *d == name.trim().to_lowercase());
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (day(first)?, day(last)?);
        days[at] = true;
        while at != last {
            at = (at + 1) % 7;
            days[at] = true;
        }
    }
    Some(days)
}

fn template(text: &str) -> Result<String, Wrong> {
    match unknown(text) {
        Some(name) => Err(Wrong::new(format!("nothing is called {{{name}}}"), format!("known here: {}", NAMES.join(", ")))),
        None => Ok(text.to_owned()),
    }
}

fn json(text: &str) -> Result<String, Wrong> {
    if is_json(text) {
        return template(text);
    }
    Err(Wrong::new("this is no JSON", "names stand within its strings: '{\"text\": \"{title}\\n{text}\"}'"))
}

/// A limit as it is read.
pub(super) fn written_limit(limit: &Limit) -> String {
    format!("{} in {}", limit.most, written(limit.within))
}

/// A mute time as it is read.
pub(super) fn written_mute(mute: &MuteTime) -> String {
    let days: Vec<&str> = DAYS.iter().zip(mute.days).filter(|(_, on)| *on).map(|(day, _)| *day).collect();
    let time = |t: Time| format!("{:02}:{:02}", t.hour(), t.minute());
    let times = format!("{}-{}", time(mute.from), mute.to.map_or("24:00".to_owned(), time));
    if days.len() == DAYS.len() { times } else { format!("{} {times}", days.join(",")) }
}

#[cfg(test)]
mod tests {
    use super::{limit, mute, written_limit, written_mute};

    #[test]
    fn limits_and_mute_times() {
        for text in ["3 in 10m", "12 in 1h", "1 in 1d"] {
            assert_eq!(limit(text).ok().map(|l| written_limit(&l)).as_deref(), Some(text));
        }
        for text in ["", "3", "3 in", "0 in 10m", "3 in 0s", "3 in 2d", "-1 in 1h", "three in 1h"] {
            assert!(limit(text).is_err(), "{text}");
        }
        for (text, again) in [
            ("22:00-07:00", "22:00-07:00"),
            ("sat-sun 00:00-24:00", "sat,sun 00:00-24:00"),
            ("fri-mon 18:30-06:00", "mon,fri,sat,sun 18:30-06:00"),
            ("mon,wed 12:00-13:00", "mon,wed 12:00-13:00"),
        ] {
            assert_eq!(mute(text).ok().map(|m| written_mute(&m)).as_deref(), Some(again));
        }
        for text in ["", "22:00", "22:00-25:00", "mun 22:00-23:00", "mon", "24:00-07:00"] {
            assert!(mute(text).is_err(), "{text}");
        }
    }
}
