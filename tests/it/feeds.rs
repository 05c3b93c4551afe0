//! Feeds: every format and every way to break one (`tests/feeds`, written for this), and real ones where they are at hand.
//!
//! Beside each feed stands what is read from it; `UPDATE_EXPECT=1` writes it anew.

use orbat::feed::{self, Entry, Feed, FeedError, FullText, Origin};
use orbat::url::Url;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn read(bytes: &[u8], url: &str, content_type: Option<&str>) -> Result<Feed, FeedError> {
    let url = Url::parse(url).unwrap();
    feed::read(bytes, &Origin { url: &url, content_type, encoding: None })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/feeds")
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// A feed as lines.
fn shown(read: &Result<Feed, FeedError>) -> String {
    let feed = match read {
        Ok(feed) => feed,
        Err(error) => return format!("error: {error}\n"),
    };
    let mut out =
        format!("{} ({}, {}, {})\n", feed.title, feed.format, feed.encoding, feed.language.map_or("-".into(), |l| l.to_string()));
    if feed.hints != feed::Hints::default() {
        writeln!(out, "{:?}", feed.hints).unwrap();
    }
    for repair in &feed.repairs {
        writeln!(out, "repair: {repair}").unwrap();
    }
    for entry in &feed.entries {
        out.push_str(&shown_entry(entry));
    }
    out
}

fn shown_entry(entry: &Entry) -> String {
    let or = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let (id, link) = (or(entry.id.clone()), or(entry.link.as_ref().map(Url::to_string)));
    let (published, language) = (or(entry.published.map(|t| t.to_string())), or(entry.language.map(|l| l.to_string())));
    format!("\n* {}\n  id {id}, link {link}, {published}, {language}\n  {:?}\n", entry.title, entry.text)
}

#[test]
fn every_format_and_every_fault() {
    let mut seen = 0;
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e != "txt") {
            let read = read(&std::fs::read(&path).unwrap(), "https://example.org/feeds/rss", None);
            expect_test::expect_file![path.with_extension("txt")].assert_eq(&shown(&read));
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} feeds");
}

#[test]
fn any_encoding() {
    let feed = fixture("default-namespace.xml");
    let plain = read(feed.as_bytes(), "https://example.org/", None).unwrap().entries;
    let utf16 = |big: bool, mark: bool| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(feed.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    };
    let in_windows = encoding_rs::WINDOWS_1251.encode(&feed).0.into_owned();
    for (bytes, content_type) in [
        (utf16(true, true), None),
        (utf16(true, false), None),
        (utf16(false, true), None),
        (utf16(false, false), Some("text/xml")),
        (in_windows.clone(), Some("application/rss+xml; charset=windows-1251")),
        (in_windows.clone(), Some("application/rss+xml; Charset=\"windows-1251\"")),
        (in_windows, Some("text/xml; charset=utf-8")),
        ([b"\xef\xbb\xbf", feed.as_bytes()].concat(), None),
        (encoding_rs::WINDOWS_1252.decode_without_bom_handling(feed.as_bytes()).0.into_owned().into_bytes(), None),
    ] {
        let read = read(&bytes, "https://example.ua/", content_type).unwrap();
        assert_eq!(read.entries, plain, "{} {content_type:?}", read.encoding);
    }
}

#[test]
fn control_characters_do_no_harm() {
    let feed = fixture("rss20.xml").replace("300 militairen naar", "300\u{2} mili\u{b}tairen\u{0} naar");
    let read = read(feed.as_bytes(), "https://example.org/", None).unwrap();
    assert_eq!(read.entries.len(), 2);
    assert!(!read.entries[0].text.contains(char::is_control) || read.entries[0].text.contains('\n'));
    assert!(read.entries[0].title.contains("300"), "{}", read.entries[0].title);
    assert!(!read.entries[0].title.contains(char::is_control));
}

