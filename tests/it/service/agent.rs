//! The real service and the real agent: a sample reaches the screen, and the agent is told apart from one that is not there.

use super::{Real, until};
use crate::notify::bus::{Bus, Server};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_reaches_the_screen_through_the_agent() {
    let Some(bus) = Bus::start() else { return };
    let mut server = Server::start(&bus, &["body", "actions"]).await;
    let mut real = Real::new().await;
    let socket = real.path("agent.sock");
    let receiver =
        format!("[[receiver]]\nname = \"desktop\"\ntype = \"desktop\"\nvia = \"agent\"\nsocket = \"{}\"\n", socket.display());
    real.configure(&receiver);
    let refused = real.run(&["receiver", "test", "desktop"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("does not run"), "{refused:?}");
    real.start(&[]);
    let mut agent = real.command(&["agent", "--socket", socket.to_str().unwrap()]);
    agent.env("DBUS_SESSION_BUS_ADDRESS", bus.address()).env("XDG_RUNTIME_DIR", real.dir.path()).stderr(Stdio::null());
    let mut agent = agent.spawn().unwrap();
    until("the agent is here", || real.log().contains("an agent is here")).await;
    let told = real.run(&["receiver", "test", "desktop"]);
    assert_eq!((told.status.code(), String::from_utf8_lossy(&told.stdout).trim()), (Some(0), "desktop has taken the sample"));
    assert!(server.call().await.3.contains("2,000"), "its title");
    agent.kill().unwrap();
    agent.wait().unwrap();
    until("it is missed", || real.log().contains("an agent has gone")).await;
    real.stop().await;
}
