//! The documentation: every command in it parses, every example is right, every message quoted exists, every page is in the table of contents.

mod reference;
mod rules;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The pages for users: README.md, SECURITY.md and docs/*.md.
fn pages() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(root().join("docs")).expect("docs");
    let docs = docs.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|e| e == "md"));
    docs.chain(["README.md", "SECURITY.md"].map(|name| root().join(name))).collect()
}

/// The code blocks of a page in this language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    page.split(&open).skip(1).map(|rest| rest.split("\n```").next().unwrap_or_default()).collect()
}

/// The words of each command on a line of a shell; quotes are understood, what is redirected is left out.
fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut all, mut words, mut word) = (vec![], vec![], String::new());
    let (mut quote, mut any, mut redirected) = (None, false, false);
    let end = |word: &mut String, any: &mut bool, words: &mut Vec<String>, redirected: &mut bool| {
        if std::mem::take(any) && !std::mem::take(redirected) {
            words.push(std::mem::take(word));
        }
        word.clear();
    };
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => (quote, any) = (Some(c), true),
            (None, '#') if !any => break,
            // `$(date +%F)` is one word.
            (None, '(') if word.ends_with('$') => {
                quote = Some(')');
                word.push(c);
            }
            (None, '|' | ';' | '&') => {
                end(&mut word, &mut any, &mut words, &mut redirected);
                all.push(std::mem::take(&mut words));
            }
            (None, '<' | '>') => {
                end(&mut word, &mut any, &mut words, &mut redirected);
                redirected = true;
            }
            (None, ' ') => end(&mut word, &mut any, &mut words, &mut redirected),
            _ => {
                word.push(c);
                any = true;
            }
        }
    }
    end(&mut word, &mut any, &mut words, &mut redirected);
    all.push(words);
    all
}

/// What the command line says against a command on this line that begins with `orbat`, in one line.
fn complaint(line: &str) -> Option<String> {
    let ours = commands(line).into_iter().filter(|words| words.first().is_some_and(|word| word == "orbat"));
    ours.filter_map(|words| orbat::cli::command().try_get_matches_from(&words).err().map(|error| (words, error)))
        .find(|(_, error)| error.use_stderr())
        .map(|(words, error)| format!("{}: {error}", words.join(" ")))
}

#[test]
fn words_of_a_shell() {
    let words = |line: &str| commands(line).into_iter().map(|words| words.join("/")).collect::<Vec<_>>();
    assert_eq!(words("orbat feed add 'a b' --tag \"c\"  # why"), ["orbat/feed/add/a b/--tag/c"]);
    assert_eq!(words("orbat brief > x.md | mail -s 'x|y' a && orbat"), ["orbat/brief", "mail/-s/x|y/a", "", "orbat"]);
    assert_eq!(words("orbat feed $(a b).x"), ["orbat/feed/$(a b.x"]);
    assert!(complaint("orbat feed add").is_some() && complaint("orbat --help | less").is_none());
    assert!(complaint("cat x | orbat nonsense").is_some());
}

/// The lines below `Example:` or `Examples:` in the help of a command.
fn examples(help: &str) -> Vec<&str> {
    let below = help.split("Example").nth(1).unwrap_or_default();
    below.lines().skip(1).filter_map(|line| line.strip_prefix("  ")).map(str::trim).collect()
}

#[test]
fn every_command_shows_examples_of_itself_that_parse() {
    fn walk(command: &clap::Command, path: &str, faults: &mut Vec<String>) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = examples(&help);
        let own = path.trim_start_matches("orbat");
        if !examples.iter().any(|line| line.starts_with("orbat") && line.contains(own)) {
            faults.push(format!("`{path}` shows no example of itself: {examples:?}"));
        }
        faults.extend(examples.into_iter().filter_map(complaint));
        if command.get_about().is_none() {
            faults.push(format!("`{path}` says nothing of itself"));
        }
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            walk(sub, &format!("{path} {}", sub.get_name()), faults);
        }
    }
    let mut command = orbat::cli::command();
    command.build();
    let mut faults = Vec::new();
    walk(&command, "orbat", &mut faults);
    assert!(faults.is_empty(), "help: examples stand in `after_help`, see src/cli\n{}", faults.join("\n"));
    command.debug_assert();
}

#[test]
fn every_command_in_the_documentation_parses() {
    let mut faults = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        let blocks = ["sh", "console"].into_iter().flat_map(|language| blocks(&text, language));
        let lines = blocks.flat_map(str::lines).map(|line| line.trim_start_matches("$ "));
        faults.extend(lines.filter_map(complaint).map(|fault| format!("{}: {fault}", page.display())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_page_is_in_the_contents_and_every_link_leads_somewhere() {
    let contents = read("docs/SUMMARY.md");
    for page in pages().iter().filter(|page| page.parent().is_some_and(|p| p.ends_with("docs"))) {
        let name = page.file_name().and_then(|n| n.to_str()).expect("a name");
        assert!(name == "SUMMARY.md" || contents.contains(&format!("({name})")), "{name} is not in docs/SUMMARY.md");
    }
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            let there = file.is_empty() || file.contains("://") || page.with_file_name(file).exists();
            assert!(there, "{}: {link} leads nowhere", page.display());
        }
    }
}

#[test]
fn every_file_that_security_names_exists() {
    let page = read("SECURITY.md");
    let named = page.split('`').skip(1).step_by(2).map(|name| name.split(' ').next().unwrap_or_default());
    for name in
        named.filter(|name| ["src/", "tests/", "fuzz/", "config/"].iter().any(|top| name.starts_with(top)) && !name.contains('*'))
    {
        assert!(root().join(name).exists(), "SECURITY.md names {name}, which is not there");
    }
}

/// The parts of a message that stand in it word for word; `…` is for what changes.
fn fixed_parts(message: &str) -> Vec<&str> {
    message.split('…').map(|part| part.trim_matches(' ')).filter(|part| part.len() > 2).collect()
}

#[test]
fn every_message_in_troubleshooting_is_one_of_the_program() {
    fn walk(folder: &Path, text: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, text);
            } else if path.extension().is_some_and(|e| e == "rs" || e == "toml") {
                // A string goes on behind a backslash at the end of its line.
                let source = std::fs::read_to_string(&path).expect("a source");
                let lines: Vec<&str> = source.lines().map(str::trim).collect();
                text.push(lines.join("\n").replace("\\\n", "").replace("\\\"", "\""));
            }
        }
    }
    let mut sources = Vec::new();
    walk(&root().join("src"), &mut sources);
    let page = read("docs/troubleshooting.md");
    let messages: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    assert!(messages.len() >= 20, "only {} messages", messages.len());
    assert_eq!(messages.iter().collect::<BTreeSet<_>>().len(), messages.len(), "a message stands twice");
    for message in messages {
        let parts = fixed_parts(message);
        let found = sources.iter().any(|source| parts.iter().all(|part| source.contains(part)));
        assert!(found && !parts.is_empty(), "no file of src says {parts:?}");
    }
}
