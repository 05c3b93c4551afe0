//! What a rule would have told of the archive: the same as the daemon told, whatever the batches.

use crate::claims::{article, claim, hours};
use orbat::alert::{AlertKind, Heard, Policy, Rehearsal};
use orbat::article::StoryId;
use orbat::rule::troops;
use orbat::text::Annotation;
use orbat::text::language::Language;
use proptest::prelude::*;

fn policy() -> Policy {
    Policy { rules: vec![troops()], home: vec!["nato".into()], language: Language::parse("en").expect("a language") }
}

/// An article that says one thing, an hour after the one before.
fn heard(id: i64, outlet: &str, said: &str) -> Heard {
    let article = article(id, outlet, &format!("Title {id}"), "Nothing to be read here, the claims are given.", hours(id));
    Heard { article, story: StoryId(id), annotation: Annotation { claims: vec![claim(said)], ..Annotation::default() } }
}

fn archive() -> Vec<Heard> {
    vec![
        heard(1, "nos", "US deploy planned 2000 to:PL"),
        heard(2, "nrc", "US deploy planned 2000 to:PL"),
        heard(3, "nos", "NL deploy planned 300 to:LT"),
        heard(4, "ap", "US deploy planned 3500 to:PL"),
        heard(5, "nrc", "US deploy planned 3500 to:PL"),
    ]
}

#[test]
fn each_claim_is_told_once_and_its_change_as_one() {
    let told = Rehearsal::new(policy(), None).hear(&archive());
    let kinds: Vec<_> = told.iter().map(|alert| (alert.article.map(|id| id.0), alert.kind)).collect();
    assert_eq!(kinds, [(Some(1), AlertKind::New), (Some(3), AlertKind::New), (Some(4), AlertKind::Change)]);
    let mut quiet = archive();
    quiet[0].article.baseline = true;
    let told = Rehearsal::new(policy(), None).hear(&quiet);
    assert!(told.iter().all(|alert| alert.article.map(|id| id.0) != Some(1)), "of a first poll nothing is told");
}

proptest! {
    #[test]
    fn batches_make_no_difference(cuts in proptest::collection::vec(0usize..=5, 0..4)) {
        let all = archive();
        let whole = Rehearsal::new(policy(), None).hear(&all);
        let mut cuts: Vec<usize> = cuts.into_iter().chain([0, all.len()]).collect();
        cuts.sort_unstable();
        let mut rehearsal = Rehearsal::new(policy(), None);
        let parts: Vec<_> = cuts.windows(2).flat_map(|cut| rehearsal.hear(&all[cut[0]..cut[1]])).collect();
        let said = |alerts: &[orbat::alert::Alert]| alerts.iter().map(|a| (a.article, a.kind, a.channel)).collect::<Vec<_>>();
        prop_assert_eq!(said(&whole), said(&parts));
    }
}
