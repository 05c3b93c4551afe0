//! Text in, annotations out. Never fails, does no I/O, knows neither date nor clock.
//!
//! [`Annotator::annotate`] reads a text into [`fold::Tokens`] once; numerals, figures and claims of the
//! text's language and mentions of the tracked entities are found over those. A text in a language
//! without a lexicon gets mentions only.

pub mod claim;
mod figure;
pub mod fold;
pub mod gazetteer;
pub mod language;
mod lexicon;
mod numeral;
pub mod query;
mod reading;
mod sentence;
pub mod span;

use claim::{Action, Because, Claim};
use gazetteer::{Gazetteer, Mention};
use language::Language;
pub use lexicon::Fault;
use lexicon::Lexicons;
use std::sync::Arc;

/// What was found in one text.
#[derive(Clone, Debug, Default)]
pub struct Annotation {
    pub language: Option<Language>,
    /// In the order of the text.
    pub claims: Vec<Claim>,
    /// Why each claim reads as it does, in the same order.
    pub reasons: Vec<Because>,
    /// In the order of the text, none overlapping another.
    pub mentions: Vec<Mention>,
}

impl Annotation {
    /// What was found behind the first `start` bytes, counted from there: the annotation of a text whose title was put before it.
    pub fn behind(self, start: usize) -> Annotation {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let shifted = |mut claim: Claim, why: Because| {
            claim.span = claim.span.behind(start)?;
            claim.sentence = claim.sentence.behind(start)?;
            claim.places.retain_mut(|place| place.span.behind(start).map(|span| place.span = span).is_some());
            let back = |span: Option<span::Span>| span.and_then(|s| s.behind(start));
            let why =
                Because { noun: back(why.noun), force: back(why.force), action: back(why.action), status: back(why.status) };
            Some((claim, why))
        };
        let claims = self.claims.into_iter().zip(self.reasons).filter_map(|(claim, why)| shifted(claim, why));
        let (claims, reasons) = claims.unzip();
        let mentions = self.mentions.into_iter().filter_map(|m| Some(Mention { span: m.span.behind(start)?, ..m })).collect();
        Annotation { language: self.language, claims, reasons, mentions }
    }
}

/// Are figures read in this language? In the others only names and keywords are found.
pub fn reads_figures(language: Language) -> bool {
    Lexicons::shipped().languages().any(|known| known == language)
}

/// The letters of texts of up to so many bytes say too little about their language.
const SHORT: usize = 400;

/// Everything that annotation needs: the shipped lexicons and the user's names. Made once, shared by threads.
#[derive(Clone)]
pub struct Annotator {
    /// None where nothing is tracked.
    gazetteer: Option<Arc<Gazetteer>>,
    lexicons: Arc<Lexicons>,
}

impl Annotator {
    pub fn new(gazetteer: Gazetteer) -> Annotator {
        Annotator { gazetteer: Some(Arc::new(gazetteer)), ..Annotator::without_names() }
    }

    /// Reads figures and claims only.
    pub fn without_names() -> Annotator {
        Annotator { gazetteer: None, lexicons: Lexicons::shipped() }
    }

    /// Reads with the lexicon of this text in place of the shipped one of its language.
    ///
    /// # Errors
    /// What is wrong with the lexicon.
    pub fn with_lexicon(self, source: &str) -> Result<Annotator, Fault> {
        Ok(Annotator { lexicons: Arc::new(Lexicons::with(source)?), ..self })
    }

    /// Reads with more words: texts in the form of a lexicon, each with its language and what it adds.
    ///
    /// # Errors
    /// What is wrong with which of them: its place in the list, from 0.
    pub fn with_words(self, words: &[String]) -> Result<Annotator, (usize, Fault)> {
        let lexicons = if words.is_empty() { self.lexicons } else { Arc::new(Lexicons::with_words(words)?) };
        Ok(Annotator { lexicons, ..self })
    }

    /// Languages whose figures and claims can be read.
    pub fn languages(&self) -> impl Iterator<Item = Language> {
        self.lexicons.languages()
    }

