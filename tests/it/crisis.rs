//! Hard cases of a crisis, from text to popup: invented articles, read by the annotator, judged by the ledger, told by the built-in rule.

use crate::claims::{article, hours};
use expect_test::{Expect, expect};
use orbat::alert::{Alert, News, Policy, Told, raise, words};
use orbat::article::StoryId;
use orbat::ledger::{Ledger, LedgerId};
use orbat::rule::{Channel, troops};
use orbat::text::Annotator;
use orbat::text::fold::Tokens;
use orbat::text::language::Language;
use std::collections::HashMap;

/// Reads articles `hour outlet language | title | body` and shows what each made pop up; with `first` a baseline of that many articles.
fn told(articles: &[&str], baseline: usize, young: bool) -> String {
    let annotator = Annotator::without_names();
    let english = Language::parse("en").expect("a language");
    let policy = Policy { rules: vec![troops()], home: vec!["nato".into()], language: english };
    let mut ledger = Ledger::with(vec![]).since(young.then(|| hours(0)));
    let mut told: HashMap<(String, LedgerId), Told> = HashMap::new();
    let mut out = String::new();
    for (n, line) in articles.iter().enumerate() {
        let parts: Vec<&str> = line.split(" | ").collect();
        let head: Vec<&str> = parts[0].split(' ').collect();
        let mut article = article(1 + n as i64, head[1], parts[1], parts[2], hours(head[0].parse().expect("hours")));
        article.language = Language::parse(head[2]);
        article.baseline = n < baseline;
        let (text, title) = article.text();
        let annotation = annotator.annotate(&Tokens::of(&text), title, article.language);
        let story = StoryId(1 + n as i64);
        let decisions = ledger.take(&article, story, &annotation.claims);
        let news = News { article: &article, story, annotation: &annotation, decisions: &decisions };
        let heard = |rule: &str, line: LedgerId| told.get(&(rule.to_owned(), line)).copied();
        let alerts = raise(&policy, &news, &ledger, &heard, article.first_seen);
        for alert in &alerts {
            let now = alert.told(|line| told.get(&(alert.rule.clone(), line)).copied());
            told.extend(now.into_iter().map(|(line, now)| ((alert.rule.clone(), line), now)));
        }
        alerts.iter().for_each(|alert| out += &shown(n, alert));
    }
    out
}

fn shown(n: usize, alert: &Alert) -> String {
    let held = alert.held.map_or(String::new(), |held| format!(" ({held})"));
    match alert.channel {
        Channel::List => String::new(),
        channel => format!("{n} {channel}{held}: {}\n", words(alert, Language::parse("en").expect("a language")).title),
    }
}

fn check(articles: &[&str], expected: &Expect) {
    expected.assert_eq(&told(articles, 0, false));
}