#[test]
fn an_id_does_not_follow_the_headline() {
    let feed = fixture("no-version.xml").replace("<rss>", "<rss version='2.0'>");
    let corrected = feed.replace("500 soldiers leave", "600 soldiers leave");
    let ids = |feed: &str| read(feed.as_bytes(), "https://example.org/", None).unwrap().entries[0].id.clone();
    assert_eq!((ids(&feed), ids(&corrected)), (None, None));
}

#[test]
fn any_cut_is_survived() {
    for name in ["rss20.xml", "atom10.xml", "rss10.rdf", "json11.json", "truncated.xml"] {
        let whole = fixture(name);
        for end in (0..whole.len()).step_by(7) {
            let _ = read(&whole.as_bytes()[..end], "https://example.org/", None);
        }
    }
}

/// A download that broke off gives the items that came whole, exactly as they stand in the whole feed: nothing is stored in part, and no id changes.
#[test]
fn a_cut_keeps_the_whole_items() {
    for name in ["rss20.xml", "atom10.xml", "rss10.rdf", "rss091.xml", "json11.json", "media.xml"] {
        let whole = std::fs::read(folder().join(name)).unwrap();
        let all = read(&whole, "https://example.org/", None).unwrap().entries;
        let mut most = 0;
        for end in 0..whole.len() {
            let Ok(cut) = read(&whole[..end], "https://example.org/", None) else { continue };
            let count = cut.entries.len();
            assert_eq!(cut.entries, all[..count], "{name} cut at {end}");
            most = most.max(count);
        }
        assert!(most + 1 >= all.len() && most > 0, "{name}: at most {most} of {}", all.len());
    }
}

/// Things that nest or repeat without end: each is read in one pass, or refused.
#[test]
fn floods_end() {
    let rss = "<rss version='2.0'><channel>";
    for (head, flood) in [
        ("", "<"),
        ("<!DOCTYPE ", "<"),
        ("<!DOCTYPE rss [", "<!ENTITY a \"&a;&a;\">"),
        (rss, "<item>"),
        (rss, "<item><!--"),
        (rss, "<item><![CDATA["),
        (rss, "<item><?x"),
        (rss, "<item a='"),
        (rss, "<title "),
        (rss, "<item><title>a</b></item>"),
        ("<rss><channel><item><description>", "<b>"),
        ("<rss><channel><item><description>", "&amp;lt;p&gt;"),
        ("<rss><channel><item><description><![CDATA[", "<a href=\""),
        ("<rss><channel><item><description><![CDATA[", "<svg><object>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><entry>", "<content>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><entry>", "<link xml:base='a/' href='b'/>"),
        ("{\"version\":\"https://jsonfeed.org/version/1\",\"items\":", "["),
        ("{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[", "{\"id\":1},"),
        ("<html>", "<link rel=alternate type=rss href="),
    ] {
        let feed = format!("{head}{}", flood.repeat(200_000 / flood.len()));
        if let Ok(feed) = read(feed.as_bytes(), "https://example.org/", None) {
            assert!(feed.entries.len() <= feed::MAX_ENTRIES, "{head}{flood}");
        }
    }
}

