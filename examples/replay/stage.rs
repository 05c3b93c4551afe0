//! The server: every host of the input at a loopback address of its own.

use crate::Result;
use orbat::fetch::Settings;
use orbat::web::Site;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Addresses used of each 127.1.x.0/24.
const PER_NET: usize = 250;

/// The listening hosts. Dropping it ends them.
pub struct Stage {
    pub site: Site,
    _servers: JoinSet<std::io::Result<()>>,
}

impl Stage {
    /// Starts to play the hosts, and has the fetcher ask there.
    pub async fn set_up(hosts: &BTreeSet<String>, settings: &mut Settings) -> Result<Stage> {
        let site = Site::default();
        let mut servers = JoinSet::new();
        for (n, host) in hosts.iter().enumerate() {
            let ip = Ipv4Addr::new(127, 1, u8::try_from(n / PER_NET)?, (n % PER_NET) as u8 + 1);
            let listener = TcpListener::bind(SocketAddr::new(ip.into(), 0)).await?;
            settings.resolve.push((host.clone(), listener.local_addr()?));
            settings.allow_private.push(host.clone());
            servers.spawn(site.clone().serve(listener, std::future::pending()));
        }
        Ok(Stage { site, _servers: servers })
    }
}
