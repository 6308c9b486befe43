//! What a head office of years holds beside its sales: masters, what each store uses, staff, 変更履歴, and one store
//! whose checks are many.

use db::{Sql, Tx, args};
use pos::{Pos, PosError, Tenant};

// `$1` company, `$2` as many as there are to be, from 1.
macro_rules! numbered {
    ($into:literal, $select:literal) => {
        Sql {
            sqlite: concat!(
                "INSERT INTO ",
                $into,
                " WITH RECURSIVE k (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < $2)
                 SELECT $1, ",
                $select
            ),
            postgres: concat!(
                "INSERT INTO ",
                $into,
                " WITH k AS (SELECT generate_series(1, CAST($2 AS BIGINT)) AS n) SELECT $1, ",
                $select
            ),
        }
    };
}

const MASTERS: [(Sql, i64); 10] = [
    (
        numbered!(
            "category (company_id, category_id, name, position)",
            "'00000000-0000-4000-8000-' || substr(CAST(3000000000000 + n AS TEXT), 2), 'カテゴリ' || n, n FROM k"
        ),
        50,
    ),
    (
        numbered!(
            "product (company_id, product_id, category_id, name, price, cost, eat_in, takeout, own_product_code,
                      position)",
            "'00000000-0000-4000-8000-' || substr(CAST(4000000000000 + n AS TEXT), 2),
             '00000000-0000-4000-8000-' || substr(CAST(3000000000001 + n % 50 AS TEXT), 2), '商品' || n, 300 + n, 100,
             'standard', 'reduced', CASE WHEN n % 3 = 0 THEN CAST(10000000 + n AS TEXT) END, n FROM k"
        ),
        2_000,
    ),
    (
        numbered!(
            "payment_method (company_id, code, kind, name, position)",
            "'20000000000000' || substr(CAST(1000000 + n AS TEXT), 2), 2, '支払' || n, n FROM k"
        ),
        30,
    ),
    (
        numbered!(
            "discount (company_id, code, name, percent, position)",
            "'70000000000000' || substr(CAST(1000000 + n AS TEXT), 2), '値引' || n, 10, n FROM k"
        ),
        60,
    ),
    (
        numbered!(
            "ad_medium (company_id, code, name, position)",
            "'80000000000000' || substr(CAST(1000000 + n AS TEXT), 2), '媒体' || n, n FROM k"
        ),
        30,
    ),
    (
        numbered!(
            "store_setting (company_id, store_id, kind, code)",
            "s.store_id, 'payment', '20000000000000' || substr(CAST(1000000 + n AS TEXT), 2) FROM k JOIN store s ON s.company_id = $1"
        ),
        30,
    ),
    (
        numbered!(
            "store_setting (company_id, store_id, kind, code)",
            "s.store_id, 'discount', '70000000000000' || substr(CAST(1000000 + n AS TEXT), 2) FROM k JOIN store s ON s.company_id = $1"
        ),
        60,
    ),
    (
        numbered!(
            "staff (company_id, store_id, code, name, manager)",
            "s.store_id, CAST(100 + n AS TEXT), 'スタッフ' || n, 0 FROM k JOIN store s ON s.company_id = $1"
        ),
        10,
    ),
    (
        numbered!(
            "audit (company_id, audit_id, at, who, what, target, before, after)",
            "'00000000-0000-4000-8000-' || substr(CAST(5000000000000 + n AS TEXT), 2), n * 60000, '太田', '商品を変更',
             '商品' || (n % 2000), '{\"price\":300}', '{\"price\":310}' FROM k"
        ),
        100_000,
    ),
    // Five hundred checks a day, of the last two hundred days of the store that comes first.
    (
        numbered!(
            "sale_check (company_id, check_id, store_id, register_id, settlement_id, business_date, paid_at, hour, slip,
                         guests, net, tax, total, staff, epoch_ordinal, seq, content_sha256, content)",
            "'00000000-0000-4000-9000-' || substr(CAST(6000000000000 + (s.z_number * 1000 + k.n) AS TEXT), 2), s.store_id,
             s.register_id, s.settlement_id, s.business_date, s.closed_at + k.n * 1000, 12, k.n, 2, 2000, 200, 2200, '1', 1,
             k.n, '', '{}'
             FROM k JOIN settlement s ON s.company_id = $1
                  AND s.store_id = (SELECT MIN(f.store_id) FROM store f WHERE f.company_id = $1)
             WHERE s.z_number > (SELECT MAX(z.z_number) FROM settlement z WHERE z.company_id = $1) - 200"
        ),
        500,
    ),
];

const THERE: &str = "SELECT COUNT(*) AS n FROM product WHERE company_id = $1";

/// Fills them where there are none yet.
pub async fn fill(pos: &Pos, tenant: &Tenant) -> Result<(), PosError> {
    let company = tenant.as_str().to_owned();
    let there = pos.db.read(async move |tx: &mut Tx| tx.fetch_one(THERE, args![company]).await).await?;
    if there.int("n")? > 0 {
        return Ok(());
    }
    for (sql, count) in MASTERS {
        let company = tenant.as_str().to_owned();
        pos.db.write(async move |tx: &mut Tx| tx.execute(sql, args![company, count]).await).await?;
    }
    Ok(())
}
