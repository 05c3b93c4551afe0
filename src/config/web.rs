//! Section `[web]`: health and metrics for programs of this machine.

use super::read::{Table, Wrong};
use std::net::SocketAddr;

/// `None`: nothing listens.
pub(super) fn read(mut table: Table) -> Option<SocketAddr> {
    let listen = table.read("listen", loopback);
    table.finish();
    listen
}

/// What is told there is for this machine alone.
fn loopback(text: &str) -> Result<SocketAddr, Wrong> {
    const HOW: &str = "an address of this machine with a port: 127.0.0.1:7380 or [::1]:7380";
    let address: SocketAddr = text.trim().parse().map_err(|_| Wrong::new(format!("`{text}` is no address with a port"), HOW))?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    let hint = "write 127.0.0.1 and a port; for other machines, put a web server with a password in front of it";
    Err(Wrong::new(format!("`{text}` could be reached from outside"), hint))
}
