//! The user's own words for the lexicons: `words = ["words.toml"]`.

use super::read::{self, Reader, Table};
use super::{Problem, Written, files};
use crate::text::Annotator;
use std::path::PathBuf;

/// At most this many files of words.
const MAX_FILES: usize = 100;

/// The texts of the files that the main file names, checked; and what is wrong inside them.
pub fn read(top: &mut Table) -> (Vec<Written<String>>, Vec<Problem>) {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    let written = top.texts("words").unwrap_or_default();
    if written.len() > MAX_FILES {
        top.reader.problem(top.span_of("words"), format!("more than {MAX_FILES} files of words are named"), None);
    }
    for name in written.iter().take(MAX_FILES) {
        let path = files::beside(top.reader.file, name.value);
        let text = files::read(&path).map_err(|why| read::Wrong::new(why, "names are looked for beside this file"));
        files.extend(top.check(name, text).map(|text| (path, text)));
    }
    let texts: Vec<String> = files.iter().map(|(_, text)| text.clone()).collect();
    let problems = match Annotator::without_names().with_words(&texts) {
        Ok(_) => Vec::new(),
        Err((n, fault)) => {
            let reader = Reader::new(&files[n].0, &files[n].1);
            let hint = "a file of words says `language = \"en\"` and has tables such as [[noun]] and [states]";
            reader.problem(fault.span.unwrap_or(0..0), fault.message, Some(hint.to_owned()));
            reader.into_problems()
        }
    };
    let whole = |(file, value)| Written { value, file, line: 1 };
    (files.into_iter().map(whole).collect(), problems)
}
