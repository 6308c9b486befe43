//! The head office behind a line that can be cut: its own program on its own disk, and a word for every batch that
//! came through.

use crate::{
    shell,
    shop::{Books, Filed},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use db::{Row, Tx, args};
use jiff::{Timestamp, civil::date};
use pos::{
    Pos,
    provision::{self, NewStore},
};
use protocol::journal::Batch;
use sales::RegisterId;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};
use tempfile::TempDir;

/// Entries and bytes of every batch.
type Sent = Arc<Mutex<Vec<(usize, usize)>>>;

/// The head office, and the way there.
pub struct Gate {
    pos: Arc<Pos>,
    /// Its till.
    pub register: RegisterId,
    /// The till's token.
    pub token: String,
    /// Where it will be.
    pub at: String,
    /// The clock of everybody here, in milliseconds.
    pub hands: Arc<AtomicI64>,
    sent: Sent,
    _dir: TempDir,
}

impl Gate {
    /// A head office with one company, store and till, at which nobody answers yet.
    pub async fn closed() -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::tempdir().expect("a temporary directory");
        let hands = Arc::new(AtomicI64::new(1_790_000_000_000));
        let of = hands.clone();
        let clock = Arc::new(move || Timestamp::from_millisecond(of.load(Ordering::SeqCst)).unwrap());
        let database = format!("sqlite:{}", dir.path().join("pos.db").display());
        let settings = pos::Settings::new("http://127.0.0.1", "http://127.0.0.1", "");
        let pos = Arc::new(shell::head_office(&database, settings, clock).await);
        let tenant = provision::company(&pos, &"77".parse().unwrap(), "離れ島の食堂").await.unwrap();
        let new = NewStore::new("本店");
        let shell::Shop { register, token, .. } = shell::shop(&pos, &tenant, new, date(2026, 1, 1)).await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = listener.local_addr().expect("its address").to_string();
        Self { pos, register, token, at, hands, sent: Sent::default(), _dir: dir }
    }

    /// The line is back.
    pub async fn open(&self) {
        let counted = from_fn_with_state(self.sent.clone(), count);
        let service = pos::server::router(Arc::clone(&self.pos)).layer(counted);
        let service = service.into_make_service_with_connect_info::<std::net::SocketAddr>();
        let listener = tokio::net::TcpListener::bind(&self.at).await.expect("the address is still free");
        tokio::spawn(async move { axum::serve(listener, service).await });
    }

    /// What came through, batch by batch.
    pub fn sent(&self) -> Vec<(usize, usize)> {
        self.sent.lock().unwrap().clone()
    }

    /// What the head office has.
    pub async fn books(&self) -> Books {
        self.pos.db.read(async |tx: &mut Tx| read(tx).await).await.unwrap()
    }
}

const SETTLEMENTS: &str = "SELECT z_number, settlement_id, business_date, facts_sha256 FROM settlement
    ORDER BY received_at, z_number";
const CHECKS: &str = "SELECT check_id FROM sale_check ORDER BY epoch_ordinal, seq";
const ATTENTION: &str = "SELECT kind, detail FROM attention ORDER BY raised_at";

async fn read(tx: &mut Tx) -> Result<Books, db::DbError> {
    let filed = |row: &Row| -> Result<Filed, db::DbError> {
        let text = |column: &str| row.text(column);
        let date = text("business_date")?.parse().expect("a date");
        Ok(Filed { z: row.int("z_number")?, id: text("settlement_id")?, date, facts: text("facts_sha256")? })
    };
    let said =
        |row: &Row| -> Result<String, db::DbError> { Ok(format!("{}: {}", row.text("kind")?, row.text("detail")?)) };
    let rows = tx.fetch_all(SETTLEMENTS, args![]).await?;
    let settlements = rows.iter().map(filed).collect::<Result<_, _>>()?;
    let rows = tx.fetch_all(CHECKS, args![]).await?;
    let checks = rows.iter().map(|row| row.text("check_id")).collect::<Result<_, _>>()?;
    let rows = tx.fetch_all(ATTENTION, args![]).await?;
    let attention = rows.iter().map(said).collect::<Result<_, _>>()?;
    Ok(Books { settlements, checks, attention })
}

/// Counts a batch on its way in.
async fn count(State(sent): State<Sent>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    if parts.uri.path().ends_with("/journal") {
        let batch: Batch = serde_json::from_slice(&bytes).expect("a batch");
        sent.lock().unwrap().push((batch.entries.len(), bytes.len()));
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}
