//! The store table that FLARO keeps of us: code, window, state and tills in service of every store. It is replaced as
//! a whole whenever something in it changed, and the first one confirms the linkage.

use db::{Tx, args};
use jiff::SignedDuration;
use jiff::civil::Date;
use protocol::hash::Sha256;
use protocol::partner::{LinkedRegister, LinkedStore, StoreTable};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::partner_client::{PartnerClient, PartnerError};
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// How long until a table that could not be sent is sent again.
const RETRY: SignedDuration = SignedDuration::from_secs(15);
/// How often a table is looked at that nobody said has changed.
const WATCHED: SignedDuration = SignedDuration::from_mins(1);
/// So many are sent in one round.
const ROUND_MAX: i64 = 50;

const QUIET: &str = "
    SELECT company_id, generation, table_sha256 FROM linkage
    WHERE state = 'linked' AND table_sent = table_version AND table_watched_at <= $1
    ORDER BY table_watched_at LIMIT $2";
const WATCHED_NOW: &str = "
    UPDATE linkage SET table_watched_at = $3, table_version = table_version + $4
    WHERE company_id = $1 AND generation = $2 AND state = 'linked'";
const UNSENT: &str = "
    SELECT company_id, generation, linkage_id, table_version FROM linkage
    WHERE state = 'linked' AND table_sent < table_version AND partner_retry_at <= $1
    ORDER BY partner_retry_at LIMIT $2";
const STORES: &str = "
    SELECT s.store_id, s.name, s.zone, s.cut_over, k.flaro_store_code, k.start_date, k.end_date, k.enabled
    FROM store s LEFT JOIN store_link k
      ON k.company_id = s.company_id AND k.store_id = s.store_id AND k.generation = $2
    WHERE s.company_id = $1 ORDER BY s.position, s.store_id";
const REGISTERS: &str = "
    SELECT store_id, register_id, name, service_from, service_until FROM register
    WHERE company_id = $1 ORDER BY store_id, name, register_id";
// A date outside the store's window is nothing FLARO expects: it needn't know that it is a closed one.
const CLOSED: &str = "
    SELECT c.store_id, c.business_date FROM store_closure c
    JOIN store_link k ON k.company_id = c.company_id AND k.store_id = c.store_id AND k.generation = $2
    WHERE c.company_id = $1 AND c.business_date >= k.start_date AND c.business_date <= k.end_date
    ORDER BY c.store_id, c.business_date";
// An older table than one that was confirmed meanwhile changes nothing.
const SENT: &str = "
    UPDATE linkage SET table_sent = CASE WHEN table_sent < $3 THEN $3 ELSE table_sent END, table_error = NULL,
           confirmed_at = COALESCE(confirmed_at, $4),
           table_sha256 = $5, table_watched_at = $4
    WHERE company_id = $1 AND generation = $2";
const NOT_SENT: &str = "
    UPDATE linkage SET table_error = $3, partner_retry_at = $4 WHERE company_id = $1 AND generation = $2";

/// Notices what changed without saying so: a store or a till that was made or renamed elsewhere.
pub async fn watch(pos: &Pos) -> Result<(), PosError> {
    let before = pos.now().saturating_sub(WATCHED).unwrap_or(pos.now()).as_millisecond();
    let quiet = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(QUIET, args![before, ROUND_MAX]).await).await?;
    for row in quiet {
        let (tenant, generation) = (Tenant::of_row(&row)?, row.int("generation")?);
        let as_sent = row.opt_text("table_sha256")?.unwrap_or_default();
        let changed = content(&table(pos, &tenant, generation, 0).await?) != as_sent;
        let (company, now) = (tenant.as_str().to_owned(), pos.now().as_millisecond());
        let args = args![company, generation, now, i64::from(changed)];
        pos.db.write(async move |tx: &mut Tx| tx.execute(WATCHED_NOW, args).await).await?;
    }
    Ok(())
}

/// What a table says, apart from its version.
fn content(table: &StoreTable) -> String {
    Sha256::of(serde_json::json!(table.stores).to_string().as_bytes()).to_string()
}

/// Sends every table that changed since FLARO confirmed it.
pub async fn send(pos: &Pos, client: &PartnerClient) -> Result<(), PosError> {
    let now = pos.now().as_millisecond();
    let unsent = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(UNSENT, args![now, ROUND_MAX]).await).await?;
    for row in unsent {
        let (tenant, generation) = (Tenant::of_row(&row)?, row.int("generation")?);
        let linkage: Uuid = row.parse("linkage_id")?;
        let table = table(pos, &tenant, generation, row.int("table_version")?).await?;
        let sent = client.put_stores(linkage, &table).await;
        record(pos, &tenant, generation, &table, sent).await?;
    }
    Ok(())
}

/// The table as it is now. Read after its version, so it is never older than the version says.
pub async fn table(pos: &Pos, tenant: &Tenant, generation: i64, version: i64) -> Result<StoreTable, PosError> {
    let company = tenant.as_str().to_owned();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<StoreTable, PosError> {
            let mut registers = BTreeMap::<String, Vec<LinkedRegister>>::new();
            for row in tx.fetch_all(REGISTERS, args![&company]).await? {
                let register = LinkedRegister {
                    id: row.parse("register_id")?,
                    name: row.text("name")?,
                    from: row.parse("service_from")?,
                    until: row.opt_parse("service_until")?,
                };
                registers.entry(row.text("store_id")?).or_default().push(register);
            }
            let mut closed = BTreeMap::<String, Vec<Date>>::new();
            for row in tx.fetch_all(CLOSED, args![&company, generation]).await? {
                closed.entry(row.text("store_id")?).or_default().push(row.parse("business_date")?);
            }
            let mut stores = Vec::new();
            for row in tx.fetch_all(STORES, args![&company, generation]).await? {
                stores.push(LinkedStore {
                    registers: registers.remove(&row.text("store_id")?).unwrap_or_default(),
                    id: row.parse("store_id")?,
                    name: row.text("name")?,
                    flaro_store_code: row.opt_parse("flaro_store_code")?,
                    start: row.opt_parse("start_date")?,
                    end: row.opt_parse("end_date")?,
                    enabled: row.opt_flag("enabled")?.unwrap_or(false),
                    zone: row.text("zone")?,
                    cut_over: row.text("cut_over")?,
                    closed_days: closed.remove(&row.text("store_id")?).unwrap_or_default(),
                });
            }
            Ok(StoreTable { version, stores })
        })
        .await
}

async fn record(
    pos: &Pos,
    tenant: &Tenant,
    generation: i64,
    table: &StoreTable,
    sent: Result<(), PartnerError>,
) -> Result<(), PosError> {
    let (company, now) = (tenant.as_str().to_owned(), pos.now());
    let (sql, args) = match sent {
        Ok(()) => (SENT, args![company, generation, table.version, now.as_millisecond(), content(table)]),
        Err(error) => {
            tracing::warn!(%tenant, generation, %error, "the store table could not be sent; it will be again");
            let retry = now.saturating_add(RETRY).unwrap_or(now).as_millisecond();
            (NOT_SENT, args![company, generation, error.to_string(), retry])
        }
    };
    pos.db.write(async move |tx: &mut Tx| tx.execute(sql, args).await).await?;
    Ok(())
}
