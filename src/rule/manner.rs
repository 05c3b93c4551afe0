//! How the popups of a rule are handed over: how urgent they are, and which of them are one message.

use std::time::Duration;

crate::text::claim::words! {
    /// How urgent what a rule tells is.
    #[derive(Default)]
    Priority {
        Low = "low",
        #[default]
        Normal = "normal",
        /// Breaks through mute times and limits.
        High = "high",
    }
}

crate::text::claim::words! {
    /// Which popups of a rule are a group.
    #[derive(Default)]
    Group {
        /// Those about one story.
        #[default]
        Story = "story",
        /// All of the rule.
        Rule = "rule",
    }
}

/// The words are Alertmanager's: `group_by`, `group_wait`, `repeat_interval`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    pub priority: Priority,
    pub group: Group,
    /// How long the first of a group waits for others, which then are one message with it.
    pub wait: Duration,
    /// The least time between two messages of one group: what comes in between is told together at its end.
    pub repeat: Duration,
}
