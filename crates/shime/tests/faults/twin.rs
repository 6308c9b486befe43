//! Another connection that says what a caller says, at the same moment or when it is long over. Nobody hears what it is
//! answered.

use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, tcp::OwnedWriteHalf},
};

/// Bytes that are kept to be sent again.
const KEPT_BYTES_MAX: usize = 8 << 20;
/// Answers that do not come are waited for so long.
const IDLE_MAX: Duration = Duration::from_mins(2);

/// What is said a second time.
pub enum Twin {
    /// At the same moment; nothing more once that was refused.
    Now(Option<OwnedWriteHalf>),
    /// There, when it is over.
    Later(String, Vec<u8>),
}

impl Twin {
    /// One that speaks at the same moment.
    pub async fn now(to: &str) -> io::Result<Self> {
        Ok(Self::Now(Some(deaf(TcpStream::connect(to).await?))))
    }

    /// One that speaks when it is over.
    pub fn later(to: &str) -> Self {
        Self::Later(to.to_owned(), Vec::new())
    }

    /// Hears a piece; whether it was said again now.
    pub async fn hear(&mut self, piece: &[u8]) -> bool {
        match self {
            Self::Now(None) => false,
            Self::Now(Some(asks)) => {
                let said = asks.write_all(piece).await.is_ok();
                if !said {
                    // It was shut: nothing more is doubled.
                    *self = Self::Now(None);
                }
                said
            }
            Self::Later(_, kept) => {
                if kept.len() < KEPT_BYTES_MAX {
                    kept.extend_from_slice(piece);
                }
                false
            }
        }
    }

    /// The connection is over; what was kept is said again, long after. Whether it was.
    pub async fn end(self, after: Duration) -> bool {
        let Self::Later(to, kept) = self else { return false };
        if kept.is_empty() {
            return false;
        }
        tokio::time::sleep(after).await;
        let Ok(stream) = TcpStream::connect(to).await else { return false };
        deaf(stream).write_all(&kept).await.is_ok()
    }
}

/// Where one speaks to, with what is answered thrown away.
fn deaf(stream: TcpStream) -> OwnedWriteHalf {
    let (mut answers, asks) = stream.into_split();
    tokio::spawn(async move {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(Ok(1..)) = tokio::time::timeout(IDLE_MAX, answers.read(&mut buffer)).await {}
    });
    asks
}
