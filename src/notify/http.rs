//! One POST and what its answer means for a delivery: shared by the receivers that are web services.

use super::Outcome;
use crate::clock::{self, Clock};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, StatusCode, redirect};
use std::time::Duration;
use url::Url;

/// The header with the number of a delivery.
pub(super) const DELIVERY: &str = "x-orbat-delivery";

const CONNECT: Duration = Duration::from_secs(10);
/// For a whole request.
const LIMIT: Duration = Duration::from_secs(30);

pub(super) fn client() -> reqwest::Result<Client> {
    let agent = concat!("orbat/", env!("CARGO_PKG_VERSION"));
    Client::builder().user_agent(agent).redirect(redirect::Policy::none()).connect_timeout(CONNECT).timeout(LIMIT).build()
}

/// Sends JSON. 2xx: sent; 408, 425, 429 and 5xx: later; anything else: the receiver refuses it.
pub(super) async fn post(client: &Client, url: &Url, mut headers: HeaderMap, json: Vec<u8>) -> Outcome {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let host = url.host_str().unwrap_or_default();
    match client.post(url.clone()).headers(headers).body(json).send().await {
        Ok(response) => verdict(host, response.status(), response.headers().get(RETRY_AFTER)),
        Err(error) => later(None, format!("{host} could not be reached: {}", innermost(&error))),
    }
}

fn verdict(host: &str, status: StatusCode, retry_after: Option<&HeaderValue>) -> Outcome {
    let at = || clock::retry_after(retry_after?.to_str().ok()?, Clock::System.now());
    match status.as_u16() {
        200..=299 => Outcome::Sent,
        429 | 503 => later(at(), format!("{host} asks to wait ({status})")),
        408 | 425 | 500..=599 => later(None, format!("{host} has a fault ({status})")),
        300..=399 => Outcome::Refused(format!("{host} redirects ({status}): write down the address it redirects to")),
        401 | 403 => Outcome::Refused(format!("{host} refuses us ({status}): check the receiver's secret")),
        404 | 410 => Outcome::Refused(format!("{host} has no such address ({status}): check the receiver's url")),
        _ => Outcome::Refused(format!("{host} refuses the alert ({status})")),
    }
}

fn later(at: Option<jiff::Timestamp>, reason: String) -> Outcome {
    Outcome::Later { at, absent: false, reason }
}

/// The innermost cause says most, and holds no address.
fn innermost(error: &reqwest::Error) -> String {
    let first: &(dyn std::error::Error + 'static) = error;
    if error.is_timeout() {
        return "no answer in time".into();
    }
    std::iter::successors(Some(first), |cause| cause.source()).last().map(ToString::to_string).unwrap_or_default()
}
