//! Is it the network, or the host? What the outcomes of polls say about it. Pure: the poller asks, and acts.
//!
//! A host that cannot be reached is a suspect until somebody else answers: then it is to blame. Where many hosts cannot be reached and
//! nobody answers, the network is away: nobody is blamed, and one feed at a time is asked until somebody answers.

use crate::feed::Class;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// So many hosts that cannot be reached, and nobody who answers: the network is away.
const MANY: usize = 5;
/// An answer this shortly before a failure shows that the network was there.
const JUST_NOW: SignedDuration = SignedDuration::from_secs(2);
/// A request that was given up after a wait may have met a network that others found in order meanwhile.
const JUST_NOW_SLOW: SignedDuration = SignedDuration::from_secs(30);
/// After this there is a verdict: so many hosts that were well before, and nobody who answered, are the network; fewer are to blame.
const HOLD: SignedDuration = SignedDuration::from_mins(3);
const SEVERAL: usize = 2;
/// While the network is away somebody is asked after this, doubling up to the second.
const PROBE: SignedDuration = SignedDuration::from_secs(30);
const MAX_PROBE: SignedDuration = SignedDuration::from_mins(5);

/// What is known of the network.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    /// Hosts that could not be reached since somebody answered last.
    suspects: BTreeSet<String>,
    /// Since when there are suspects.
    since: Option<Timestamp>,
    last_answer: Option<Timestamp>,
    away: Option<Away>,
}

#[derive(Clone, Copy, Debug)]
struct Away {
    probe_at: Timestamp,
    wait: SignedDuration,
}

/// Who is to blame for what could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not known yet.
    Open,
    Hosts,
    Network,
}

/// Does this kind of failure look the same when the network is away? A captive portal breaks TLS.
pub(super) fn may_be_the_network(class: Class) -> bool {
    matches!(class, Class::Dns | Class::Connect | Class::Timeout | Class::Tls)
}

impl Network {
    /// Somebody answered, whatever he said. True where the network was away until now.
    pub fn answered(&mut self, at: Timestamp) -> bool {
        self.last_answer = Some(at);
        self.suspects.clear();
        self.since = None;
        self.away.take().is_some()
    }

    /// This host could not be reached, and was well before: who fails already is no evidence. `routed`: packets have a way out of this machine.
    pub fn unreached(&mut self, host: &str, class: Class, at: Timestamp, routed: bool) -> Verdict {
        let recently = if class == Class::Timeout { JUST_NOW_SLOW } else { JUST_NOW };
        if self.away.is_none() && routed && self.last_answer.is_some_and(|then| at.duration_since(then) <= recently) {
            return Verdict::Hosts;
        }
        self.suspects.insert(host.to_owned());
        self.since.get_or_insert(at);
        if self.away.is_some() || !routed || self.suspects.len() >= MANY {
            self.go_away(at);
            return Verdict::Network;
        }
        Verdict::Open
    }

    /// The verdict on suspects that nobody has cleared by now.
    pub fn verdict(&mut self, now: Timestamp) -> Verdict {
        match self.since {
            Some(since) if now.duration_since(since) < HOLD => Verdict::Open,
            Some(_) if self.suspects.len() >= SEVERAL => {
                self.go_away(now);
                Verdict::Network
            }
            _ => Verdict::Hosts,
        }
    }

    /// Suspects are to blame, or forgiven: they are suspects no more.
    pub fn settle(&mut self) {
        self.suspects.clear();
        self.since = None;
    }

    /// While the network is away: when somebody is to be asked next.
    pub fn probe_at(&self) -> Option<Timestamp> {
        self.away.map(|away| away.probe_at)
    }

    /// Somebody is asked now.
    pub fn probed(&mut self, now: Timestamp) {
        if let Some(away) = &mut self.away {
            away.probe_at = now.saturating_add(away.wait).unwrap_or(Timestamp::MAX);
            away.wait = (away.wait + away.wait).min(MAX_PROBE);
        }
    }

    /// Something has changed, as after sleep: if the network is away, it may be back already.
    pub fn hasten(&mut self, now: Timestamp) {
        if let Some(away) = &mut self.away {
            *away = Away { probe_at: now, wait: PROBE };
        }
    }

