//! The service as an operator meets it: what it tells systemd, its unit, its health.

mod agent;
mod health;
mod real;
mod systemd;
mod unit;

pub use real::{Real, until};
