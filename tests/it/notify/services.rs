//! Webhook, ntfy and mail.

use super::{alert, message, reason, receiving, send, soon, words};
use hmac::{Hmac, KeyInit, Mac};
use orbat::alert::DeliveryId;
use orbat::notify::{Kind, Message, Notifier, Origin, Outcome, Secret};
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Answers every request on a connection of its own with `response`; gives the requests as text.
pub async fn web(response: String) -> (std::net::SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (record, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut held = Vec::new();
            while !whole(&held) {
                assert_ne!(stream.read_buf(&mut held).await.unwrap(), 0);
            }
            record.send(String::from_utf8(held).unwrap()).unwrap();
            stream.write_all(format!("{response}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
        }
    });
    (address, requests)
}

/// Are the head of a request and as much as its `content-length` says there?
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length)
}

pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

pub fn json(request: &str) -> serde_json::Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn webhook() {
    let (address, mut requests) = web("HTTP/1.1 204 Fine".into()).await;
    let url: url::Url = format!("http://{address}/hook?x=1").parse().unwrap();
    let notifier = receiving(Kind::Webhook { url: url.clone(), secret: Some(Secret("key".into())) });
    for _ in 0..2 {
        assert_eq!(send(&notifier, 7).await, Outcome::Sent);
        let request = requests.recv().await.unwrap();
        assert!(request.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{request}");
        assert_eq!(header(&request, "x-orbat-delivery"), Some("7"));
        assert_eq!(header(&request, "content-type"), Some("application/json"));
        assert!(header(&request, "user-agent").unwrap().starts_with("orbat/"));
        let body = request.split_once("\r\n\r\n").unwrap().1;
        let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
        let time = header(&request, "x-orbat-timestamp").unwrap();
        assert!((time.parse::<i64>().unwrap() - jiff::Timestamp::now().as_second()).abs() < 60, "{time}");
        mac.update(format!("{time}.{body}").as_bytes());
        let digest: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(header(&request, "x-orbat-signature"), Some(format!("sha256={digest}").as_str()));
        let json = json(&request);
        assert_eq!((&json["id"], &json["title"], &json["mark"]), (&7.into(), &words().title.into(), &serde_json::json!([8, 12])));
        assert_eq!(json["alert"]["fingerprint"], "troops/7/1");
    }
    let unsigned = receiving(Kind::Webhook { url, secret: None });
    assert_eq!(send(&unsigned, 8).await, Outcome::Sent);
    assert_eq!(header(&requests.recv().await.unwrap(), "x-orbat-signature"), None);
}

#[tokio::test]
async fn keys_are_of_one_database_and_a_message_may_take_the_place_of_another() {
    let (address, mut requests) = web("HTTP/1.1 200 OK".into()).await;
    let [hook, topic] = ["hook", "topic"].map(|path| format!("http://{address}/{path}").parse().unwrap());
    let origin = Origin { name: "9f86d081884c7d65".into(), since: 5 };
    let webhook = receiving(Kind::Webhook { url: hook, secret: None }).of(origin.clone());
    for (delivery, key) in [(5, "orbat-5"), (6, "orbat-9f86d081884c7d65-6")] {
        assert_eq!(send(&webhook, delivery).await, Outcome::Sent);
        let request = requests.recv().await.unwrap();
        assert_eq!(header(&request, "idempotency-key"), Some(format!("\"{key}\"").as_str()));
        assert_eq!((&json(&request)["key"], json(&request).get("replaces")), (&key.into(), None));
    }
    let (alert, earlier) = (alert(), [DeliveryId(6), DeliveryId(7)]);
    let grown = Message { replaces: &earlier, ..message(&alert, 8) };
    assert_eq!(soon(webhook.deliver("r", &grown)).await, Outcome::Sent);
    assert_eq!(json(&requests.recv().await.unwrap())["replaces"], 7);
    // A push message is known by the first of its row, so that each takes the place of the one before.
    let push = receiving(Kind::Ntfy { url: topic, token: None }).of(origin);
    assert_eq!(soon(push.deliver("r", &grown)).await, Outcome::Sent);
    assert_eq!(json(&requests.recv().await.unwrap())["sequence_id"], "orbat-9f86d081884c7d65-6");
}

#[tokio::test]
async fn what_a_webhook_may_answer() {
    for (response, expected) in [
        ("HTTP/1.1 200 OK", "sent"),
        ("HTTP/1.1 429 Slow\r\nretry-after: 60", "at"),
        ("HTTP/1.1 503 Busy\r\nretry-after: 60", "at"),
        ("HTTP/1.1 503 Busy", "later"),
        ("HTTP/1.1 408 Slow", "later"),
        ("HTTP/1.1 500 Oops", "later"),
        ("HTTP/1.1 400 No", "refused"),
        ("HTTP/1.1 401 Who", "refused"),
        ("HTTP/1.1 302 There\r\nlocation: http://127.0.0.1:1/", "refused"),
    ] {
        let (address, _requests) = web(response.into()).await;
        let url = format!("http://hush:hush@{address}/hush").parse().unwrap();
        let outcome = send(&receiving(Kind::Webhook { url, secret: None }), 1).await;
        let word = match &outcome {
            Outcome::Sent => "sent",
            Outcome::Later { at: Some(_), absent: false, .. } => "at",
            Outcome::Later { at: None, absent: false, .. } => "later",
            Outcome::Later { .. } => "absent",
            Outcome::Refused(_) => "refused",
        };
        assert_eq!(word, expected, "{response}");
        assert!(!format!("{outcome:?}").contains("hush"), "{outcome:?}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let url = format!("http://hush:hush@{nobody}/hush").parse().unwrap();
    let reason = reason(send(&receiving(Kind::Webhook { url, secret: None }), 1).await);
    assert!(reason.contains("127.0.0.1 could not be reached") && !reason.contains("hush"), "{reason}");
}

#[tokio::test]
async fn ntfy() {
    let (address, mut requests) = web("HTTP/1.1 200 OK".into()).await;
    let url = format!("http://{address}/push/desk").parse().unwrap();
    let notifier = receiving(Kind::Ntfy { url, token: Some(Secret("tk\n".into())) });
    assert_eq!(send(&notifier, 7).await, Outcome::Sent);
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("POST /push/ HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(&request, "authorization"), Some("Bearer tk"));
    let expected = serde_json::json!({
        "topic": "desk", "title": words().title, "priority": 4, "click": "https://news.example/a?x=1&y=2", "sequence_id": "orbat-7",
        "message": "Also: 1,000 Germany to Romania\nEr gaan 2000 man naar Duitsland & Polen.\nNews, Dutch, first report",
    });
    assert_eq!(json(&request), expected);
}

/// A mail server that takes one mail, or answers its recipient with `verdict`; gives what it heard.
async fn mail_server(verdict: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = tokio::io::BufReader::new(stream);
        let (mut heard, mut data) = (String::new(), false);
        stream.write_all(b"220 here\r\n").await.unwrap();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return heard;
            }
            heard += &line;
            let answer = match line.get(..4).unwrap_or(&line) {
                ".\r\n" => "250 taken",
                _ if data => continue,
                "DATA" => "354 go on",
                "RCPT" => verdict,
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            data = answer.starts_with("354");
            stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        }
    });
    (port, heard)
}

fn mail(port: u16, to: &str) -> Notifier {
    let from = "orbat <orbat@desk.example>".to_owned();
    receiving(Kind::Mail { server: "127.0.0.1".into(), port, tls: false, user: None, password: None, from, to: vec![to.into()] })
}

#[tokio::test]
async fn mails() {
    let (port, heard) = mail_server("250 fine").await;
    let notifier = mail(port, "analyst@desk.example");
    assert_eq!(send(&notifier, 7).await, Outcome::Sent);
    drop(notifier);
    let heard = soon(heard).await.unwrap();
    for part in [
        "MAIL FROM:<orbat@desk.example>",
        "RCPT TO:<analyst@desk.example>",
        "Subject: US: 2,000 to Germany and Poland (planned)\r\n",
        "Message-ID: <orbat-7-0@desk.example>\r\n",
        "Er gaan 2000 man naar Duitsland & Polen.\r\n",
        "https://news.example/a?x=1&y=2\r\n",
    ] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
    let (port, _heard) = mail_server("550 no such user").await;
    assert!(matches!(send(&mail(port, "a@b.example"), 1).await, Outcome::Refused(_)));
    let (port, _heard) = mail_server("451 try again").await;
    reason(send(&mail(port, "a@b.example"), 1).await);
    assert!(matches!(send(&mail(port, "nobody"), 1).await, Outcome::Refused(_)));
}
