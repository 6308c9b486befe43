//! 変更履歴: who changed which setting when, from what to what. Written in the transaction of the change, kept for ever.

use db::{Tx, args};

use crate::{Pos, PosError, Tenant};

const INSERT: &str = "INSERT INTO audit (company_id, audit_id, at, who, what, target, before, after)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Notes a change. `what` and `target` are words for people: `レジの接続キーを発行`, `本店 レジ1`.
#[expect(clippy::too_many_arguments, reason = "an entry of a log is as wide as the log")]
pub async fn note(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    what: &str,
    target: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<(), PosError> {
    let (id, at) = (pos.new_id().to_string(), pos.now().as_millisecond());
    tx.execute(INSERT, args![tenant.as_str(), id, at, who, what, target, before, after]).await?;
    Ok(())
}
