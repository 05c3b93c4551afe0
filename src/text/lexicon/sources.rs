//! The lexicon files that are compiled in, as JSON made of them by `build.rs`.

/// The copy of a file of words or names.
macro_rules! shipped {
    ($($path:literal),+) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $($path,)+ ".json"))
    };
}
pub(crate) use shipped;

/// A lexicon in its two parts: what figures are read with, and what the language does with names.
macro_rules! lexicon {
    ($code:literal) => {
        ($code, shipped!("words/", $code), shipped!("words/", $code, ".names"))
    };
}

/// One line per language: its code, and both parts.
pub static SOURCES: &[(&str, &str, &str)] = &[
    lexicon!("nl"),
    lexicon!("en"),
    lexicon!("de"),
    lexicon!("fr"),
    lexicon!("es"),
    lexicon!("it"),
    lexicon!("pt"),
    lexicon!("pl"),
    lexicon!("uk"),
    lexicon!("ru"),
];
