//! The lexicon files that are compiled in.

/// One line per language.
pub const SOURCES: &[(&str, &str)] = &[
    ("nl", include_str!("nl.toml")),
    ("en", include_str!("en.toml")),
    ("de", include_str!("de.toml")),
    ("fr", include_str!("fr.toml")),
    ("es", include_str!("es.toml")),
    ("it", include_str!("it.toml")),
    ("pt", include_str!("pt.toml")),
    ("pl", include_str!("pl.toml")),
    ("uk", include_str!("uk.toml")),
    ("ru", include_str!("ru.toml")),
];

/// How the last part of each file begins: what the language does with names. It is read alone where only names are looked for.
const NAMES: &str = "\n[names]\n";

/// The part of a lexicon that figures are read with, and the part that names are read with.
pub fn parts(source: &'static str) -> (&'static str, &'static str) {
    source.find(NAMES).map_or((source, ""), |at| source.split_at(at))
}
