//! Turns the files of words and names into JSON, which the program reads at its start ten times as fast as TOML.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

/// Folders of such files, and what their copies are called: `words/nl.json`.
const FOLDERS: [(&str, &str); 2] = [("src/text/lexicon", "words"), ("src/text/gazetteer/known", "known")];

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    for (folder, name) in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        let copies = Path::new(&out).join(name);
        fs::create_dir_all(&copies)?;
        for entry in fs::read_dir(folder)? {
            let file = entry?.path();
            if file.extension().is_some_and(|e| e == "toml") {
                let mut table: BTreeMap<String, toml::Value> =
                    toml::from_str(&fs::read_to_string(&file)?).map_err(|e| format!("{}: {e}", file.display()))?;
                let copy = copies.join(file.file_name().unwrap_or_default());
                // What a language does with names is read alone where only names are looked for.
                if let Some(names) = table.remove("names") {
                    fs::write(copy.with_extension("names.json"), serde_json::to_string(&names)?)?;
                }
                fs::write(copy.with_extension("json"), serde_json::to_string(&table)?)?;
            }
        }
    }
    Ok(())
}
