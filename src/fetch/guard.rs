//! Which addresses may be asked: nothing that a feed or a redirect says may lead into the local network.
//!
//! The check of a name happens where it is resolved, so that the address that was checked is the one connected to (a second answer of a
//! rebinding name server changes nothing). Literal addresses never reach a resolver and are checked before each request.

use super::{Failure, Settings};
use crate::feed::Class;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustc_hash::{FxHashMap, FxHashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use url::{Host, Url};

/// Hosts with an exception.
#[derive(Debug)]
pub(super) struct Guard {
    /// May lie in the local network.
    allowed: FxHashSet<String>,
    /// Are played by somebody else.
    stand_ins: FxHashMap<String, SocketAddr>,
    /// Where names were found to lie: the least of their addresses, as servers give them in any order.
    places: Mutex<FxHashMap<String, IpAddr>>,
}

/// Names of which the address is remembered; all are forgotten beyond it.
const MAX_PLACES: usize = 4096;

impl Guard {
    pub fn new(settings: &Settings) -> Guard {
        Guard {
            allowed: settings.allow_private.iter().map(|host| normal(host)).collect(),
            stand_ins: settings.resolve.iter().map(|(host, address)| (normal(host), *address)).collect(),
            places: Mutex::default(),
        }
    }

    /// What pacing goes by: hosts on one address are one, where that is known.
    pub fn place(&self, host: &str) -> String {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(host).map_or_else(|| host.to_owned(), ToString::to_string)
    }

    /// Asks the name server where a host lies, where that is not known yet. What it says is for pacing alone.
    pub async fn locate(&self, host: &str) {
        let known = self.places.lock().unwrap_or_else(PoisonError::into_inner).contains_key(host);
        if known || self.stand_ins.contains_key(host) || !matches!(Host::parse(host), Ok(Host::Domain(_))) {
            return;
        }
        if let Ok(found) = tokio::net::lookup_host((host, 0)).await {
            self.learn(host.to_owned(), &found.collect::<Vec<_>>());
        }
    }

    fn learn(&self, host: String, addresses: &[SocketAddr]) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= MAX_PLACES {
            places.clear();
        }
        places.extend(addresses.iter().map(SocketAddr::ip).min().map(|address| (host, address)));
    }

    /// May this address be asked? `Ok(true)` where its name may resolve to any address, `Ok(false)` where only to a public one.
    pub fn admit(&self, url: &Url, typed: bool) -> Result<bool, Failure> {
        let trusted = typed || url.host_str().is_some_and(|host| self.allowed.contains(host));
        let public = match url.host() {
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        if trusted || public { Ok(trusted) } else { Err(refused(url.host_str().unwrap_or_default())) }
    }

    /// What goes over the wire: a stand-in has no certificate, so it is asked in plain HTTP at its own port.
    pub fn on_the_wire(&self, url: &Url) -> Url {
        let mut wire = url.clone();
        if url.host_str().is_some_and(|host| self.stand_ins.contains_key(host)) {
            // Between http and https, and for an address with a host, neither can fail.
            let _ = wire.set_scheme("http");
            let _ = wire.set_port(None);
        }
        wire
    }
}

/// A host as [`Url::host_str`] spells it.
fn normal(host: &str) -> String {
    let spelled = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    Host::parse(&spelled).map_or(spelled, |parsed| parsed.to_string())
}

fn refused(host: &str) -> Failure {
    let message = "lies in the local network, where no article or redirect may lead; if it should, add it to `allow_private`";
    Failure::new(Class::Guarded, format!("{host} {message}"))
}

/// Resolves names through the system, and where not `open` yields public addresses only.
pub(super) struct Resolver {
    pub guard: Arc<Guard>,
    pub open: bool,
}

/// Why a name gave no address: told apart from other failures of a connection by this type.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unresolved {
    #[error("{0}")]
    Local(Failure),
    #[error("the name {0} could not be resolved: {1}")]
    Unknown(String, std::io::Error),
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let open = self.open;
        let guard = self.guard.clone();
        Box::pin(async move {
            if let Some(address) = guard.stand_ins.get(&name) {
                return Ok(Box::new(std::iter::once(*address)) as Addrs);
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|e| Unresolved::Unknown(name.clone(), e))?;
            let kept: Vec<SocketAddr> = found.filter(|address| open || is_public(address.ip())).collect();
            if kept.is_empty() {
                return Err(Unresolved::Local(refused(&name)).into());
            }
            guard.learn(name, &kept);
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

/// Does this address lead into the local network, as far as it says itself? A name may still resolve to anything.
pub fn is_local(url: &Url) -> bool {
    /// Names for use at home alone (RFC 6761, RFC 6762, RFC 8375, and what routers and companies use).
    const AT_HOME: [&str; 7] = [".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".home.arpa"];
    match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || AT_HOME.iter().any(|end| name.ends_with(end))
        }
        None => true,
    }
}

/// Is this an address of the public internet? By the special-purpose registries of IANA (RFC 6890 and its updates).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => public_v4(v4),
        IpAddr::V6(v6) => public_v6(v6),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [(Ipv4Addr, u32); 16] = [
        (Ipv4Addr::new(0, 0, 0, 0), 8),      // this network
        (Ipv4Addr::new(10, 0, 0, 0), 8),     // private
        (Ipv4Addr::new(100, 64, 0, 0), 10),  // behind a carrier's NAT
        (Ipv4Addr::new(127, 0, 0, 0), 8),    // loopback
        (Ipv4Addr::new(169, 254, 0, 0), 16), // link-local, cloud metadata
        (Ipv4Addr::new(172, 16, 0, 0), 12),  // private
        (Ipv4Addr::new(192, 0, 0, 0), 24),   // protocol assignments
        (Ipv4Addr::new(192, 0, 2, 0), 24),   // documentation
        (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays
        (Ipv4Addr::new(192, 168, 0, 0), 16), // private
        (Ipv4Addr::new(198, 18, 0, 0), 15),  // benchmarks
        (Ipv4Addr::new(198, 51, 100, 0), 24),
        (Ipv4Addr::new(203, 0, 113, 0), 24),
        (Ipv4Addr::new(224, 0, 0, 0), 4), // multicast
        (Ipv4Addr::new(240, 0, 0, 0), 4), // reserved
        (Ipv4Addr::new(255, 255, 255, 255), 32),
    ];
    let bits = u32::from(address);
    !SPECIAL.iter().any(|(network, length)| (bits ^ u32::from(*network)) >> (32 - length) == 0)
}

/// Within 2000::/3 and outside its special parts; what wraps an IPv4 address is judged by that.
fn public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    let v4 = |high: u16, low: u16| public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo, benchmarks, ORCHID and other protocol assignments; documentation.
        [0x2001, second, ..] if second < 0x200 => false,
        [0x2001, 0xdb8, ..] => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        [first, ..] => first >> 13 == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, is_public};
    use crate::fetch::testing::settings;
    use url::Url;

    #[test]
    fn public_addresses() {
        for (address, public) in [
            ("1.1.1.1", true),
            ("145.60.100.1", true),
            ("127.0.0.1", false),
            ("127.255.0.9", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.63.255.255", true),
            ("100.128.0.0", true),
            ("169.254.169.254", false),
            ("172.15.0.1", true),
            ("172.31.255.255", false),
            ("192.168.1.1", false),
            ("198.19.0.1", false),
            ("224.0.0.251", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:1.1.1.1", true),
            ("64:ff9b::10.0.0.1", false),
            ("2002:7f00:1::", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2a02:a45a::1", true),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn names_on_one_address_are_one_place() {
        let guard = Guard::new(&settings());
        assert_eq!(guard.place("a.nl"), "a.nl");
        guard.learn("a.nl".into(), &["9.9.9.9:0".parse().unwrap(), "1.1.1.1:0".parse().unwrap()]);
        guard.learn("b.nl".into(), &["1.1.1.1:0".parse().unwrap()]);
        assert_eq!((guard.place("a.nl"), guard.place("b.nl")), ("1.1.1.1".into(), "1.1.1.1".into()));
    }

    #[test]
    fn literals_in_every_spelling() {
        let mut settings = settings();
        settings.allow_private = vec!["192.168.1.7".into(), "fd00::7".into(), "NAS.local".into()];
        let guard = Guard::new(&settings);
        for (address, admitted) in [
            ("http://127.0.0.1/", None),
            ("http://2130706433/", None),
            ("http://0x7f.1/", None),
            ("http://0177.0.0.1/", None),
            ("http://[::ffff:127.0.0.1]/", None),
            ("http://[::1]:8080/", None),
            ("http://１２７.0.0.1/", None),
            ("http://192.168.1.8/", None),
            ("http://192.168.1.7/", Some(true)),
            ("http://[FD00:0::7]/", Some(true)),
            ("http://nas.local/", Some(true)),
            ("http://1.1.1.1/", Some(false)),
            // Names are judged by what they resolve to.
            ("http://localhost/", Some(false)),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(guard.admit(&url, false).ok(), admitted, "{address}");
            assert_eq!(guard.admit(&url, true).ok(), Some(true), "{address} typed by the user");
        }
    }
}
