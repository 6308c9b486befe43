//! Which sequences of a generation and store came. It only detects gaps; it never blocks.

use super::Arrival;
use db::{DbError, Tx, args};
use protocol::inbox::Watermark;

const READ: &str = "SELECT highest, missing FROM watermark WHERE company_id = $1 AND linkage_id = $2 AND store_id = $3";
const WRITE: &str = "INSERT INTO watermark (company_id, linkage_id, store_id, highest, missing)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (company_id, linkage_id, store_id) DO UPDATE SET highest = excluded.highest, missing = excluded.missing";

pub(super) async fn read(tx: &mut Tx, arrival: &Arrival) -> Result<Watermark, DbError> {
    let asked = args![arrival.company().as_str(), &arrival.channel.linkage_id, arrival.store()];
    let Some(row) = tx.fetch_optional(READ, asked).await? else { return Ok(Watermark::default()) };
    let missing = row.text("missing")?;
    let damaged = |_| DbError::Column { column: "missing".into(), rule: "a list of sequences", found: missing.clone() };
    Ok(Watermark {
        highest: u64::try_from(row.int("highest")?).unwrap_or_default(),
        missing: serde_json::from_str(&missing).map_err(damaged)?,
    })
}

pub(super) async fn note(tx: &mut Tx, arrival: &Arrival) -> Result<Watermark, DbError> {
    let mut seen = read(tx, arrival).await?;
    seen.note(arrival.assessed.event.sequence);
    let missing = serde_json::to_string(&seen.missing).unwrap_or_else(|_| "[]".to_owned());
    let (company, linkage) = (arrival.company().as_str(), &arrival.channel.linkage_id);
    tx.execute(WRITE, args![company, linkage, arrival.store(), column(seen.highest), missing]).await?;
    Ok(seen)
}

/// A sequence as a column holds it; what is beyond it no sender ever counts to.
pub(super) fn column(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
