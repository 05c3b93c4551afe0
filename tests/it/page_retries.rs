//! Article pages that cannot be had for the moment: asked for again, within bounds, and read when they come.

use crate::fetch::server::{Asked, Reply, ok, reply};
use crate::politeness::World;
use jiff::SignedDuration;
use orbat::daemon::Processor;
use orbat::rule::Channel;
use orbat::store::{AlertFilter, ArticleFilter, ArticleRow, TextFrom};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const PAGE: &str = "<html lang=nl><head><title>Amerika stuurt troepen naar Polen</title></head><body><article><h1>Amerika stuurt troepen naar Polen</h1>\
    <p>Het Pentagon stuurt 2000 militairen naar Polen. Dat heeft het ministerie van Defensie in Washington vandaag bekendgemaakt aan journalisten.</p>\
    <p>De eenheden worden gelegerd bij de stad Rzeszów, waar al eerder materieel naartoe is gebracht, en blijven daar naar verwachting het hele jaar.</p>\
    </article></body></html>";

/// A feed whose second look shows an article with a short text, and a server that answers for its page.
struct Paper {
    world: World,
    processor: Processor,
}

impl Paper {
    /// `link` stands for the page where it is not that of the server; `page` answers the n-th request for it.
    async fn new(link: Option<&'static str>, page: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Paper {
        let (base, looks, asked_for) = (Arc::new(Mutex::new(String::new())), AtomicUsize::new(0), AtomicUsize::new(0));
        let own = base.clone();
        let answer = move |asked: &Asked| match asked.path() {
            "/feed" => {
                let link = link.map_or_else(|| format!("{}/page", own.lock().unwrap()), str::to_owned);
                let old = "<item><guid>0</guid><title>Het weer</title><description>Het blijft droog.</description></item>";
                let new = format!(
                    "<item><guid>1</guid><title>Amerika stuurt troepen naar Polen</title><link>{link}</link>\
                     <description>Dat maakte het Pentagon bekend.</description></item>"
                );
                let items = if looks.fetch_add(1, Ordering::SeqCst) == 0 { old.to_owned() } else { new + old };
                let rss = format!("<rss version=\"2.0\"><channel><title>P</title><language>nl</language>{items}</channel></rss>");
                reply(200, &[("content-type", "application/rss+xml")], rss.as_bytes())
            }
            "/page" => page(asked_for.fetch_add(1, Ordering::SeqCst)),
            _ => reply(404, &[], b""),
        };
        let world = World::new(&["/feed"], "", answer).await;
        *base.lock().unwrap() = format!("http://{}", world.server.address);
        let mut paper = Paper { processor: Processor::new(world.parts.clone()), world };
        paper.poll().await;
        paper.poll().await;
        paper
    }

    async fn poll(&mut self) {
        self.world.next("f0").await;
        self.processor.step().await.unwrap();
    }

    /// So many minutes pass, and what has come due is done.
    async fn after(&mut self, minutes: i64) {
        self.world.clock.sleep_until(self.world.clock.now() + SignedDuration::from_mins(minutes)).await;
        self.processor.step().await.unwrap();
    }

    fn restart(&mut self) {
        self.world.restart();
        self.processor = Processor::new(self.world.parts.clone());
    }

    fn article(&self) -> ArticleRow {
        self.world.store.articles(&ArticleFilter::default()).unwrap().remove(0)
    }

    /// When the page was asked for, in minutes since the first time.
    fn asked(&self) -> Vec<i64> {
        let pages: Vec<_> = self.world.server.asked().into_iter().filter(|asked| asked.path() == "/page").map(|a| a.at).collect();
        pages.iter().map(|at| at.duration_since(pages[0]).as_mins()).collect()
    }

    fn told(&self) -> usize {
        let filter = AlertFilter { limit: 100, ..AlertFilter::default() };
        let rows = self.world.store.alerts(&filter).unwrap();
        rows.iter().filter(|row| row.alert.rule == "troops" && row.alert.channel != Channel::List).count()
    }
}

#[tokio::test]
async fn a_page_that_comes_later_is_read_and_told_once() {
    for (what, trouble) in [
        ("a fault", reply(500, &[], b"")),
        ("no capacity", reply(503, &[], b"")),
        ("patience", reply(429, &[], b"")),
        ("a gateway", reply(504, &[], b"")),
    ] {
        let mut paper = Paper::new(None, move |n| if n == 0 { trouble.clone() } else { ok(PAGE.as_bytes()) }).await;
        let row = paper.article();
        assert_eq!((row.text_from, row.pending, paper.told()), (TextFrom::Feed, false, 0), "{what}");
        assert!(row.note.as_deref().is_some_and(|note| note.contains("asked for again on 2026-")), "{what}: {:?}", row.note);
        paper.restart();
        paper.after(14).await;
        assert_eq!(paper.article().text_from, TextFrom::Feed, "{what}: too early");
        paper.after(2).await;
        let row = paper.article();
        assert_eq!((row.text_from, row.versions, row.note), (TextFrom::Page, 1, None), "{what}");
        assert_eq!((row.claims.len(), paper.told()), (1, 1), "{what}");
        for _ in 0..5 {
            paper.after(24 * 60).await;
        }
        assert_eq!((paper.asked().len(), paper.told(), paper.article().versions), (2, 1, 1), "{what}: never again");
    }
}

#[tokio::test]
async fn a_page_is_asked_for_four_times_at_most() {
    let mut paper = Paper::new(None, |_| reply(500, &[], b"")).await;
    for _ in 0..30 {
        paper.after(30).await;
        paper.restart();
    }
    assert_eq!(paper.asked(), [0, 30, 90, 450], "after 15 minutes, an hour and six hours, as far as anybody looks");
    let note = paper.article().note.unwrap();
    assert!(note.starts_with("http: ") && note.ends_with("given up after 4 attempts"), "{note}");
}

#[tokio::test]
async fn the_host_says_when_its_page_may_be_asked_for_again() {
    for status in [429, 503] {
        let again = move |n| if n == 0 { reply(status, &[("retry-after", "7200")], b"") } else { ok(PAGE.as_bytes()) };
        let mut paper = Paper::new(None, again).await;
        paper.after(119).await;
        paper.restart();
        paper.after(0).await;
        assert_eq!(paper.asked(), [0], "{status}");
        paper.after(2).await;
        assert_eq!((paper.asked(), paper.article().text_from), (vec![0, 121], TextFrom::Page), "{status}");
    }
}

#[tokio::test]
async fn what_will_be_the_same_tomorrow_is_not_asked_for_again() {
    for status in [403, 404, 410] {
        let mut paper = Paper::new(None, move |_| reply(status, &[], b"")).await;
        paper.after(24 * 60).await;
        assert_eq!(paper.asked(), [0], "{status}");
    }
}

#[tokio::test]
async fn a_link_that_hides_its_article_is_a_failure_of_its_own() {
    let hidden = "https://news.google.com/rss/articles/CBMiYkFVX3lxTE5fMTIzNDU2?oc=5";
    let paper = Paper::new(Some(hidden), |_| ok(PAGE.as_bytes())).await;
    let row = paper.article();
    assert_eq!((row.text_from, row.pending), (TextFrom::Feed, false));
    assert!(row.note.as_deref().is_some_and(|note| note.starts_with("redirector: news.google.com ")), "{:?}", row.note);
    assert_eq!(paper.asked(), Vec::<i64>::new());
}
