//! The date of an event, from the day that a sentence names: what tells two events of one force at one place apart.

use crate::text::fold::Tokens;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Folded words for each day, Monday first, in the languages that claims are read in; a trailing `*` stands for any ending.
const DAYS: [&str; 7] = [
    "maandag monday montag lundi lunes lunedi segunda poniedzial* понеділ* понедельник*",
    "dinsdag tuesday dienstag mardi martes martedi terca wtorek wtorku вівтор* вторник*",
    "woensdag wednesday mittwoch mercredi miercoles mercoledi quarta srode sroda srody середу середа середи среду среда среды",
    "donderdag thursday donnerstag jeudi jueves giovedi quinta czwart* четвер* четверг*",
    "vrijdag friday freitag vendredi viernes venerdi sexta piatek piatku ятниц* пятниц*",
    "zaterdag saturday samstag sonnabend samedi sabado sabato sobot* субот* суббот*",
    "zondag sunday sonntag dimanche domingo domenica niedziel* неділ* воскресен*",
];

/// Folded words for the day of the report and the one before it. French "hier" is left out: it is German for "here".
const TODAY: &str = "vandaag today heute hoy oggi hoje dzis dzisiaj сьогодні сегодня";
const YESTERDAY: &str = "gisteren yesterday gestern ayer ieri ontem wczoraj вчора вчера";

/// The date that a sentence of an article of that time names: the last such day of the week, today or yesterday (UTC). `None` where it
/// names no day or several.
pub(super) fn date(sentence: &str, time: Timestamp) -> Option<Date> {
    let today = time.to_zoned(TimeZone::UTC).date();
    let tokens = Tokens::of(sentence);
    let mut days = tokens.words().filter_map(|word| days_ago(word, today));
    let first = days.next()?;
    days.all(|day| day == first).then(|| today.saturating_sub(first.days()))
}

fn days_ago(word: &str, today: Date) -> Option<i64> {
    if TODAY.split(' ').any(|name| name == word) {
        return Some(0);
    }
    if YESTERDAY.split(' ').any(|name| name == word) {
        return Some(1);
    }
    let weekday = i64::from(today.weekday().to_monday_zero_offset());
    day(word).map(|day| (weekday - day).rem_euclid(7))
}

fn day(word: &str) -> Option<i64> {
    let names = |name: &str| {
        name.strip_suffix('*').map_or(name == word, |start| word.starts_with(start) && word.len() <= start.len() + 6)
    };
    (0i64..).zip(DAYS).find(|(_, all)| all.split(' ').any(names)).map(|(day, _)| day)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_in_many_languages() {
        // A Thursday.
        let time = "2026-10-15T09:00:00Z".parse().expect("a time");
        for (text, day) in [
            ("killed on Wednesday near Babadag", Some(14)),
            ("zijn woensdag omgekomen", Some(14)),
            ("загинули у вівторок", Some(13)),
            ("погибли в среду", Some(14)),
            ("zginęli w środę", Some(14)),
            ("killed on Thursday", Some(15)),
            ("am Freitag", Some(9)),
            ("gisteren omgekomen", Some(14)),
            ("вчора загинули, у середу", Some(14)),
            ("on Tuesday and on Wednesday", None),
            ("Tuesday, Tuesday", Some(13)),
            ("this week", None),
        ] {
            assert_eq!(date(text, time).map(|date| date.day()), day, "{text}");
        }
    }
}
