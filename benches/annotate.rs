//! How fast one thread annotates news text: folding, numerals, figures, claims, and the names of 1,000 tracked entities; then of 100,000.

mod corpus;

use corpus::{Corpus, DUTCH, ENGLISH, cpu, entities};
use orbat::text::Annotator;
use orbat::text::fold::Tokens;
use orbat::text::gazetteer::{Entity, Gazetteer, Kind};
use orbat::text::language::Language;
use rustix::time::ClockId;

/// Text per language, and what an article holds of it.
const BYTES: usize = 10_000_000;
const PARAGRAPHS: usize = 6;
/// Text of passages per language and kind.
const PASSAGE_BYTES: usize = 2_000_000;

fn main() {
    let names = entities();
    let start = cpu(ClockId::ThreadCPUTime);
    let annotator = Annotator::new(Gazetteer::new(&names));
    let ready = cpu(ClockId::ThreadCPUTime) - start;
    println!("annotator   {:8.1} ms to make, {} entities", 1e3 * ready.as_secs_f64(), names.len());
    lexicons(&annotator);
    for corpus in [DUTCH, ENGLISH] {
        measure(&annotator, corpus.language, "mixed news", &articles(corpus));
    }
    for language in annotator.languages() {
        let (military, plain) = passages(language);
        measure(&annotator, language.code(), "sentences with figures", &military);
        measure(&annotator, language.code(), "hard negatives", &plain);
    }
    drop(annotator);
    many();
}

/// As many names as a desk could import from elsewhere.
const MANY: usize = 100_000;

/// Start-up, memory and speed with that many names: people and organisations of made-up syllables, a third of them with Slavic endings.
fn many() {
    let names: Vec<Entity> = (0..MANY).map(made_up).collect();
    let (before, start) = (resident(), cpu(ClockId::ProcessCPUTime));
    let wall = std::time::Instant::now();
    let annotator = Annotator::new(Gazetteer::new(&names));
    let (ready, wall) = (cpu(ClockId::ProcessCPUTime) - start, wall.elapsed());
    let memory = resident().saturating_sub(before) as f64 / 1e6;
    println!("names       {:8.2} s ({:.2} s of CPU) to make {MANY}, {memory:.0} MB", wall.as_secs_f64(), ready.as_secs_f64());
    for corpus in [DUTCH, ENGLISH] {
        measure(&annotator, corpus.language, "mixed news, 100,000 names", &articles(corpus));
    }
}

fn made_up(n: usize) -> Entity {
    const SYLLABLES: [&str; 16] =
        ["ba", "cor", "den", "fi", "gra", "hol", "ka", "lim", "mo", "nes", "pa", "rus", "sto", "tav", "vi", "zar"];
    const ENDINGS: [&str; 9] = ["ov", "enko", "sky", "son", "er", "is", "i", "man", "ez"];
    let syllable = |i: usize| SYLLABLES[n / 16usize.pow(i as u32) % 16];
    let capital = |word: String| word[..1].to_uppercase() + &word[1..];
    let given = capital(format!("{}{}", syllable(1), syllable(3)));
    let surname = capital(format!("{}{}{}{}", syllable(0), syllable(1), syllable(2), ENDINGS[n % ENDINGS.len()]));
    let (kind, name) = match n % 4 {
        0 => (Kind::Organisation, format!("{surname} {given} Group")),
        _ => (Kind::Person, format!("{given} {surname}")),
    };
    let none = Vec::new;
    Entity { id: format!("e{n}"), name, kind, surname: None, aliases: none(), near: none(), not_near: none() }
}

/// Reads the lexicon of every language, which is done at the first text of each.
fn lexicons(annotator: &Annotator) {
    let (before, start) = (resident(), cpu(ClockId::ThreadCPUTime));
    for language in annotator.languages() {
        annotator.annotate(&Tokens::of("1"), 0, Some(language));
    }
    let ready = cpu(ClockId::ThreadCPUTime) - start;
    let (count, memory) = (annotator.languages().count(), resident().saturating_sub(before));
    println!("lexicons    {:8.1} ms to read {count}, {:.1} MB", 1e3 * ready.as_secs_f64(), memory as f64 / 1e6);
}

/// Bytes of memory that the process holds; 0 where the system does not tell.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Articles made of the passages of the test corpus: of those with figures, and of those without, which are the hard ones among texts without.
fn passages(language: Language) -> (Vec<String>, Vec<String>) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(language.code());
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let text: String = files.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect::<Vec<_>>().join("\n");
    let (mut military, mut plain) = (Vec::new(), Vec::new());
    for block in text.split("\n\n") {
        let (figures, words): (Vec<&str>, Vec<&str>) =
            block.lines().filter(|l| !l.starts_with('#')).partition(|l| l.starts_with("- "));
        let list = if figures == ["- none"] { &mut plain } else { &mut military };
        list.extend((!figures.is_empty()).then(|| words.join("\n")));
    }
    (repeated(&military), repeated(&plain))
}

/// As many articles of these passages as make [`PASSAGE_BYTES`].
fn repeated(passages: &[String]) -> Vec<String> {
    let round: Vec<String> = passages.chunks(PARAGRAPHS).map(|some| some.join("\n\n")).collect();
    let bytes: usize = round.iter().map(String::len).sum();
    round.iter().cycle().take(round.len() * (PASSAGE_BYTES / bytes.max(1))).cloned().collect()
}

fn measure(annotator: &Annotator, code: &str, kind: &str, articles: &[String]) {
    let bytes: usize = articles.iter().map(String::len).sum();
    let language = Language::parse(code);
    let (mut claims, mut mentions) = (0, 0);
    let start = cpu(ClockId::ThreadCPUTime);
    for text in articles {
        let title = text.find("\n\n").map_or(0, |end| end + 2);
        let annotation = annotator.annotate(&Tokens::of(text), title, language);
        claims += annotation.claims.len();
        mentions += annotation.mentions.len();
    }
    let seconds = (cpu(ClockId::ThreadCPUTime) - start).as_secs_f64();
    let rate = bytes as f64 / 1e6 / seconds;
    let what = format!("{:.1} MB, {} articles, {claims} claims, {mentions} mentions", bytes as f64 / 1e6, articles.len());
    println!("annotate {code} {rate:8.1} MB/s  {kind}: {what}");
}

/// Articles of a title and some paragraphs.
fn articles(corpus: Corpus) -> Vec<String> {
    let (mut articles, mut bytes, mut n) = (Vec::new(), 0, 0);
    while bytes < BYTES {
        let paragraphs: Vec<String> = (n..n + PARAGRAPHS).map(|n| corpus.paragraph(n)).collect();
        let title = paragraphs[0].split(['.', ',']).next().unwrap_or_default().to_owned();
        let text = format!("{title}\n\n{}", paragraphs.join("\n\n"));
        bytes += text.len();
        // A step that shares no factor with the number of paragraphs: no two articles run alike.
        n += PARAGRAPHS + 1;
        articles.push(text);
    }
    articles
}
