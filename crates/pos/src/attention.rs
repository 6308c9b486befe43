//! 要対応: what a till said that can't be right is kept, and shown to a person with a way out.
//!
//! The same finding is raised once, however often it comes in; it is closed only by a person, with a note.

mod kind;
pub mod query;
mod words;

use db::{Sql, Tx, args};
use jiff::civil::Date;
use sales::{RegisterId, SettlementId, StoreId};
use serde::Serialize;
use uuid::Uuid;

pub use kind::{Kind, Place};
pub use words::violation as violation_in_words;

use crate::{Pos, PosError, Tenant, audit};

/// The most lines of one finding's detail; the rest is counted.
const LINES_MAX: usize = 30;

/// Something to look at.
#[derive(Clone, Debug)]
pub struct Raised {
    /// What sort.
    pub kind: Kind,
    /// 店舗
    pub store_id: StoreId,
    /// レジ
    pub register_id: RegisterId,
    /// 精算, where it is about one.
    pub settlement_id: Option<SettlementId>,
    /// 営業日, where it is about one.
    pub business_date: Option<Date>,
    /// What exactly, a line each.
    pub lines: Vec<String>,
    /// What came in, as it came in.
    pub evidence: Option<String>,
    /// What makes it the same finding when it comes again.
    pub key: String,
}

/// For the names of findings: any fixed value will do.
const NAMESPACE: Uuid = Uuid::from_u128(0x7368_696d_6500_8000_8000_6174_7465_6e00);

const RAISE: Sql = Sql {
    sqlite: "INSERT INTO attention (company_id, attention_id, store_id, register_id, settlement_id, business_date,
                                    kind, detail, evidence, raised_at)
             SELECT $1, value ->> 'id', value ->> 'store', value ->> 'register', value ->> 'settlement', value ->> 'date',
                    value ->> 'kind', value ->> 'detail', value ->> 'evidence', $2
             FROM json_each($3) WHERE true ON CONFLICT (company_id, attention_id) DO NOTHING",
    postgres: "INSERT INTO attention (company_id, attention_id, store_id, register_id, settlement_id, business_date,
                                      kind, detail, evidence, raised_at)
               SELECT $1, value ->> 'id', value ->> 'store', value ->> 'register', value ->> 'settlement',
                      value ->> 'date', value ->> 'kind', value ->> 'detail', value ->> 'evidence', $2
               FROM jsonb_array_elements(CAST($3 AS JSONB)) ON CONFLICT (company_id, attention_id) DO NOTHING",
};
const RESOLVE: &str = "UPDATE attention SET resolved_at = $3, resolved_by = $4, resolution = $5
                       WHERE company_id = $1 AND attention_id = $2 AND resolved_at IS NULL
                         AND store_id = COALESCE($6, store_id)
                       RETURNING kind, detail";

#[derive(Serialize)]
struct Stored<'a> {
    id: Uuid,
    store: StoreId,
    register: RegisterId,
    settlement: Option<SettlementId>,
    date: Option<Date>,
    kind: &'static str,
    detail: String,
    evidence: Option<&'a str>,
}

/// Raises all of these that weren't raised before, in the transaction of what they are about.
pub async fn raise(tx: &mut Tx, pos: &Pos, tenant: &Tenant, raised: &[Raised]) -> Result<(), PosError> {
    if raised.is_empty() {
        return Ok(());
    }
    for finding in raised {
        tracing::warn!(kind = finding.kind.word(), register = %finding.register_id, "a person has to look at this");
    }
    let rows: Vec<Stored<'_>> = raised.iter().map(|finding| stored(tenant, finding)).collect();
    let rows = serde_json::to_string(&rows).map_err(|error| crate::stored::unreadable("attention", error))?;
    tx.execute(RAISE, args![tenant.as_str(), pos.now().as_millisecond(), rows]).await?;
    Ok(())
}

/// 確認済みにする: closes a finding with a note. Says whether it was there, open and in sight of this person.
pub async fn resolve(
    pos: &Pos,
    tenant: &Tenant,
    id: Uuid,
    by: &str,
    note: &str,
    only_store: Option<StoreId>,
) -> Result<bool, PosError> {
    let (unit_pos, tenant, by, note) = (pos.clone(), tenant.clone(), by.to_owned(), note.to_owned());
    let store = only_store.map(|store| store.to_string());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<bool, PosError> {
            let now = unit_pos.now().as_millisecond();
            let values = args![tenant.as_str(), id.to_string(), now, &by, &note, store];
            let Some(row) = tx.fetch_optional(RESOLVE, values).await? else { return Ok(false) };
            let kind = Kind::of_word(&row.text("kind")?).map_or("要対応", Kind::label);
            let (before, after) = (row.text("detail")?, Some(note.as_str()));
            audit::note(tx, &unit_pos, &tenant, &by, "要対応を確認済みに", kind, Some(&before), after).await?;
            Ok(true)
        })
        .await
}

fn stored<'a>(tenant: &Tenant, finding: &'a Raised) -> Stored<'a> {
    let name = format!("{tenant}\n{}\n{}", finding.kind.word(), finding.key);
    Stored {
        id: Uuid::new_v5(&NAMESPACE, name.as_bytes()),
        store: finding.store_id,
        register: finding.register_id,
        settlement: finding.settlement_id,
        date: finding.business_date,
        kind: finding.kind.word(),
        detail: detail(&finding.lines),
        evidence: finding.evidence.as_deref(),
    }
}

/// A text for both engines: PostgreSQL stores no NUL character, and a finding is read, not parsed.
fn detail(lines: &[String]) -> String {
    let mut shown: Vec<&str> = lines.iter().take(LINES_MAX).map(String::as_str).collect();
    let rest = (lines.len() > LINES_MAX).then(|| format!("ほか{}件", lines.len() - LINES_MAX));
    shown.extend(rest.as_deref());
    shown.join("\n").replace('\0', "\u{FFFD}")
}
