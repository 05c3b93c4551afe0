//! How fast one thread annotates news text: folding, numerals, figures, claims, and the names of 1,000 tracked entities.

mod corpus;

use corpus::{Corpus, DUTCH, ENGLISH, cpu, entities};
use orbat::text::Annotator;
use orbat::text::fold::Tokens;
use orbat::text::gazetteer::Gazetteer;
use orbat::text::language::Language;
use rustix::time::ClockId;

/// Text per language, and what an article holds of it.
const BYTES: usize = 10_000_000;
const PARAGRAPHS: usize = 6;

fn main() {
    let names = entities();
    let start = cpu(ClockId::ThreadCPUTime);
    let annotator = Annotator::new(Gazetteer::new(&names));
    let ready = cpu(ClockId::ThreadCPUTime) - start;
    println!("annotator   {:8.1} ms to make, {} entities", 1e3 * ready.as_secs_f64(), names.len());
    for corpus in [DUTCH, ENGLISH] {
        measure(&annotator, corpus);
    }
}

fn measure(annotator: &Annotator, corpus: Corpus) {
    let articles = articles(corpus);
    let bytes: usize = articles.iter().map(String::len).sum();
    let language = Language::parse(corpus.language);
    let (mut claims, mut mentions) = (0, 0);
    let start = cpu(ClockId::ThreadCPUTime);
    for text in &articles {
        let title = text.find("\n\n").map_or(0, |end| end + 2);
        let annotation = annotator.annotate(&Tokens::of(text), title, language);
        claims += annotation.claims.len();
        mentions += annotation.mentions.len();
    }
    let seconds = (cpu(ClockId::ThreadCPUTime) - start).as_secs_f64();
    let rate = bytes as f64 / 1e6 / seconds;
    let what = format!("{:.1} MB, {} articles, {claims} claims, {mentions} mentions", bytes as f64 / 1e6, articles.len());
    println!("annotate {} {rate:8.1} MB/s   {what}", corpus.language);
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
