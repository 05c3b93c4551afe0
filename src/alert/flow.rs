//! What goes out to one receiver now, what waits, and what is told together: limits, groups, mute times, priorities, age. Pure.
//!
//! [`plan`] looks at all that waits for a receiver ([`Waiting`]) and at what it was told of late ([`Past`]). Nothing is dropped: what is not
//! sent by itself is joined into a digest or a summary, or waits.

mod bears;

pub use bears::{DAYS, Flow, LIMITS, Limit, MuteTime};

use super::{AlertKind, DeliveryId};
use crate::rule::{Manner, Priority};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// A delivery whose time has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    pub id: DeliveryId,
    pub kind: AlertKind,
    pub manner: Manner,
    /// Which group it is of.
    pub group: String,
    pub created: Timestamp,
    /// It brings up to date what is shown, without a sound.
    pub in_place: bool,
    /// It was held back for nobody being there, or in a mute time.
    pub held: bool,
    /// Nothing more of its story may be told, but what takes something back, in the digest.
    pub muted: bool,
    /// It says of something told that it is not so.
    pub takes_back: bool,
}

/// What a receiver was told of late.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// When, one entry for each popup.
    pub popups: Vec<Timestamp>,
    /// When a group was told last.
    pub groups: HashMap<String, Timestamp>,
}

/// What becomes of what waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In this order.
    pub send: Vec<DeliveryId>,
    /// Nobody is there.
    pub away: Vec<DeliveryId>,
    /// Until the mute time ends.
    pub muted: Vec<DeliveryId>,
    pub muted_until: Option<Timestamp>,
    /// Wait for others of their group.
    pub grouped: Vec<(DeliveryId, Timestamp)>,
    /// Each of these is one message.
    pub together: Vec<Vec<DeliveryId>>,
    /// Belong into a digest.
    pub digest: Vec<DeliveryId>,
    /// Are too many: belong into the running summary.
    pub flood: Vec<DeliveryId>,
    /// Are not to be told.
    pub silent: Vec<DeliveryId>,
}

/// After this a popup is news no more, and goes to the digest.
pub fn expiry(priority: Priority) -> SignedDuration {
    SignedDuration::from_hours(match priority {
        Priority::Low => 12,
        Priority::Normal => 48,
        Priority::High => 7 * 24,
    })
}

/// Decides over everything that waits for one receiver. `away`: nobody is there.
pub fn plan(waiting: &[Waiting], past: &Past, flow: &Flow, away: bool, now: Timestamp) -> Plan {
    let mut plan = Plan { muted_until: flow.muted_until(now), ..Plan::default() };
    let (silent, waiting): (Vec<&Waiting>, Vec<&Waiting>) = waiting.iter().partition(|w| w.is_silent());
    plan.silent = ids(silent);
    if !flow.for_people {
        let (through, muted): (Vec<&Waiting>, Vec<&Waiting>) =
            waiting.into_iter().partition(|w| plan.muted_until.is_none() || w.breaks_through());
        (plan.send, plan.muted) = (ids(through), ids(muted));
        return plan;
    }
    if away {
        plan.away = ids(waiting);
        return plan;
    }
    let (mut first, rest): (Vec<&Waiting>, Vec<&Waiting>) = waiting.into_iter().partition(|w| w.breaks_through());
    if plan.muted_until.is_some() {
        (plan.send, plan.muted) = (ids(first), ids(rest));
        return plan;
    }
    let (own, rest): (Vec<&Waiting>, Vec<&Waiting>) = rest.into_iter().partition(|w| w.stands_alone());
    first.extend(own);
    let (old, rest): (Vec<&Waiting>, Vec<&Waiting>) = rest.into_iter().partition(|w| w.muted || w.is_old(now));
    let (released, rest): (Vec<&Waiting>, Vec<&Waiting>) = rest.into_iter().partition(|w| w.held);
    // One that waited alone is told as itself, with its evidence and buttons.
    let alone = old.is_empty() && released.len() == 1;
    let mut ready: Vec<Vec<&Waiting>> = if alone { vec![released.clone()] } else { Vec::new() };
    plan.digest = ids(old.into_iter().chain(released.into_iter().filter(|_| !alone)));
    ready.extend(groups(rest, past, now, &mut plan.grouped));

    ready.sort_by_key(|group| group.iter().map(|w| (std::cmp::Reverse(precedence(w.kind)), w.id)).min());
    plan.send = ids(first);
    let mut room = flow.room(&past.popups, now);
    for group in ready {
        match (room, &group[..]) {
            (0, _) => plan.flood.extend(ids(group)),
            (_, [one]) => plan.send.push(one.id),
            _ => plan.together.push(ids(group)),
        }
        room = room.saturating_sub(1);
    }
    plan.flood.sort_unstable();
    plan
}

