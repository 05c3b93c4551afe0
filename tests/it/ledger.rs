//! The ledger: what a claim is to what is known.

use crate::claims::{amount, article, claim, hours};
use orbat::article::StoryId;
use orbat::ledger::{Ledger, LedgerId, Reason, Said, Verdict};
use orbat::text::claim::{Claim, Context};
use proptest::prelude::*;

/// Articles as `hour outlet story [title words] | claims; claims`, and the verdicts of all claims. Each has words of its own.
fn verdicts(articles: &[&str]) -> Vec<String> {
    let mut ledger = Ledger::with(vec![]);
    let mut out = Vec::new();
    for (i, line) in articles.iter().enumerate() {
        let (head, claims) = line.split_once(" | ").expect("a head and claims");
        let head: Vec<&str> = head.splitn(4, ' ').collect();
        let seen = hours(head[0].parse().expect("hours"));
        let article = article(1 + i as i64, head[1], head.get(3).unwrap_or(&""), &format!("Report {i}"), seen);
        let whole = orbat::text::span::Span::new(0, article.text().0.len());
        let claims: Vec<Claim> = claims.split("; ").map(|words| Claim { sentence: whole, ..claim(words) }).collect();
        let story = StoryId(head[2].parse().expect("a story"));
        let decisions = ledger.take(&article, story, &claims);
        out.push(
            decisions
                .iter()
                .map(|d| format!("{}{}{}", d.verdict, d.line, if d.maybe.is_some() { "?" } else { "" }))
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    out
}

#[test]
fn claims_are_told_apart() {
    let mut wrong = Vec::new();
    for (name, rows) in [
        (
            "another outlet repeats",
            &[
                ("0 a 1 | US deploy planned 2000 to:DE,PL", "new-1"),
                ("1 b 2 | US deploy planned 2000 to:PL", "repeat-1"),
                ("2 c 3 | US deploy planned 2100 to:eastern-europe", "repeat-1"),
                ("3 d 4 | - deploy planned 2000 to:PL", "repeat-1"),
                ("4 e 5 | US deploy planned ~2000..9999", "repeat-1"),
                ("5 f 6 | US deploy planned 2000 to:RO", "new-2"),
                ("6 g 7 | RU deploy planned 2000 to:PL", "new-3"),
                ("7 h 8 | US withdraw planned 2000 from:PL", "new-4"),
            ][..],
        ),
        (
            "amount and status move on, copies lag",
            &[
                ("0 a 1 | US deploy possible 2800 to:RO", "new-1"),
                ("1 b 2 | US deploy planned 2800 to:RO", "change-1"),
                ("2 c 3 | US deploy possible 2800 to:RO", "repeat-1"),
                ("3 d 4 | US deploy planned 3300 to:RO", "change-1"),
                ("4 e 5 | US deploy planned 2800 to:RO", "repeat-1"),
                ("5 f 6 | US deploy fact 3300 to:RO", "change-1"),
                ("6 f 6 | US deploy fact 250 to:RO", "new-2?"),
            ],
        ),
        (
            "sums and parts of one article",
            &[
                (
                    "0 a 1 | US deploy planned 2000 to:DE,PL; US deploy planned 1000 from:DE to:RO; US deploy planned 3000 to:eastern-europe",
                    "new-1 new-2 repeat-1",
                ),
                (
                    "1 b 2 | US deploy planned 3000 to:eastern-europe; US deploy planned 2000 to:PL; US deploy planned 1000 to:RO",
                    "repeat-1 repeat-1 repeat-2",
                ),
                (
                    "0 c 3 | FR deploy planned 3000 to:eastern-europe; FR deploy planned 2000 to:PL; FR deploy planned 1000 to:EE",
                    "new-3 repeat-3 repeat-3",
                ),
            ],
        ),
        (
            "lines of one article that another adds up",
            &[
                ("0 a 1 | US deploy planned 2000 to:DE,PL; US deploy planned 1000 to:RO", "new-1 new-2"),
                ("1 b 2 | US deploy planned 3000 to:eastern-europe", "repeat-1"),
            ],
        ),
        (
            "a slip is corrected by its own outlet",
            &[
                ("0 a 1 | DE deploy planned 8000 to:FI", "new-1"),
                ("1 b 2 | DE deploy planned 8000 to:FI", "repeat-1"),
                ("2 c 3 | DE deploy planned 800 to:FI", "new-2?"),
                ("3 a 4 | DE deploy planned 800 to:FI", "correction-1"),
                ("4 d 5 | DE deploy planned 8000 to:FI", "repeat-1"),
            ],
        ),
        (
            "an outlet that says so corrects itself",
            &[
                ("0 a 1 | DE deploy planned 900 to:FI", "new-1"),
                ("3 a 4 Correction: fewer to Finland | DE deploy planned 700 to:FI", "correction-1"),
            ],
        ),
        (
            "denials",
            &[
                ("0 a 1 | RU deploy fact 5500 to:NO by:Oslo", "new-1"),
                ("1 b 2 | RU deploy denied 5500 to:NO by:Moscow", "disputed-1"),
                ("2 c 3 | RU deploy denied 5500 to:NO by:Moscow", "repeat-1"),
                ("3 d 4 | RU deploy denied 5500 to:NO", "repeat-1"),
                ("4 e 5 | NL deploy planned 400 to:BG by:Minister", "new-2"),
                ("5 f 6 | NL deploy denied 400 to:BG by:Minister", "change-2"),
                ("6 g 7 | NL deploy planned 400 to:BG", "repeat-2"),
                ("7 h 8 | NL deploy fact 400 to:BG", "change-2"),
            ],
        ),
        (
            "the dead are one event by place or story",
            &[
                ("0 a 1 | RO killed fact 3 at:RO in:Sulina", "new-1"),
                ("1 b 2 | RO killed fact 3 at:RO in:Sulina", "repeat-1"),
                ("2 c 1 | RO killed fact 3", "repeat-1"),
                ("3 d 4 | RO killed fact 3 at:RO in:Galati", "new-2?"),
                ("30 e 5 | RO killed fact 3 at:RO in:Babadag", "new-3"),
                ("31 f 1 | RO killed fact 5 at:RO in:Sulina", "change-1"),
            ],
        ),
        (
            "history and periods",
            &[
                ("0 a 1 | US withdraw fact 12000 from:DE ctx:history", "background-1"),
                ("1 b 2 | US withdraw planned 12000 from:DE", "new-2"),
                ("2 c 3 | US withdraw fact 12000 from:DE ctx:history", "background-1"),
                ("3 a 4 | RU losses fact 960 period:day; RU losses fact 1243500", "background-3 new-4"),
                ("27 a 5 | RU losses fact 970 period:day; RU losses fact 1244470", "background-3 repeat-4"),
            ],
        ),
        (
            "after three weeks it is news again",
            &[
                ("0 a 1 | US deploy planned 2000 to:PL", "new-1"),
                ("300 b 2 | US deploy planned 2000 to:PL", "repeat-1"),
                ("805 c 3 | US deploy planned 2000 to:PL", "new-2"),
            ],
        ),
        (
            "an article does not change what it says itself",
            &[(
                "0 a 1 | US deploy planned 2000 to:PL; US deploy fact 2000 to:PL; US deploy planned 5000 to:PL; US deploy denied 2000 to:PL by:X",
                "new-1 repeat-1 new-2 repeat-1",
            )],
        ),
        (
            "more, and of whom",
            &[
                ("0 a 1 | US deploy planned 3000 to:PL", "new-1"),
                ("1 b 2 | US deploy planned 500 to:PL measure:change", "new-2?"),
                ("2 c 3 | US deploy planned 9000 to:PL measure:part", "new-3?"),
                ("3 d 4 | US deploy planned 4200 to:PL", "change-1"),
                ("4 e 5 | US deploy planned 1200 measure:change", "repeat-1"),
            ],
        ),
        (
            "84 more, 550 in all, of whom 300",
            &[
                ("0 a 1 | US deploy planned 466 to:PL", "new-1"),
                ("1 b 2 | US deploy planned 84 to:PL measure:change; US deploy planned 300 to:PL measure:part", "new-2? new-3?"),
                ("2 c 3 | US deploy planned 550 to:PL measure:total", "new-4?"),
                ("3 d 4 | US deploy planned 550 to:PL", "change-1"),
                ("4 e 5 | US deploy planned 84 to:PL measure:change", "repeat-1"),
            ],
        ),
        (
            "daily losses of both sides are series",
            &[
                (
                    "0 a 1 | RU losses fact 960 period:day by:Kyiv; RU losses fact 1243500 period:since",
                    "background-1 background-2",
                ),
                ("1 b 2 | UA losses fact 1385 period:day by:Moscow", "background-3"),
                ("2 c 3 | RU losses fact 960 period:day; RU losses fact ~1240000 period:since", "repeat-1 repeat-2"),
                (
                    "24 a 4 | RU losses fact 1040 period:day by:Kyiv; RU losses fact 1244540 period:since",
                    "background-1 background-2",
                ),
                ("25 b 5 | UA losses fact 1420 period:day by:Moscow", "background-3"),
                ("26 c 6 | RU losses fact 960 period:day", "repeat-1"),
            ],
        ),
        (
            "two killed on Monday and two on Thursday",
            &[
                ("0 a 1 | LT killed fact 2 at:LT", "new-1"),
                ("1 b 2 | LT killed fact 2 at:LT", "repeat-1"),
                ("72 a 3 | LT killed fact 2 at:LT", "new-2"),
                ("73 b 4 | LT killed fact 2 at:LT", "repeat-2"),
                ("74 c 5 | LT killed fact 4", "repeat-1"),
            ],
        ),
        (
            "one place in two alphabets",
            &[
                ("0 a 1 | RO killed fact 3 at:RO in:Sulina", "new-1"),
                ("2 b 2 | RO killed fact 3 at:RO in:Суліни", "repeat-1"),
                ("26 c 3 | RO killed fact 3 at:RO in:Suliny", "repeat-1"),
                ("27 c 4 | RO killed fact 3 at:RO in:Бабадага", "new-2"),
                ("28 d 5 | RO killed fact 3 at:RO in:Babadagiem", "repeat-2"),
            ],
        ),
        (
            "one number, two movements",
            &[
                ("0 a 1 | GB deploy planned 400 to:NO", "new-1"),
                ("1 a 2 | NL deploy planned 400 to:BG", "new-2"),
                ("2 a 3 | GB deploy planned 400 to:EE", "new-3"),
            ],
        ),
        (
            "a rising toll",
            &[
                ("0 a 1 | EE killed fact 2 at:EE in:Narva", "new-1"),
                ("1 b 2 | EE killed fact 3 at:EE in:Narva", "change-1"),
                ("2 c 3 | EE killed fact 4 at:EE in:Нарви", "change-1"),
                ("3 d 4 | EE killed fact 3 at:EE in:Narva", "repeat-1"),
                ("9 d 4 | EE killed fact 7 at:EE in:Narva", "change-1"),
            ],
        ),
        (
            "a status moves on when a second report says so",
            &[
                ("0 a 1 | US deploy possible 2800 to:RO", "new-1"),
                ("1 b 2 | US deploy planned 2800 to:RO", "change-1"),
                ("2 c 3 | US deploy planned 2800 to:RO", "change-1"),
                ("3 d 4 | US deploy planned 2800 to:RO", "repeat-1"),
                ("4 d 5 | US deploy fact 2800 to:RO; US deploy fact 2800", "change-1 repeat-1"),
            ],
        ),
        (
            "force and place the other way round, another act",
            &[
                ("0 a 1 | US deploy planned 2800 to:RO", "new-1"),
                ("1 b 2 | RO deploy fact 2800", "repeat-1"),
                ("2 c 3 | RO deploy planned 3300; RO deploy fact 500 from:US measure:change", "new-2? new-3?"),
                ("3 d 4 | US present planned 2800 at:RO", "repeat-1"),
                ("4 e 5 | US deploy planned 3300 to:RO", "change-1"),
            ],
        ),
        (
            "growth of five in a hundred a day is seen when it makes more than ten",
            &[
                ("0 a 1 | RU deploy fact 10000 to:BY", "new-1"),
                ("24 a 2 | RU deploy fact 10500 to:BY", "repeat-1"),
                ("48 a 3 | RU deploy fact 11000 to:BY", "repeat-1"),
                ("72 a 4 | RU deploy fact 11600 to:BY", "change-1"),
            ],
        ),
        (
            "Monday's number in Friday's background",
            &[("0 a 1 | US present fact ~85000 at:europe", "new-1"), ("96 b 2 | US present fact 85000 at:europe,DE", "repeat-1")],
        ),
        (
            "a plan is off by the word of its speaker, disputed by others",
            &[
                ("0 a 1 | US deploy planned 2000 to:PL by:Pentagon", "new-1"),
                ("1 b 2 | US deploy denied 2000 to:PL by:Kremlin", "disputed-1"),
                ("2 c 3 | US deploy denied 2000 to:PL by:Pentagon", "change-1"),
                ("3 d 4 | US deploy denied 2000 to:PL by:Pentagon", "repeat-1"),
                ("4 e 5 | US deploy planned 2000 to:PL", "repeat-1"),
            ],
        ),
        (
            "a correction back to a number that was said before",
            &[
                ("0 a 1 | DE deploy planned 2000 to:FI", "new-1"),
                ("1 a 2 | DE deploy planned 4000 to:FI", "change-1"),
                ("2 c 3 Correction | DE deploy planned 2000 to:FI", "repeat-1"),
                ("3 a 4 Correctie: minder naar Finland | DE deploy planned 2000 to:FI", "correction-1"),
            ],
        ),
        (
            "the outlet that told the present number corrects it",
            &[
                ("0 a 1 | DE deploy planned 2000 to:FI", "new-1"),
                ("1 b 2 | DE deploy planned 5000 to:FI", "change-1"),
                ("2 b 3 Correction: fewer to Finland | DE deploy planned 500 to:FI", "correction-1"),
            ],
        ),
        (
            "a fact is taken back by its speaker, or by its outlet that says so",
            &[
                ("0 a 1 | RU deploy fact 12000 to:BY by:Pentagon", "new-1"),
                ("1 b 2 | RU deploy denied 12000 to:BY by:Moscow", "disputed-1"),
                ("2 c 3 | RU deploy denied 12000 to:BY by:Pentagon", "correction-1"),
                ("3 a 4 | RU deploy fact 7000 to:AM", "new-2"),
                ("4 b 5 Correction | RU deploy denied 7000 to:AM", "disputed-2"),
                ("5 a 6 Correction | RU deploy denied 7000 to:AM", "correction-2"),
            ],
        ),
        (
            "more than there were is another claim",
            &[
                ("0 a 1 | US deploy planned 600 to:PL", "new-1"),
                ("48 b 2 | US deploy planned 5000 to:PL measure:change", "new-2"),
                ("49 c 3 | US deploy planned 5000 to:PL measure:change", "repeat-2"),
            ],
        ),
        (
            "a series from its headline on, up to so many a day",
            &[
                ("0 a 1 | RU losses fact ..1300 by:Kyiv; RU losses fact ..1300 period:day by:Kyiv", "new-1 background-1"),
                ("24 a 2 | RU losses fact ..1310 period:day", "background-1"),
                ("48 a 3 | RU losses fact ..1310 period:day", "repeat-1"),
            ],
        ),
        (
            "the number of an anniversary",
            &[
                ("0 a 1 | US deploy fact 156000 to:FR ctx:history", "background-1"),
                ("1 b 2 | US deploy fact 156000 to:FR", "new-2?"),
            ],
        ),
    ] {
        let articles: Vec<&str> = rows.iter().map(|row| row.0).collect();
        let expected: Vec<String> = rows.iter().map(|row| row.1.to_owned()).collect();
        let found = verdicts(&articles);
        if found != expected {
            wrong.push(format!("{name}: {found:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Editions of one article, each with what its claims are; the line that was told first, and its reports.
#[test]
fn an_edit_changes_what_it_took_back() {
    for (name, editions, amount, reports) in [
        ("nothing", &["US deploy planned 2000 to:PL", "US deploy planned 2000 to:PL"][..], 2000, 1),
        (
            "the amount",
            &["US deploy planned 2000 to:PL", "US deploy planned 3000 to:PL", "US deploy planned 2000 to:PL"],
            2000,
            1,
        ),
        (
            "one more number",
            &["US deploy planned 2000 to:PL", "US deploy planned 500 to:PL; US deploy planned 2000 to:PL"],
            2000,
            1,
        ),
    ] {
        let mut ledger = Ledger::with(vec![]);
        let article = article(1, "a", "", "", hours(0));
        let mut said: Vec<(Claim, Verdict, LedgerId)> = Vec::new();
        let mut verdicts = Vec::new();
        for edition in editions {
            let claims: Vec<Claim> = edition.split("; ").map(claim).collect();
            let decisions = ledger.retake(&article, StoryId(1), &claims, &said);
            said = decisions.iter().map(|d| (claims[d.claim].clone(), d.verdict, d.line)).collect();
            verdicts.extend(decisions.iter().map(|d| d.verdict.as_str()));
        }
        let line = ledger.line(LedgerId(-1)).unwrap();
        assert_eq!((line.amount.low, line.reports), (Some(amount), reports), "{name}: {verdicts:?}");
        assert_eq!(verdicts.contains(&"correction"), name == "the amount", "{name}: {verdicts:?}");
    }
}

#[test]
fn a_line_counts_its_reports_and_moves_on() {
    let mut ledger = Ledger::with(vec![]);
    let mut tell = |id, outlet: &str, owner: &str, words: &str| {
        let mut article = article(id, outlet, "", "", hours(id));
        article.owner = Some(owner.to_owned());
        ledger.take(&article, StoryId(id), &[claim(words), claim(words)])
    };
    tell(1, "a", "X", "US deploy planned ~2000..9999 to:PL");
    tell(2, "b", "X", "US deploy planned 3000 to:PL by:Pentagon");
    tell(3, "c", "Y", "US deploy planned 3000 from:US to:PL");
    let before = tell(4, "d", "Z", "US deploy fact 4000 to:PL")[0].before;
    let line = ledger.line(LedgerId(-1)).expect("a line");
    assert_eq!((line.reports, line.outlets.join(" ").as_str(), line.revision), (4, "X Y Z", 1));
    assert_eq!((line.speaker.as_deref(), line.from.join(" ").as_str(), line.amount), (Some("Pentagon"), "US", amount("4000")));
    assert_eq!(before, Some((amount("3000"), orbat::text::claim::Status::Planned)));
    assert_eq!(ledger.altered().len(), 1);
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    let one = (
        "(US|RU|nato|-)",
        "(deploy|withdraw|present|killed|losses)",
        "(fact|planned|possible|denied)",
        "(3|14|~20\\.\\.99|200|1000|2000|3000|~3000|8000|800|~2000\\.\\.9999|1000\\.\\.|\\.\\.500)",
        "( to:(PL|RO|eastern-europe|PL,DE))?( from:(US|DE))?( at:(UA|PL) in:(kyiv|lviv))?( ctx:(history|exercise))?( measure:(change|part))?( by:(Pentagon|Kremlin))?( period:day)?",
    );
    let one = one.prop_map(|(force, action, status, amount, more)| claim(&format!("{force} {action} {status} {amount}{more}")));
    proptest::collection::vec(one, 1..7)
}

#[test]
fn an_edited_article_corrects_itself() {
    let mut ledger = Ledger::with(vec![]);
    let mut read = |words: &str| {
        let decisions = ledger.take(&article(1, "a", "", "", hours(0)), StoryId(1), &[claim(words)]);
        (decisions[0].verdict, decisions[0].reason, decisions[0].line)
    };
    assert_eq!(read("DE deploy planned 8000 to:FI"), (Verdict::New, Reason::First, LedgerId(-1)));
    assert_eq!(read("DE deploy planned 8000 to:FI"), (Verdict::Repeat, Reason::SameAmount, LedgerId(-1)));
    assert_eq!(read("DE deploy planned 6500 to:FI"), (Verdict::Correction, Reason::Edited, LedgerId(-1)));
    assert_eq!(read("DE deploy planned 6500 to:FI"), (Verdict::Repeat, Reason::SameAmount, LedgerId(-1)));
    assert_eq!(read("DE deploy planned 8000 to:FI"), (Verdict::Correction, Reason::Edited, LedgerId(-1)));
}

#[test]
fn a_rotation_is_known_by_what_others_say_or_by_its_sum() {
    let mut ledger = Ledger::with(vec![]);
    let mut read = |id, words: &str| {
        let claims: Vec<Claim> = words.split("; ").map(claim).collect();
        let decisions = ledger.take(&article(id, "a", "", "", hours(id)), StoryId(id), &claims);
        decisions.iter().map(|d| d.context).collect::<Vec<_>>()
    };
    assert_eq!(read(1, "IT deploy planned 650 to:BG ctx:rotation"), [None]);
    assert_eq!(read(2, "IT withdraw planned 650 from:BG"), [Some(Context::Rotation)]);
    assert_eq!(read(3, "IT withdraw planned 900 from:BG"), [None]);
    let both = [Some(Context::Rotation); 2];
    assert_eq!(read(4, "FR withdraw planned 300 from:EE; FR deploy planned 300 to:EE"), both);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_same_article_again_only_repeats(before in proptest::collection::vec(claims(), 0..4), again in claims()) {
        let mut ledger = Ledger::with(vec![]);
        for (i, claims) in before.iter().enumerate() {
            ledger.take(&article(1 + i as i64, "a", "", "", hours(i as i64)), StoryId(1 + i as i64 % 2), claims);
        }
        let article = article(99, "b", "", "", hours(9));
        let first = ledger.take(&article, StoryId(2), &again);
        let said: Vec<Said> = first.iter().map(|d| (again[d.claim].clone(), d.verdict, d.line)).collect();
        let known: Vec<_> = ledger.lines().iter().map(|line| (line.amount, line.status, line.revision, line.reports)).collect();
        for decision in ledger.retake(&article, StoryId(2), &again, &said) {
            prop_assert_eq!(decision.reason, Reason::Unedited, "{:?} of {:?}", decision, again[decision.claim]);
        }
        let later: Vec<_> = ledger.lines().iter().map(|line| (line.amount, line.status, line.revision, line.reports)).collect();
        prop_assert_eq!(known, later);
    }

    #[test]
    fn the_ledger_is_deterministic(articles in proptest::collection::vec(claims(), 1..5)) {
        let run = || {
            let mut ledger = Ledger::with(vec![]);
            let decisions: Vec<_> = articles.iter().enumerate().map(|(i, claims)| {
                // Half way the lines go through the store.
                if i == 2 {
                    ledger = Ledger::with(ledger.altered().into_iter().cloned().collect());
                }
                ledger.take(&article(i as i64, "a", "", "", hours(i as i64)), StoryId(i as i64), claims)
            }).collect();
            (decisions, ledger.altered().into_iter().cloned().collect::<Vec<_>>())
        };
        prop_assert_eq!(run(), run());
    }
}
