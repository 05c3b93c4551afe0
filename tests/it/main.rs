mod feeds;
mod fetch;
mod notify;
mod config;
//! All integration tests, one module per area.

mod layers;