/// The groups whose time has come; the members of the others go to `later`.
fn groups<'a>(
    waiting: Vec<&'a Waiting>,
    past: &Past,
    now: Timestamp,
    later: &mut Vec<(DeliveryId, Timestamp)>,
) -> Vec<Vec<&'a Waiting>> {
    let mut by_group: BTreeMap<&str, Vec<&Waiting>> = BTreeMap::new();
    let (mut ready, mut alone) = (Vec::new(), Vec::new());
    for one in waiting {
        // What was told wrong waits for no company; what asks for none has none.
        if is_urgent(one.kind) || one.manner.wait.is_zero() && one.manner.repeat.is_zero() {
            alone.push(vec![one]);
        } else {
            by_group.entry(&one.group).or_default().push(one);
        }
    }
    for (group, members) in by_group {
        let time = members.iter().filter_map(|w| later_by(w.created, w.manner.wait)).min();
        let again = past.groups.get(group).and_then(|told| members.iter().filter_map(|w| later_by(*told, w.manner.repeat)).min());
        match time.max(again).filter(|time| *time > now) {
            Some(time) => later.extend(members.iter().map(|w| (w.id, time))),
            None => ready.push(members),
        }
    }
    ready.extend(alone);
    ready
}

fn later_by(time: Timestamp, wait: Duration) -> Option<Timestamp> {
    time.checked_add(SignedDuration::try_from(wait).ok()?).ok()
}

fn ids<'a>(waiting: impl IntoIterator<Item = &'a Waiting>) -> Vec<DeliveryId> {
    waiting.into_iter().map(|w| w.id).collect()
}

/// What takes back or moves what was told.
pub fn is_urgent(kind: AlertKind) -> bool {
    precedence(kind) > precedence(AlertKind::New)
}

/// Corrections and changes go before new claims, these before entities.
fn precedence(kind: AlertKind) -> u8 {
    match kind {
        AlertKind::Correction => 5,
        AlertKind::Disputed => 4,
        AlertKind::Change => 3,
        AlertKind::New | AlertKind::Test => 2,
        AlertKind::Series | AlertKind::Entity => 1,
        AlertKind::Summary | AlertKind::Health => 0,
    }
}

impl Waiting {
    fn is_silent(&self) -> bool {
        self.muted && !self.takes_back
    }

    fn breaks_through(&self) -> bool {
        self.manner.priority == Priority::High && !self.muted
    }

    /// Digests and samples are told as they are, and count for no limit.
    fn stands_alone(&self) -> bool {
        self.in_place || matches!(self.kind, AlertKind::Summary | AlertKind::Health | AlertKind::Test)
    }

