//! All integration tests in one program: a module per area.

mod alerts;
mod claims;
mod cli;
mod config;
mod corpus;
mod daemon;
mod feeds;
mod fetch;
mod fields;
mod layers;
mod ledger;
mod names;
mod notify;
mod pages;
mod rules;
mod store;
mod stories;
