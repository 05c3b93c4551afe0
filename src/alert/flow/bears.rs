//! What a receiver bears, and when: how many popups in which time, and the mute times of the week.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::time::Duration;

/// How far ahead the end of a mute time is looked for, in days: one that lasts longer ends nowhere.
const HORIZON: i64 = 9;

/// What a receiver bears. The default bears everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flow {
    /// Messages that are joined when they are too many, and wait while nobody is there.
    pub for_people: bool,
    pub limits: Vec<Limit>,
    pub mute: Vec<MuteTime>,
    /// Of the mute times; `None`: the system's.
    pub zone: Option<TimeZone>,
}

/// At most so many popups in that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub most: usize,
    pub within: Duration,
}

/// What somebody who works can bear: three in ten minutes, twelve in an hour.
pub const LIMITS: [Limit; 2] =
    [Limit { most: 3, within: Duration::from_secs(600) }, Limit { most: 12, within: Duration::from_secs(3600) }];

/// A time of the week in which popups are held back. One that ends before it begins ends on the next day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MuteTime {
    /// On which it begins; Monday first.
    pub days: [bool; 7],
    pub from: Time,
    /// `None`: midnight at the end of the day.
    pub to: Option<Time>,
}

impl Flow {
    /// How many popups there is room for.
    pub(super) fn room(&self, popups: &[Timestamp], now: Timestamp) -> usize {
        let room = |limit: &Limit| {
            let within = |sent: &&Timestamp| {
                let ago = now.duration_since(**sent);
                // What lies ahead was told before the clock was set back.
                !ago.is_negative() && ago.unsigned_abs() < limit.within
            };
            limit.most.saturating_sub(popups.iter().filter(within).count())
        };
        self.limits.iter().map(room).min().unwrap_or(usize::MAX)
    }

    /// When the mute time ends that it is; `None` where it is none.
    pub fn muted_until(&self, now: Timestamp) -> Option<Timestamp> {
        if self.mute.is_empty() {
            return None;
        }
        let zone = self.zone.clone().unwrap_or_else(TimeZone::system);
        let today = now.to_zoned(zone.clone()).date();
        let days = (-1..=HORIZON).filter_map(|n| today.checked_add(n.days()).ok());
        let mut spans: Vec<_> = days.flat_map(|day| self.mute.iter().filter_map(move |m| m.on(day))).collect();
        spans.sort_unstable();
        let time = |of: jiff::civil::DateTime| of.to_zoned(zone.clone()).map_or(now, |z| z.timestamp());
        let mut end = now;
        for (from, to) in spans {
            if time(from) <= end {
                end = end.max(time(to));
            }
        }
        (end > now).then_some(end)
    }
}

impl MuteTime {
    /// Its beginning and end, where it begins on that day.
    fn on(&self, day: Date) -> Option<(jiff::civil::DateTime, jiff::civil::DateTime)> {
        let index = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        if !self.days.get(index).copied()? {
            return None;
        }
        let end = match self.to {
            Some(to) if to > self.from => day.to_datetime(to),
            to => day.tomorrow().ok()?.to_datetime(to.unwrap_or(Time::midnight())),
        };
        Some((day.to_datetime(self.from), end))
    }
}

/// The days as a configuration writes them, Monday first.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use jiff::civil::time;

    fn at(minutes: i64) -> Timestamp {
        "2026-03-02T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn limits_look_back() {
        let flow = Flow { limits: LIMITS.to_vec(), ..Flow::default() };
        for (told, room) in [
            (&[][..], 3),
            (&[-1, -5], 1),
            (&[-1, -5, -9], 0),
            (&[-11, -12, -13, -14], 3),
            (&[-11; 12], 0),
            (&[-61; 12], 3),
            // Before the clock was set back.
            (&[1440; 12], 3),
        ] {
            let popups: Vec<_> = told.iter().map(|m| at(*m)).collect();
            assert_eq!(flow.room(&popups, at(0)), room, "{told:?}");
        }
        assert_eq!(Flow::default().room(&[at(0); 99], at(0)), usize::MAX);
    }

    #[test]
    fn ends_of_mute_times() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let all = [true; 7];
        let weekend = [false, false, false, false, false, true, true];
        let night = MuteTime { days: all, from: time(22, 0, 0, 0), to: Some(time(7, 0, 0, 0)) };
        let whole = MuteTime { days: weekend, from: Time::midnight(), to: None };
        for (mute, now, end) in [
            (vec![night.clone()], "2026-03-02T21:30:00Z", Some("2026-03-03T06:00:00Z")),
            (vec![night.clone()], "2026-03-02T05:59:59Z", Some("2026-03-02T06:00:00Z")),
            (vec![night.clone()], "2026-03-02T06:00:00Z", None),
            (vec![night.clone()], "2026-03-02T20:59:59Z", None),
            // Summer time begins within it.
            (vec![night.clone()], "2026-03-28T22:00:00Z", Some("2026-03-29T05:00:00Z")),
            // One after the other is one.
            (vec![night, whole.clone()], "2026-03-06T21:30:00Z", Some("2026-03-09T06:00:00Z")),
            (vec![whole], "2026-03-07T10:00:00Z", Some("2026-03-08T23:00:00Z")),
            (vec![], "2026-03-07T10:00:00Z", None),
        ] {
            let flow = Flow { mute, zone: Some(zone.clone()), ..Flow::default() };
            assert_eq!(flow.muted_until(now.parse().unwrap()).map(|t| t.to_string()).as_deref(), end, "{now}");
        }
    }
}
