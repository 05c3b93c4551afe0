//! Rules: which hold for an article, and how loud the built-in one is.

use crate::claims::{article, claim, hours};
use orbat::rule::{Channel, Condition, FigureCondition, Rule, Within, loudness, troops};
use orbat::text::Annotation;
use orbat::text::claim::{Action, Claim, Context, Status};
use orbat::text::fold::Tokens;
use orbat::text::gazetteer::Mention;
use orbat::text::query::Query;
use orbat::text::span::Span;

fn list(words: &str) -> Vec<String> {
    words.split(' ').map(str::to_owned).collect()
}

#[test]
fn the_built_in_rule_knows_how_loud() {
    let home = list("nato");
    for (line, channel) in [
        ("US deploy planned 2000 to:DE,PL", Channel::Popup),
        ("US deploy possible 2000 to:eastern-europe", Channel::Popup),
        ("US deploy denied 2000 to:PL", Channel::Popup),
        ("US deploy planned 99 to:PL", Channel::Digest),
        ("US deploy planned 100.. to:PL", Channel::Popup),
        ("US deploy fact 2000 to:US", Channel::Digest),
        ("US deploy fact 2000 to:US ctx:domestic", Channel::Digest),
        ("US deploy fact 2000", Channel::Digest),
        ("- deploy fact 1000 from:DE to:RO", Channel::Popup),
        ("- deploy fact 1000 to:RO", Channel::Digest),
        ("nato deploy planned 5000 to:EE", Channel::Popup),
        ("wagner deploy fact 500 at:ML", Channel::Digest),
        ("US withdraw planned 12000 from:DE", Channel::Popup),
        ("RU withdraw fact 300 from:RU", Channel::Digest),
        ("US ready fact 8500 to:eastern-europe", Channel::Popup),
        ("US deploy planned 650 to:BG ctx:rotation", Channel::Digest),
        ("US deploy fact 650 to:BG ctx:history", Channel::List),
        ("RU present fact ~100000 at:UA/border", Channel::Popup),
        ("RU raise fact 5000 at:UA/near", Channel::Popup),
        ("RU present fact 100000 at:UA", Channel::Digest),
        ("RU raise fact 300000", Channel::Digest),
        ("nato train fact 9000 at:RO ctx:exercise", Channel::Digest),
        ("RO killed fact 3 at:RO", Channel::Popup),
        ("PL captured fact 1", Channel::Popup),
        ("RU killed fact 300 at:UA", Channel::Digest),
        ("- killed fact 3 at:RO", Channel::Digest),
        ("US wounded fact 30", Channel::Digest),
        ("UA freed fact 75", Channel::Digest),
        ("US other fact 500", Channel::List),
    ] {
        assert_eq!(loudness(&claim(line), &home), channel, "{line}");
    }
    assert!(troops().builtin && troops().is_figure_rule());
}

#[test]
fn figure_conditions() {
    let to = |places: &str| FigureCondition { to: list(places), ..Default::default() };
    let at = |place: &str, near| FigureCondition { at: list(place), near, ..Default::default() };
    for (condition, line, holds) in [
        (to("PL"), "US deploy planned 2000 to:DE,PL", true),
        (to("PL"), "US deploy planned 2000 to:eastern-europe", true),
        (to("baltics"), "US deploy planned 2000 to:EE", true),
        (to("baltics RO"), "US deploy planned 2000 to:PL", false),
        (to("PL"), "US deploy planned 2000", false),
        (at("UA", false), "RU present fact 100000 at:UA/border", false),
        (at("UA", true), "RU present fact 100000 at:UA/border", true),
        (at("UA", false), "RU present fact 100000 at:UA", true),
        (FigureCondition { force: list("nato"), ..Default::default() }, "US deploy fact 1", true),
        (FigureCondition { force: list("US"), ..Default::default() }, "nato deploy fact 1", false),
        (FigureCondition { force: list("US"), ..Default::default() }, "- deploy fact 1", false),
        (FigureCondition { action: vec![Action::Ready], ..Default::default() }, "US deploy fact 1", false),
        (FigureCondition { status: vec![Status::Planned], ..Default::default() }, "US deploy planned 1", true),
        (FigureCondition { context: vec![Context::Current], ..Default::default() }, "US deploy fact 1 ctx:exercise", false),
        (FigureCondition { by: list("pentagon"), ..Default::default() }, "US deploy fact 1 by:Pentagon", true),
        (FigureCondition { by: list("Kremlin"), ..Default::default() }, "US deploy fact 1", false),
        (FigureCondition { not_by: list("TASS"), ..Default::default() }, "US deploy fact 1 by:TASS", false),
        (FigureCondition { not_by: list("TASS"), ..Default::default() }, "US deploy fact 1", true),
        (FigureCondition { at_least: Some(500), ..Default::default() }, "US deploy fact 400..600", true),
        (FigureCondition { at_least: Some(500), ..Default::default() }, "US deploy fact 400..", false),
        (FigureCondition { at_most: Some(500), ..Default::default() }, "US deploy fact 400..", true),
        (FigureCondition { at_most: Some(500), ..Default::default() }, "US deploy fact ..600", false),
    ] {
        assert_eq!(condition.holds(&claim(line)), holds, "{line} for {condition:?}");
    }
}

const TEXT: &str =
    "Title on Kyiv here\n\nZelensky spoke. It was late. The US sends 2000 to Poland. Good news. Rutte agreed, said Navo.";

