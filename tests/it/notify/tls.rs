//! Mail over TLS, by the built program, with a server whose certificate an authority of our own has signed (`tls/`, valid for 100 years).

use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/notify/tls/ca.pem");

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/leaf.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/leaf.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()))
}

/// Answers commands, each with what there is for it, until there is "STARTTLS" or nothing more; gives what it heard.
async fn talk(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), abilities: &str) -> String {
    let (mut stream, mut heard, mut data) = (BufReader::new(stream), String::new(), false);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return heard;
        }
        heard += &line;
        let answer = match line.get(..4).unwrap_or(&line) {
            ".\r\n" => "250 taken",
            _ if data => continue,
            "EHLO" => abilities,
            "STAR" => "220 go on",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        data = answer.starts_with("354");
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || line.starts_with("STAR") {
            return heard;
        }
    }
}

/// A mail server that has STARTTLS or not; gives its port, and what it hears before and after.
fn server(starttls: bool) -> (u16, Receiver<(String, String)>) {
    let (tell, heard) = channel();
    let (port, ready) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            port.send(listener.local_addr().unwrap().port()).unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"220 here\r\n").await.unwrap();
            let before = talk(&mut stream, if starttls { "250-here\r\n250 STARTTLS" } else { "250 here" }).await;
            let after = match acceptor().accept(stream).await {
                Ok(mut stream) => talk(&mut stream, "250-here\r\n250 AUTH PLAIN").await,
                Err(_) => String::new(),
            };
            tell.send((before, after)).unwrap();
        });
    });
    (ready.recv().unwrap(), heard)
}

fn sample(port: u16, authority: Option<&Path>) -> Output {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("orbat.toml");
    std::fs::write(home.path().join("password"), "hush").unwrap();
    let toml = format!(
        "[[receiver]]\nname = \"post\"\ntype = \"mail\"\nserver = \"localhost\"\nport = {port}\nuser = \"desk\"\n\
         secret_file = \"password\"\nfrom = \"orbat@desk.example\"\nto = [\"analyst@desk.example\"]\n"
    );
    std::fs::write(&config, toml).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(home.path().join("password"), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_orbat"));
    command.args(["receiver", "test", "post", "--config"]).arg(&config).env_clear().env("HOME", home.path());
    command.envs(authority.map(|file| ("SSL_CERT_FILE", file))).output().unwrap()
}

#[test]
fn a_mail_goes_over_tls_with_its_password() {
    let (port, heard) = server(true);
    let output = sample(port, Some(Path::new(AUTHORITY)));
    assert!(output.status.success(), "{output:?}");
    let (before, after) = heard.recv().unwrap();
    assert!(!before.contains("AUTH") && !before.contains("MAIL"), "{before}");
    for part in ["AUTH PLAIN", "MAIL FROM:<orbat@desk.example>", "Subject: US: 2,000 to Germany and Poland (planned)"] {
        assert!(after.contains(part), "{part} in {after}");
    }
}

#[test]
fn without_tls_or_trust_nothing_is_said() {
    for (starttls, authority) in [(false, Some(Path::new(AUTHORITY))), (true, None)] {
        let (port, heard) = server(starttls);
        let output = sample(port, authority);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let (before, after) = heard.recv().unwrap();
        assert!(!before.contains("AUTH") && !before.contains("MAIL") && after.is_empty(), "{before} {after}");
    }
}
