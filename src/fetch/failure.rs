//! What went wrong, in words for a person: the class by which the daemon acts, and a sentence without secrets.

use super::guard::Unresolved;
use super::{Failure, What, headers};
use crate::feed::Class;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::error::Error;
use std::time::Duration;

impl Failure {
    /// One without an answer of the server.
    pub fn new(class: Class, message: impl Into<String>) -> Failure {
        Failure { class, status: None, message: message.into(), headers: Vec::new() }
    }

    /// Was it this machine that had no open file left for a connection (EMFILE, ENFILE)? Then the host is not to blame.
    pub fn is_our_own(&self) -> bool {
        ["(os error 23)", "(os error 24)"].iter().any(|end| self.message.ends_with(end))
    }

    pub(super) fn timeout(host: &str, limit: Duration) -> Failure {
        Failure::new(Class::Timeout, format!("{host} did not finish its answer within {limit:?}"))
    }

    pub(super) fn too_large(host: &str, limit: usize) -> Failure {
        let class = Class::TooLarge;
        Failure::new(
            class,
            format!("the answer of {host} is larger than {} kB unpacked, and was not read to its end", limit / 1000),
        )
    }

    /// A status that is neither content, nor a redirect, nor a plea for rest.
    pub(super) fn of_status(host: &str, status: StatusCode, what: What, headers: &HeaderMap) -> Failure {
        let thing = if what == What::Feed { "feed" } else { "page" };
        let (class, advice) = match status.as_u16() {
            _ if headers::bot_wall(headers) => (
                Class::Blocked,
                "a guard against robots stands before it and wants a browser; another address of the feed may help",
            ),
            401 | 407 => (Class::Http, "it wants a user name and password: set `auth_file`"),
            403 => (Class::Blocked, "it refuses us; its owner may allow feed readers when asked"),
            404 => (Class::Http, "it has nothing at this address; check it with the outlet"),
            410 => (Class::Gone, "it says that this is gone for good"),
            451 => (Class::Blocked, "it may not show this here, for legal reasons"),
            500..=599 => (Class::Http, "the server has a fault; it is tried again"),
            _ => (Class::Http, "that is no answer to a request like ours"),
        };
        let message = format!("{host} answered the request for the {thing} with {status}: {advice}");
        Failure { class, status: Some(status.as_u16()), message, headers: headers::telling(headers) }
    }

    /// A request that brought no answer, or an answer that broke off.
    pub(super) fn of_transport(host: &str, error: &reqwest::Error) -> Failure {
        match causes(error).find_map(|cause| cause.downcast_ref::<Unresolved>()) {
            Some(Unresolved::Local(failure)) => return failure.clone(),
            Some(Unresolved::Unknown(name, _)) => {
                return Failure::new(
                    Class::Dns,
                    format!("the name {name} is not known to the name server; check it, and the network"),
                );
            }
            None => {}
        }
        // The innermost cause says most, and holds no address.
        let reason = causes(error).last().map(ToString::to_string).unwrap_or_default();
        if error.is_timeout() {
            let step = if error.is_connect() { "could not be connected to" } else { "did not answer" };
            Failure::new(Class::Timeout, format!("{host} {step} in time"))
        } else if speaks_of_tls(&reason) {
            Failure::new(Class::Tls, format!("the encrypted connection to {host} failed: {reason}"))
        } else if error.is_connect() {
            Failure::new(Class::Connect, format!("{host} could not be connected to: {reason}"))
        } else if error.is_decode() {
            Failure::new(Class::Other, format!("the answer of {host} is broken: {reason}"))
        } else if error.is_builder() {
            Failure::new(Class::Other, format!("the request to {host} cannot be made: {reason}"))
        } else {
            Failure::new(Class::Connect, format!("the connection to {host} broke off: {reason}"))
        }
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}

/// The type of a TLS failure is private to the client; its words are those of rustls.
fn speaks_of_tls(reason: &str) -> bool {
    ["certificate", "tls", "handshake", "received fatal alert", "corrupt message", "PeerIncompatible"]
        .iter()
        .any(|word| reason.contains(word))
}