    fn go_away(&mut self, now: Timestamp) {
        let probe_at = now.saturating_add(PROBE).unwrap_or(Timestamp::MAX);
        self.away.get_or_insert(Away { probe_at, wait: PROBE });
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, Verdict, may_be_the_network};
    use crate::feed::Class;
    use jiff::{SignedDuration, Timestamp};

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    /// What happens at a second: a host answers (`+a`) or cannot be reached (`-a`), and the verdict on it.
    fn check(what: &str, events: &[(i64, &str, Verdict)]) -> Network {
        let mut network = Network::default();
        for &(second, event, verdict) in events {
            let (sign, host) = event.split_at(1);
            let found = match sign {
                "+" => {
                    network.answered(at(second));
                    Verdict::Hosts
                }
                "~" => network.unreached(host, Class::Timeout, at(second), true),
                "!" => network.unreached(host, Class::Connect, at(second), false),
                _ => network.unreached(host, Class::Dns, at(second), true),
            };
            assert_eq!(found, verdict, "{what}: {event} at {second}");
        }
        network
    }

    #[test]
    fn many_at_once_are_the_network_few_are_hosts() {
        use Verdict::{Hosts, Network, Open};
        let away =
            [(60, "-a", Open), (60, "-b", Open), (61, "-c", Open), (62, "-d", Open), (63, "-e", Network), (64, "-f", Network)];
        assert!(check("five hosts", &away).probe_at().is_some());
        let same = [(0, "-a", Open), (1, "-a", Open), (2, "-a", Open), (3, "-a", Open), (4, "-a", Open), (5, "-a", Open)];
        assert!(check("one host many times", &same).probe_at().is_none());
        let dead = [(0, "+x", Hosts), (1, "-a", Hosts), (1, "-b", Hosts), (2, "-c", Hosts), (2, "-d", Hosts), (2, "-e", Hosts)];
        assert!(check("others answer", &dead).probe_at().is_none());
        let slow =
            [(0, "+x", Hosts), (20, "~a", Hosts), (20, "-b", Open), (21, "-c", Open), (22, "+x", Hosts), (23, "-d", Hosts)];
        assert!(check("what was given up after a wait", &slow).probe_at().is_none());
        assert!(check("no route", &[(0, "+x", Hosts), (1, "!a", Network)]).probe_at().is_some());
        let back = [(0, "!a", Network), (30, "+b", Hosts), (40, "-c", Open)];
        assert!(check("back", &back).probe_at().is_none());
    }

    #[test]
    fn a_lone_suspect_is_to_blame_in_the_end() {
        let mut network = check("alone", &[(0, "-a", Verdict::Open)]);
        assert_eq!((network.verdict(at(179)), network.verdict(at(180))), (Verdict::Open, Verdict::Hosts));
        network.settle();
        assert_eq!(network.verdict(at(0)), Verdict::Hosts);
        let mut network = check("two", &[(0, "-a", Verdict::Open), (100, "-b", Verdict::Open)]);
        assert_eq!((network.verdict(at(179)), network.verdict(at(180))), (Verdict::Open, Verdict::Network));
    }

    #[test]
    fn probes_come_rarer_and_never_stop() {
        let mut network = check("away", &[(0, "!a", Verdict::Network)]);
        let mut probes = Vec::new();
        for _ in 0..7 {
            let probe = network.probe_at().unwrap();
            probes.push(probe.as_second());
            network.probed(probe);
            network.unreached("b", Class::Dns, probe, true);
        }
        assert_eq!(probes, [30, 60, 120, 240, 480, 780, 1080]);
        network.hasten(at(1090));
        assert_eq!(network.probe_at(), Some(at(1090)));
        assert!(network.answered(at(1100)) && network.probe_at().is_none() && !network.answered(at(1101)));
    }

    #[test]
    fn what_a_server_says_is_not_the_network() {
        let network: Vec<_> = Class::ALL.iter().filter(|class| may_be_the_network(**class)).collect();
        assert_eq!(network, [&Class::Dns, &Class::Connect, &Class::Tls, &Class::Timeout]);
    }
}
