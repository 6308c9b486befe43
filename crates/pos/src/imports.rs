//! 取込: a file of masters or of 店舗別設定 is read, shown with what it would change, and applied as a whole or not at
//! all. Between the two it waits here; what was shown is what is applied, or it is shown again.

pub mod masters;
pub mod settings;

use db::{Tx, args};
use jiff::SignedDuration;
use protocol::hash::Sha256;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::masters::SettingKind;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// How long a file that was read waits to be applied.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The company's masters of a kind.
    Masters(SettingKind),
    /// Which stores use what of a kind.
    Settings(SettingKind),
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 6] = [
        Self::Masters(SettingKind::Payment),
        Self::Masters(SettingKind::Discount),
        Self::Masters(SettingKind::Medium),
        Self::Settings(SettingKind::Payment),
        Self::Settings(SettingKind::Discount),
        Self::Settings(SettingKind::Medium),
    ];

    /// As it is stored.
    fn word(self) -> String {
        match self {
            Self::Masters(kind) => format!("masters:{}", kind.word()),
            Self::Settings(kind) => format!("settings:{}", kind.word()),
        }
    }
}

/// The rows of a file, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rows {
    /// Of a file of masters.
    Masters(Vec<masters::Line>),
    /// Of a file of 店舗別設定.
    Settings(Vec<settings::Line>),
}

/// A file that waits to be applied.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What the file is called.
    pub file: String,
    /// Its rows.
    pub rows: Rows,
}

const SWEEP: &str = "DELETE FROM pending_import WHERE company_id = $1 AND made_at < $2";
const KEEP: &str = "INSERT INTO pending_import (company_id, import_id, kind, file_name, table_rows, made_by, made_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const FIND: &str = "SELECT file_name, table_rows FROM pending_import
                    WHERE company_id = $1 AND import_id = $2 AND kind = $3 AND made_by = $4 AND made_at >= $5";
const FORGET: &str = "DELETE FROM pending_import WHERE company_id = $1 AND import_id = $2";

/// Keeps a file that was read, for the account that sent it. Older ones go.
pub async fn keep(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    target: Target,
    file: &str,
    rows: &Rows,
) -> Result<Uuid, PosError> {
    let (id, now) = (pos.new_id(), pos.now());
    let content = serde_json::json!(rows).to_string();
    let old = now.saturating_sub(KEPT).unwrap_or(now).as_millisecond();
    let sweep = args![tenant.as_str(), old];
    let keep = args![tenant.as_str(), id.to_string(), target.word(), file, content, who, now.as_millisecond()];
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            tx.execute(SWEEP, sweep).await?;
            tx.execute(KEEP, keep).await?;
            Ok(())
        })
        .await?;
    Ok(id)
}

/// A file that this account sent; none where it is applied, too old, or somebody else's.
pub async fn find(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    target: Target,
    id: Uuid,
) -> Result<Option<Pending>, PosError> {
    let now = pos.now();
    let old = now.saturating_sub(KEPT).unwrap_or(now).as_millisecond();
    let values = args![tenant.as_str(), id.to_string(), target.word(), who, old];
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Pending>, PosError> {
            let row = tx.fetch_optional(FIND, values).await?;
            row.map(|row| Ok(Pending { file: row.text("file_name")?, rows: row.json("table_rows")? })).transpose()
        })
        .await
}

/// Forgets a file, in the transaction that applied it.
async fn forget(tx: &mut Tx, tenant: &Tenant, id: Uuid) -> Result<(), PosError> {
    tx.execute(FORGET, args![tenant.as_str(), id.to_string()]).await?;
    Ok(())
}

/// By which what was shown is told from what would be done now.
fn digest(words: &[String]) -> String {
    Sha256::of(words.join("\n").as_bytes()).to_string()
}

/// A cell as it was meant: an export for people guards what a spreadsheet would run with an apostrophe.
fn unguarded(cell: &str) -> &str {
    let inner = cell.strip_prefix('\'').unwrap_or(cell);
    if inner.len() < cell.len() && web::sheet::harmless(inner) != inner { inner } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_export_guards_is_read_as_it_was() {
        for text in ["=1+1", "-10円引", "@home", "'80s", "Visa", "'"] {
            assert_eq!(unguarded(&web::sheet::harmless(text)), text, "{text}");
        }
    }
}
