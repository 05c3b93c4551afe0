//! Alerts: what is told, to which rule, how loud, and in which words.

use crate::claims::{article, claim, hours, start};
use expect_test::{Expect, expect};
use jiff::SignedDuration;
use orbat::alert::{Alert, AlertKind, Held, News, Policy, Told, digest, first_polls, raise, sample, words};
use orbat::article::{Article, StoryId};
use orbat::ledger::{Ledger, LedgerId};
use orbat::rule::{Channel, Condition, FigureCondition, Priority, Rule, Sum, troops};
use orbat::text::Annotation;
use orbat::text::claim::{Action, Claim, Status};
use orbat::text::gazetteer::Mention;
use orbat::text::language::Language;
use orbat::text::query::Query;
use orbat::text::span::Span;
use std::collections::HashMap;

fn language(code: &str) -> Language {
    Language::parse(code).expect("a language")
}

fn rule(name: &str, condition: Condition, alert: Option<Channel>) -> Rule {
    Rule { name: name.into(), condition, alert, builtin: false, ..troops() }
}

/// A desk that remembers what it has told.
struct Desk {
    policy: Policy,
    ledger: Ledger,
    told: HashMap<(String, LedgerId), Told>,
    articles: i64,
    /// The user has muted all.
    muted: bool,
}

impl Desk {
    fn new(rules: Vec<Rule>) -> Desk {
        let policy = Policy { rules, home: vec!["nato".into()], language: language("en") };
        Desk { policy, ledger: Ledger::with(vec![]), told: HashMap::new(), articles: 0, muted: false }
    }

    fn read(&mut self, article: &Article, story: i64, annotation: &Annotation) -> Vec<Alert> {
        let decisions = self.ledger.take(article, StoryId(story), &annotation.claims);
        let news = News { article, story: StoryId(story), annotation, decisions: &decisions };
        let told = |rule: &str, line| self.told.get(&(rule.to_owned(), line)).copied();
        let alerts = raise(&self.policy, &news, &self.ledger, &told, hours(0));
        for alert in &alerts {
            let held = if self.muted { Some(Held::Muted) } else { alert.held };
            let alert = Alert { held, ..alert.clone() };
            let now = alert.told(|line| self.told.get(&(alert.rule.clone(), line)).copied());
            self.told.extend(now.into_iter().map(|(line, now)| ((alert.rule.clone(), line), now)));
        }
        alerts
    }

    /// An article of these claims, in a story of its own.
    fn tell(&mut self, outlet: &str, claims: &str) -> Vec<Alert> {
        self.articles += 1;
        let article = article(self.articles, outlet, "A headline", "It says so here.", hours(self.articles));
        self.read(&article, self.articles, &annotation(claims))
    }
}

fn annotation(claims: &str) -> Annotation {
    Annotation {
        language: Some(language("nl")),
        claims: claims.split("; ").map(claim).collect::<Vec<Claim>>(),
        mentions: vec![],
        reasons: vec![],
    }
}

/// `rule channel: title / line / line` of each alert.
fn shown(alerts: &[Alert]) -> String {
    let line = |alert: &Alert| {
        let words = words(alert, language("en"));
        let lines: Vec<_> = std::iter::once(words.title).chain(words.lines).collect();
        format!("{} {}: {}\n", alert.rule, alert.channel, lines.join(" / "))
    };
    alerts.iter().map(line).collect()
}

fn check(desk: &mut Desk, articles: &[(&str, &str)], expected: &Expect) {
    let all: String =
        articles.iter().map(|(outlet, claims)| format!("- {claims}\n{}", shown(&desk.tell(outlet, claims)))).collect();
    expected.assert_eq(&all);
}

