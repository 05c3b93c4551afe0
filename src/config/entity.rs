//! `[[entity]]`: someone or something tracked.

use super::feed::name;
use super::names::Known;
use super::read::{Table, Text, Wrong, choice};
use crate::text::gazetteer::{Entity, Kind};

/// An entity has at most this many names: more are surely a mistake.
const MAX_NAMES: usize = 1_000;

pub(super) fn read(mut table: Table, known: &mut Known) -> Option<Entity> {
    let id = id(&mut table, known);
    let name = name(&mut table).map(|n| n.value.to_owned());
    if name.is_none() && !table.has("name") {
        table.lacks("name", "name = \"Volodymyr Zelensky\", as texts write it");
    }
    let kind = table.read("kind", choice(Kind::ALL, Kind::as_str));
    if kind.is_none() && !table.has("kind") {
        table.lacks("kind", "one of person, organisation, country, region, city");
    }
    let surname = table.owned("surname");
    let aliases = table.list("aliases");
    if aliases.len() > MAX_NAMES {
        table.reader.problem(table.span_of("aliases"), format!("more than {MAX_NAMES} aliases"), None);
    }
    let near = table.list("near");
    let not_near = table.list("not_near");
    table.finish();
    Some(Entity { id: id?, name: name?, kind: kind?, surname, aliases, near, not_near })
}

fn id(table: &mut Table, known: &mut Known) -> Option<String> {
    let Some(text) = table.text("id") else {
        if !table.has("id") {
            table.lacks("id", "id = \"zelensky\", by which rules name it");
        }
        return None;
    };
    known.entities.give("entity", &Text { value: text.value, span: text.span.clone() }, table);
    table.check(&text, slug(text.value))
}

fn slug(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::new(format!("`{text}` is not usable as an id"), "lower-case letters, digits and hyphens: suwalki-gap");
    Entity::is_id(text).then(|| text.to_owned()).ok_or_else(wrong)
}
