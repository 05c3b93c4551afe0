//! Which articles tell the same news: in the same words, in other words, in another language, over the wire of an agency.
//!
//! [`Print::of`] takes from an article what it may be known by: its telling words, signs that no language owns (names
//! by their consonants, numbers, known places and people), and a sample of its passages. A [`Profile`] is the sum of the prints of a story.
//! [`decide`] holds a print against a profile and says how much they share, and what. [`Desk`] is where stories lie while articles are put
//! to them one by one; the service fills it with those that the store finds for a batch, `orbat story assign` with all that it reads.
//!
//! An article joins the story that it shares most with, where that is enough, within a window of time that slides with the story.
//! Stories never merge afterwards: a second story that nearly fits is named beside the decision ([`Decision::maybe`]).
//!
//! [`decide`]: decide::tie

pub mod counts;
mod decide;
pub mod desk;
mod print;
mod profile;
mod source;

pub use decide::{Likeness, Ties};
pub use desk::{Decision, Desk};
pub use print::{Print, Token, Word};
pub use profile::{Profile, WINDOW};
pub use source::{Agency, Byline, agencies, agency_of};