    fn is_old(&self, now: Timestamp) -> bool {
        now.duration_since(self.created) >= expiry(self.manner.priority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn at(minutes: i64) -> Timestamp {
        "2026-03-02T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    fn waiting(id: i64, kind: AlertKind) -> Waiting {
        Waiting {
            in_place: false,
            id: DeliveryId(id),
            kind,
            manner: Manner::default(),
            group: format!("story {id}"),
            created: at(-1),
            held: false,
            muted: false,
            takes_back: matches!(kind, AlertKind::Correction | AlertKind::Disputed),
        }
    }

    fn desktop() -> Flow {
        Flow { for_people: true, limits: LIMITS.to_vec(), ..Flow::default() }
    }

    fn numbers(ids: &[DeliveryId]) -> Vec<i64> {
        ids.iter().map(|id| id.0).collect()
    }

    #[test]
    fn the_fourth_waits_in_the_summary_and_corrections_go_first() {
        use AlertKind::{Change, Correction, Entity, New};
        let all: Vec<_> =
            [Entity, New, New, Correction, Change].into_iter().zip(1..).map(|(kind, id)| waiting(id, kind)).collect();
        let plan = plan(&all, &Past::default(), &desktop(), false, at(0));
        assert_eq!((numbers(&plan.send), numbers(&plan.flood)), (vec![4, 5, 2], vec![1, 3]));
    }

    #[test]
    fn who_is_away_is_told_nothing_and_then_a_digest() {
        let mut all: Vec<_> = (1..=5).map(|id| waiting(id, AlertKind::New)).collect();
        all[0].manner.priority = Priority::High;
        assert_eq!(plan(&all, &Past::default(), &desktop(), true, at(0)).away.len(), 5);
        all.iter_mut().for_each(|w| w.held = true);
        let back = plan(&all, &Past::default(), &desktop(), false, at(1));
        assert_eq!((numbers(&back.send), numbers(&back.digest)), (vec![1], vec![2, 3, 4, 5]));
        let one = plan(&all[4..], &Past::default(), &desktop(), false, at(1));
        assert_eq!((numbers(&one.send), one.digest.len()), (vec![5], 0), "one alone is told as itself");
    }

    #[test]
    fn mute_times_hold_back_all_but_what_is_urgent() {
        let night = MuteTime { days: [true; 7], from: time(11, 0, 0, 0), to: Some(time(13, 0, 0, 0)) };
        let flow = Flow { mute: vec![night], zone: Some(TimeZone::UTC), ..desktop() };
        let mut all: Vec<_> = (1..=3).map(|id| waiting(id, AlertKind::New)).collect();
        all[1].manner.priority = Priority::High;
        for flow in [flow.clone(), Flow { for_people: false, ..flow }] {
            let plan = plan(&all, &Past::default(), &flow, false, at(0));
            assert_eq!((numbers(&plan.send), numbers(&plan.muted), plan.muted_until), (vec![2], vec![1, 3], Some(at(60))));
        }
    }

    #[test]
    fn what_is_old_or_a_correction_of_what_is_muted_goes_to_the_digest() {
        let mut all: Vec<_> = (1..=4).map(|id| waiting(id, AlertKind::New)).collect();
        all[0].created = at(-48 * 60);
        all[1].muted = true;
        all[2] = Waiting { muted: true, ..waiting(3, AlertKind::Disputed) };
        let plan = plan(&all, &Past::default(), &desktop(), false, at(0));
        let got = [&plan.send, &plan.digest, &plan.silent].map(|ids| numbers(ids));
        assert_eq!(got, [vec![4], vec![1, 3], vec![2]]);
    }

    #[test]
    fn groups_wait_for_company_and_are_one_message() {
        let hour = Duration::from_secs(3600);
        let mut all: Vec<_> = (1..=3).map(|id| Waiting { group: "g".into(), ..waiting(id, AlertKind::New) }).collect();
        all.iter_mut().for_each(|w| w.manner.wait = Duration::from_secs(300));
        let first = plan(&all, &Past::default(), &desktop(), false, at(0));
        assert_eq!(first.grouped, [1, 2, 3].map(|id| (DeliveryId(id), at(4))));
        let then = plan(&all, &Past::default(), &desktop(), false, at(4));
        assert_eq!(then.together.iter().map(|g| numbers(g)).collect::<Vec<_>>(), [[1, 2, 3]]);
        // Told half an hour ago: again only when the hour is over; a correction at once.
        all.iter_mut().for_each(|w| (w.manner.wait, w.manner.repeat) = (Duration::ZERO, hour));
        all[2].kind = AlertKind::Correction;
        let past = Past { groups: [("g".to_owned(), at(-30))].into(), ..Past::default() };
        let plan = plan(&all, &past, &desktop(), false, at(0));
        assert_eq!(numbers(&plan.send), [3]);
        assert_eq!(plan.grouped, [1, 2].map(|id| (DeliveryId(id), at(30))));
    }

    proptest! {
        /// Whatever waits, each delivery has one fate, and no more popups than there is room for.
        #[test]
        fn nothing_is_dropped_and_no_limit_is_passed(
            all in proptest::collection::vec((0..AlertKind::ALL.len(), 0..3usize, 0i64..5000, 0u8..8, any::<(bool, bool)>()), 0..30),
            told in proptest::collection::vec(-80i64..2, 0..15),
            away: bool,
            people: bool,
        ) {
            let all: Vec<Waiting> = all.into_iter().zip(1..).map(|((kind, priority, age, group, (held, muted)), id)| Waiting {
                manner: Manner {
                    priority: Priority::ALL[priority],
                    wait: Duration::from_secs(u64::from(group) * 60),
                    ..Manner::default()
                },
                created: at(-age),
                group: format!("g{group}"),
                held,
                muted,
                ..waiting(id, AlertKind::ALL[kind])
            }).collect();
            let past = Past { popups: told.iter().map(|m| at(*m)).collect(), ..Past::default() };
            let flow = Flow { for_people: people, ..desktop() };
            let plan = plan(&all, &past, &flow, away, at(0));
            let mut fates: Vec<i64> = [&plan.send, &plan.away, &plan.muted, &plan.digest, &plan.flood, &plan.silent]
                .into_iter().chain(&plan.together).flat_map(|ids| numbers(ids)).collect();
            fates.extend(plan.grouped.iter().map(|(id, _)| id.0));
            fates.sort_unstable();
            prop_assert_eq!(fates, all.iter().map(|w| w.id.0).collect::<Vec<_>>());
            let of = |id: &DeliveryId| &all[id.0 as usize - 1];
            if people {
                let counted = plan.send.iter().filter(|id| !of(id).stands_alone() && !of(id).breaks_through()).count();
                prop_assert!(counted + plan.together.len() <= flow.room(&past.popups, at(0)));
            }
            prop_assert!(plan.send.iter().chain(&plan.flood).all(|id| !of(id).is_silent()), "silenced");
        }
    }
}
