//! The list of stores: what is searched, sorted and paged over thousands of them in the database.

use db::{Row, Tx, args};
use jiff::civil::Date;
use sales::{Rounding, StoreId, TaxMode};

use crate::settlements::{Sorting, Window};
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// Which columns the list is sorted by.
pub const SORTED_BY: [&str; 3] = ["position", "name", "registers"];

/// A store as the list shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// 店舗
    pub id: StoreId,
    /// 店舗名
    pub name: String,
    /// 表示順
    pub position: i64,
    /// IANA time zone.
    pub zone: String,
    /// 日付切替時刻
    pub cut_over: String,
    /// 内税 or 外税
    pub tax_mode: TaxMode,
    /// 端数処理
    pub rounding: Rounding,
    /// 登録番号
    pub registration_number: Option<String>,
    /// How many tills are in service or will be.
    pub registers: i64,
    /// How many of them have no valid 接続キー.
    pub keyless: i64,
    /// How many 支払科目, 値引き and 広告媒体 it uses.
    pub settings: [i64; 3],
    /// How many 担当者 it has.
    pub staff: i64,
}

macro_rules! narrowed {
    () => {
        "s.company_id = $1 AND ($2 = '' OR s.name LIKE '%' || $2 || '%' ESCAPE '\\')"
    };
}

const COUNT: &str = concat!("SELECT COUNT(*) AS n FROM store s WHERE ", narrowed!());
const LIST: &str = concat!(
    "SELECT s.store_id, s.name, s.position, s.zone, s.cut_over, s.tax_mode, s.rounding, s.registration_number,
        (SELECT COUNT(*) FROM register r WHERE r.company_id = s.company_id AND r.store_id = s.store_id
           AND (r.service_until IS NULL OR r.service_until >= $3)) AS registers,
        (SELECT COUNT(*) FROM register r WHERE r.company_id = s.company_id AND r.store_id = s.store_id
           AND (r.service_until IS NULL OR r.service_until >= $3)
           AND NOT EXISTS (SELECT 1 FROM register_token t WHERE t.company_id = r.company_id
                           AND t.register_id = r.register_id AND t.revoked_at IS NULL)) AS keyless,
        (SELECT COUNT(*) FROM store_setting k WHERE k.company_id = s.company_id AND k.store_id = s.store_id
           AND k.kind = 'payment') AS payments,
        (SELECT COUNT(*) FROM store_setting k WHERE k.company_id = s.company_id AND k.store_id = s.store_id
           AND k.kind = 'discount') AS discounts,
        (SELECT COUNT(*) FROM store_setting k WHERE k.company_id = s.company_id AND k.store_id = s.store_id
           AND k.kind = 'medium') AS media,
        (SELECT COUNT(*) FROM staff p WHERE p.company_id = s.company_id AND p.store_id = s.store_id
           AND p.retired_at IS NULL) AS staff
     FROM store s WHERE ",
    narrowed!(),
    " ORDER BY CASE WHEN $4 = 'registers' THEN $5 * (SELECT COUNT(*) FROM register r WHERE r.company_id = s.company_id
                 AND r.store_id = s.store_id AND (r.service_until IS NULL OR r.service_until >= $3))
               WHEN $4 = 'position' THEN $5 * s.position ELSE 0 END,
         CASE WHEN $4 = 'name' AND $5 = 1 THEN s.name ELSE '' END,
         CASE WHEN $4 = 'name' AND $5 = -1 THEN s.name ELSE '' END DESC,
         s.position, s.store_id LIMIT $6 OFFSET $7"
);
const CHOSEN: &str = concat!(
    "SELECT s.store_id, s.name FROM store s WHERE ",
    narrowed!(),
    " ORDER BY s.position, s.store_id LIMIT $3 OFFSET $4"
);

/// A search word as `LIKE` takes it: `%`, `_` and `\` stand for themselves.
pub fn like(word: &str) -> String {
    word.trim().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// One page of the stores whose name has the word, with their tills as of `today`; and how many there are.
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    word: &str,
    today: Date,
    sorting: Sorting,
    window: Window,
) -> Result<(i64, Vec<Listed>), PosError> {
    let (tenant, word) = (tenant.clone(), like(word));
    let (column, descending) = sorting.unwrap_or(("position", false));
    let (column, direction) = (column.to_owned(), if descending { -1_i64 } else { 1 });
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(i64, Vec<Listed>), PosError> {
            let total = tx.fetch_one(COUNT, args![tenant.as_str(), &word]).await?.int("n")?;
            let (limit, offset) = window.limit_offset(total);
            let values = args![tenant.as_str(), word, today.to_string(), column, direction, limit, offset];
            let rows = tx.fetch_all(LIST, values).await?;
            Ok((total, rows.iter().map(listed).collect::<Result<_, _>>()?))
        })
        .await
}

/// Id and name of the stores whose name has the word, in the company's order; and how many there are in all.
pub async fn matching(
    tx: &mut Tx,
    tenant: &Tenant,
    word: &str,
    (limit, offset): (i64, i64),
) -> Result<(i64, Vec<(StoreId, String)>), PosError> {
    let word = like(word);
    let total = tx.fetch_one(COUNT, args![tenant.as_str(), &word]).await?.int("n")?;
    let rows = tx.fetch_all(CHOSEN, args![tenant.as_str(), word, limit, offset]).await?;
    let stores = rows.iter().map(|row| Ok((row.parse("store_id")?, row.text("name")?)));
    Ok((total, stores.collect::<Result<_, PosError>>()?))
}

fn listed(row: &Row) -> Result<Listed, PosError> {
    Ok(Listed {
        id: row.parse("store_id")?,
        name: row.text("name")?,
        position: row.int("position")?,
        zone: row.text("zone")?,
        cut_over: row.text("cut_over")?,
        tax_mode: row.word("tax_mode")?,
        rounding: row.word("rounding")?,
        registration_number: row.opt_text("registration_number")?,
        registers: row.int("registers")?,
        keyless: row.int("keyless")?,
        settings: [row.int("payments")?, row.int("discounts")?, row.int("media")?],
        staff: row.int("staff")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_word_is_taken_literally() {
        assert_eq!(like(" 50%_\\ "), "50\\%\\_\\\\");
    }
}
