//! What articles are read for: names and rules. Made anew when a command changes what is tracked.

use crate::alert::Policy;
use crate::config::Config;
use crate::rule::{TRACKED, tracked};
use crate::store::{self, Store};
use crate::text::Annotator;
use crate::text::gazetteer::{Entity, Gazetteer};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use tracing::{info, warn};

/// One state of it: an article is read and judged by one and the same.
pub struct Watched {
    pub annotator: Annotator,
    pub policy: Policy,
    /// Those that commands have added.
    added: Vec<Entity>,
}

/// What is in force, and what it is made from.
pub struct Watch {
    now: RwLock<Arc<Watched>>,
    files: Vec<Entity>,
    words: Vec<String>,
    policy: Policy,
}

impl Watch {
    pub fn new(config: &Config, store: &Store) -> Result<Watch, String> {
        let files: Vec<Entity> = config.entities.iter().map(|e| e.value.clone()).collect();
        let words: Vec<String> = config.words.iter().map(|words| words.value.clone()).collect();
        let policy = Policy { rules: config.rules.clone(), home: config.home.clone(), language: config.language };
        let added = store.entities().map_err(|e| e.to_string())?;
        let now = RwLock::new(Arc::new(watched(&files, added, &words, &policy)?));
        Ok(Watch { now, files, words, policy })
    }

    pub fn now(&self) -> Arc<Watched> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over what commands have added or removed since.
    pub fn look(&self, store: &Store) -> store::Result<()> {
        let added = store.entities()?;
        if self.now().added == added {
            return Ok(());
        }
        let count = added.len();
        match watched(&self.files, added, &self.words, &self.policy) {
            Ok(new) => {
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
                info!(count, "the entities that commands have added are read again");
            }
            Err(why) => warn!("what commands have added is left out of account: {why}"),
        }
        Ok(())
    }
}

/// An entity of a file goes before one of the same id that a command has added.
fn watched(files: &[Entity], added: Vec<Entity>, words: &[String], policy: &Policy) -> Result<Watched, String> {
    let own = added.iter().filter(|a| !files.iter().any(|f| f.id == a.id));
    let all: Vec<Entity> = files.iter().chain(own).cloned().collect();
    let annotator = Annotator::new(Gazetteer::new(&all)).with_words(words).map_err(|(_, fault)| fault.message)?;
    let mut policy = policy.clone();
    if !policy.rules.iter().any(|rule| rule.name == TRACKED) {
        let unnamed = all.iter().filter(|e| !policy.rules.iter().any(|rule| rule.names(&e.id)));
        let ids: BTreeSet<String> = unnamed.map(|e| e.id.clone()).collect();
        policy.rules.extend((!ids.is_empty()).then(|| tracked(ids)));
    }
    Ok(Watched { annotator, policy, added })
}
