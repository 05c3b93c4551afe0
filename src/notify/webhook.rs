//! A POST of the alert as JSON, signed where there is a secret.
//!
//! The receiver tells a delivery that comes again by `X-Orbat-Delivery` and `Idempotency-Key`, and that it came from here by `X-Orbat-Signature`:
//! `sha256=` and the HMAC-SHA256 of the body in hexadecimal.

use super::{Outcome, Secret, http};
use crate::alert::DeliveryId;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Client;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use url::Url;

pub(super) async fn send(client: &Client, url: &Url, secret: Option<&Secret>, id: DeliveryId, json: Vec<u8>) -> Outcome {
    let mut headers = HeaderMap::new();
    headers.insert("x-orbat-delivery", HeaderValue::from(id.0));
    // The name that a draft of the IETF gives it (draft-ietf-httpapi-idempotency-key-header), whose value is a string in quotes.
    headers.extend(
        HeaderValue::from_str(&format!("\"orbat-{id}\"")).ok().map(|key| (HeaderName::from_static("idempotency-key"), key)),
    );
    if let Some(signature) = secret.and_then(|secret| HeaderValue::from_str(&sign(secret, &json)).ok()) {
        headers.insert("x-orbat-signature", signature);
    }
    http::post(client, url, headers, json).await
}

fn sign(Secret(key): &Secret, body: &[u8]) -> String {
    // A key of any length will do for HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    digest.iter().fold(String::from("sha256="), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::{Secret, sign};

    /// Test case 2 of RFC 4231.
    #[test]
    fn signature() {
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign(&Secret("Jefe".into()), b"what do ya want for nothing?"), expected);
    }
}
