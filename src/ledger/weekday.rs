//! The day of the week that a sentence names: what tells two events of one force at one place apart.

use crate::text::fold::Tokens;

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

/// The one day (0 is Monday) that the text names; `None` where it names none or several.
pub(super) fn named(text: &str) -> Option<u8> {
    let tokens = Tokens::of(text);
    let mut days = tokens.words().filter_map(day);
    let first = days.next()?;
    days.all(|day| day == first).then_some(first)
}

fn day(word: &str) -> Option<u8> {
    let names = |name: &str| {
        name.strip_suffix('*').map_or(name == word, |start| word.starts_with(start) && word.len() <= start.len() + 6)
    };
    (0u8..).zip(DAYS).find(|(_, all)| all.split(' ').any(names)).map(|(day, _)| day)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn days_in_many_languages() {
        for (text, day) in [
            ("killed on Wednesday near Babadag", Some(2)),
            ("zijn woensdag omgekomen", Some(2)),
            ("загинули у вівторок", Some(1)),
            ("погибли в среду", Some(2)),
            ("zginęli w środę", Some(2)),
            ("on Tuesday and on Wednesday", None),
            ("Tuesday, Tuesday", Some(1)),
            ("this week", None),
        ] {
            assert_eq!(named(text), day, "{text}");
        }
    }
}
