//! Programs of the user's, and the Atom file.

use super::{LONG, alert, reason, receiving, send, soon, words};
use orbat::alert::DeliveryId;
use orbat::notify::{Kind, Message, Notifier, Outcome};
use orbat::rule::Priority;
use std::time::Duration;

fn shell(script: &str, timeout: Duration) -> Notifier {
    receiving(Kind::Command { argv: ["sh", "-c", script].map(str::to_owned).to_vec(), timeout })
}

#[cfg(unix)]
#[tokio::test]
async fn commands() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let script = format!("cat > {0}; echo \" $ORBAT_DELIVERY\" >> {0}", out.display());
    assert_eq!(send(&shell(&script, LONG), 7).await, Outcome::Sent);
    let text = std::fs::read_to_string(&out).unwrap();
    let (json, delivery) = text.rsplit_once(' ').unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(json).unwrap()["title"], words().title);
    assert_eq!(delivery, "7\n");

    // Its input unread, its output without end, something left running.
    assert_eq!(send(&shell("exit 0", LONG), 1).await, Outcome::Sent);
    assert_eq!(send(&shell("yes | head -c 1000000 >&2", LONG), 1).await, Outcome::Sent);
    assert_eq!(send(&shell("sleep 3 & exit 0", LONG), 1).await, Outcome::Sent);
    assert!(reason(send(&shell("echo one; echo two >&2; exit 3", LONG), 1).await).ends_with("exit status: 3): two"));
    let missing = receiving(Kind::Command { argv: vec!["/no/such/program".into()], timeout: LONG });
    assert!(reason(send(&missing, 1).await).contains("/no/such/program could not be started"));
    let empty = receiving(Kind::Command { argv: Vec::new(), timeout: LONG });
    assert!(matches!(send(&empty, 1).await, Outcome::Refused(_)));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_command_that_hangs_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let script = format!("sleep 1000 & echo $! $$ > {}; wait", pids.display());
    let notifier = shell(&script, Duration::from_secs(1));
    assert!(reason(send(&notifier, 1).await).contains("did not end within 1s"));
    let pids = std::fs::read_to_string(&pids).unwrap();
    for pid in pids.split_whitespace() {
        soon(async {
            while runs(pid) {
                tokio::time::sleep(Duration::from_millis(10)).await
            }
        })
        .await;
    }
}

/// Is this process there, and not just waiting to be buried by its parent?
#[cfg(target_os = "linux")]
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
}

#[tokio::test]
async fn atom_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.xml");
    let notifier = receiving(Kind::Atom { path: path.clone(), keep: 3 });
    for delivery in [1, 2, 3, 4, 3, 1] {
        assert_eq!(send(&notifier, delivery).await, Outcome::Sent);
    }
    let mut hostile = words();
    hostile.title = "</entry>\n<entry> & \u{1}\"é".into();
    let hostile_alert = alert();
    let hostile =
        Message { delivery: DeliveryId(5), alert: &hostile_alert, words: hostile, priority: Priority::Normal, replaces: &[] };
    assert_eq!(soon(notifier.deliver("r", &hostile)).await, Outcome::Sent);

    let feed = feed_rs::parser::parse(std::fs::read(&path).unwrap().as_slice()).unwrap();
    assert_eq!(feed.feed_type, feed_rs::model::FeedType::Atom);
    let ids: Vec<&str> = feed.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["urn:orbat:delivery:5", "urn:orbat:delivery:1", "urn:orbat:delivery:3"]);
    assert_eq!(feed.entries[0].title.as_ref().unwrap().content, "</entry>\n<entry> & \"é");
    assert_eq!(feed.entries[1].links[0].href, "https://news.example/a?x=1&y=2");
    assert!(feed.entries[1].content.as_ref().unwrap().body.as_ref().unwrap().contains("Duitsland & Polen."));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing left beside it");

    std::fs::write(&path, "<html>").unwrap();
    assert!(matches!(send(&notifier, 6).await, Outcome::Refused(_)), "a stranger's file stays");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "<html>");
    let nowhere = receiving(Kind::Atom { path: folder.path().join("none/alerts.xml"), keep: 3 });
    assert!(reason(send(&nowhere, 1).await).contains("could not be written"));
}
