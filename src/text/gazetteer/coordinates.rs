//! Where countries, regions and known places lie, for maps.

use super::folded_words;
use super::known::{FILES, PLACES, Thing, World};
use crate::text::language::Language;
use crate::text::lexicon::sources::shipped;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Latitude and longitude in degrees (WGS 84).
pub type Point = [f64; 2];

/// The file names its sources.
static FILE: &str = shipped!("known/coordinates");

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    countries: BTreeMap<String, Point>,
    regions: BTreeMap<String, Point>,
    places: BTreeMap<String, Point>,
}

/// The middle of countries, and the places that are known by name.
#[derive(Debug)]
pub struct Atlas {
    written: Written,
    places: BTreeMap<String, Thing>,
    /// Per language: the folded names of places in all their cases, with the country, to the key of the place.
    names: FxHashMap<Language, FxHashMap<(String, String), String>>,
}

impl Atlas {
    /// What is compiled in. It takes some tens of milliseconds to read.
    pub fn shipped() -> Atlas {
        let written: Written = serde_json::from_str(FILE).unwrap_or_default();
        let mut places: BTreeMap<String, Thing> = serde_json::from_str(FILES[PLACES].1).unwrap_or_default();
        places.retain(|key, _| written.places.contains_key(key));
        Atlas { written, places, names: FxHashMap::default() }
    }

    /// The middle of a country, or of a sea or region that has one of its own.
    pub fn of_code(&self, code: &str) -> Option<Point> {
        self.written.countries.get(code).or_else(|| self.written.regions.get(code)).copied()
    }

    /// The countries, by code.
    pub fn countries(&self) -> impl Iterator<Item = (&str, Point)> {
        self.written.countries.iter().map(|(code, point)| (code.as_str(), *point))
    }

    /// A town or base as a text in this language writes it, in this country.
    pub fn of_place(&mut self, text: &str, code: &str, language: Language) -> Option<Point> {
        let Atlas { written, places, names } = self;
        let names = names.entry(language).or_insert_with(|| forms(places, language));
        let key = names.get(&(folded(text), code.to_owned()))?;
        written.places.get(key).copied()
    }
}

fn forms(places: &BTreeMap<String, Thing>, language: Language) -> FxHashMap<(String, String), String> {
    let mut names = FxHashMap::default();
    for (key, thing) in places {
        let Some(code) = &thing.lies_in else { continue };
        for form in World::shipped().forms(thing, language) {
            names.entry((folded(&form), code.clone())).or_insert_with(|| key.clone());
        }
    }
    names
}

fn folded(name: &str) -> String {
    folded_words(name).join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Atlas, FILE, Written};
    use crate::text::language::Language;

    #[test]
    fn the_file_is_sound() {
        let written: Written = serde_json::from_str(FILE).unwrap();
        let atlas = Atlas::shipped();
        assert_eq!(atlas.places.len(), written.places.len(), "every place is one of places.toml");
        assert!(written.countries.len() > 240 && written.places.len() > 1300);
        for (name, [lat, lon]) in written.countries.iter().chain(&written.regions).chain(&written.places) {
            assert!((-90.0..=90.0).contains(lat) && (-180.0..=180.0).contains(lon), "{name}");
        }
    }

    #[test]
    fn places_are_known_in_their_language_and_country() {
        let mut atlas = Atlas::shipped();
        for (text, code, language, found) in [
            ("Kharkiv", "UA", "en", Some([49.98, 36.25])),
            ("Харькова", "UA", "ru", Some([49.98, 36.25])),
            ("Charkowa", "UA", "pl", Some([49.98, 36.25])),
            ("Kharkiv", "RU", "en", None),
            ("Nowhere", "UA", "en", None),
        ] {
            assert_eq!(atlas.of_place(text, code, Language::parse(language).unwrap()), found, "{text}");
        }
        assert_eq!(atlas.of_code("PL"), Some([52.1, 19.4]));
        assert_eq!(atlas.of_code("black-sea"), Some([43.3, 34.0]));
        assert_eq!(atlas.of_code("baltics"), None);
    }
}
