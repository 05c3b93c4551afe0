//! Where redirects lead, and what goes along.

use super::Failure;
use crate::feed::Class;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION};
use url::Url;

/// Redirects followed for one request.
const MAX_REDIRECTS: usize = 5;

/// One address on the way.
pub(super) struct Hop {
    pub url: Url,
    /// Still at the host that the request was for.
    pub home: bool,
    /// How many redirects led here, and whether all of them were permanent.
    pub after: usize,
    pub permanent: bool,
}

impl Hop {
    pub fn first(url: &Url) -> Hop {
        Hop { url: url.clone(), home: true, after: 0, permanent: true }
    }

    /// Where a redirect leads.
    pub fn next(self, status: StatusCode, headers: &HeaderMap) -> Result<Hop, Failure> {
        let host = self.url.host_str().unwrap_or_default();
        let astray = |reason: String| Failure { status: Some(status.as_u16()), ..Failure::new(Class::Redirects, reason) };
        if self.after == MAX_REDIRECTS {
            return Err(astray(format!(
                "{host} redirects more than {MAX_REDIRECTS} times; look up the feed's address with the outlet"
            )));
        }
        let location = headers.get(LOCATION).ok_or_else(|| astray(format!("{host} redirects without saying where to")))?;
        let to = String::from_utf8_lossy(location.as_bytes());
        let mut url =
            self.url.join(to.trim()).map_err(|e| astray(format!("{host} redirects to an address that is none ({e})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(astray(format!("{host} redirects to an address of the kind `{}:`", url.scheme())));
        }
        let home = self.home && same_place(&self.url, &url);
        // Credentials in the address go along at home, and are nobody else's to give. For an address with a host these cannot fail.
        let _ = url.set_username(if home { self.url.username() } else { "" });
        let _ = url.set_password(self.url.password().filter(|_| home));
        let permanent = self.permanent && matches!(status.as_u16(), 301 | 308);
        Ok(Hop { url, home, after: self.after + 1, permanent })
    }
}

/// One host and one port, or its usual step from http to https.
pub(super) fn same_place(from: &Url, to: &Url) -> bool {
    let upgrade = from.port_or_known_default() == Some(80) && to.scheme() == "https" && to.port_or_known_default() == Some(443);
    let port = from.scheme() == to.scheme() && from.port_or_known_default() == to.port_or_known_default();
    from.host() == to.host() && (port || upgrade)
}
