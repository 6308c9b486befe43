//! 点検 (X) and 中締め: a look at the session so far. Either leaves an entry in the journal and changes nothing
//! else: no total, no number, no drawer.

use crate::{
    error::TillError,
    journal::Journal,
    session,
    settle::{Closing, so_far},
    till::Till,
};
use db::Tx;
use jiff::Timestamp;
use protocol::{
    control::SettlementControl,
    journal::{Body, Inspected},
};
use sales::{Datasets, Settlement, SettlementId, datasets};

/// The session as it would close now, 未計数.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The facts so far.
    pub facts: Settlement,
    /// What follows from them.
    pub datasets: Datasets,
    /// What the journal keeps of it.
    pub control: SettlementControl,
}

impl Till {
    /// 点検 (X report).
    pub async fn inspect(&self, now: Timestamp) -> Result<Report, TillError> {
        self.report(Body::Inspected, now).await
    }

    /// 中締め: the day so far, a subset of the settlement to come and never an addition to it.
    pub async fn interim(&self, now: Timestamp) -> Result<Report, TillError> {
        self.report(Body::Interim, now).await
    }

    /// The open session as it would close now, without leaving an entry: for a page that only looks.
    pub async fn so_far(&self, session: SettlementId, now: Timestamp) -> Result<Settlement, TillError> {
        let now = self.desk(now)?.now;
        self.db
            .read(async move |tx: &mut Tx| -> Result<Settlement, TillError> {
                let journal = Journal::look(tx).await?;
                let session = session::by_id(tx, session).await?;
                let z_number = session.z_number.unwrap_or(journal.highest_z.saturating_add(1));
                Ok(so_far(tx, &session, z_number, Closing::uncounted(now)).await?.0)
            })
            .await
    }

    async fn report(&self, body: fn(Inspected) -> Body, now: Timestamp) -> Result<Report, TillError> {
        let now = self.desk(now)?.now;
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<Report, TillError> {
            let report = look(tx, journal, now).await?;
            let inspected = Inspected { settlement_id: report.facts.id, totals: report.control };
            journal.append(tx, now, &body(inspected)).await?;
            Ok(report)
        })
        .await
    }
}

async fn look(tx: &mut Tx, journal: &Journal, now: Timestamp) -> Result<Report, TillError> {
    let session = session::current(tx).await?;
    // The number it would get; it is not taken.
    let z_number = session.z_number.unwrap_or(journal.highest_z.saturating_add(1));
    let (facts, _) = so_far(tx, &session, z_number, Closing::uncounted(now)).await?;
    let datasets = datasets(&facts)?;
    let control = SettlementControl::new(&facts, &datasets.settlement)?;
    Ok(Report { facts, datasets, control })
}
