//! One way of a connection through the proxy: passes on what it reads, and breaks it where its turn comes.

use crate::{plan::Kind, proxy::Turn, twin::Twin};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};

/// A connection that nobody uses any more ends here.
const IDLE_MAX: Duration = Duration::from_mins(2);
/// Pieces that go slowly.
const SLOW_PIECES: usize = 40;

/// One way of a connection.
pub struct Way {
    /// Whom the connection calls.
    pub to: String,
    /// What becomes of it.
    pub turn: Option<Arc<Turn>>,
    /// From the called to the caller.
    pub answers: bool,
    /// Both ways end at once.
    pub over: Arc<watch::Sender<bool>>,
}

impl Way {
    /// Passes on until an end is gone, or its fault ends it.
    pub async fn pass(
        self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        mut ended: watch::Receiver<bool>,
    ) -> io::Result<()> {
        let (mut twin, mut strikes_after) = (self.twin().await?, self.strikes_after());
        let mut buffer = vec![0; 16 << 10];
        loop {
            let read = tokio::select! {
                read = tokio::time::timeout(IDLE_MAX, from.read(&mut buffer)) => read.unwrap_or(Ok(0)),
                () = over(&mut ended) => Ok(0),
            };
            let Ok(read @ 1..) = read else { break };
            let piece = &buffer[..read];
            if let (Some((twin, _)), Some(turn)) = (&mut twin, &self.turn)
                && twin.hear(piece).await
            {
                turn.strikes();
            }
            match (strikes_after, &self.turn) {
                // Here it strikes, or never.
                (Some(room), Some(turn)) if read > room => {
                    strikes_after = None;
                    to.write_all(&piece[..room]).await?;
                    if !self.strike(turn, &mut to, &piece[room..]).await? {
                        break;
                    }
                }
                _ => {
                    strikes_after = strikes_after.map(|room| room.saturating_sub(read));
                    to.write_all(piece).await?;
                }
            }
        }
        let closed = to.shutdown().await;
        if let (Some((twin, after)), Some(turn)) = (twin, &self.turn)
            && twin.end(after).await
        {
            turn.strikes();
        }
        closed
    }

    /// After how many bytes this way breaks, if it is the one.
    fn strikes_after(&self) -> Option<usize> {
        let fault = self.turn.as_ref()?.fault;
        let breaks = matches!(fault.kind, Kind::Cut | Kind::Stall | Kind::HalfClose | Kind::Slow | Kind::Truncate);
        (breaks && fault.answers == self.answers).then_some(fault.after)
    }

    /// What happens in the middle of a piece; whether the way goes on after it.
    async fn strike(&self, turn: &Turn, to: &mut OwnedWriteHalf, rest: &[u8]) -> io::Result<bool> {
        if !turn.strikes() {
            to.write_all(rest).await?;
            return Ok(true);
        }
        match turn.fault.kind {
            Kind::Cut => {
                self.over.send_replace(true);
                return Ok(false);
            }
            // The end of this way alone: the other one goes on.
            Kind::HalfClose | Kind::Truncate => return Ok(false),
            Kind::Slow => {
                let size = rest.len().div_ceil(SLOW_PIECES).max(1);
                for piece in rest.chunks(size) {
                    tokio::time::sleep(turn.fault.pause / u32::try_from(SLOW_PIECES).expect("few")).await;
                    to.write_all(piece).await?;
                }
            }
            _ => {
                tokio::time::sleep(turn.fault.pause).await;
                to.write_all(rest).await?;
            }
        }
        Ok(true)
    }

    /// Where the same requests go a second time, and after what pause.
    async fn twin(&self) -> io::Result<Option<(Twin, Duration)>> {
        let Some(turn) = self.turn.as_ref().filter(|_| !self.answers) else { return Ok(None) };
        let twin = match turn.fault.kind {
            Kind::Double => Twin::now(&self.to).await?,
            Kind::Replay => Twin::later(&self.to),
            _ => return Ok(None),
        };
        Ok(Some((twin, turn.fault.pause)))
    }
}

/// Returns when both ways are to end.
async fn over(ended: &mut watch::Receiver<bool>) {
    if ended.wait_for(|over| *over).await.is_err() {
        std::future::pending::<()>().await;
    }
}
