//! A configuration that changes while the service runs: the real process, good and bad changes, and what is under way meanwhile.

use crate::service::{Real, until};
use held::slow_feed;
use orbat::store::AlertFilter;
use std::fs;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_bad_good() {
    let mut real = Real::new().await;
    ["een", "twee", "drie"].iter().for_each(|name| real.publish(name, &["Het weer"]));
    real.configure(&real.toml(&["een"], &["oud"]));
    real.start(&[]);
    until("the first poll is read", || real.store().feeds().is_ok_and(|f| f.first().is_some_and(|f| f.baselined))).await;

    // Feeds and receivers come without being asked for.
    real.configure(&real.toml(&["een", "twee"], &["oud", "nieuw"]));
    until("the new feed is read", || real.store().feeds().unwrap().iter().filter(|f| f.baselined).count() == 2).await;
    real.publish("twee", &["Het weer", "Het Pentagon stuurt 2000 militairen naar Polen"]);
    real.store().make_due(real.store().feed("twee").unwrap().unwrap().id, jiff::Timestamp::now()).unwrap();
    until("both receivers are told", || real.told("oud").contains("2,000") && real.told("nieuw").contains("2,000")).await;

    // What is wrong changes nothing, and is told.
    real.configure("[[feed]]\nurl = \"nonsense\"\n");
    until("it is told", || real.told("oud").contains("orbat check")).await;
    assert_eq!(real.feeds(), ["een", "twee"]);
    let asked = real.run(&["reload"]);
    assert_eq!(asked.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&asked.stderr).contains("orbat.toml:2:7"), "{asked:?}");
    let status = real.run(&["status"]);
    assert_eq!(status.status.code(), Some(3), "degraded");
    assert!(String::from_utf8_lossy(&status.stdout).contains("orbat.toml:2:7"), "{status:?}");

    // And when it is mended it is taken over; feeds and receivers that are gone are gone.
    real.configure(&real.toml(&["twee", "drie"], &["nieuw"]));
    let asked = real.run(&["reload"]);
    assert_eq!(asked.status.code(), Some(0), "{asked:?}");
    assert_eq!(String::from_utf8_lossy(&asked.stdout), "the configuration is in force; feeds: 1 added, 1 removed\n");
    assert_eq!(real.feeds(), ["drie", "twee"]);
    real.publish("twee", &["Het weer", "Engeland stuurt 7000 militairen naar Estland vanavond"]);
    real.store().make_due(real.store().feed("twee").unwrap().unwrap().id, jiff::Timestamp::now()).unwrap();
    until("the new receiver is told", || real.told("nieuw").contains("7,000")).await;
    assert!(!real.told("oud").contains("7,000"), "the old one is not");
    real.stop().await;
    let popups =
        real.store().alerts(&AlertFilter { rule: Some("troops".to_owned()), limit: 9, ..AlertFilter::default() }).unwrap();
    assert_eq!(popups.len(), 2, "each is told once");
    assert_eq!(real.run(&["reload"]).status.code(), Some(4), "nothing runs any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_included_file_counts_and_so_does_a_signal() {
    let mut real = Real::new().await;
    ["een", "twee"].iter().for_each(|name| real.publish(name, &["Het weer"]));
    let feed = |name: &str| format!("[[feed]]\nurl = \"http://{}/{name}.xml\"\nname = \"{name}\"\n", real.address);
    let (one, two) = (feed("een"), feed("twee"));
    fs::write(real.path("feeds.toml"), &one).unwrap();
    real.configure(&format!("include = [\"feeds.toml\"]\n{}", real.toml(&[], &[])));
    real.start(&[]);
    until("it runs", || real.log().contains("orbat is running")).await;
    fs::write(real.path("feeds.toml"), format!("{one}{two}")).unwrap();
    until("the included feed is there", || real.feeds() == ["een", "twee"]).await;
    real.signal("HUP");
    until("the signal is obeyed", || real.log().matches("the new configuration is in force").count() >= 2).await;
    // The file goes away and comes back.
    fs::remove_file(real.path("feeds.toml")).unwrap();
    until("it is missed", || real.log().contains("has problems")).await;
    assert_eq!(real.feeds(), ["een", "twee"]);
    fs::write(real.path("feeds.toml"), &two).unwrap();
    until("it is read again", || real.feeds() == ["twee"]).await;
    real.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_under_way_is_neither_lost_nor_asked_twice() {
    let mut real = Real::new().await;
    let mut slow = slow_feed().await;
    let feed = format!("[[feed]]\nurl = \"http://{}/slow.xml\"\nname = \"slow\"\nfull_text = \"never\"\n", slow.address);
    let toml = real.toml(&[], &["file"]).replace("[poll]\n", "[poll]\ntimeout = \"60s\"\n") + &feed;
    real.configure(&toml);
    real.start(&[]);
    slow.asked.recv().await.unwrap();
    // Everything about fetching changes while the answer is awaited.
    real.configure(
        &toml
            .replace("60s", "50s")
            .replace("pause = \"0s\"", "pause = \"1s\"\nin_all = 2\ncontact = \"mailto:desk@example.org\""),
    );
    let asked = real.run(&["reload"]);
    assert_eq!(asked.status.code(), Some(0), "{asked:?}");
    assert!(real.store().feeds().unwrap().iter().all(|f| f.last_attempt.is_none()), "the answer is awaited still");
    slow.answer.send(()).unwrap();
    until("the answer is taken in", || real.store().feeds().unwrap()[0].baselined).await;
    assert_eq!(real.store().feeds().unwrap()[0].articles, 1);
    assert!(slow.asked.try_recv().is_err(), "asked once");
    real.stop().await;
}

mod held {
    //! A server that waits for a word before it answers.

    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::{mpsc, watch};

    pub struct Slow {
        pub address: SocketAddr,
        /// A word for each request.
        pub asked: mpsc::Receiver<()>,
        pub answer: watch::Sender<()>,
    }

    pub async fn slow_feed() -> Slow {
        const BODY: &str = "<rss version=\"2.0\"><channel><title>s</title><item><title>Het weer</title><link>http://a.example/1</link></item></channel></rss>";
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ((tell, asked), (answer, go)) = (mpsc::channel(16), watch::channel(()));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (tell, mut go) = (tell.clone(), go.clone());
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    let _ = tell.send(()).await;
                    let _ = go.changed().await;
                    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n";
                    let answer = format!("{head}Content-Length: {}\r\n\r\n{BODY}", BODY.len());
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Slow { address, asked, answer }
    }
}