#[test]
fn a_plan_becomes_real_in_many_languages() {
    check(
        &[
            "0 harbour en | Canada may send brigade to Latvia | Canada is considering sending 1,900 soldiers to Latvia, two officials said.",
            "1 kade nl | Canada denkt aan Letland | Canada overweegt 1900 militairen naar Letland te sturen.",
            "5 harbour en | Canada orders brigade to Latvia | Canada's defence minister on Tuesday ordered the deployment of 1,900 soldiers to Latvia.",
            "6 ufer de | Kanada schickt Brigade nach Lettland | Kanada schickt 1.900 Soldaten nach Lettland.",
            "7 brzeg pl | Kanada wysyła brygadę na Łotwę | Kanada wyśle na Łotwę 1900 żołnierzy.",
            "20 kade nl | Meer Canadezen naar Letland | Canada stuurt 2600 militairen naar Letland, meldt het ministerie.",
            "21 ufer de | Mehr Kanadier | Kanada schickt 2.600 Soldaten nach Lettland.",
        ],
        &expect![[r#"
            0 popup: Canada: 1,900 to Latvia (possible)
            2 popup: CHANGED: Canada to Latvia 1,900 (planned, was possible)
            5 popup: CHANGED: Canada to Latvia 2,600, was 1,900 (planned)
        "#]],
    );
}

#[test]
fn what_only_the_digest_was_told_is_not_what_was_told_before() {
    check(
        &[
            "0 harbour en | Canada may send brigade to Latvia | Canada is considering sending 1,900 soldiers to Latvia.",
            "1 mer fr | Le Canada en Lettonie | Le Canada a envoyé 1 900 soldats en Lettonie.",
            "2 ufer de | Kanada schickt Brigade nach Lettland | Kanada schickt 1.900 Soldaten nach Lettland.",
        ],
        &expect![[r#"
            0 popup: Canada: 1,900 to Latvia (possible)
            1 digest (one-report): CHANGED: Canada to Latvia 1,900 (under way, was possible)
            2 digest (one-report): CHANGED: Canada to Latvia 1,900 (planned, was possible)
        "#]],
    );
}

#[test]
fn two_events_with_one_count() {
    check(
        &[
            "0 harbour en | Three Latvian sailors killed by mine | Three Latvian navy sailors were killed on Monday when a mine exploded off Ventspils.",
            "1 step uk | Загинули троє латвійських моряків | Троє латвійських військових моряків загинули біля Вентспілса.",
            "26 harbour en | Three Latvian soldiers die in crash | Three Latvian soldiers were killed on Tuesday in a truck accident near Daugavpils.",
            "27 kade nl | Drie Letse militairen omgekomen | Bij een ongeluk bij Daugavpils zijn dinsdag drie Letse militairen omgekomen.",
            "28 mer fr | Deux jours de deuil | Six soldats lettons sont morts en deux jours.",
        ],
        &expect![[r#"
            0 popup: Latvia: 3 killed in Latvia
            2 popup: Latvia: 3 killed near Latvia
        "#]],
    );
}

#[test]
fn a_typing_error_is_corrected() {
    check(
        &[
            "0 ufer de | Spanien schickt 9.000 Soldaten nach Estland | Spanien verlegt 9.000 Soldaten nach Estland.",
            "1 ufer de | Korrektur: 900 Soldaten nach Estland | Spanien verlegt 900 Soldaten nach Estland. In einer früheren Fassung stand eine andere Zahl.",
            "2 kade nl | Spanje naar Estland | Spanje stuurt 900 militairen naar Estland.",
        ],
        &expect![[r#"
            0 popup: Spain: 9,000 to Estonia (planned)
            1 popup: CORRECTED: Spain to Estonia 900, not 9,000 (planned)
        "#]],
    );
}

#[test]
fn a_denial_by_another_and_one_by_the_speaker() {
    check(
        &[
            "0 harbour en | Finland reports Russian move | Russia has moved 4,200 soldiers to the border with Finland, Finnish intelligence said.",
            "3 granit ru | Минобороны опровергло | Россия не перебрасывала 4200 военных к границе с Финляндией, заявили в Минобороны.",
            "4 kade nl | Nederland naar Roemenië | Nederland stuurt 350 militairen naar Roemenië, zegt minister De Wit.",
            "28 kade nl | Missie gaat niet door | De uitzending van 350 Nederlandse militairen naar Roemenië gaat niet door, zegt minister De Wit.",
            "29 harbour en | Dutch scrap mission | The Netherlands will not send 350 troops to Romania after all, Defence Minister De Wit said.",
        ],
        &expect![[r#"
            0 popup: Russia: 4,200 to Finland's border
            1 popup: DISPUTED: Russia to Finland's border 4,200
            2 popup: Netherlands: 350 to Romania (planned)
            3 popup: CHANGED: Netherlands to Romania 350 (called off)
        "#]],
    );
}

#[test]
fn a_strength_is_no_news_in_the_first_days() {
    let articles = [
        "0 harbour en | Background | Russia has about 90,000 soldiers at the border with Finland.",
        "30 kade nl | Achtergrond | Aan de grens met Finland staan ongeveer 140.000 Russische militairen.",
        "31 harbour en | Marines to Norway | Britain will send 800 marines to Norway.",
        "60 harbour en | Many more marines | Britain will send 3,000 marines to Norway.",
    ];
    expect![[r#"
        1 digest (strength): Russia: about 140,000 at Finland's border
        2 popup: UK: 800 to Norway (planned)
        3 popup: CHANGED: UK to Norway 3,000, was 800 (planned)
    "#]]
    .assert_eq(&told(&articles, 1, true));
    // The 800 are read in the first poll; the 3,000 are told.
    expect![[r#"
        1 popup: UK: 3,000 to Norway (planned)
    "#]]
    .assert_eq(&told(&articles[2..], 1, true));
}

#[test]
fn losses_of_both_sides_never_pop_up() {
    check(
        &[
            "0 step uk | Втрати ворога | За минулу добу російська армія втратила 960 осіб.",
            "1 granit ru | Сводка | ВСУ за сутки потеряли 1385 военнослужащих.",
            "24 step uk | Втрати ворога | За минулу добу російська армія втратила 1040 осіб.",
            "25 harbour en | Daily losses | Russian forces lost 1,040 soldiers over the past day, the Ukrainian general staff said.",
        ],
        &expect![[r#"
            0 digest: Russia: 960 lost
            1 digest: Ukraine: 1,385 lost
            2 digest: Russia: 1,040 lost
        "#]],
    );
}

#[test]
fn a_rotation_is_for_the_digest() {
    check(
        &[
            "0 harbour en | Italy to rotate 650 troops in Bulgaria | Italy will rotate its 650 soldiers in Bulgaria by the end of the month.",
            "2 brzeg pl | Włosi w Bułgarii | Z Bułgarii wyjedzie 650 włoskich żołnierzy.",
        ],
        &expect![[r#"
            0 digest: Italy: 650 to Bulgaria (planned, rotation)
            1 digest: Italy: 650 out of Bulgaria (planned, rotation)
        "#]],
    );
}
