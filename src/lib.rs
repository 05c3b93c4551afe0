//! orbat reads the news for troop figures and tracked names, and tells its user once.
//!
//! The map, from the outside in. A layer names only the layers below it, and within a layer only
//! along the arrows; `tests/it/layers.rs` holds the table.
//!
//! ```text
//!   4  main -> cli
//!   3  daemon -> config        web
//!   2  fetch      notify     store
//!   1  alert -> rule -> ledger, story -> article -> text
//!      feed -> text            readability
//!   0  decode  html  url  clock
//! ```
//!
//! [`text`] turns a text into an [`text::Annotation`]: mentions of tracked entities and claims about
//! troops. [`feed`] turns bytes into entries. [`ledger`] says what a claim is to what is known,
//! [`rule`] which rules hold, [`alert`] how that is told. [`store`] keeps everything in SQLite,
//! [`daemon`] drives the three steps poll, process and deliver over it.

#![forbid(unsafe_code)]

pub mod alert;
pub mod article;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod decode;
pub mod feed;
pub mod fetch;
pub mod html;
pub mod ledger;
pub mod notify;
pub mod readability;
pub mod rule;
pub mod store;
pub mod story;
pub mod text;
pub mod url;
pub mod web;
