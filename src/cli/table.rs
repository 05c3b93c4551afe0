//! Aligned tables for people: columns as wide as their widest cell, cut to the width of the terminal.

use super::screen::{Screen, clean};
use std::io::{self, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Between two columns.
const GAP: &str = "  ";
/// No column is made narrower than this, in columns of the terminal.
const NARROWEST: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Left(&'static str),
    Right(&'static str),
    /// Gives way first where the terminal is too narrow.
    Wide(&'static str),
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Column::Left(title) | Column::Right(title) | Column::Wide(title) => title,
        }
    }
}

/// Rows under titles. Cells are made safe to print as they come in.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(columns: &[Column]) -> Table {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells: Vec<_> = cells.into_iter().map(|c| clean(c.as_ref())).collect();
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn print(&self, out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
        let widths = self.widths(screen.width);
        let titles: Vec<_> = self.columns.iter().map(|c| c.title().to_owned()).collect();
        writeln!(out, "{}", screen.bold(&self.line(&titles, &widths, screen.width)))?;
        self.rows.iter().try_for_each(|row| writeln!(out, "{}", self.line(row, &widths, screen.width)))
    }

    fn widths(&self, room: Option<usize>) -> Vec<usize> {
        let widest = |i: usize| self.rows.iter().map(|r| r[i].width()).max().unwrap_or(0);
        let mut widths: Vec<_> = self.columns.iter().enumerate().map(|(i, c)| widest(i).max(c.title().width())).collect();
        let Some(room) = room else { return widths };
        while widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1) > room {
            let wide = |i: &usize| matches!(self.columns[*i], Column::Wide(_)) && widths[*i] > NARROWEST;
            let Some(i) = (0..widths.len()).filter(wide).max_by_key(|i| widths[*i]) else { break };
            widths[i] -= 1;
        }
        widths
    }

    fn line(&self, cells: &[String], widths: &[usize], room: Option<usize>) -> String {
        let cells = cells.iter().zip(widths).zip(&self.columns).map(|((cell, width), column)| {
            let cell = cut(cell, *width);
            let space = " ".repeat(width - cell.width());
            if matches!(column, Column::Right(_)) { space + &cell } else { cell + &space }
        });
        let line = cells.collect::<Vec<_>>().join(GAP);
        room.map_or(line.clone(), |room| cut(&line, room)).trim_end().to_owned()
    }
}

/// `text` in at most `width` columns, with `…` where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |c: &char| {
        let wide = c.width().unwrap_or(0);
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    kept + if width > 0 { "…" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::{Column, Table, cut};
    use crate::cli::screen::Screen;
    use expect_test::expect;

    fn shown(width: Option<usize>) -> String {
        let mut table = Table::new(&[Column::Right("ID"), Column::Left("OUTLET"), Column::Wide("TITLE")]);
        table.row(["7", "NOS", "Tweeduizend militairen naar Duitsland en Polen"]);
        table.row(["12", "Українська правда", "Про\nмобілізацію"]);
        table.row(["13", "朝日新聞", "派兵"]);
        let mut out = Vec::new();
        table.print(&mut out, &Screen { width, bold: false }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_stand_in_line() {
        expect![[r"
            ID  OUTLET             TITLE
             7  NOS                Tweeduizend militairen naar Duitsland en Polen
            12  Українська правда  Про мобілізацію
            13  朝日新聞           派兵
        "]]
        .assert_eq(&shown(None));
    }

    #[test]
    fn the_wide_column_gives_way() {
        expect![[r"
            ID  OUTLET             TITLE
             7  NOS                Tweeduizend mili…
            12  Українська правда  Про мобілізацію
            13  朝日新聞           派兵
        "]]
        .assert_eq(&shown(Some(40)));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        use unicode_width::UnicodeWidthStr;
        for width in 0..80 {
            assert!(shown(Some(width)).lines().all(|l| l.width() <= width), "{width}");
        }
    }

    #[test]
    fn wide_letters_are_not_halved() {
        assert_eq!(cut("朝日新聞", 4), "朝…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 0), "");
    }
}
