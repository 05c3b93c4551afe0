//! The alert about a configuration that was changed and has problems.

use super::phrases::Phrases;
use super::summary::blank;
use super::{Alert, AlertKind};
use crate::text::language::Language;
use jiff::Timestamp;

/// Problems that are shown; `orbat check` shows all.
const MAX_SHOWN: usize = 3;

/// Says what is wrong with the new configuration, and that the old one stays in force.
pub fn refused(problems: &[String], language: Language, now: Timestamp) -> Alert {
    let p = Phrases::of(language);
    let headline = p.fill("health.config", &[("n", &p.number(problems.len() as u64))]);
    let shown = problems.iter().take(MAX_SHOWN).cloned();
    let lines = shown.chain([p.get("health.config_kept").to_owned()]).collect();
    let fingerprint = format!("health|config|{}", now.as_millisecond());
    Alert { fingerprint, headline, lines, ..blank("health", AlertKind::Health, now) }
}

#[cfg(test)]
mod tests {
    use super::refused;
    use crate::alert::words;
    use crate::text::language::Language;

    #[test]
    fn the_first_problems_and_what_to_do() {
        let problems: Vec<String> = (1..=5).map(|n| format!("orbat.toml:{n}:1: unknown key")).collect();
        let now = "2026-03-02T07:00:00Z".parse().unwrap();
        for code in ["en", "nl"] {
            let language = Language::parse(code).unwrap();
            let told = words(&refused(&problems, language, now), language);
            assert!(told.title.contains('5') && !told.title.contains('{') && told.title.chars().count() <= 60, "{}", told.title);
            assert_eq!((told.lines.len(), told.lines[0].as_str()), (4, "orbat.toml:1:1: unknown key"));
            assert!(told.lines[3].contains("orbat check"), "{:?}", told.lines);
        }
    }
}
