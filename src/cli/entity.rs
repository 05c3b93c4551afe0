//! `orbat entity`: what is tracked, by which forms of which names, and what these find. What commands add lives in the database; what stands
//! in a file stays the file's.

use super::output::{self, FormatArg};
use super::screen::{Screen, clean};
use super::table::{Column, Table};
use super::{Failure, Globals, Outcome, time};
use crate::config::{Config, Written};
use crate::store::{ArticleFilter, Born, Store};
use crate::text::Annotator;
use crate::text::fold::Tokens;
use crate::text::gazetteer::known::{Sort, World};
use crate::text::gazetteer::{Entity, Gazetteer, Kind, Mention, shown};
use crate::text::language::Language;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "Examples:
  orbat entity test 'Volodymyr Zelensky'
  orbat entity add 'Volodymyr Zelensky'
  orbat entity list";

/// Bytes of a text that are looked at.
const MOST_TEXT: u64 = 16 << 20;
/// Characters of a name, and other names of one entity, at most.
const MOST_NAME: usize = 200;
const MOST_ALIASES: usize = 1_000;
/// Characters shown before and behind a mention.
const AROUND: usize = 40;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Track a name; a running orbat takes it over within a second
    Add(Add),
    /// List what is tracked
    #[command(after_help = "Example:\n  orbat entity list --format json")]
    List(FormatArg),
    /// Track no more what a command has added
    #[command(after_help = "Example:\n  orbat entity remove volodymyr-zelensky")]
    Remove(Remove),
    /// Show the forms that are looked for, and what they find
    Test(Test),
}