#[test]
fn a_doctor_reads_files_without_a_network() {
    let home = tempfile::tempdir().unwrap();
    let doctor = |name: &str, more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orbat"));
        command.args(["feed", "doctor"]).arg(folder().join(name)).args(more).env_clear();
        let output = command.env("TZ", "UTC").current_dir(home.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let json = |name: &str, more: &[&str]| {
        let (code, out, _) = doctor(name, &[&["--format", "json"], more].concat());
        (code, serde_json::from_str::<serde_json::Value>(&out).unwrap())
    };

    let (code, record) = json("rss20.xml", &[]);
    assert_eq!(code, Some(0));
    let keys: Vec<_> = record.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["encoding", "entries", "error", "format", "repairs", "title"]);
    let keys: Vec<_> = record["entries"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "link", "published", "text", "title"]);
    assert!(record["error"].is_null());

    let (code, record) = json("page.html", &[]);
    assert_eq!((code, record["error"].as_str()), (Some(1), Some("not-a-feed")));
    let (code, record) = json("unreadable.xml", &[]);
    assert_eq!((code, record["error"].as_str()), (Some(1), Some("parse")));

    let link = |more: &[&str]| json("relative.xml", more).1["entries"][0]["link"].as_str().map(str::to_owned);
    assert_eq!(link(&[]).as_deref(), Some("/nieuws/1"));
    assert_eq!(link(&["--url", "https://example.org/feeds/rss"]).as_deref(), Some("https://example.org/nieuws/1"));
    let moved = ["--url", "https://example.org/", "--header", "Content-Location: http://example.com/x"];
    assert_eq!(link(&moved).as_deref(), Some("http://example.com/nieuws/1"));

    let (code, told, _) = doctor("rss20.xml", &[]);
    assert_eq!(code, Some(0));
    for word in ["encoding", "format", "entries", "dates", "texts", "PUBLISHED"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    let (code, _, why) = doctor("page.html", &[]);
    assert!(code == Some(1) && why.contains("web page"), "{why}");
    let (code, told, _) = doctor("empty.xml", &[]);
    assert!(code == Some(0) && told.contains("none: the feed is empty"), "{told}");
    let (code, _, why) = doctor("rss20.xml", &["--encoding", "bogus"]);
    assert!(code == Some(2) && why.contains("`bogus` is not an encoding") && why.contains("windows-1251"), "{why}");
    let (code, _, why) = doctor("no-such-file.xml", &[]);
    assert!(code == Some(1) && why.contains("cannot be read"), "{why}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing is stored");
}

#[test]
fn a_doctor_unpacks_files_within_bounds() {
    let home = tempfile::tempdir().unwrap();
    let doctor = |packed: &[u8]| {
        let path = home.path().join("feed.xml.gz");
        std::fs::write(&path, packed).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orbat"));
        let output = command.args(["feed", "doctor", "--format", "json"]).arg(&path).env_clear().output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let packed = crate::fetch::server::gzip(fixture("rss20.xml").as_bytes());
    let (code, record, _) = doctor(&packed);
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!((code, record["entries"].as_array().unwrap().len()), (Some(0), 2));
    let (code, _, why) = doctor(&packed[..packed.len() / 2]);
    assert!(code == Some(1) && why.contains("cannot be read"), "{why}");
    let (code, _, why) = doctor(&crate::fetch::server::gzip(&vec![b' '; 65 << 20]));
    assert!(code == Some(1) && why.contains("larger than 64 MB"), "{why}");
}

/// More entries than anybody reads: the first are read, the rest is counted.
#[test]
fn archives_are_read_from_their_beginning() {
    let many = 3 * feed::MAX_ENTRIES;
    let list = |item: &str, comma: &str| vec![item; many].join(comma);
    for feed in [
        format!("<rss version='2.0'><channel>{}</channel></rss>", list("<item><title>a</title></item>", "")),
        format!("<feed xmlns='http://www.w3.org/2005/Atom'>{}</feed>", list("<entry><id>a</id></entry>", "")),
        format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{}]}}", list("{\"id\":1}", ",")),
    ] {
        let read = read(feed.as_bytes(), "https://example.org/", None).unwrap();
        assert_eq!(read.entries.len(), feed::MAX_ENTRIES, "{}", read.format);
        assert_eq!(read.repairs, [format!("{} entries after the first 10000 were left out", many - feed::MAX_ENTRIES)]);
    }
}

/// Answers one request with a feed, and gives back what was asked.
fn serve_once(body: Vec<u8>) -> (String, std::thread::JoinHandle<String>) {
    answer_once("200 OK\r\nETag: \"v1\"\r\nCache-Control: max-age=900", body)
}

fn answer_once(status: &'static str, body: Vec<u8>) -> (String, std::thread::JoinHandle<String>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/feed", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut asked, mut byte) = (Vec::new(), [0]);
        while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
            asked.extend(byte);
        }
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
        String::from_utf8(asked).unwrap()
    });
    (url, served)
}

