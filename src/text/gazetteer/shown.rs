//! The forms of an entity's names, written out for people: what is looked for, and in texts of which language.

use super::known::World;
use super::naming::naming;
use super::{Entity, Kind};
use crate::text::language::Language;

/// Forms that are looked for in texts of a language; `None`: of any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forms {
    pub language: Option<Language>,
    pub forms: Vec<String>,
}

/// All that an entity is looked for by.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Whole names; of a person the surnames.
    pub names: Vec<Forms>,
    /// A person's given names, in any language.
    pub given: Vec<String>,
    /// A surname is enough, without the full name in the text.
    pub alone: bool,
    pub near: Vec<String>,
    /// Beside the name or anywhere in the text.
    pub not_near: Vec<String>,
}

/// What `entity` is looked for by.
pub fn shown(entity: &Entity) -> Shown {
    let world = World::shipped();
    let naming = naming(entity, world);
    let mut names = vec![Forms { language: None, forms: Vec::new() }];
    names.extend(world.spellings.iter().map(|s| Forms { language: Some(s.language), forms: Vec::new() }));
    for phrase in &naming.phrases {
        for (i, spelling) in world.spellings.iter().enumerate() {
            if phrase.only != super::Langs::ALL && phrase.only.has(i) {
                add(&mut names[i + 1].forms, phrase.written());
            }
            if phrase.inflect.has(i) {
                phrase.inflected(spelling, naming.class).into_iter().for_each(|form| add(&mut names[i + 1].forms, form));
            }
        }
        if phrase.only == super::Langs::ALL {
            add(&mut names[0].forms, phrase.written());
        }
    }
    names.retain(|forms| !forms.forms.is_empty());
    let mut given = Vec::new();
    naming.given.iter().for_each(|phrase| add(&mut given, phrase.written()));
    let known = naming.given.iter().filter_map(|phrase| world.given().group(&crate::text::fold::fold(&phrase.words[0])));
    known.flat_map(|group| world.given().groups[group as usize].iter().cloned()).for_each(|name| add(&mut given, name));
    let alone = naming.alone || entity.kind != Kind::Person;
    let not_near = naming.not_beside.into_iter().chain(naming.not_in).collect();
    Shown { names, given, alone, near: naming.near, not_near }
}

fn add(list: &mut Vec<String>, form: String) {
    if !list.contains(&form) {
        list.push(form);
    }
}