    /// Annotates a text, whose first `title` bytes are its title (0: none; the title ends in an empty line).
    /// A given `language` is obeyed.
    pub fn annotate(&self, tokens: &fold::Tokens, title: usize, language: Option<Language>) -> Annotation {
        let language = language.or_else(|| self.language(tokens.text, None));
        let lexicon = language.and_then(|l| self.lexicons.of(l));
        let (claims, reasons) = lexicon.map(|l| claim::claims(tokens, title, l)).unwrap_or_default();
        Annotation { language, claims, reasons, mentions: self.mentions(tokens, language) }
    }

    /// Annotates a text as it comes: in the `declared` language, unless its letters say otherwise; a short one of which nothing is declared in
    /// the language in which most of it is understood.
    pub fn read(&self, tokens: &fold::Tokens, title: usize, declared: Option<Language>) -> Annotation {
        let seen = self.language(tokens.text, declared);
        match declared {
            None if tokens.text.len() <= SHORT => self.annotate_short(tokens, title, seen),
            _ => self.annotate(tokens, title, seen),
        }
    }

    /// Annotates a text of which nothing is declared, and whose letters are too few to say much about its language (`seen`): another one
    /// that can be read, in which more is understood, is more likely.
    fn annotate_short(&self, tokens: &fold::Tokens, title: usize, seen: Option<Language>) -> Annotation {
        if let Some(language) = self.language_at_a_glance(tokens.text) {
            return self.annotate(tokens, title, Some(language));
        }
        let mut best = self.annotate(tokens, title, seen);
        for language in self.languages() {
            let other = self.annotate(tokens, title, Some(language));
            if understood(&other) > understood(&best) {
                best = other;
            }
        }
        best
    }

    /// The tracked names alone, without figures.
    pub fn mentions(&self, tokens: &fold::Tokens, language: Option<Language>) -> Vec<Mention> {
        self.gazetteer.as_ref().map(|g| g.mentions(tokens, language)).unwrap_or_default()
    }

    /// The language that the small words of a text show, where they show one clearly.
    pub fn language_at_a_glance(&self, text: &str) -> Option<Language> {
        language::glance(text)
    }

    /// The language of a text: `declared` (by the feed or the page) unless the letters say otherwise.
    pub fn language(&self, text: &str, declared: Option<Language>) -> Option<Language> {
        language::detect(text, declared)
    }
}

/// Figures, and what is known of them.
fn understood(annotation: &Annotation) -> (usize, usize) {
    let known = |c: &Claim| usize::from(c.force.is_some()) + usize::from(c.action != Action::Other) + c.places.len();
    (annotation.claims.len(), annotation.claims.iter().map(known).sum())
}

#[cfg(test)]
mod tests {
    use super::{Annotator, fold::Tokens, language::Language};
    use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

    fn language(code: &str) -> Option<Language> {
        Language::parse(code)
    }

    const CODES: [&str; 10] = ["nl", "en", "de", "fr", "es", "it", "pt", "pl", "uk", "ru"];

