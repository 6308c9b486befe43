//! A TCP proxy that breaks what passes through it: every connection has its fault until the line's budget is used up,
//! then it is a good line. It knows nothing of HTTP.

use crate::plan::{Dice, Fault, Kind};
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    task::JoinHandle,
};

/// A connection that nobody uses any more ends here.
const IDLE_MAX: Duration = Duration::from_mins(2);
/// Bytes that are kept to be sent again.
const KEPT_BYTES_MAX: usize = 8 << 20;
/// Pieces that go slowly.
const SLOW_PIECES: usize = 40;

/// A line between two places.
pub struct Proxy {
    at: SocketAddr,
    line: Arc<Line>,
    task: JoinHandle<()>,
}

struct Line {
    to: String,
    /// Faults that are still to come.
    budget: AtomicI64,
    struck: Mutex<BTreeMap<Kind, usize>>,
}

impl Proxy {
    /// A good line to this address.
    pub async fn start(to: String, mut dice: Dice) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("its address");
        let line = Arc::new(Line { to, budget: AtomicI64::new(0), struck: Mutex::default() });
        let own = Arc::clone(&line);
        let task = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let (line, fault) = (Arc::clone(&own), Fault::draw(&mut dice));
                tokio::spawn(async move {
                    if let Err(error) = line.carry(caller, fault).await {
                        // The other end is gone, which is what happens to lines.
                        tracing::debug!(%error, ?fault, "a connection ended");
                    }
                });
            }
        });
        Self { at, line, task }
    }

    /// How often each thing happened.
    pub fn struck(&self) -> BTreeMap<Kind, usize> {
        self.line.struck.lock().expect("nobody panics with it").clone()
    }

    /// From now on so many things go wrong on it; 0: it is a good line.
    pub fn breaks(&self, times: u32) {
        self.line.budget.store(times.into(), Ordering::SeqCst);
    }

    /// Its address, as programs are told it.
    pub fn url(&self) -> String {
        format!("http://{}", self.at)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Line {
    /// One of the budget, if there is one left.
    fn strikes(&self, kind: Kind) -> bool {
        let strikes = self.budget.fetch_sub(1, Ordering::SeqCst) > 0;
        if strikes {
            *self.struck.lock().expect("nobody panics with it").entry(kind).or_default() += 1;
        }
        strikes
    }

    async fn carry(self: Arc<Self>, caller: TcpStream, fault: Fault) -> io::Result<()> {
        if fault.kind == Kind::Refused && self.strikes(fault.kind) {
            return Ok(());
        }
        let called = TcpStream::connect(&self.to).await?;
        let (from_caller, to_caller) = caller.into_split();
        let (from_called, to_called) = called.into_split();
        let (over, ended) = watch::channel(false);
        let over = Arc::new(over);
        let asks = Way { line: Arc::clone(&self), fault, answers: false, over: Arc::clone(&over) };
        let answers = Way { line: self, fault, answers: true, over };
        let there = asks.pass(from_caller, to_called, ended.clone());
        let back = answers.pass(from_called, to_caller, ended);
        let (there, back) = tokio::join!(there, back);
        there.and(back)
    }
}

/// One way of a connection.
struct Way {
    line: Arc<Line>,
    fault: Fault,
    answers: bool,
    /// Both ways end at once.
    over: Arc<watch::Sender<bool>>,
}

impl Way {
    async fn pass(
        self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        mut ended: watch::Receiver<bool>,
    ) -> io::Result<()> {
        let mut twin = self.twin().await?;
        let (mut passed, mut buffer, mut waits) = (0, vec![0; 16 << 10], self.fault.answers == self.answers);
        loop {
            let read = tokio::select! {
                read = tokio::time::timeout(IDLE_MAX, from.read(&mut buffer)) => read.unwrap_or(Ok(0)),
                () = over(&mut ended) => Ok(0),
            };
            let Ok(read @ 1..) = read else { break };
            let piece = &buffer[..read];
            if let Some(twin) = &mut twin {
                twin.hear(piece).await;
            }
            let room = self.fault.after.saturating_sub(passed);
            passed += read;
            if !waits || read <= room {
                to.write_all(piece).await?;
                continue;
            }
            // Here it strikes, or never.
            waits = false;
            to.write_all(&piece[..room]).await?;
            if !self.strike(&mut to, &piece[room..]).await? {
                break;
            }
        }
        if let Some(twin) = twin {
            twin.end(self.fault.pause).await;
        }
        to.shutdown().await
    }

    /// What happens in the middle of a piece; whether the way goes on after it.
    async fn strike(&self, to: &mut OwnedWriteHalf, rest: &[u8]) -> io::Result<bool> {
        let kind = self.fault.kind;
        let breaks = matches!(kind, Kind::Cut | Kind::Stall | Kind::HalfClose | Kind::Slow | Kind::Truncate);
        if !breaks || !self.line.strikes(kind) {
            to.write_all(rest).await?;
            return Ok(true);
        }
        match kind {
            Kind::Cut => {
                self.over.send_replace(true);
                return Ok(false);
            }
            // The end of this way alone: the other one goes on.
            Kind::HalfClose | Kind::Truncate => return Ok(false),
            Kind::Slow => {
                let size = rest.len().div_ceil(SLOW_PIECES).max(1);
                for piece in rest.chunks(size) {
                    tokio::time::sleep(self.fault.pause / u32::try_from(SLOW_PIECES).expect("few")).await;
                    to.write_all(piece).await?;
                }
            }
            _ => {
                tokio::time::sleep(self.fault.pause).await;
                to.write_all(rest).await?;
            }
        }
        Ok(true)
    }

    /// Where the same requests go a second time.
    async fn twin(&self) -> io::Result<Option<Twin>> {
        let kind = self.fault.kind;
        if self.answers || !matches!(kind, Kind::Double | Kind::Replay) || !self.line.strikes(kind) {
            return Ok(None);
        }
        let now = if kind == Kind::Double { Some(TcpStream::connect(&self.line.to).await?) } else { None };
        Ok(Some(Twin { now: now.map(Twin::deaf), kept: Vec::new(), to: self.line.to.clone() }))
    }
}

/// Returns when both ways are to end.
async fn over(ended: &mut watch::Receiver<bool>) {
    if ended.wait_for(|over| *over).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Another connection that says the same, and whose answers nobody hears.
struct Twin {
    now: Option<OwnedWriteHalf>,
    kept: Vec<u8>,
    to: String,
}

impl Twin {
    fn deaf(stream: TcpStream) -> OwnedWriteHalf {
        let (mut answers, asks) = stream.into_split();
        tokio::spawn(async move {
            let mut buffer = vec![0; 16 << 10];
            while let Ok(Ok(1..)) = tokio::time::timeout(IDLE_MAX, answers.read(&mut buffer)).await {}
        });
        asks
    }

    async fn hear(&mut self, piece: &[u8]) {
        if let Some(asks) = &mut self.now {
            if asks.write_all(piece).await.is_err() {
                // It was shut: nothing more is doubled.
                self.now = None;
            }
        } else if self.kept.len() < KEPT_BYTES_MAX {
            self.kept.extend_from_slice(piece);
        }
    }

    /// The connection is over; what was kept is said again, long after.
    async fn end(self, after: Duration) {
        if self.now.is_some() || self.kept.is_empty() {
            return;
        }
        tokio::time::sleep(after).await;
        if let Ok(stream) = TcpStream::connect(&self.to).await
            && let Err(error) = Self::deaf(stream).write_all(&self.kept).await
        {
            tracing::debug!(%error, "nobody heard it again");
        }
    }
}
