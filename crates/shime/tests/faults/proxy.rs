//! A TCP proxy that breaks what passes through it: while a line breaks, every connection is dealt a fault, until every kind
//! has struck so often; then it is a good line. It knows nothing of HTTP.

use crate::{
    plan::{Deal, Dice, Fault, Kind},
    way::Way,
};
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A line between two places.
pub struct Proxy {
    at: SocketAddr,
    line: Arc<Line>,
    task: JoinHandle<()>,
}

struct Line {
    to: String,
    faults: Mutex<Deal>,
}

impl Proxy {
    /// A good line to this address.
    pub async fn start(to: String, dice: Dice) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("its address");
        let line = Arc::new(Line { to, faults: Mutex::new(Deal::new(dice)) });
        let own = Arc::clone(&line);
        let task = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let line = Arc::clone(&own);
                tokio::spawn(async move {
                    if let Err(error) = line.carry(caller).await {
                        // The other end is gone, which is what happens to lines.
                        tracing::debug!(%error, "a connection ended");
                    }
                });
            }
        });
        Self { at, line, task }
    }

    /// How often each thing happened.
    pub fn struck(&self) -> BTreeMap<Kind, u32> {
        self.line.faults().struck()
    }

    /// What has not happened as often as it must.
    pub fn owed(&self) -> Vec<Kind> {
        self.line.faults().owed()
    }

    /// From now on each kind strikes so many times; 0: it is a good line.
    pub fn breaks(&self, each: u32) {
        self.line.faults().fill(each);
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
    fn faults(&self) -> MutexGuard<'_, Deal> {
        self.faults.lock().expect("nobody panics with it")
    }

    async fn carry(self: Arc<Self>, caller: TcpStream) -> io::Result<()> {
        let called = TcpStream::connect(&self.to).await?;
        let dealt = self.faults().deal();
        let turn = dealt.map(|fault| Arc::new(Turn { line: Arc::clone(&self), fault, struck: Mutex::new(false) }));
        if turn.as_ref().is_some_and(|turn| turn.fault.kind == Kind::Refused && turn.strikes()) {
            return Ok(());
        }
        let (from_caller, to_caller) = caller.into_split();
        let (from_called, to_called) = called.into_split();
        let (over, ended) = watch::channel(false);
        let over = Arc::new(over);
        let asks = Way { to: self.to.clone(), turn: turn.clone(), answers: false, over: Arc::clone(&over) };
        let answers = Way { to: self.to.clone(), turn, answers: true, over };
        let there = asks.pass(from_caller, to_called, ended.clone());
        let back = answers.pass(from_called, to_caller, ended);
        let (there, back) = tokio::join!(there, back);
        there.and(back)
    }
}

/// The fault of one connection. When the connection is over and it never struck, it is another one's.
pub struct Turn {
    line: Arc<Line>,
    /// Which one.
    pub fault: Fault,
    struck: Mutex<bool>,
}

impl Turn {
    /// It strikes, once; whether the line still breaks.
    pub fn strikes(&self) -> bool {
        let mut struck = self.struck.lock().expect("nobody panics with it");
        *struck = *struck || self.line.faults().strikes(self.fault.kind);
        *struck
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !*self.struck.get_mut().expect("nobody panics with it") {
            self.line.faults().returned(self.fault.kind);
        }
    }
}
