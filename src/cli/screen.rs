//! What standard output is: a terminal of some width, with or without colours, or a pipe.

use std::io::IsTerminal;

/// When to use colours and bold letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    pub fn is_on(self, terminal: bool) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let wanted = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
                terminal && wanted && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
            }
        }
    }
}

/// Where lists are written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// In columns; `None` in a pipe, where nothing is cut.
    pub width: Option<usize>,
    pub bold: bool,
}

impl Screen {
    pub fn stdout(color: Color) -> Screen {
        let terminal = std::io::stdout().is_terminal();
        Screen { width: terminal.then(columns).flatten(), bold: color.is_on(terminal) }
    }

    /// `text` in bold letters, where there are any.
    pub fn bold(&self, text: &str) -> String {
        if self.bold { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// `text` in fainter letters, where there are any.
    pub fn faint(&self, text: &str) -> String {
        if self.bold { format!("\x1b[2m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[cfg(unix)]
fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(not(unix))]
fn columns() -> Option<usize> {
    None
}

/// One line that is safe to print: texts come from strangers and may hold control characters or reverse the direction of writing.
pub fn clean(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| is_harmless(*c)).collect()
}

/// As [`clean`], with line breaks kept.
pub fn clean_lines(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || is_harmless(*c)).collect()
}

fn is_harmless(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::{clean, clean_lines};

    #[test]
    fn what_would_steer_a_terminal_is_left_out() {
        assert_eq!(clean("a\x1b[2Jb\u{9b}31m \n c\u{202e}d"), "a[2Jb31m cd");
        assert_eq!(clean_lines("één\n\x07twee"), "één\ntwee");
    }
}