#[test]
fn a_doctor_asks_once_and_stores_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (url, served) = serve_once(std::fs::read(folder().join("rss20.xml")).unwrap());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orbat"));
    command.args(["feed", "doctor", &url]).env_clear().env("HOME", home.path()).env("TZ", "UTC");
    let output = command.output().unwrap();
    let (asked, told) = (served.join().unwrap(), String::from_utf8(output.stdout).unwrap());
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(asked.starts_with("GET /feed ") && !asked.contains("If-"), "{asked}");
    for line in ["ETag \"v1\"", "not to look again for 15 min", "robots.txt", "2 summaries"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing is stored");
}

#[test]
fn a_doctor_shows_what_a_refusal_says() {
    let home = tempfile::tempdir().unwrap();
    for (answer, lines) in [
        (
            "429 Slow\r\nRetry-After: 120\r\nServer: nginx",
            &["status 429", "retry-after: 120", "server: nginx", "asked for until"][..],
        ),
        ("403 No\r\nCF-Mitigated: challenge\r\nServer: cloudflare", &["status 403", "cf-mitigated: challenge"]),
        ("401 Who\r\nWWW-Authenticate: Basic realm=\"x\"", &["status 401", "www-authenticate: Basic realm=\"x\""]),
    ] {
        let (url, served) = answer_once(answer, Vec::new());
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orbat"));
        let output =
            command.args(["feed", "doctor", &url]).env_clear().env("HOME", home.path()).env("TZ", "UTC").output().unwrap();
        served.join().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        for line in lines {
            assert!(told.contains(line), "{line}: {told}");
        }
    }
}

#[test]
fn pages_are_fetched_for_summaries() {
    let entry = |text: &str, link: bool| Entry {
        text: text.to_owned(),
        link: link.then(|| Url::parse("https://example.org/1").unwrap()),
        ..Entry::default()
    };
    let (short, long) = (entry("Two lines only.", true), entry(&"A sentence of an article. ".repeat(80), true));
    let cut = entry(&format!("{}…", "A sentence of an article. ".repeat(80)), true);
    for (mode, entry, wanted) in [
        (FullText::Auto, &short, true),
        (FullText::Auto, &long, false),
        (FullText::Auto, &cut, true),
        (FullText::Auto, &self::entry_without_link(), false),
        (FullText::Always, &long, true),
        (FullText::Always, &self::entry_without_link(), false),
        (FullText::Never, &short, false),
    ] {
        assert_eq!(feed::wants_page(mode, entry), wanted, "{mode:?} {entry:?}");
    }
    assert!(!feed::wants_page(FullText::Auto, &entry("x", false)));
}

fn entry_without_link() -> Entry {
    Entry { text: "Short.".to_owned(), ..Entry::default() }
}

/// A folder of real feeds with what they hold, where there is one beside the project.
#[test]
fn real_feeds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/feeds");
    let Ok(index) = std::fs::read(folder.join("index.json")) else {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    };
    let index: Vec<serde_json::Value> = serde_json::from_slice(&index).unwrap();
    let mut wrong = Vec::new();
    for feed in &index {
        let name = feed["file"].as_str().unwrap();
        let items = usize::try_from(feed["items"].as_u64().unwrap()).unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        match read(&bytes, &format!("https://{}/feed", feed["host"].as_str().unwrap()), None) {
            Ok(read) if read.entries.len() == items => {}
            Ok(read) => wrong.push(format!("{name}: {} entries, not {items}; {:?}", read.entries.len(), read.repairs)),
            Err(error) => wrong.push(format!("{name}: {error}, not {items} entries")),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), index.len(), wrong.join("\n"));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>, content_type: Option<String>) {
        let _ = read(&bytes, "https://example.org/", content_type.as_deref());
    }

    /// Whatever is lost, doubled or changed, reading ends and gives something or says why not.
    #[test]
    fn any_damage_is_survived(name in 0..4usize, at in 0..2000usize, length in 0..200usize, noise: Vec<u8>) {
        let mut bytes = fixture(["rss20.xml", "atom10.xml", "crossed.xml", "json11.json"][name]).into_bytes();
        let start = at.min(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, noise);
        let _ = read(&bytes, "https://example.org/", None);
    }
}
