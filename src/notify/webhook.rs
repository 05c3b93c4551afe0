//! A POST of the alert as JSON, signed where there is a secret.
//!
//! The receiver tells a delivery that comes again by its `Idempotency-Key`, which no other database uses, and that it came from here, and when,
//! by `X-Orbat-Signature`: `sha256=` and the HMAC-SHA256 in hexadecimal of the value of `X-Orbat-Timestamp` (Unix time in seconds), a full stop
//! and the body. Every attempt is signed anew: what is older than five minutes is somebody's copy.

use super::{Outcome, Secret, http};
use crate::alert::DeliveryId;
use crate::clock::Clock;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use url::Url;

pub(super) async fn send(
    client: &Client,
    url: &Url,
    secret: Option<&Secret>,
    (id, key): (DeliveryId, &str),
    json: Vec<u8>,
) -> Outcome {
    let mut headers = HeaderMap::new();
    headers.insert(http::DELIVERY, HeaderValue::from(id.0));
    // The name that a draft of the IETF gives it (draft-ietf-httpapi-idempotency-key-header), whose value is a string in quotes.
    headers
        .extend(HeaderValue::from_str(&format!("\"{key}\"")).ok().map(|key| (HeaderName::from_static("idempotency-key"), key)));
    let time = Clock::System.now().as_second();
    if let Some(signature) = secret.and_then(|secret| HeaderValue::from_str(&sign(secret, time, &json)).ok()) {
        headers.insert("x-orbat-timestamp", HeaderValue::from(time));
        headers.insert("x-orbat-signature", signature);
    }
    http::post(client, url, headers, json).await
}

fn sign(Secret(key): &Secret, time: i64, body: &[u8]) -> String {
    // A key of any length will do for HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    digest.iter().fold(String::from("sha256="), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::{Secret, sign};

    /// As `printf '1767600000.{"id":7}' | openssl dgst -sha256 -hmac Jefe` has it.
    #[test]
    fn signature() {
        let expected = "sha256=0cd91077dedce0577e65f922a851defb11054a23e217d51674e22c2f25bc2298";
        assert_eq!(sign(&Secret("Jefe".into()), 1_767_600_000, br#"{"id":7}"#), expected);
    }
}
