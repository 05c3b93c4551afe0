//! What must hold whatever breaks off: the process killed at any instant, any fetch or send failing, the clock jumping, the disk filling.

mod desk;
mod faults;
mod kills;
mod order;

pub use desk::{Desk, Mood};