fn annotation() -> Annotation {
    let span = |word: &str| {
        let at = TEXT.find(word).expect("the word");
        Span::new(at, at + word.len())
    };
    let mention = |entity: &str, word: &str| Mention { entity: entity.into(), span: span(word), text: word.into() };
    let claim = Claim {
        sentence: span("The US sends 2000 to Poland."),
        span: span("2000"),
        ..claim("US deploy planned 2000 to:PL certainty:0.6")
    };
    let mentions = vec![
        mention("kyiv", "Kyiv"),
        mention("zelensky", "Zelensky"),
        mention("us", "US"),
        mention("good", "Good"),
        mention("rutte", "Rutte"),
    ];
    Annotation { language: None, claims: vec![claim], reasons: vec![], mentions }
}

fn rule(condition: Condition) -> Rule {
    Rule { condition, builtin: false, name: "mine".into(), ..troops() }
}

#[test]
fn conditions() {
    let mut article = article(1, "nos", "Title on Kyiv here", &TEXT[20..], hours(0));
    article.tags = list("nl defence");
    let figure = || Condition::Figure(FigureCondition::default());
    let entity = |id: &str| Condition::Entities(list(id).into_iter().collect());
    let text = |query: &str| Condition::Text(vec![Query::parse(query).expect("a query")]);
    let holds = |rule: &Rule| {
        rule.holds(&article, &annotation(), &Tokens::of(TEXT), 20).map(|m| (m.claims.len(), m.mentions.len(), m.words))
    };
    let none = Vec::<String>::new;
    for (condition, expected) in [
        (figure(), Some((1, 0, none()))),
        (entity("zelensky putin"), Some((0, 1, none()))),
        (entity("putin"), None),
        (text("Polen OR zelensk*"), Some((0, 0, list("x")))),
        (text("title:zelensky"), None),
        (text("title:kyiv"), Some((0, 0, list("x")))),
        (Condition::Feeds(list("nos nrc")), Some((0, 0, none()))),
        (Condition::Tags(list("defence")), Some((0, 0, none()))),
        (Condition::Languages(vec!["nl".to_owned().try_into().expect("a language")]), None),
        (Condition::None(vec![entity("putin")]), Some((0, 0, none()))),
        (Condition::None(vec![entity("rutte")]), None),
        (Condition::Any(vec![entity("putin"), figure(), entity("kyiv rutte")]), Some((1, 2, none()))),
        (Condition::Any(vec![]), None),
        (Condition::All(vec![figure(), Condition::None(vec![entity("rutte")])]), None),
        (Condition::All(vec![figure(), entity("us")]), Some((1, 1, none()))),
        (Condition::All(vec![figure(), entity("good")]), Some((1, 1, none()))),
        (Condition::All(vec![figure(), entity("zelensky")]), None),
        (Condition::All(vec![figure(), entity("rutte")]), None),
        (Condition::All(vec![figure(), text("rutte")]), Some((1, 0, list("x")))),
    ] {
        let lacks = rule(condition.clone()).lacks(&article, &annotation(), &Tokens::of(TEXT), 20);
        assert_eq!(lacks.is_empty(), expected.is_some(), "{condition:?} lacks {lacks:?}");
        let found = holds(&rule(condition.clone())).map(|(c, m, words)| (c, m, words.len()));
        assert_eq!(found, expected.map(|(c, m, words): (_, _, Vec<_>)| (c, m, words.len())), "{condition:?}");
    }
    let joined = Rule { within: Within::Article, ..rule(Condition::All(vec![figure(), entity("zelensky")])) };
    assert!(holds(&joined).is_some());
    assert!(holds(&Rule { enabled: false, ..rule(figure()) }).is_none());
    assert!(holds(&Rule { min_certainty: 0.7, ..rule(figure()) }).is_none());
}

#[test]
fn what_a_rule_lacks_and_whether_it_was_near() {
    let article = article(1, "nos", "Title on Kyiv here", &TEXT[20..], hours(0));
    let figure = |at_least, to: &str| FigureCondition { at_least, to: list(to), ..FigureCondition::default() };
    let entity = |id: &str| Condition::Entities(list(id).into_iter().collect());
    for (condition, lack, near) in [
        (Condition::Figure(figure(Some(3000), "PL")), "amount is 2000, asked is at least 3000", true),
        (Condition::Figure(figure(Some(1000), "RO baltics")), "to is PL, asked is RO or baltics", true),
        (Condition::Figure(figure(None, "RO")), "to is PL, asked is RO", false),
        (Condition::All(vec![Condition::Figure(figure(None, "PL")), entity("putin")]), "putin is not named", true),
        (entity("putin"), "putin is not named", false),
        (Condition::All(vec![entity("rutte"), Condition::Feeds(list("nrc"))]), "the feed is nos", true),
        (
            Condition::All(vec![Condition::Figure(figure(None, "PL")), entity("zelensky")]),
            "the name stands too far from the figure",
            true,
        ),
        (Condition::Any(vec![entity("putin"), Condition::Figure(figure(Some(3000), "RO"))]), "putin is not named", false),
    ] {
        let rule = rule(condition);
        let lacks = rule.lacks(&article, &annotation(), &Tokens::of(TEXT), 20);
        let said: Vec<String> = lacks.iter().map(ToString::to_string).collect();
        assert_eq!((said.join("; ").as_str(), rule.is_near(&lacks)), (lack, near), "{rule:?}");
    }
    let sure = Rule { min_certainty: 0.7, ..rule(Condition::Figure(figure(None, ""))) };
    let lacks = sure.lacks(&article, &annotation(), &Tokens::of(TEXT), 20);
    assert_eq!((lacks[0].to_string().as_str(), sure.is_near(&lacks)), ("certainty is 0.60, asked is 0.70", true));
    let lacks = sure.lacks(&article, &Annotation { claims: Vec::new(), ..annotation() }, &Tokens::of(TEXT), 20);
    assert_eq!((lacks[0].to_string().as_str(), sure.is_near(&lacks)), ("no troop figure", false));
}
