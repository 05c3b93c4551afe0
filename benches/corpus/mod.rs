//! News text for benchmarks: paragraphs written for it, filled with ever other names and numbers.

use orbat::text::gazetteer::{Entity, Kind};
use rustix::time::{ClockId, clock_gettime};
use std::fmt::Write;
use std::time::Duration;

const GIVEN: [&str; 25] = [
    "Anna", "Bram", "Carla", "Daan", "Elif", "Fatma", "Gerrit", "Helen", "Ivan", "Joris", "Karel", "Laura", "Mehmet", "Nadia",
    "Olena", "Piotr", "Rosa", "Sofie", "Thomas", "Ursula", "Viktor", "Wanda", "Xander", "Yara", "Zoë",
];
const FAMILY: [&str; 40] = [
    "Aaltink",
    "Bergsma",
    "Castellan",
    "Dekkerhof",
    "Eversdijk",
    "Falkenried",
    "Goossens",
    "Hartog",
    "IJzerman",
    "Jankovic",
    "Kowalczyk",
    "Lindqvist",
    "Moravec",
    "Nijholt",
    "Ostrowski",
    "Petrenko",
    "Quarles",
    "Rozema",
    "Szabo",
    "Terpstra",
    "Uylenburg",
    "Vasilenko",
    "Westerveld",
    "Yildirim",
    "Zandstra",
    "Abbott",
    "Blackwood",
    "Carmichael",
    "Dunmore",
    "Ellington",
    "Fairweather",
    "Greenhalgh",
    "Holloway",
    "Kingsley",
    "Longworth",
    "Merriweather",
    "Northcote",
    "Pemberton",
    "Ravenscroft",
    "Thackeray",
];
const CITIES: [&str; 20] = [
    "Zwolle",
    "Deventer",
    "Leuven",
    "Groningen",
    "Hasselt",
    "Breda",
    "Alkmaar",
    "Middelburg",
    "Kortrijk",
    "Venlo",
    "Leeds",
    "Norwich",
    "Bristol",
    "Dundee",
    "Galway",
    "Columbus",
    "Tucson",
    "Perth",
    "Halifax",
    "Dunedin",
];
const DAYS_NL: [&str; 4] = ["maandag", "dinsdag", "woensdag", "donderdag"];
const DAYS_EN: [&str; 4] = ["Monday", "Tuesday", "Wednesday", "Thursday"];

/// A language of the corpus.
#[derive(Clone, Copy)]
pub struct Corpus {
    pub language: &'static str,
    paragraphs: &'static str,
    days: [&'static str; 4],
    separator: char,
}

pub const DUTCH: Corpus = Corpus { language: "nl", paragraphs: include_str!("nl.txt"), days: DAYS_NL, separator: '.' };
pub const ENGLISH: Corpus = Corpus { language: "en", paragraphs: include_str!("en.txt"), days: DAYS_EN, separator: ',' };

impl Corpus {
    /// The `n`-th paragraph; no two are equal for a long time.
    pub fn paragraph(&self, n: usize) -> String {
        let mut random = fastrand::Rng::with_seed(n as u64);
        let count = self.paragraphs.split("\n\n").count();
        let mut rest = self.paragraphs.split("\n\n").nth(n % count).unwrap_or_default().trim_end();
        let mut filled = String::with_capacity(rest.len() + 64);
        while let Some((before, hole, after)) = rest.split_once('{').and_then(|(b, r)| r.split_once('}').map(|(h, a)| (b, h, a)))
        {
            filled.push_str(before);
            self.fill(&mut filled, hole, &mut random);
            rest = after;
        }
        filled + rest
    }

    fn fill(&self, text: &mut String, hole: &str, random: &mut fastrand::Rng) {
        match hole {
            "n" => write!(text, "{}{}{:03}", random.u32(1..90), self.separator, 50 * random.u32(0..20)),
            "k" => write!(text, "{}", random.u32(2..100)),
            "city" => write!(text, "{}", CITIES[random.usize(..CITIES.len())]),
            "name" => write!(text, "{} {}", GIVEN[random.usize(..GIVEN.len())], FAMILY[random.usize(..FAMILY.len())]),
            _ => write!(text, "{}", self.days[random.usize(..4)]),
        }
        .expect("a String takes any text");
    }
}

/// A thousand people to track: all that the paragraphs can name.
pub fn entities() -> Vec<Entity> {
    let pairs = GIVEN.iter().flat_map(|given| FAMILY.iter().map(move |family| (given, family)));
    pairs
        .map(|(given, family)| Entity {
            id: format!("{given}-{family}").to_lowercase(),
            name: format!("{given} {family}"),
            kind: Kind::Person,
            surname: None,
            aliases: Vec::new(),
            near: Vec::new(),
            not_near: Vec::new(),
        })
        .collect()
}

/// CPU time used so far by this thread or this process.
pub fn cpu(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
