//! All integration tests in one program: a module per area.

mod alerts;
mod claims;
mod cli;
mod config;
mod corpus;
mod crash;
mod crisis;
mod daemon;
mod data;
mod feeds;
mod fetch;
mod fields;
mod layers;
mod ledger;
mod migrations;
mod names;
mod notify;
mod pages;
mod politeness;
mod rehearsal;
mod reprocess;
mod rules;
mod simulation;
mod store;
mod stories;
