//! What `orbat extract` reads from elsewhere: entity files and web pages.

use crate::text::gazetteer::Entity;
use std::io::{Error, ErrorKind};
use std::path::Path;

#[derive(serde::Deserialize)]
struct File {
    #[serde(default)]
    entity: Vec<Entity>,
}

/// The entities of a TOML file.
pub fn entities(file: &Path) -> std::io::Result<Vec<Entity>> {
    let named = |e: &dyn std::fmt::Display| Error::new(ErrorKind::InvalidData, format!("{}: {e}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|e| named(&e))?;
    toml::from_str::<File>(&text).map(|f| f.entity).map_err(|e| named(&e))
}

/// Title and main text of a web page, and how many bytes are the title.
pub fn article(url: &str) -> std::io::Result<(usize, String)> {
    Err(Error::new(ErrorKind::Unsupported, format!("{url}: save the page and pass its text with `orbat extract FILE`")))
}
