//! The one way in which the till does anything that its journal tells of: a unit that holds the journal. Once it is
//! durable the uploader is rung, and every settlement that it closed, revised or cancelled is a line of the log. A unit
//! that was not kept leaves none.

use crate::{error::TillError, journal::Journal, till::Till};
use db::{DbError, Tx};
use jiff::civil::Date;
use protocol::{
    journal::{Body, WholeSettlement},
    trace::Trace,
};
use sales::SettlementId;
use tracing::Instrument;

/// An async closure over the transaction and the journal, whose future is `Send`. Never implemented by hand.
pub(crate) trait Operation<'t, T>: Send {
    /// The operation under way.
    type Running: Future<Output = Result<T, TillError>> + Send + 't;

    /// Starts it.
    fn start(self, tx: &'t mut Tx, journal: &'t mut Journal) -> Self::Running;
}

impl<'t, T, F, R> Operation<'t, T> for F
where
    F: FnOnce(&'t mut Tx, &'t mut Journal) -> R + Send,
    R: Future<Output = Result<T, TillError>> + Send + 't,
{
    type Running = R;

    fn start(self, tx: &'t mut Tx, journal: &'t mut Journal) -> R {
        self(tx, journal)
    }
}

impl Till {
    /// Does it and answers once it is durable. A caller who goes away cuts nothing in half: neither the ring nor the
    /// line is lost with them.
    pub(crate) async fn operate<T, F>(&self, operation: F) -> Result<T, TillError>
    where
        F: for<'t> Operation<'t, T> + 'static,
        T: Send + 'static,
    {
        let operating = self.clone().operate_on(operation).in_current_span();
        match tokio::spawn(operating).await {
            Ok(done) => done,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime shuts down.
                Err(_) => Err(DbError::Closed.into()),
            },
        }
    }

    async fn operate_on<T, F>(self, operation: F) -> Result<T, TillError>
    where
        F: for<'t> Operation<'t, T> + 'static,
        T: Send + 'static,
    {
        let unit = async move |tx: &mut Tx| -> Result<(T, Vec<Stated>), TillError> {
            let mut journal = Journal::take(tx).await?;
            let done = operation.start(tx, &mut journal).await?;
            Ok((done, journal.stated))
        };
        let (done, stated) = self.db.write(unit).await?;
        self.written.notify_one();
        for settlement in stated {
            self.log(&settlement);
        }
        Ok(done)
    }

    fn log(&self, settlement: &Stated) {
        let &Stated { id, business_date, revision, entry } = settlement;
        let store = self.house().map(|house| tracing::field::display(house.masters.store.id));
        tracing::info!(trace = %Trace::of(id), store, %business_date, revision, entry, "settled");
    }
}

/// A revision of a settlement, as an entry of the journal states it.
pub(crate) struct Stated {
    id: SettlementId,
    business_date: Date,
    revision: u32,
    /// The entry's kind: closed, revised or cancelled.
    entry: &'static str,
}

impl Stated {
    /// None: the entry tells of something else.
    pub fn by(body: &Body) -> Option<Self> {
        let (id, business_date, revision) = match body {
            Body::Settled(settled) => (settled.settlement_id, settled.business_date, settled.revision),
            Body::SettlementRevised(WholeSettlement { settlement })
            | Body::SettlementCancelled(WholeSettlement { settlement }) => {
                (settlement.id, settlement.business_date, settlement.revision)
            }
            Body::Opened(_)
            | Body::Check(_)
            | Body::Void(_)
            | Body::Cash(_)
            | Body::Inspected(_)
            | Body::Interim(_) => return None,
        };
        Some(Self { id, business_date, revision, entry: body.kind() })
    }
}
