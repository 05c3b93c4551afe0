//! The connections: one client for ordinary requests, and few others made when first needed.

use super::Settings;
use super::guard::{Guard, Resolver};
use reqwest::{Client, Proxy, redirect};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// Clients kept: guarded and open, HTTP/1 only, and one per proxy. Beyond it the one unused for longest is closed.
const MAX_CLIENTS: usize = 12;
/// How long an unused connection is kept: within a round of polls, not between two.
const IDLE: Duration = Duration::from_secs(20);

/// What tells one client from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// Names may resolve to any address. A connection of such a client is never used for an address that must be public.
    pub open: bool,
    pub http1: bool,
    pub proxy: Option<Url>,
}

#[derive(Debug)]
pub(super) struct Clients {
    guard: Arc<Guard>,
    connect_timeout: Duration,
    per_host: usize,
    /// The one used last comes first.
    made: Mutex<Vec<(Route, Client)>>,
}

impl Clients {
    pub fn new(settings: &Settings, guard: Arc<Guard>) -> Clients {
        Clients { guard, connect_timeout: settings.connect_timeout, per_host: settings.per_host.max(1), made: Mutex::default() }
    }

    pub fn get(&self, route: &Route) -> reqwest::Result<Client> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match made.iter().position(|(known, _)| known == route) {
            Some(at) => made[..=at].rotate_right(1),
            None => {
                made.insert(0, (route.clone(), self.make(route)?));
                made.truncate(MAX_CLIENTS);
            }
        }
        Ok(made[0].1.clone())
    }

    fn make(&self, route: &Route) -> reqwest::Result<Client> {
        // A proxy is the user's own and may stand anywhere; it resolves the names.
        let resolver = Resolver { guard: self.guard.clone(), open: route.open || route.proxy.is_some() };
        let client = Client::builder()
            .no_proxy()
            .referer(false)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .dns_resolver(resolver)
            .connect_timeout(self.connect_timeout)
            .pool_max_idle_per_host(self.per_host)
            .pool_idle_timeout(IDLE);
        let client = if route.http1 { client.http1_only() } else { client };
        match &route.proxy {
            Some(proxy) => client.proxy(Proxy::all(proxy.clone())?).build(),
            None => client.build(),
        }
    }
}
