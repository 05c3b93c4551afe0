//! The service looks after its database.

use super::{Place, article, day, names};
use orbat::clock::Clock;
use orbat::config;
use orbat::daemon::{Parts, keep_house};
use orbat::store::AlertFilter;
use std::path::Path;
use std::time::Duration;

#[tokio::test]
async fn what_is_old_goes_copies_are_made_and_growth_is_told_once() {
    let place = Place::new();
    let feed = place.feed("paper", &["wire"]);
    let db = place.sql();
    let long = "word ".repeat(1_000);
    (1..=300).for_each(|id| article(&db, id, feed, 0, &long, 0));
    (301..=310).for_each(|id| article(&db, id, feed, 30, &long, 0));
    let text = "[retention]\ntags = { wire = \"20d\" }\nwarn_at = \"1MB\"\n[health]\nalert = \"popup\"\n[backup]\nevery = \"1d\"\nkeep = 2\n
        [[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nenabled = false\n";
    let config = config::parse(Path::new("/nowhere/orbat.toml"), text).unwrap();
    let clock = Clock::simulated(day(10));
    let (parts, _answers) = Parts::new(&config, place.store.clone(), clock.clone()).unwrap();
    let disk = || {
        let alerts = place.store.alerts(&AlertFilter::default()).unwrap();
        alerts.into_iter().map(|row| row.alert.headline).collect::<Vec<_>>()
    };
    for _ in 0..4 {
        assert_eq!(keep_house(&parts, || true).await.unwrap().articles, 0);
        clock.sleep(Duration::from_secs(3600)).await;
    }
    assert_eq!(disk().len(), 1, "told once: {:?}", disk());
    assert!(disk()[0].starts_with("The database has grown to "));
    assert!(place.store.outgrown().unwrap().is_some());

    for _ in 0..4 {
        clock.sleep(Duration::from_secs(7 * 86_400)).await;
        keep_house(&parts, || true).await.unwrap();
    }
    assert_eq!(place.store.counts(clock.now()).unwrap().articles, 10);
    assert_eq!(place.store.outgrown().unwrap(), None, "the room was given back");
    let copies = names(&place.dir.path().join("backups"));
    assert_eq!(copies.len(), 2, "{copies:?}");
}

#[test]
fn what_is_kept_is_read_with_its_mistakes() {
    let read = |text: &str| config::parse(Path::new("/nowhere/orbat.toml"), text);
    let care = read("[retention]\narticles = \"30d\"\nclaims = \"forever\"\ntags = { wire = \"7d\" }\n[backup]\nevery = \"12h\"")
        .unwrap()
        .care;
    let day = Duration::from_secs(86_400);
    assert_eq!((care.retention.articles, care.retention.claims), (Some(30 * day), None));
    assert_eq!(care.retention.tags, [("wire".to_owned(), Some(7 * day))]);
    assert_eq!(care.backup.map(|backups| (backups.every, backups.keep)), Some((day / 2, 7)));
    for (text, wrong) in [
        ("[retention]\nclaims = \"30d\"", "`claims` is shorter than `articles`"),
        ("[retention]\narticles = \"forever\"", "`claims` is shorter than `articles`"),
        ("[retention]\narticles = \"1h\"", "does not lie between 1d and 36500d"),
        ("[retention]\narticles = 30", "must be text"),
        ("[retention]\ntags = { wire = 7 }", "`wire` must be a duration"),
        ("[retention]\nwarn_at = \"much\"", "is not a size"),
        ("[retention]\nkeep = \"7d\"", "unknown key `keep`"),
        ("[backup]\nkeep = 3", "lacks `every`"),
        ("[backup]\nevery = \"1s\"", "must lie between 1h and 365d"),
    ] {
        let problems = read(text).unwrap_err();
        assert!(problems.iter().any(|p| p.message.contains(wrong)), "{text}: {problems:?}");
    }
}