#[test]
fn the_life_of_a_claim() {
    check(
        &mut Desk::new(vec![troops()]),
        &[
            (
                "nos",
                "US deploy planned 2000 from:US to:DE,PL; US deploy planned 1000 from:DE to:RO; US ready fact 8500 to:eastern-europe; RU present fact ~100000 at:UA/border; RU killed fact 40 at:UA; US deploy fact 12000 to:PL ctx:history",
            ),
            ("nrc", "US deploy planned 2000 to:PL; US deploy planned 3000 to:eastern-europe"),
            ("ap", "US deploy planned 4000 to:PL by:Pentagon"),
            ("bbc", "US deploy fact 4000 to:PL"),
            ("tass", "US deploy denied 4000 to:PL by:Warsaw"),
            ("ap", "US withdraw planned 10000 from:RO"),
            ("ap", "US withdraw planned 1000 from:RO"),
            ("bbc", "US withdraw planned 5000 from:RO"),
        ],
        &expect![[r#"
            - US deploy planned 2000 from:US to:DE,PL; US deploy planned 1000 from:DE to:RO; US ready fact 8500 to:eastern-europe; RU present fact ~100000 at:UA/border; RU killed fact 40 at:UA; US deploy fact 12000 to:PL ctx:history
            troops popup: US: 2,000 to Germany and Poland (planned) / Also: 1,000 Germany to Romania; 8,500 on alert for Eastern Europe; Russia about 100,000 at Ukraine's border; 40 Russian soldiers killed in Ukraine
            troops list: US: 12,000 to Poland (history)
            - US deploy planned 2000 to:PL; US deploy planned 3000 to:eastern-europe
            - US deploy planned 4000 to:PL by:Pentagon
            troops popup: CHANGED: US to Poland 4,000, was 2,000 (planned) / According to Pentagon
            - US deploy fact 4000 to:PL
            troops digest: CHANGED: US to Poland 4,000 (under way, was planned)
            - US deploy denied 4000 to:PL by:Warsaw
            troops popup: DISPUTED: US to Poland 4,000 / According to Warsaw
            - US withdraw planned 10000 from:RO
            troops popup: US: 10,000 out of Romania (planned)
            - US withdraw planned 1000 from:RO
            troops popup: CORRECTED: US out of Romania 1,000, not 10,000 (planned)
            - US withdraw planned 5000 from:RO
            troops popup: CHANGED: US out of Romania 5,000, was 1,000 (planned)
        "#]],
    );
}

#[test]
fn a_rule_is_told_what_grows_into_it_and_what_it_is_owed() {
    let many = Condition::Figure(FigureCondition { at_least: Some(3000), ..Default::default() });
    check(
        &mut Desk::new(vec![rule("many", many, None)]),
        &[
            ("a", "US deploy planned 2500 to:PL"),
            ("b", "US deploy planned 4000 to:PL"),
            ("c", "DE deploy planned 8000 to:FI"),
            ("d", "DE deploy planned 8000 to:FI"),
            ("c", "DE deploy planned 800 to:FI"),
            ("e", "US deploy fact 6000 to:PL ctx:history"),
        ],
        &expect![[r#"
            - US deploy planned 2500 to:PL
            - US deploy planned 4000 to:PL
            many popup: US: 4,000 to Poland (planned)
            - DE deploy planned 8000 to:FI
            many popup: Germany: 8,000 to Finland (planned)
            - DE deploy planned 8000 to:FI
            - DE deploy planned 800 to:FI
            many popup: CORRECTED: Germany to Finland 800, not 8,000 (planned)
            - US deploy fact 6000 to:PL ctx:history
            many list: US: 6,000 to Poland (history)
        "#]],
    );
}

#[test]
fn who_was_told_something_wrong_is_told_so_as_loudly() {
    check(
        &mut Desk::new(vec![troops()]),
        &[
            ("a", "DE deploy planned 800 to:FI"),
            ("a", "DE deploy planned 80 to:FI"),
            ("b", "DE deploy planned 80 to:FI"),
            // What waited for the digest is corrected there.
            ("c", "FR train fact 9000 at:RO ctx:exercise"),
            ("c", "FR train fact 900 at:RO ctx:exercise"),
        ],
        &expect![[r#"
            - DE deploy planned 800 to:FI
            troops popup: Germany: 800 to Finland (planned)
            - DE deploy planned 80 to:FI
            troops popup: CORRECTED: Germany to Finland 80, not 800 (planned)
            - DE deploy planned 80 to:FI
            - FR train fact 9000 at:RO ctx:exercise
            troops digest: France: 9,000 in exercise in Romania
            - FR train fact 900 at:RO ctx:exercise
            troops digest: CORRECTED: France in exercise in Romania 900, not 9,000
        "#]],
    );
}

#[test]
fn a_correction_is_told_to_its_rule_beside_another_popup() {
    let to = |place: &str| Condition::Figure(FigureCondition { to: vec![place.into()], ..Default::default() });
    check(
        &mut Desk::new(vec![rule("finland", to("FI"), None), rule("estonia", to("EE"), None), troops()]),
        &[
            ("a", "DE deploy planned 8000 to:FI; FR deploy planned 300 to:FI"),
            ("b", "NL deploy planned 7000 to:EE"),
            ("b", "NL deploy planned 700 to:EE; SE deploy planned 1200 to:FI"),
            ("c", "NL deploy planned 9000 to:EE"),
            ("a", "DE deploy planned 800 to:FI; FR deploy planned 30 to:FI; NO deploy planned 400 to:EE"),
        ],
        &expect![[r#"
            - DE deploy planned 8000 to:FI; FR deploy planned 300 to:FI
            finland popup: Germany: 8,000 to Finland (planned) / Also: France 300 to Finland
            troops list: Germany: 8,000 to Finland (planned) / Also: France 300 to Finland
            - NL deploy planned 7000 to:EE
            estonia popup: Netherlands: 7,000 to Estonia (planned)
            troops list: Netherlands: 7,000 to Estonia (planned)
            - NL deploy planned 700 to:EE; SE deploy planned 1200 to:FI
            finland digest: Sweden: 1,200 to Finland (planned)
            estonia popup: CORRECTED: Netherlands to Estonia 700, not 7,000 (planned)
            troops list: Sweden: 1,200 to Finland (planned)
            troops list: CORRECTED: Netherlands to Estonia 700, not 7,000 (planned)
            - NL deploy planned 9000 to:EE
            estonia digest: Netherlands: 9,000 to Estonia (planned) / Maybe the same as: Netherlands: 700 to Estonia (planned)
            troops list: Netherlands: 9,000 to Estonia (planned) / Maybe the same as: Netherlands: 700 to Estonia (planned)
            - DE deploy planned 800 to:FI; FR deploy planned 30 to:FI; NO deploy planned 400 to:EE
            finland popup: CORRECTED: Germany to Finland 800, not 8,000 (planned) / Also: France 30 to Finland, not 300
            estonia digest: Norway: 400 to Estonia (planned)
            troops list: Norway: 400 to Estonia (planned)
            troops list: CORRECTED: Germany to Finland 800, not 8,000 (planned) / Also: France 30 to Finland, not 300
        "#]],
    );
}

#[test]
fn what_is_told_is_compared_with_what_the_rule_has_told() {
    let planned = FigureCondition { status: vec![Status::Planned], ..Default::default() };
    let many = FigureCondition { at_least: Some(3000), ..Default::default() };
    check(
        &mut Desk::new(vec![rule("plans", Condition::Figure(planned), None), rule("many", Condition::Figure(many), None)]),
        &[
            ("a", "US deploy possible 2000 to:PL"),
            ("b", "US deploy planned 2000 to:PL; US deploy planned 2000 to:PL by:Biden"),
            ("c", "US deploy planned 3500 to:PL"),
            ("d", "US deploy planned 2000 to:PL"),
            ("e", "US deploy denied 3500 to:PL by:Minsk"),
            ("f", "US deploy planned 3500 to:PL"),
            ("g", "US deploy fact 3500 to:PL; US deploy fact 3500 to:PL by:Biden"),
        ],
        &expect![[r#"
            - US deploy possible 2000 to:PL
            - US deploy planned 2000 to:PL; US deploy planned 2000 to:PL by:Biden
            plans popup: US: 2,000 to Poland (planned) / According to Biden
            - US deploy planned 3500 to:PL
            plans popup: CHANGED: US to Poland 3,500, was 2,000 (planned)
            many list: US: 3,500 to Poland (planned)
            - US deploy planned 2000 to:PL
            - US deploy denied 3500 to:PL by:Minsk
            plans popup: DISPUTED: US to Poland 3,500 / According to Minsk
            many list: DISPUTED: US to Poland 3,500 / According to Minsk
            - US deploy planned 3500 to:PL
            - US deploy fact 3500 to:PL; US deploy fact 3500 to:PL by:Biden
            many popup: CHANGED: US to Poland 3,500 (under way, was planned) / According to Biden
        "#]],
    );
}

#[test]
fn a_cumulative_rule_adds_movements_once() {
    let flank = FigureCondition { to: vec!["PL".into(), "baltics".into()], ..Default::default() };
    let sum = Sum { at_least: 1000, within: SignedDuration::from_hours(7 * 24) };
    check(
        &mut Desk::new(vec![Rule { sum: Some(sum), ..rule("flank", Condition::Figure(flank), None) }]),
        &[
            ("a", "US deploy planned 700 to:PL"),
            ("b", "US deploy planned 700 to:PL"),
            ("c", "DE deploy fact 5000 to:LT measure:total; DE present fact 4000 at:LT"),
            ("d", "FR deploy planned 300 to:EE ctx:rotation"),
            ("e", "GB deploy planned 400 to:EE; GB withdraw planned 200 from:LV"),
            ("f", "CA deploy planned 150 to:LV measure:change"),
            ("g", "NL deploy planned 900 to:LT"),
            ("a", "US deploy planned 70 to:PL"),
            ("e", "GB deploy denied 400 to:EE; GB deploy denied 400 to:EE"),
        ],
        &expect![[r#"
            - US deploy planned 700 to:PL
            - US deploy planned 700 to:PL
            - DE deploy fact 5000 to:LT measure:total; DE present fact 4000 at:LT
            - FR deploy planned 300 to:EE ctx:rotation
            - GB deploy planned 400 to:EE; GB withdraw planned 200 from:LV
            - CA deploy planned 150 to:LV measure:change
            flank popup: 1,050 in 7 days: flank / US: 700 to Poland (planned) / UK: 400 to Estonia (planned) / UK: 200 out of Latvia (planned) / Canada: 150 more to Latvia (planned) / Of 1,100 it is not said whether they come on top of others.
            - NL deploy planned 900 to:LT
            - US deploy planned 70 to:PL
            flank popup: CORRECTED: US to Poland 70, not 700 (planned) / In all for flank: 420, not 1,050.
            - GB deploy denied 400 to:EE; GB deploy denied 400 to:EE
            flank popup: CHANGED: UK to Estonia 400 (called off, was planned) / In all for flank: 20, not 420.
        "#]],
    );
}

#[test]
fn a_sum_counts_what_comes_on_top() {
    let flank = FigureCondition { to: vec!["PL".into(), "baltics".into()], ..Default::default() };
    let sum = Sum { at_least: 1000, within: SignedDuration::from_hours(7 * 24) };
    check(
        &mut Desk::new(vec![Rule { sum: Some(sum), ..rule("flank", Condition::Figure(flank), None) }]),
        &[
            ("a", "US deploy planned 600 to:PL"),
            ("b", "US deploy planned 500 to:PL measure:change"),
            ("c", "US deploy planned 2500 to:PL by:Pentagon"),
            ("c", "US deploy planned 250 to:PL by:Pentagon"),
        ],
        &expect![[r#"
            - US deploy planned 600 to:PL
            - US deploy planned 500 to:PL measure:change
            flank popup: 1,100 in 7 days: flank / US: 600 to Poland (planned) / US: 500 more to Poland (planned) / Of 600 it is not said whether they come on top of others.
            - US deploy planned 2500 to:PL by:Pentagon
            flank popup: 1,900 in 7 days: flank / US: 1,900 more to Poland (planned)
            - US deploy planned 250 to:PL by:Pentagon
            flank popup: CORRECTED: US to Poland 250, not 2,500 (planned) / According to Pentagon / In all for flank: 750, not 3,000.
        "#]],
    );
}

#[test]
fn each_receiver_is_told() {
    let deploy = Condition::Figure(FigureCondition { action: vec![Action::Deploy], ..Default::default() });
    let to = Condition::Figure(FigureCondition { to: vec!["PL".into()], ..Default::default() });
    let flank = Rule { notify: vec!["hook".into()], ..rule("flank", to.clone(), None) };
    let told = |rules: Vec<Rule>| {
        let alerts = Desk::new(rules).tell("a", "US deploy planned 2000 to:PL");
        let one = |a: &Alert| format!("{} {} {:?} but {:?}", a.rule, a.channel, a.notify, a.except);
        alerts.iter().map(one).collect::<Vec<_>>()
    };
    let all = rule("all", deploy.clone(), None);
    assert_eq!(
        told(vec![flank.clone(), all.clone()]),
        ["flank popup [\"hook\"] but []", "all popup [] but [\"hook\"]"],
        "those that the narrower rule does not name"
    );
    assert_eq!(told(vec![all.clone(), flank]), ["all popup [] but []", "flank list [\"hook\"] but []"]);
    let mut urgent = rule("urgent", to, None);
    urgent.manner.priority = Priority::High;
    assert_eq!(told(vec![all, urgent]), ["all list [] but []", "urgent popup [] but []"], "the most urgent rule tells it");
}

#[test]
fn a_toll_that_an_article_says_twice_grows_silently() {
    check(
        &mut Desk::new(vec![troops()]),
        &[
            ("a", "RO killed fact 110 at:RO"),
            ("b", "RO killed fact 125 at:RO; RO killed fact 125 at:RO"),
            ("c", "RO killed fact 150 at:RO; RO killed fact 150 at:RO"),
        ],
        &expect![[r#"
            - RO killed fact 110 at:RO
            troops popup: Romania: 110 killed in Romania
            - RO killed fact 125 at:RO; RO killed fact 125 at:RO
            troops digest: Romania: 125 killed in Romania / Maybe the same as: Romania: 110 killed in Romania
            - RO killed fact 150 at:RO; RO killed fact 150 at:RO
            troops digest: Romania: 150 killed in Romania / Maybe the same as: Romania: 125 killed in Romania
        "#]],
    );
}

#[test]
fn who_says_it_stands_in_the_popup_wherever_the_article_says_so() {
    check(
        &mut Desk::new(vec![troops()]),
        &[("a", "US deploy planned 2000 to:PL; US deploy planned 2000 to:PL by:Pentagon")],
        &expect![[r#"
            - US deploy planned 2000 to:PL; US deploy planned 2000 to:PL by:Pentagon
            troops popup: US: 2,000 to Poland (planned) / According to Pentagon
        "#]],
    );
}

#[test]
fn what_was_muted_was_not_told() {
    let mut desk = Desk::new(vec![troops()]);
    desk.muted = true;
    let first = desk.tell("a", "US deploy planned 2000 to:PL");
    assert_eq!(shown(&first), "troops popup: US: 2,000 to Poland (planned)\n");
    desk.muted = false;
    let then = desk.tell("b", "US deploy planned 2000 to:PL");
    assert_eq!(shown(&then), "troops popup: US: 2,000 to Poland (planned)\n", "new to him who heard nothing of it");
    assert!(!then[0].takes_back());
    let off = desk.tell("a", "US deploy denied 2000 to:PL by:Minsk");
    assert!(off[0].takes_back(), "and that is told in the digest, even if muted: {off:?}");
}

#[test]
fn one_article_makes_one_popup() {
    let to = |place: &str| Condition::Figure(FigureCondition { to: vec![place.into()], ..Default::default() });
    check(
        &mut Desk::new(vec![
            rule("poland", to("PL"), None),
            rule("again", to("PL"), None),
            rule("romania", to("RO"), None),
            troops(),
        ]),
        &[
            ("a", "US deploy planned 2000 to:PL; US deploy planned 1000 to:RO"),
            ("b", "US deploy planned 2000 to:PL"),
            ("c", "FR deploy planned 700 to:eastern-europe"),
        ],
        &expect![[r#"
            - US deploy planned 2000 to:PL; US deploy planned 1000 to:RO
            poland popup: US: 2,000 to Poland (planned)
            again list: US: 2,000 to Poland (planned)
            romania digest: US: 1,000 to Romania (planned)
            troops list: US: 2,000 to Poland (planned) / Also: 1,000 to Romania
            - US deploy planned 2000 to:PL
            - FR deploy planned 700 to:eastern-europe
            poland popup: France: 700 to Eastern Europe (planned) / Poland as a part of: Eastern Europe
            again list: France: 700 to Eastern Europe (planned) / Poland as a part of: Eastern Europe
            romania list: France: 700 to Eastern Europe (planned) / Romania as a part of: Eastern Europe
            troops list: France: 700 to Eastern Europe (planned)
        "#]],
    );
}

#[test]
fn old_and_baseline_articles_do_not_pop_up() {
    let mut desk = Desk::new(vec![troops()]);
    let mut old = article(100, "a", "Old", "", hours(100));
    old.published = Some(hours(50));
    assert_eq!(
        shown(&desk.read(&old, 1, &annotation("US deploy planned 2000 to:PL"))),
        "troops digest: US: 2,000 to Poland (planned)\n"
    );
    old = article(101, "a", "No date to speak of", "", hours(100));
    old.published = "1970-01-01T00:00:00Z".parse().ok();
    assert_eq!(
        shown(&desk.read(&old, 2, &annotation("US deploy planned 2000 to:RO"))),
        "troops popup: US: 2,000 to Romania (planned)\n"
    );
    let mut first = article(102, "a", "First poll", "", hours(101));
    first.baseline = true;
    assert_eq!(shown(&desk.read(&first, 3, &annotation("US deploy planned 500 to:EE"))), "");
    assert_eq!(shown(&desk.tell("b", "US deploy planned 500 to:EE")), "");
    assert_eq!(
        shown(&desk.tell("c", "US deploy planned 900 to:EE")),
        "troops popup: US: 900 to Estonia (planned) / Earlier: 500 (planned)\n"
    );
}

#[test]
fn names_and_words_are_told_once_a_story() {
    let mobilisation = Condition::Text(vec![Query::parse("mobilis*").expect("a query")]);
    let zelensky = Condition::Entities(["zelensky".to_owned()].into());
    let mut desk = Desk::new(vec![rule("zelensky", zelensky, None), rule("conscription", mobilisation, Some(Channel::Popup))]);
    let read = |desk: &mut Desk, title: &str, body: &str| {
        let article = article(1, "nos", title, body, start());
        let text = article.text().0;
        let at = text.find("Zelensky").expect("the name");
        let mention = Mention { entity: "zelensky".into(), span: Span::new(at, at + 8), text: "Zelensky".into() };
        let alerts = desk.read(&article, 7, &Annotation { mentions: vec![mention], ..Annotation::default() });
        let line =
            |a: &Alert| format!("{} {} {:?} {:?}", a.fingerprint, a.channel, a.sentence, a.mark.map(|m| m.of(&a.sentence)));
        alerts.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(
        read(&mut desk, "No mobilisation", "First. Then Zelensky spoke. More."),
        [
            r#"zelensky|story#7 digest "Then Zelensky spoke." Some("Zelensky")"#,
            r#"conscription|story#7 popup "No mobilisation" Some("mobilisation")"#
        ]
    );
    assert_eq!(
        read(&mut desk, "Zelensky", "First.\n\nThe Mobilised wait."),
        [
            r#"zelensky|story#7 digest "Zelensky" Some("Zelensky")"#,
            r#"conscription|story#7 digest "The Mobilised wait." Some("Mobilised")"#
        ]
    );
}

/// The title, body lines, evidence and footer of the popup that an article with this claim makes, in a language of messages.
fn popup(claims: &str, code: &str) -> String {
    let mut desk = Desk::new(vec![rule("all", Condition::Figure(FigureCondition::default()), None)]);
    let alerts = desk.tell("nos", claims);
    alerts
        .iter()
        .map(|alert| {
            let words = words(alert, language(code));
            assert!(words.title.chars().count() <= 60, "{}", words.title);
            format!("{} | {} | {}\n", words.title, words.lines.join(" / "), words.footer)
        })
        .collect()
}

#[test]
fn titles_in_plain_words() {
    let all: String = [
        "US deploy planned 2000 from:US to:DE,PL in:North_Carolina",
        "US deploy planned 1000 from:DE to:RO; US ready fact 8500; RU present fact ~100000 at:UA/border; US deploy possible 500 from:IT to:RO",
        "US deploy fact 1000.. from:DE to:RO,BG,HU,SK,PL,EE by:Pentagon",
        "US deploy fact ..500 to:BG ctx:rotation",
        "US deploy planned 500 to:PL measure:change",
        "nato train fact ~2000..9999 at:RO ctx:exercise",
        "RO killed fact 3 at:RO",
        "- deploy possible 2000..3000 to:baltics",
        "US withdraw planned 12000 from:DE to:US",
        "RU losses denied ~20..99",
        "new-group present fact 300 at:black-sea/near",
        "FR ready fact 700 to:EE",
        "UA raise possible 50000",
    ]
    .iter()
    .map(|claims| popup(claims, "en") + &popup(claims, "nl"))
    .collect();
    expect![[r#"
        US: 2,000 to Germany and Poland (planned) | From North_Carolina | nos · Dutch · 5 Jan 09:00 UTC · first report
        VS: 2.000 naar Duitsland en Polen (gepland) | Vanuit North_Carolina | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        US: 1,000 from Germany to Romania (planned) | Also: 500 Italy to Romania (possible); 8,500 on alert; Russia about 100,000 at Ukraine's border | nos · Dutch · 5 Jan 09:00 UTC · first report
        VS: 1.000 uit Duitsland naar Roemenië (gepland) | Ook: 500 Italië naar Roemenië (mogelijk); 8.500 paraat; Rusland ongeveer 100.000 aan de grens van Oekraïne | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        US: more than 1,000 to Romania, Bulgaria and 4 more | From Germany / According to Pentagon | nos · Dutch · 5 Jan 09:00 UTC · first report
        VS: meer dan 1.000 naar Roemenië, Bulgarije en 4 meer | Vanuit Duitsland / Volgens Pentagon | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        US: up to 500 to Bulgaria (rotation) |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        VS: hooguit 500 naar Bulgarije (aflossing) |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        US: 500 more to Poland (planned) |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        VS: 500 extra naar Polen (gepland) |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        NATO: thousands in exercise in Romania |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        NAVO: duizenden op oefening in Roemenië |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        Romania: 3 killed in Romania |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        Roemenië: 3 gedood in Roemenië |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        Troops: 2,000–3,000 to Baltic states (possible) |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        Troepen: 2.000–3.000 naar Baltische staten (mogelijk) |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        US: 12,000 out of Germany (planned) |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        VS: 12.000 weg uit Duitsland (gepland) |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        Russia: dozens lost (denied) |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        Rusland: tientallen verloren (ontkend) |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        New Group: 300 near Black Sea |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        New Group: 300 bij Zwarte Zee |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        France: 700 on alert for Estonia |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        Frankrijk: 700 paraat voor Estland |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
        Ukraine: 50,000 called up (possible) |  | nos · Dutch · 5 Jan 09:00 UTC · first report
        Oekraïne: 50.000 opgeroepen (mogelijk) |  | nos · Nederlands · 5 jan 09:00 UTC · eerste bericht
    "#]].assert_eq(&all);
}

#[test]
fn summaries() {
    let mut desk = Desk::new(vec![troops()]);
    let held = [
        desk.tell("a", "US train fact 2000 at:RO ctx:exercise"),
        desk.tell("b", "UA freed fact 75 at:UA"),
        // What has moved on since stands in its last state alone.
        desk.tell("c", "US train fact 3000 at:RO ctx:exercise"),
        desk.tell("d", "US train fact 4500 at:RO ctx:exercise"),
    ]
    .concat();
    let show = |alert: &Alert, code: &str| {
        let words = words(alert, language(code));
        format!("{:?} {:?} {:?} {:?}\n", words.title, words.lines, words.sentence, words.footer)
    };
    let digested = digest(&held, language("en"), start()).expect("a digest");
    assert!(digest(&[], language("en"), start()).is_none());
    assert_eq!((digested.kind, digested.channel), (AlertKind::Summary, Channel::Popup));
    let all = show(&digested, "en")
        + &show(&first_polls(37, 3, 612, 41, language("en"), start()), "en")
        + &show(&first_polls(37, 3, 1612, 41, language("nl"), start()), "nl")
        + &show(&sample(language("nl"), start()), "nl");
    expect![[r#"
        "Digest: 2 items" ["CHANGED: US in exercise in Romania 4,500, was 3,000 · d", "Ukraine: 75 freed in Ukraine · b"] None "5 Jan 08:00 UTC"
        "40 feeds: 37 read, 3 failing" ["612 articles, 41 claims of the last 48 hours. New ones will be told."] None "5 Jan 08:00 UTC"
        "40 feeds: 37 gelezen, 3 mislukt" ["1.612 artikelen, 41 claims van de laatste 48 uur. Nieuwe worden gemeld."] None "5 jan 08:00 UTC"
        "VS: 2.000 naar Duitsland en Polen (gepland)" ["Dit is een voorbeeld: zo zien meldingen eruit."] Some(("De Verenigde Staten sturen deze week 2.000 militairen naar Duitsland en Polen.", Some(Span { start: 37, end: 42 }))) "5 jan 08:00 UTC"
    "#]].assert_eq(&all);
}