#[derive(Debug, clap::Args)]
struct Remove {
    /// Ids, as `orbat entity list` shows them
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat entity add 'Volodymyr Zelensky'
  orbat entity add Rada --kind organisation --near Kyiv,Ukraine")]
struct Add {
    /// As texts write it
    name: String,
    /// By which rules name it [default: made of the name]
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    more: More,
}

/// What may be said of an entity beside its name.
#[derive(Debug, clap::Args)]
struct More {
    /// What it is [default: what orbat knows it as, else a person where it begins with a given name]
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// The part of a person's name that stands alone, where it is not the last word
    #[arg(long)]
    surname: Option<String>,
    /// Other names; repeat or part by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    alias: Vec<String>,
    /// Words of which one must stand in the text
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    near: Vec<String>,
    /// Words of which none may stand beside the name
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    not_near: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  orbat entity test 'Sergei Shoigu'
  orbat entity test volodymyr-zelensky --since 30d
  orbat entity test Georgia --kind country --text article.txt")]
struct Test {
    /// An id that is tracked, or a name
    name: String,
    /// Look through this file, `-` for standard input, instead of the articles that were read
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Look through articles of this time
    #[arg(long, value_name = "TIME", default_value = "7d")]
    since: time::Since,
    #[command(flatten)]
    more: More,
    #[command(flatten)]
    format: FormatArg,
}

fn kind(text: &str) -> Result<Kind, String> {
    text.parse()
}

pub fn run(args: Args, globals: &Globals, out: &mut dyn Write) -> Outcome {
    match args.verb {
        Verb::Add(args) => add(args, globals, out),
        Verb::List(format) => list(format, globals, out),
        Verb::Remove(args) => remove(&args.ids, globals, out),
        Verb::Test(args) => test(args, globals, out),
    }
}

fn add(args: Add, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let id = args.id.unwrap_or_else(|| slug(&args.name));
    if slug(&args.name).is_empty() {
        return Err(Failure::usage(format_args!("`{}` holds no word to look for", clean(&args.name))));
    }
    if !Entity::is_id(&id) {
        return Err(Failure::usage(format_args!(
            "`{id}` is not usable as an id: take lower-case letters, digits and hyphens, --id suwalki-gap"
        )));
    }
    let entity = args.more.of(id, args.name);
    sound(&entity)?;
    // A file that cannot be read may hold the same id; a rule may name the one that is to come.
    let config =
        if globals.config_path().is_ok_and(|path| path.exists()) { Some(globals.config_with(&entity.id)?) } else { None };
    if let Some(file) = in_file(config.as_ref(), &entity.id) {
        let place = format!("{}:{}", file.file.display(), file.line);
        if file.value.name != entity.name {
            let id = &entity.id;
            return Err(Failure::failed(format_args!("the id `{id}` is taken at {place}: give another with --id")));
        }
        globals.tell(out, format_args!("{} is tracked already: {place}", entity.id))?;
        return Ok(ExitCode::SUCCESS);
    }
    let store = globals.store()?;
    match store.add_entity(&entity)? {
        true => globals.tell(
            out,
            format_args!(
                "tracking {} ({}, {}); `orbat entity test {}` shows its forms",
                entity.id,
                clean(&entity.name),
                entity.kind,
                entity.id
            ),
        )?,
        false if store.entities()?.contains(&entity) => globals.tell(out, format_args!("{} is tracked already", entity.id))?,
        false => {
            return Err(Failure::failed(format_args!(
                "the id `{}` is taken by another: remove that, or give one with --id",
                entity.id
            )));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a file would be told of, too.
fn sound(entity: &Entity) -> Result<(), Failure> {
    let names = [&entity.name].into_iter().chain(&entity.aliases).chain(&entity.surname);
    for text in names.chain(&entity.near).chain(&entity.not_near) {
        if text.chars().count() > MOST_NAME || text.contains(char::is_control) || slug(text).is_empty() {
            let text: String = clean(text).chars().take(AROUND).collect();
            return Err(Failure::usage(format_args!(
                "`{text}` is not usable: at most {MOST_NAME} characters on one line, with a word in them"
            )));
        }
    }
    if entity.aliases.len() > MOST_ALIASES {
        return Err(Failure::usage(format_args!("more than {MOST_ALIASES} aliases")));
    }
    Ok(())
}

fn remove(ids: &[String], globals: &Globals, out: &mut dyn Write) -> Outcome {
    let config = globals.config_if_well();
    for id in ids {
        let file = in_file(config.as_ref(), id);
        if file.is_none() && globals.existing_store()?.remove_entity(id)? {
            globals.tell(out, format_args!("{id} is tracked no more; its mentions stay where they were found"))?;
        } else if let Some(file) = file {
            let (path, line) = (file.file.display(), file.line);
            return Err(Failure::failed(format_args!(
                "`{id}` stands in {path}:{line}: take it out there, orbat does not write in your files"
            )));
        } else {
            return Err(Failure::failed(format_args!("nothing is tracked as `{}`: see `orbat entity list`", clean(id))));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn in_file<'c>(config: Option<&'c Config>, id: &str) -> Option<&'c Written<Entity>> {
    config?.entities.iter().find(|entity| entity.value.id == id)
}

/// One entity as it is listed.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    entity: Entity,
    born: Born,
    /// Where it is written.
    place: Option<String>,
}

fn list(format: FormatArg, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let lines = lines(globals)?;
    if format.is_json() {
        return output::json(out, &lines);
    }
    let mut table = Table::new(&[Column::Left("ID"), Column::Left("KIND"), Column::Wide("NAME"), Column::Wide("FROM")]);
    for line in lines {
        let from = line.place.unwrap_or_else(|| "a command".to_owned());
        table.row([line.entity.id, line.entity.kind.to_string(), line.entity.name, from]);
    }
    output::table(out, &globals.screen(), &table, "Nothing is tracked. `orbat entity add NAME` tracks a name.")
}

fn lines(globals: &Globals) -> Result<Vec<Line>, Failure> {
    let config = globals.config_if_well();
    let mut lines: Vec<Line> = Vec::new();
    for entity in config.iter().flat_map(|config| &config.entities) {
        let place = Some(format!("{}:{}", entity.file.display(), entity.line));
        lines.push(Line { entity: entity.value.clone(), born: Born::File, place });
    }
    if globals.has_database()? {
        let added = globals.existing_store()?.entities()?;
        let added = added.into_iter().filter(|a| in_file(config.as_ref(), &a.id).is_none());
        lines.extend(added.map(|entity| Line { entity, born: Born::Cli, place: None }));
    }
    Ok(lines)
}

/// Where a mention was found.
#[derive(Serialize)]
struct Hit {
    language: Option<Language>,
    form: String,
    count: usize,
    /// The words around the first.
    around: String,
}

fn test(args: Test, globals: &Globals, out: &mut dyn Write) -> Outcome {
    let tracked = lines(globals)?.into_iter().map(|line| line.entity).find(|entity| entity.id == args.name);
    let entity = tracked.unwrap_or_else(|| args.more.of(slug(&args.name), args.name.clone()));
    let shown = shown::shown(&entity);
    let annotator = Annotator::new(Gazetteer::new(std::slice::from_ref(&entity)));
    let (where_, hits) = match &args.text {
        Some(path) => (path.display().to_string(), in_text(&annotator, &text(path)?)),
        None if globals.has_database()? => {
            let since = args.since.before(&time::now());
            (
                format!("articles since {}", time::long(since, &time::now())),
                in_archive(&annotator, &globals.existing_store()?, since)?,
            )
        }
        None => ("no articles, for there is no database yet".to_owned(), Vec::new()),
    };
    if args.format.is_json() {
        let names: Vec<_> = shown.names.iter().map(|f| json!({"language": f.language, "forms": f.forms})).collect();
        let all = json!({
            "entity": entity, "names": names, "given": shown.given, "alone": shown.alone, "near": shown.near,
            "not_near": shown.not_near, "searched": where_, "found": hits,
        });
        return output::json(out, &all);
    }
    print(&entity, &shown, &where_, &hits, &globals.screen(), out)?;
    Ok(ExitCode::SUCCESS)
}

fn print(
    entity: &Entity,
    shown: &shown::Shown,
    place: &str,
    hits: &[Hit],
    screen: &Screen,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    writeln!(out, "{}", screen.bold(&format!("{} ({})", clean(&entity.name), entity.kind)))?;
    for forms in &shown.names {
        let language = forms.language.map_or("any".to_owned(), |l| l.to_string());
        writeln!(out, "  {}  {}", screen.faint(&format!("{language:>4}")), clean(&forms.forms.join(", ")))?;
    }
    let alone = if shown.alone { "" } else { "; the surname alone counts where the full name stands in the text" };
    for (what, words) in [("given", &shown.given), ("near", &shown.near), ("not near", &shown.not_near)] {
        if !words.is_empty() {
            let note = if what == "given" { alone } else { "" };
            writeln!(out, "  {} {}{note}", screen.faint(&format!("{what}:")), clean(&words.join(", ")))?;
        }
    }
    writeln!(out, "\nIn {place}:")?;
    if hits.is_empty() {
        return writeln!(out, "  nothing found");
    }
    let mut table = Table::new(&[Column::Left("LANG"), Column::Right("TIMES"), Column::Left("FORM"), Column::Wide("FIRST")]);
    for hit in hits {
        let language = hit.language.map_or("-".to_owned(), |l| l.to_string());
        table.row([language, hit.count.to_string(), hit.form.clone(), hit.around.clone()]);
    }
    table.print(out, screen)
}

fn text(path: &PathBuf) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MOST_TEXT).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_TEXT).read_to_end(&mut bytes))
    };
    read.map_err(|e| Failure::failed(format_args!("{}: {e}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn in_text(annotator: &Annotator, text: &str) -> Vec<Hit> {
    let mut found = Found::default();
    found.look(annotator, text, None);
    found.hits()
}

fn in_archive(annotator: &Annotator, store: &Store, since: jiff::Timestamp) -> Result<Vec<Hit>, Failure> {
    let mut found = Found::default();
    for row in store.articles(&ArticleFilter { since: Some(since), ..ArticleFilter::default() })? {
        let (text, _) = row.article.text();
        found.look(annotator, &text, row.article.language);
    }
    Ok(found.hits())
}

/// Forms that were found, by language.
#[derive(Default)]
struct Found(BTreeMap<(Option<Language>, String), (usize, String)>);

impl Found {
    fn look(&mut self, annotator: &Annotator, text: &str, language: Option<Language>) {
        let language = language.or_else(|| annotator.language(text, None));
        for mention in annotator.mentions(&Tokens::of(text), language) {
            let around = || around(text, &mention);
            let entry = self.0.entry((language, mention.text.clone())).or_insert_with(|| (0, around()));
            entry.0 += 1;
        }
    }

    /// The most frequent first.
    fn hits(self) -> Vec<Hit> {
        let hit = |((language, form), (count, around))| Hit { language, form, count, around };
        let mut hits: Vec<Hit> = self.0.into_iter().map(hit).collect();
        hits.sort_by_key(|hit| (hit.language, std::cmp::Reverse(hit.count)));
        hits
    }
}

fn around(text: &str, mention: &Mention) -> String {
    let (start, end) = (mention.span.start as usize, mention.span.end as usize);
    let before: String = text[..start].chars().rev().take(AROUND).collect::<Vec<_>>().into_iter().rev().collect();
    let behind: String = text[end..].chars().take(AROUND).collect();
    let whole = format!("{before}«{}»{behind}", mention.text);
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl More {
    fn of(self, id: String, name: String) -> Entity {
        let kind = self.kind.unwrap_or_else(|| guess(&name));
        Entity { id, kind, surname: self.surname, aliases: self.alias, near: self.near, not_near: self.not_near, name }
    }
}

/// What orbat knows a name as; one that it does not know is a person's where it begins with a given name, or is a surname that it knows.
fn guess(name: &str) -> Kind {
    let world = World::shipped();
    match world.named(name).next().map(|thing| thing.kind) {
        Some(Sort::Person) => Kind::Person,
        Some(Sort::Organisation) => Kind::Organisation,
        Some(Sort::Country) => Kind::Country,
        Some(Sort::Region) => Kind::Region,
        Some(Sort::City | Sort::Base) => Kind::City,
        None => {
            let words: Vec<String> = Tokens::of(name).words().map(str::to_owned).collect();
            let given = words.len() > 1 && world.given().group(&words[0]).is_some();
            if given || world.has_surname(&words) { Kind::Person } else { Kind::Organisation }
        }
    }
}

/// An id made of a name: its words in small letters.
fn slug(name: &str) -> String {
    Tokens::of(name).words().collect::<Vec<_>>().join("-")
}
