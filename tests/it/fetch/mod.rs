//! The manners of the fetcher, against a server on loopback that records every request.

pub mod server;

use jiff::{SignedDuration, Timestamp};
use orbat::clock::Clock;
use orbat::feed::{Class, Validators};
use orbat::fetch::{Body, Failure, Fetched, Fetcher, Request, Settings, What};
use server::{Asked, Reply, Server, brotli, deflate, gzip, ok, reply, zstd};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use url::Url;

fn settings() -> Settings {
    Settings {
        per_host: 1,
        pause: Duration::ZERO,
        in_all: 8,
        contact: Some("https://desk.example/about".into()),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(10),
        feed_limit: 1_000_000,
        page_limit: 200_000,
        allow_private: Vec::new(),
        resolve: Vec::new(),
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(settings(), Clock::System).unwrap()
}

/// Hosts `a.example` and `b.example` are both played by the server.
fn played_by(server: &Server) -> Settings {
    let hosts = ["a.example", "b.example"];
    Settings { resolve: hosts.iter().map(|host| ((*host).to_owned(), server.address)).collect(), ..settings() }
}

fn body(fetched: Fetched) -> Body {
    match fetched {
        Fetched::Body(body) => *body,
        other => panic!("{other:?}"),
    }
}

fn failure(fetched: Fetched) -> Failure {
    match fetched {
        Fetched::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

async fn feed(fetcher: &Fetcher, url: &Url) -> Fetched {
    fetcher.get(&Request::new(url, What::Feed)).await
}

async fn page(fetcher: &Fetcher, url: &Url) -> Fetched {
    fetcher.get(&Request::new(url, What::Page)).await
}

fn now() -> Timestamp {
    Clock::System.now()
}

#[tokio::test]
async fn one_name_and_no_traces() {
    let server = Server::start(&Clock::System, |_| reply(200, &[("set-cookie", "id=1")], b"x")).await;
    let fetcher = fetcher();
    let [plain, other] = [server.url("/feed?b=2&a=1&utm_source=rss"), server.url("/other")];
    feed(&fetcher, &plain).await;
    feed(&fetcher, &other).await;
    let own = [("X-Desk".to_owned(), "7".to_owned())];
    fetcher.get(&Request { user_agent: Some("desk/1"), headers: &own, ..Request::new(&other, What::Feed) }).await;

    let asked = server.asked();
    let agent = format!("orbat/{} (+https://desk.example/about)", env!("CARGO_PKG_VERSION"));
    assert_eq!(asked[0].line, "GET /feed?b=2&a=1&utm_source=rss HTTP/1.1");
    assert_eq!(asked.iter().map(|a| a.header("user-agent").unwrap()).collect::<Vec<_>>(), [&agent, &agent, "desk/1"]);
    assert_eq!(asked[2].header("x-desk"), Some("7"));
    for packing in ["gzip", "br", "zstd", "deflate"] {
        assert!(asked[0].header("accept-encoding").unwrap().contains(packing));
    }
    for trace in ["cookie", "referer", "cache-control", "pragma", "authorization", "if-none-match", "if-modified-since"] {
        assert!(asked.iter().all(|a| a.header(trace).is_none()), "{trace}");
    }
    let bad = [("X-Desk".to_owned(), "7\r\nHost: evil".to_owned())];
    let refused = failure(fetcher.get(&Request { headers: &bad, ..Request::new(&other, What::Feed) }).await);
    assert!(refused.message.contains("X-Desk"), "{refused}");
}

#[tokio::test]
async fn validators_are_opaque() {
    const ODD: &str = "W/\"a, \\b\" 'c";
    let server = Server::start(&Clock::System, |asked| match asked.header("if-none-match") {
        Some(_) => reply(304, &[("cache-control", "max-age=600")], b""),
        None if asked.path() == "/bare" => ok(b"x"),
        None => reply(200, &[("etag", ODD), ("last-modified", "some day"), ("content-type", "text/xml")], b"x"),
    })
    .await;
    let fetcher = fetcher();
    let url = server.url("/feed");
    let first = body(feed(&fetcher, &url).await);
    assert_eq!(first.validators, Validators { etag: Some(ODD.into()), last_modified: Some("some day".into()) });
    assert_eq!((first.content_type.as_deref(), first.fresh_for, first.moved_to), (Some("text/xml"), None, None));

    let again = fetcher.get(&Request { validators: Some(&first.validators), ..Request::new(&url, What::Feed) }).await;
    assert!(matches!(again, Fetched::NotModified { fresh_for: Some(d) } if d.as_secs() == 600), "{again:?}");
    let asked = server.asked();
    assert_eq!(asked[1].header("if-none-match"), Some(ODD));
    assert_eq!(asked[1].header("if-modified-since"), Some("some day"));

    assert_eq!(body(feed(&fetcher, &server.url("/bare")).await).validators, Validators::default());
}

#[tokio::test]
async fn packed_bodies() {
    let text = "Er gaan 2000 man naar Polen. ".repeat(9).into_bytes();
    let plain = text.clone();
    let server = Server::start(&Clock::System, move |asked| match asked.path() {
        "/gzip" => reply(200, &[("content-encoding", "gzip")], &gzip(&plain)),
        "/br" => reply(200, &[("content-encoding", "br")], &brotli(&plain)),
        "/zstd" => reply(200, &[("content-encoding", "zstd")], &zstd(&[(&plain, 1)])),
        "/deflate" => reply(200, &[("content-encoding", "deflate")], &deflate(&plain)),
        "/twice" => reply(200, &[("content-encoding", "gzip, gzip")], &gzip(&gzip(&plain))),
        "/broken" => reply(200, &[("content-encoding", "gzip")], b"\x1f\x8b\x08 no gzip at all"),
        _ => ok(&plain),
    })
    .await;
    let fetcher = fetcher();
    for path in ["/plain", "/gzip", "/br", "/zstd", "/deflate"] {
        assert_eq!(body(feed(&fetcher, &server.url(path)).await).bytes, text, "{path}");
    }
    for path in ["/twice", "/broken"] {
        assert_eq!(failure(feed(&fetcher, &server.url(path)).await).class, Class::Other, "{path}");
    }
}

#[tokio::test]
async fn bombs_stop_at_the_limit() {
    let server = Server::start(&Clock::System, |asked| match asked.path() {
        "/gzip" => reply(200, &[("content-encoding", "gzip")], &gzip(&vec![b'x'; 30_000_000])),
        "/zstd" => reply(200, &[("content-encoding", "zstd")], &zstd(&[(&b"x"[..], 100_000); 300])),
        "/long" => ok(&vec![b'x'; 1_000_001]),
        "/brim" => ok(&vec![b'x'; 1_000_000]),
        _ => Reply { hangs: true, ..ok(&vec![b'x'; 1_000_001]) },
    })
    .await;
    let fetcher = fetcher();
    for path in ["/gzip", "/zstd", "/long", "/hanging"] {
        let failed = failure(feed(&fetcher, &server.url(path)).await);
        assert_eq!(failed.class, Class::TooLarge, "{path}");
        assert!(failed.message.contains("1000 kB"), "{failed}");
    }
    assert_eq!(body(feed(&fetcher, &server.url("/brim")).await).bytes.len(), 1_000_000);
    let pages = Fetcher::new(played_by(&server), Clock::System).unwrap();
    let failed = failure(page(&pages, &Url::parse("http://a.example/brim").unwrap()).await);
    assert_eq!(failed.class, Class::TooLarge, "pages have a limit of their own");
}

#[tokio::test]
async fn a_host_that_wants_rest_gets_it() {
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&(now() + SignedDuration::from_secs(300)))
        .unwrap();
    let server = Server::start(&Clock::System, move |asked| match asked.path() {
        "/seconds" => reply(429, &[("retry-after", "120")], b""),
        "/date" => reply(503, &[("retry-after", &date)], b""),
        "/silent" => reply(429, &[], b""),
        "/wall" => reply(503, &[("cf-mitigated", "challenge"), ("retry-after", "60")], b""),
        _ => ok(b"x"),
    })
    .await;
    for (path, code, wait) in [("/seconds", 429, 120), ("/date", 503, 300)] {
        let fetcher = fetcher();
        let Fetched::RateLimited { until: Some(until), status, asked: true, .. } = feed(&fetcher, &server.url(path)).await else {
            panic!("{path}")
        };
        let off = until.duration_since(now()).as_secs();
        assert!(status == code && (wait - 10..=wait).contains(&off), "{path}: {off} s");
        let before = server.asked().len();
        let next = feed(&fetcher, &server.url("/fine")).await;
        assert!(matches!(next, Fetched::RateLimited { until: Some(u), asked: false, .. } if u == until), "{next:?}");
        assert_eq!(server.asked().len(), before, "the whole host is left alone");
    }
    let fetcher = fetcher();
    assert!(matches!(feed(&fetcher, &server.url("/silent")).await, Fetched::RateLimited { until: None, status: 429, .. }));
    assert_eq!(failure(feed(&fetcher, &server.url("/wall")).await).class, Class::Blocked);
    assert_eq!(body(feed(&fetcher, &server.url("/fine")).await).bytes, b"x");

    fetcher.leave_alone("127.0.0.1", now() + SignedDuration::from_secs(60));
    assert!(matches!(feed(&fetcher, &server.url("/fine")).await, Fetched::RateLimited { until: Some(_), .. }));
}

#[tokio::test]
async fn redirects() {
    let server = Server::start(&Clock::System, |asked| {
        // `/301,302` redirects with 301 to `/302`, and that with 302 to `/`.
        let (first, rest) = asked.path()[1..].split_once(',').unwrap_or((&asked.path()[1..], ""));
        match first {
            "" => ok(b"here"),
            "loop" => reply(302, &[("location", "/loop")], b""),
            "nowhere" => reply(301, &[], b""),
            "ftp" => reply(301, &[("location", "ftp://a.example/")], b""),
            "file" => reply(301, &[("location", "file:///etc/passwd")], b""),
            "junk" => reply(301, &[("location", "http://[")], b""),
            code => reply(code.parse().unwrap(), &[("location", &format!("/{rest}"))], b""),
        }
    })
    .await;
    let fetcher = fetcher();
    for (path, moved) in [
        ("/", false),
        ("/301", true),
        ("/308", true),
        ("/301,308,301", true),
        ("/302", false),
        ("/303", false),
        ("/307", false),
        ("/301,302", false),
        ("/302,301", false),
        ("/301,301,301,301,301", true),
    ] {
        let got = body(feed(&fetcher, &server.url(path)).await);
        assert_eq!((got.bytes.as_slice(), got.url), (&b"here"[..], server.url("/")), "{path}");
        assert_eq!(got.moved_to, moved.then(|| server.url("/")), "{path}");
    }
    for path in ["/301,301,301,301,301,301", "/loop", "/nowhere", "/ftp", "/file", "/junk"] {
        let before = server.asked().len();
        assert_eq!(failure(feed(&fetcher, &server.url(path)).await).class, Class::Redirects, "{path}");
        assert!(server.asked().len() - before <= 6, "{path}");
    }
}

#[tokio::test]
async fn nothing_outside_leads_into_the_local_network() {
    let port = Arc::new(Mutex::new(0));
    let known = port.clone();
    let server = Server::start(&Clock::System, move |asked| {
        let port = known.lock().unwrap();
        match asked.path() {
            "/to-literal" => reply(302, &[("location", &format!("http://127.0.0.1:{port}/secret"))], b""),
            "/to-number" => reply(302, &[("location", &format!("http://2130706433:{port}/secret"))], b""),
            "/to-mapped" => reply(302, &[("location", &format!("http://[::ffff:7f00:1]:{port}/secret"))], b""),
            "/to-name" => reply(302, &[("location", &format!("http://localhost:{port}/secret"))], b""),
            _ => ok(b"secret"),
        }
    })
    .await;
    *port.lock().unwrap() = server.address.port();
    let outside = Fetcher::new(played_by(&server), Clock::System).unwrap();
    for path in ["/to-literal", "/to-number", "/to-mapped", "/to-name"] {
        for what in [What::Feed, What::Page] {
            let url = Url::parse(&format!("http://a.example{path}")).unwrap();
            let failed = failure(outside.get(&Request::new(&url, what)).await);
            assert_eq!(failed.class, Class::Guarded, "{path}: {failed}");
            assert!(failed.message.contains("allow_private"), "{failed}");
        }
    }
    for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.1"] {
        let url = Url::parse(&format!("http://{host}:{}/secret", server.address.port())).unwrap();
        assert_eq!(failure(page(&outside, &url).await).class, Class::Guarded, "{host}");
    }
    assert!(server.asked().iter().all(|asked| asked.path() != "/secret"));

    // What the user typed himself, or allowed.
    let typed = Url::parse(&format!("http://localhost:{}/secret", server.address.port())).unwrap();
    assert_eq!(body(feed(&outside, &typed).await).bytes, b"secret");
    assert_eq!(failure(page(&outside, &typed).await).class, Class::Guarded, "also beside an open connection");
    let foreign = Request { foreign: true, ..Request::new(&typed, What::Feed) };
    assert_eq!(failure(outside.get(&foreign).await).class, Class::Guarded, "a feed of somebody else's list");
    let allowed = Settings { allow_private: vec!["localhost".into(), "127.0.0.1".into()], ..played_by(&server) };
    let allowed = Fetcher::new(allowed, Clock::System).unwrap();
    assert_eq!(body(page(&allowed, &typed).await).bytes, b"secret");
    let redirected = Url::parse("http://a.example/to-literal").unwrap();
    assert_eq!(body(page(&allowed, &redirected).await).bytes, b"secret");
}

#[tokio::test]
async fn credentials_stay_at_home() {
    let server = Server::start(&Clock::System, |asked| match (asked.header("host"), asked.path()) {
        (Some("a.example"), "/away") => reply(302, &[("location", "http://b.example/back")], b""),
        (Some("b.example"), "/back") => reply(302, &[("location", "http://a.example/end")], b""),
        (_, "/up") => reply(301, &[("location", "https://a.example/end")], b""),
        (_, "/port") => reply(301, &[("location", "http://a.example:81/end")], b""),
        _ => ok(b"x"),
    })
    .await;
    let fetcher = Fetcher::new(played_by(&server), Clock::System).unwrap();
    let own = [("X-Key".to_owned(), "k".to_owned())];
    const BASIC: &str = "Basic dXNlcjpwYSBzcw==";
    for (address, auth, sent) in [
        ("http://a.example/end", Some("user:pa ss"), vec![Some(BASIC)]),
        ("http://a.example/end", Some("bearer t0ken\n"), vec![Some("bearer t0ken")]),
        ("http://user:pa%20ss@a.example/end", None, vec![Some(BASIC)]),
        ("http://old:word@a.example/end", Some("user:pa ss"), vec![Some(BASIC)]),
        ("http://a.example/away", Some("user:pa ss"), vec![Some(BASIC), None, None]),
        ("http://user:pa%20ss@a.example/away", None, vec![Some(BASIC), None, None]),
        ("http://user:pa%20ss@a.example/up", None, vec![Some(BASIC), Some(BASIC)]),
        ("http://user:pa%20ss@a.example/port", None, vec![Some(BASIC), None]),
        ("https://a.example/up", Some("user:pa ss"), vec![Some(BASIC), Some(BASIC)]),
    ] {
        let url = Url::parse(address).unwrap();
        let before = server.asked().len();
        let request = Request { auth, headers: &own, ..Request::new(&url, What::Feed) };
        let got = body(fetcher.get(&request).await);
        let asked = server.asked().split_off(before);
        assert_eq!(asked.iter().map(|a| a.header("authorization")).collect::<Vec<_>>(), sent, "{address}");
        let keys: Vec<bool> = asked.iter().map(|a| a.header("x-key").is_some()).collect();
        assert_eq!(keys, sent.iter().map(Option::is_some).collect::<Vec<_>>(), "{address}");
        assert_eq!(got.moved_to.is_some(), address.contains("/up") || address.contains("/port"), "{address}");
    }
}

#[tokio::test]
async fn failures_have_a_class_and_no_secrets() {
    let server = Server::start(&Clock::System, |asked| reply(asked.path()[1..].parse().unwrap(), &[], b"")).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let at = server.address;
    for (address, class, status) in [
        (format!("http://u:hush@{at}/401"), Class::Http, Some(401)),
        (format!("http://u:hush@{at}/403"), Class::Blocked, Some(403)),
        (format!("http://u:hush@{at}/404"), Class::Http, Some(404)),
        (format!("http://u:hush@{at}/410"), Class::Gone, Some(410)),
        (format!("http://u:hush@{at}/451"), Class::Blocked, Some(451)),
        (format!("http://u:hush@{at}/500"), Class::Http, Some(500)),
        (format!("http://u:hush@{at}/304"), Class::Http, Some(304)),
        (format!("https://u:hush@{at}/200"), Class::Tls, None),
        (format!("http://u:hush@{free}/200"), Class::Connect, None),
        (format!("http://u:hush@{}.example/", "x".repeat(64)), Class::Dns, None),
    ] {
        let failed = failure(feed(&fetcher(), &Url::parse(&address).unwrap()).await);
        assert_eq!((failed.class, failed.status), (class, status), "{address}: {failed}");
        assert!(!failed.message.contains("hush"), "{failed}");
    }
}

#[tokio::test]
async fn slow_answers_end() {
    let came = |asked: &Asked| if asked.path() == "/bit" { &b"a bit"[..] } else { b"" };
    let answer = move |asked: &Asked| Reply { hangs: true, ..reply(200, &[("etag", "\"1\"")], came(asked)) };
    let server = Server::start(&Clock::System, answer).await;
    let fetcher = Fetcher::new(Settings { timeout: Duration::from_millis(200), ..settings() }, Clock::System).unwrap();
    let failed = failure(feed(&fetcher, &server.url("/none")).await);
    assert_eq!(failed.class, Class::Timeout, "{failed}");
    let came = body(feed(&fetcher, &server.url("/bit")).await);
    assert_eq!((came.bytes.as_slice(), came.validators), (&b"a bit"[..], Validators::default()), "of a feed what came is kept");
}

#[tokio::test]
async fn turns_at_one_host() {
    let start: Timestamp = "2026-03-01T07:00:00Z".parse().unwrap();
    let clock = Clock::simulated(start);
    let server = Server::start(&clock, |_| ok(b"x")).await;
    let fetcher = Fetcher::new(Settings { pause: Duration::from_secs(3), ..settings() }, clock.clone()).unwrap();
    let urls: Vec<Url> = (0..5).map(|n| server.url(&format!("/{n}"))).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for url in urls {
        let fetcher = fetcher.clone();
        tasks.spawn(async move { body(feed(&fetcher, &url).await) });
    }
    assert_eq!(tasks.join_all().await.len(), 5);
    let starts: Vec<i64> = server.asked().iter().map(|asked| asked.at.duration_since(start).as_secs()).collect();
    assert_eq!(starts, [0, 3, 6, 9, 12]);
    assert_eq!(server.load.lock().unwrap().1, 1, "one at a time");
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let server = Server::start(&Clock::System, |_| ok(b"x")).await;
    let fetcher = fetcher();
    for n in 0..20 {
        body(feed(&fetcher, &server.url(&format!("/{n}"))).await);
    }
    assert_eq!(*server.connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_proxy_is_asked_in_the_place_of_the_host() {
    let proxy = Server::start(&Clock::System, |_| ok(b"through")).await;
    let (feed, proxy_url) = (Url::parse("http://far.example/feed").unwrap(), proxy.url("/"));
    let fetched = fetcher().get(&Request { proxy: Some(&proxy_url), http1: true, ..Request::new(&feed, What::Feed) }).await;
    assert_eq!(body(fetched).bytes, b"through");
    assert_eq!(proxy.asked()[0].line, "GET http://far.example/feed HTTP/1.1");
}

#[tokio::test]
async fn robots_are_asked_once_a_day() {
    let start: Timestamp = "2026-03-01T07:00:00Z".parse().unwrap();
    let clock = Clock::simulated(start);
    let server = Server::start(&clock, |asked| match (asked.header("host"), asked.path()) {
        (Some("a.example"), "/robots.txt") => ok(b"User-agent: *\nDisallow: /closed\n"),
        (Some("a.example"), "/round") => reply(302, &[("location", "/closed")], b""),
        (Some("b.example"), "/robots.txt") => reply(404, &[], b""),
        (Some("c.example"), "/robots.txt") => reply(500, &[], b""),
        (Some("d.example"), "/robots.txt") => reply(429, &[("retry-after", "60")], b""),
        (Some("e.example"), "/robots.txt") => ok(&b"User-agent: *\nDisallow: /closed\n# more\n".repeat(30_000)),
        _ => ok(b"x"),
    })
    .await;
    let hosts = ["a", "b", "c", "d", "e"].map(|host| (format!("{host}.example"), server.address));
    let fetcher = Fetcher::new(Settings { resolve: hosts.to_vec(), ..settings() }, clock.clone()).unwrap();
    for (address, class) in [
        ("http://a.example/open", None),
        ("http://a.example/closed/1", Some(Class::Blocked)),
        ("http://a.example/round", Some(Class::Blocked)),
        ("http://b.example/closed", None),
        ("http://c.example/open", Some(Class::Http)),
        ("http://e.example/open", None),
        ("http://e.example/closed", Some(Class::Blocked)),
    ] {
        let fetched = page(&fetcher, &Url::parse(address).unwrap()).await;
        assert_eq!(
            class,
            if let Fetched::Failed(failure) = &fetched { Some(failure.class) } else { None },
            "{address}: {fetched:?}"
        );
    }
    let rests = page(&fetcher, &Url::parse("http://d.example/open").unwrap()).await;
    assert!(matches!(rests, Fetched::RateLimited { until: Some(_), status: 429, .. }), "{rests:?}");

    let closed = Url::parse("http://a.example/closed").unwrap();
    assert_eq!(body(feed(&fetcher, &closed).await).bytes, b"x", "a feed is made for programs");
    let asked =
        |host: &str| server.asked().iter().filter(|a| a.path() == "/robots.txt" && a.header("host") == Some(host)).count();
    assert_eq!((asked("a.example"), asked("b.example")), (1, 1));
    clock.sleep(Duration::from_secs(25 * 3600)).await;
    page(&fetcher, &closed).await;
    assert_eq!(asked("a.example"), 2);
}
