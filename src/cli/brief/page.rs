//! A brief on paper: sections of lines, as plain text or Markdown.

use crate::cli::screen::{Screen, clean};
use std::io::{self, Write};

pub struct Section {
    pub title: &'static str,
    pub items: Vec<Item>,
}

/// A line, and lines under it.
pub struct Item {
    pub line: String,
    pub under: Vec<String>,
}

impl Item {
    pub fn of(line: String) -> Item {
        Item { line, under: Vec::new() }
    }
}

pub fn text(title: &str, sections: &[Section], screen: &Screen, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", screen.bold(title))?;
    for Section { title, items } in sections {
        writeln!(out, "\n{}", screen.bold(title))?;
        for Item { line, under } in items {
            writeln!(out, "{}", clean(line))?;
            under.iter().try_for_each(|line| writeln!(out, "  {}", clean(line)))?;
        }
    }
    Ok(())
}

pub fn markdown(title: &str, sections: &[Section], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}", escaped(title))?;
    for Section { title, items } in sections {
        writeln!(out, "\n## {}\n", escaped(title))?;
        for Item { line, under } in items {
            writeln!(out, "- {}", escaped(line))?;
            under.iter().try_for_each(|line| writeln!(out, "    - {}", escaped(line)))?;
        }
    }
    Ok(())
}

/// One line in which nothing means anything to Markdown: headlines come from strangers.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '&' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Item, Section, markdown, text};
    use crate::cli::Screen;
    use expect_test::expect;

    fn sections() -> Vec<Section> {
        let under = vec!["14:05  NOS  *Two* [soldiers](x)\nkilled <b>".to_owned()];
        vec![Section {
            title: "Tracked names",
            items: vec![Item { line: "nato: 2".to_owned(), under }, Item::of("eu: 1".to_owned())],
        }]
    }

    #[test]
    fn plain_and_marked_down() {
        let mut out = Vec::new();
        text("Since Monday", &sections(), &Screen::default(), &mut out).unwrap();
        out.extend(b"--\n");
        markdown("Since Monday", &sections(), &mut out).unwrap();
        expect![[r#"
            Since Monday

            Tracked names
            nato: 2
              14:05 NOS *Two* [soldiers](x) killed <b>
            eu: 1
            --
            # Since Monday

            ## Tracked names

            - nato: 2
                - 14:05 NOS \*Two\* \[soldiers\](x) killed \<b\>
            - eu: 1
        "#]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }
}
