//! Entities that were added by command.

use super::value::Json;
use super::{Result, Store};
use crate::text::gazetteer::Entity;
use rusqlite::params;

impl Store {
    /// Adds an entity; false: its id is taken.
    pub fn add_entity(&self, entity: &Entity) -> Result<bool> {
        let entity = entity.clone();
        self.write(move |db| {
            let mut insert = db.prepare_cached("INSERT OR IGNORE INTO entity (id, entity) VALUES (?1, ?2)")?;
            Ok(insert.execute(params![entity.id, Json(&entity)])? > 0)
        })
    }

    /// Its mentions stay where they were found; false: there is none.
    pub fn remove_entity(&self, id: &str) -> Result<bool> {
        let id = id.to_owned();
        self.write(move |db| Ok(db.prepare_cached("DELETE FROM entity WHERE id = ?1")?.execute([id])? > 0))
    }

    /// By id.
    pub fn entities(&self) -> Result<Vec<Entity>> {
        self.read(|db| {
            let mut all = db.prepare_cached("SELECT entity FROM entity ORDER BY id")?;
            let found = all.query_map([], |r| Ok(r.get::<_, Json<_>>(0)?.0))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}
