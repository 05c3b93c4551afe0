//! A web server on loopback that records every request and answers as it is told, and the packings it may use.

use jiff::Timestamp;
use orbat::clock::Clock;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// What the server says to one request: status line, header lines, body.
#[derive(Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Says no length, sends what there is, and then nothing more.
    pub hangs: bool,
}

pub fn reply(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> Reply {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Reply { status, headers, body: body.to_vec(), hangs: false }
}

pub fn ok(body: &[u8]) -> Reply {
    reply(200, &[], body)
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /path`
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub at: Timestamp,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }
}

/// The first byte of a client that wants to speak TLS.
const TLS_HANDSHAKE: u8 = 0x16;

/// A web server of which the test holds the book.
pub struct Server {
    pub address: SocketAddr,
    book: Arc<Mutex<Vec<Asked>>>,
    /// Requests under way: now, and the most there have been.
    pub load: Arc<Mutex<(usize, usize)>>,
    pub connections: Arc<Mutex<usize>>,
}

impl Server {
    pub async fn start(clock: &Clock, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            book: Arc::default(),
            load: Arc::default(),
            connections: Arc::default(),
        };
        let (book, load, clock, answer) = (server.book.clone(), server.load.clone(), clock.clone(), Arc::new(answer));
        let connections = server.connections.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                let (book, load, clock, answer) = (book.clone(), load.clone(), clock.clone(), answer.clone());
                tokio::spawn(async move { serve(stream, &book, &load, &clock, &*answer).await });
            }
        });
        server
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.book.lock().unwrap().clone()
    }

    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }
}

async fn serve(
    mut stream: TcpStream,
    book: &Mutex<Vec<Asked>>,
    load: &Mutex<(usize, usize)>,
    clock: &Clock,
    answer: &(dyn Fn(&Asked) -> Reply + Send + Sync),
) -> Option<()> {
    let mut held = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = held.windows(4).position(|w| w == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut held).await.ok()? == 0 {
                return None;
            }
            if held[0] == TLS_HANDSHAKE {
                return stream.write_all(b"HTTP/1.1 400 Plain HTTP is spoken here\r\n\r\n").await.ok();
            }
        };
        let head = String::from_utf8_lossy(&held[..end]).into_owned();
        held.drain(..end + 4);
        let mut lines = head.lines();
        let line = lines.next()?.to_owned();
        let pairs = lines.filter_map(|l| l.split_once(':')).map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()));
        let asked = Asked { line, headers: pairs.collect(), at: clock.now() };
        book.lock().unwrap().push(asked.clone());
        {
            let mut load = load.lock().unwrap();
            load.0 += 1;
            load.1 = load.1.max(load.0);
        }
        let reply = answer(&asked);
        let mut head = format!("HTTP/1.1 {} Some\r\n", reply.status);
        for (name, value) in &reply.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !reply.hangs && reply.status != 304 {
            head += &format!("content-length: {}\r\n", reply.body.len());
        }
        tokio::task::yield_now().await;
        load.lock().unwrap().0 -= 1;
        stream.write_all((head + "\r\n").as_bytes()).await.ok()?;
        stream.write_all(&reply.body).await.ok()?;
        if reply.hangs {
            std::future::pending::<()>().await;
        }
    }
}

pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

pub fn deflate(body: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

/// One block that is not compressed (RFC 7932, 9.2), and an empty last one.
pub fn brotli(body: &[u8]) -> Vec<u8> {
    let head = ((body.len() as u32 - 1) << 4) | 1 << 20;
    [&head.to_le_bytes()[..3], body, b"\x03"].concat()
}

/// Frames of RFC 8878: blocks as they are, or one byte many times over.
pub fn zstd(blocks: &[(&[u8], usize)]) -> Vec<u8> {
    let mut frame = b"\x28\xb5\x2f\xfd\x00\x38".to_vec();
    for (n, (bytes, times)) in blocks.iter().enumerate() {
        let (kind, size) = if *times > 1 { (1, *times) } else { (0, bytes.len()) };
        let last = u32::from(n + 1 == blocks.len());
        frame.extend_from_slice(&(((size as u32) << 3) | kind << 1 | last).to_le_bytes()[..3]);
        frame.extend_from_slice(bytes);
    }
    frame
}
