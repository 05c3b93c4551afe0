//! All integration tests in one program: a module per area.

mod config;
mod feeds;
mod fetch;
mod layers;
mod notify;
mod claims;
mod ledger;
mod store;
