//! Tables for people or JSON for programs: what the lists share.

use super::Failure;
use super::screen::Screen;
use super::table::Table;
use crate::text::claim::Amount;
use crate::text::language::Language;
use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns, local times.
    #[default]
    Table,
    /// One array or object, times in RFC 3339 UTC.
    Json,
}

/// `--format`.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct FormatArg {
    /// table for people (local times), json for programs (RFC 3339, UTC)
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub format: Format,
}

impl FormatArg {
    pub fn is_json(self) -> bool {
        self.format == Format::Json
    }
}

pub fn json(out: &mut dyn Write, what: &(impl Serialize + ?Sized)) -> Result<ExitCode, Failure> {
    serde_json::to_writer_pretty(&mut *out, what).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(ExitCode::SUCCESS)
}

/// A table, or a sentence where there is nothing to put in it.
pub fn table(out: &mut dyn Write, screen: &Screen, table: &Table, nothing: &str) -> Result<ExitCode, Failure> {
    if table.is_empty() {
        writeln!(out, "{nothing}")?;
    } else {
        table.print(out, screen)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `label: value` lines, the values below each other; those without a value are left out.
pub fn fields(out: &mut dyn Write, screen: &Screen, fields: &[(&str, Option<String>)]) -> std::io::Result<()> {
    let widest = fields.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    for (label, value) in fields {
        if let Some(value) = value.as_deref().filter(|v| !v.is_empty()) {
            writeln!(out, "{}  {}", screen.faint(&format!("{label:widest$}")), super::screen::clean(value))?;
        }
    }
    Ok(())
}

/// `2,000`, `~2,000`, `1,500–2,000`, `2,000+`, `≤ 2,000`.
pub fn amount(amount: Amount) -> String {
    let about = if amount.approximate { "~" } else { "" };
    match (amount.low, amount.high) {
        (Some(low), Some(high)) if low == high => format!("{about}{}", grouped(low)),
        (Some(low), Some(high)) => format!("{about}{}–{}", grouped(low), grouped(high)),
        (Some(low), None) => format!("{about}{}+", grouped(low)),
        (None, Some(high)) => format!("{about}≤ {}", grouped(high)),
        (None, None) => "?".to_owned(),
    }
}

/// `1234567` as `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Codes of countries as they stand in the ledger: two letters upper case, other slugs lower case.
pub fn codes(given: &[String]) -> Vec<String> {
    given
        .iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .map(|code| if code.len() == 2 { code.to_ascii_uppercase() } else { code.to_lowercase() })
        .collect()
}

/// For clap: a language tag.
pub fn language(tag: &str) -> Result<Language, String> {
    Language::try_from(tag.to_owned())
}

/// For clap: a length of time, at least a second.
pub fn duration(text: &str) -> Result<std::time::Duration, String> {
    crate::config::duration(text)
}

#[cfg(test)]
mod tests {
    use super::{amount, codes, grouped};
    use crate::text::claim::Amount;

    #[test]
    fn amounts_are_written_short() {
        let written = |low, high, approximate| amount(Amount { low, high, approximate });
        assert_eq!(written(Some(2000), Some(2000), false), "2,000");
        assert_eq!(written(Some(2000), Some(2000), true), "~2,000");
        assert_eq!(written(Some(1500), Some(2000), false), "1,500–2,000");
        assert_eq!(written(Some(100), None, false), "100+");
        assert_eq!(written(None, Some(1_000_000), false), "≤ 1,000,000");
        assert_eq!(written(None, None, true), "?");
    }

    #[test]
    fn thousands_are_parted() {
        for (n, written) in [(0, "0"), (999, "999"), (1000, "1,000"), (u64::MAX, "18,446,744,073,709,551,615")] {
            assert_eq!(grouped(n), written);
        }
    }

    #[test]
    fn codes_are_typed_in_any_case() {
        assert_eq!(codes(&["us,pl".into(), "Black-Sea".into()]), ["US", "PL", "black-sea"]);
    }
}
