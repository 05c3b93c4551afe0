//! All integration tests in one program: a module per area.

mod alerts;
mod claims;
mod cli;
mod config;
mod corpus;
mod crash;
mod crisis;
mod daemon;
mod docs;
mod feeds;
mod fetch;
mod fields;
mod layers;
mod ledger;
mod names;
mod notify;
mod page_retries;
mod pages;
mod politeness;
mod rehearsal;
mod reload;
mod rules;
mod service;
mod simulation;
mod store;
mod stories;
