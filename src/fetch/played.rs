//! The web as a simulation plays it: in the place of sockets, on the clock of the fetcher. Manners and limits are those of the real one.

use super::Failure;
use crate::clock::Clock;
use crate::feed::Class;
use reqwest::{Request, Response};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A request as it would have gone over the wire.
#[derive(Clone, Debug)]
pub struct Asked {
    pub url: Url,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What comes back, after a while.
#[derive(Clone, Debug)]
pub struct Answer {
    pub took: Duration,
    /// `Err`: nothing that could be read.
    pub said: Result<Said, Class>,
}

/// Status, headers and unpacked body.
#[derive(Clone, Debug, Default)]
pub struct Said {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// Who plays the web: asked once for each request that is sent.
#[derive(Clone)]
pub struct Web(pub Arc<dyn Fn(&Asked) -> Answer + Send + Sync>);

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Web")
    }
}

impl Web {
    /// Answers in the place of a socket, within the time that is left.
    pub(super) async fn answer(&self, request: &Request, clock: &Clock, limit: Duration) -> Result<Response, Failure> {
        let host = request.url().host_str().unwrap_or_default();
        let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let Answer { took, said } = (self.0)(&Asked { url: request.url().clone(), headers });
        clock.sleep(took.min(limit)).await;
        if took > limit {
            return Err(Failure::timeout(host, limit));
        }
        let said = said.map_err(|class| Failure::new(class, format!("{host} could not be reached")))?;
        let mut response = http::Response::builder().status(said.status);
        for (name, value) in said.headers {
            response = response.header(name, value);
        }
        let whole = response.body(said.body).map_err(|e| Failure::new(Class::Other, e.to_string()))?;
        Ok(Response::from(whole))
    }
}
