//! A till's line to the head office, as light as a line can be: one connection that is kept, one request at a time, and
//! the till's own patience.

use protocol::upload::{Pace, wait_ms};
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP
    pub status: u16,
    /// Seconds.
    pub retry_after: Option<u32>,
    /// The body.
    pub body: Vec<u8>,
}

/// A line.
pub struct Line {
    at: String,
    stream: Option<TcpStream>,
    dice: u64,
}

/// How a message was brought home.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tries {
    /// It was told to come later.
    pub turned_away: u32,
    /// Nobody answered, or in vain.
    pub failed: u32,
}

impl Line {
    /// To the head office at this address.
    pub fn new(at: &str, seed: u64) -> Self {
        Self { at: at.to_owned(), stream: None, dice: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Sends until it is answered with 200, waiting as a till waits.
    pub async fn bring(&mut self, path: &str, token: &str, body: &str) -> (Answer, Tries) {
        let (pace, mut tries) = (Pace::default(), Tries::default());
        loop {
            let heard = self.ask("POST", path, token, body).await;
            let retry_after = match heard {
                Ok(answer) if answer.status == 200 => return (answer, tries),
                Ok(answer) if answer.status == 503 && answer.retry_after.is_some() => {
                    tries.turned_away += 1;
                    answer.retry_after
                }
                Ok(answer) if answer.status >= 500 => {
                    tries.failed += 1;
                    None
                }
                Ok(answer) => panic!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)),
                Err(_) => {
                    tries.failed += 1;
                    None
                }
            };
            let draw = self.draw();
            let wait = wait_ms(&pace, tries.turned_away + tries.failed, retry_after, draw);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }

    /// One request and its answer; a line that broke is made anew the next time.
    pub async fn ask(&mut self, method: &str, path: &str, token: &str, body: &str) -> io::Result<Answer> {
        let within = Duration::from_millis(Pace::default().request_max_ms);
        let answer = tokio::time::timeout(within, self.exchange(method, path, token, body)).await;
        let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    async fn exchange(&mut self, method: &str, path: &str, token: &str, body: &str) -> io::Result<Answer> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.at).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        let Some(stream) = &mut self.stream else { return Err(io::ErrorKind::NotConnected.into()) };
        // Head and body in one piece: a second one would wait until the first is acknowledged.
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.at,
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        read(stream).await
    }

    fn draw(&mut self) -> u32 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.dice >> 33) % 1_000_001).expect("below a million")
    }
}

async fn read(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::with_capacity(1 << 10);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let named = |name: &str| {
        head.lines()
            .find_map(|line| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)))
            .map(|(_, v)| v.trim())
    };
    let unreadable = || io::Error::new(io::ErrorKind::InvalidData, head.clone());
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(unreadable)?;
    let length: usize = named("content-length").and_then(|length| length.parse().ok()).ok_or_else(unreadable)?;
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Answer { status, retry_after: named("retry-after").and_then(|seconds| seconds.parse().ok()), body })
}