    /// Pieces that the readers care about, in any order, and anything else.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            any::<u32>().prop_map(|n| n.to_string()),
            prop::sample::select(vec![
                "1,000",
                "2.500",
                "duizend",
                "twee",
                "and",
                "en",
                "tot",
                "to",
                "-",
                " - ",
                "’",
                "k",
                "soldiers",
                "militairen",
                "in Polen",
                "from",
                "worden",
                "gestuurd",
                "Tweeduizend",
                "hundred",
                "half",
                "a",
                ".",
                ",",
                "\n\n",
                " ",
                "\u{a0}",
                "killed",
                "of whom",
                "onder wie",
                "between",
                "more than",
                "%",
                "(",
                "Russian",
                "VS",
                "Soldaten",
                "stationierten",
                "soldats",
                "d'une trentaine de",
                "quatre-vingts",
                "soldados",
                "mil",
                "de los",
                "soldati",
                "e mezzo",
                "żołnierzy",
                "tys.",
                "до",
                "тысяч",
                "солдат",
                "п'ять",
                "Ã©",
                "24. ",
                "«",
            ])
            .prop_map(str::to_owned),
            Just(" ".to_owned()),
        ];
        prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn spans_cut_the_text(text in text(), code in prop::sample::select(CODES.to_vec())) {
            let annotation = Annotator::without_names().annotate(&Tokens::of(&text), 0, language(code));
            assert_eq!(annotation.claims.len(), annotation.reasons.len());
            let mut last = 0;
            for claim in &annotation.claims {
                let (start, end) = (claim.span.start as usize, claim.span.end as usize);
                assert!(last <= start && start < end, "claims stand in order");
                assert_eq!(text.get(start..end), Some(claim.text.as_str()));
                assert!(claim.sentence.contains(claim.span));
                assert!((0.0..=1.0).contains(&claim.certainty));
                assert!(claim.amount.low.is_some() || claim.amount.high.is_some());
                for place in &claim.places {
                    assert_eq!(place.span.of(&text), place.text);
                }
                last = end;
            }
        }
    }

    #[test]
    fn a_span_reads_the_amount_it_claims() {
        for (code, number) in
            [("nl", "vijfentwintighonderd"), ("nl", "20 tot 25 duizend"), ("en", "1.5 million"), ("en", "several hundred")]
        {
            let noun = if code == "nl" { "militairen" } else { "soldiers" };
            let annotator = Annotator::without_names();
            let whole = format!("{number} {noun}");
            let again = |text: &str| annotator.annotate(&Tokens::of(text), 0, language(code)).claims[0].clone();
            let first = again(&whole);
            assert_eq!(first.text, number);
            assert_eq!(again(&format!("{} {noun}", first.text)).amount, first.amount);
        }
    }

    #[test]
    fn long_garbage_takes_no_long_time() {
        let annotator = Annotator::without_names();
        for piece in ["1,000 ", "twee", "honderd duizend ", "soldiers ", "in Polen en ", "- ", "a", "(", "2 to ", "of ", "\n\n"] {
            let text = piece.repeat(60_000 / piece.len());
            for code in CODES {
                let claims = annotator.annotate(&Tokens::of(&text), 0, language(code)).claims;
                assert!(claims.len() <= 1000);
            }
        }
    }

    #[test]
    fn the_language_is_seen() {
        let annotator = Annotator::without_names();
        let dutch = "De minister heeft vandaag in de Kamer gezegd dat er volgende week nog eens tweehonderd militairen naar Litouwen gaan.";
        assert_eq!(annotator.language(dutch, None), language("nl"));
        assert_eq!(annotator.language(dutch, language("en")), language("nl"), "the letters overrule");
        assert_eq!(annotator.language("200 військових", language("en")), language("uk"), "another script");
        assert_eq!(annotator.language("200 troops", language("en")), language("en"), "too short to say");
        for (code, text) in [
            ("es", "El ministro dijo que el ejército enviará más de doscientos soldados a la frontera."),
            ("pt", "O ministro disse que o exército vai enviar mais de duzentos soldados para a fronteira."),
            ("it", "Il ministro ha detto che più di duecento soldati sono stati inviati al confine."),
            ("fr", "Le ministre a dit que plus de deux cents soldats ont été envoyés à la frontière."),
            ("de", "Der Minister sagte, dass mehr als zweihundert Soldaten an die Grenze geschickt wurden."),
            ("pl", "Minister powiedział, że na granicę zostało wysłanych ponad dwustu żołnierzy."),
            ("uk", "Міністр сказав, що на кордон було відправлено понад двісті військових, які вже прибули."),
            ("ru", "Министр сказал, что на границу были отправлены более двухсот военных, которые уже прибыли."),
            ("en", "The minister said that more than two hundred soldiers were sent to the border."),
            ("nl", "De minister zei dat er meer dan tweehonderd militairen naar de grens zijn gestuurd."),
        ] {
            assert_eq!(annotator.language(text, None), language(code), "{text}");
            assert_eq!(annotator.language_at_a_glance(text), language(code), "{text}");
        }
    }

    #[test]
    fn one_sentence_is_read_in_the_language_that_makes_sense_of_it() {
        let annotator = Annotator::without_names();
        for (text, language, figures) in [
            ("Canada is sending 1,500 troops to Latvia.", "en", 1),
            ("300 soldiers died in Ukraine", "en", 1),
            ("Polen stuurt 500 militairen naar Letland", "nl", 1),
            ("Duitsland stationeert 5.000 soldaten in Litouwen", "nl", 1),
            ("Les cyclistes sont arrivés hier soir à Bordeaux.", "fr", 0),
        ] {
            let found = annotator.annotate_short(&Tokens::of(text), 0, annotator.language(text, None));
            let seen = found.language.map(|l| l.to_string());
            assert_eq!((seen.as_deref(), found.claims.len()), (Some(language), figures), "{text}");
        }
    }
}
