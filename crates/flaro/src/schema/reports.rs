//! What reports are read from: sums of many days that are kept as each day is rolled up, and the drawers.

use db::Migration;

macro_rules! sum_table {
    ($how:literal) => {
        concat!(
            "CREATE TABLE rollup_sum (
  company_id TEXT NOT NULL, part TEXT NOT NULL, span TEXT NOT NULL, store_id TEXT NOT NULL,
  item TEXT NOT NULL, hour BIGINT NOT NULL, class TEXT NOT NULL,
  days BIGINT NOT NULL, count BIGINT NOT NULL, checks BIGINT NOT NULL, guests BIGINT NOT NULL,
  gross BIGINT NOT NULL, discount BIGINT NOT NULL, net BIGINT NOT NULL, tax BIGINT NOT NULL, total BIGINT NOT NULL,
  cost BIGINT NOT NULL,
  PRIMARY KEY (company_id, part, span, store_id, item, hour, class))",
            $how,
            ";\n"
        )
    };
}
macro_rules! rest {
    () => {
        "
ALTER TABLE day_rollup ADD COLUMN closed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE day_rollup ADD COLUMN cost BIGINT NOT NULL DEFAULT 0;
ALTER TABLE day_rollup ADD COLUMN media_checks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE day_rollup ADD COLUMN media_guests BIGINT NOT NULL DEFAULT 0;
ALTER TABLE day_rollup ADD COLUMN media_net BIGINT NOT NULL DEFAULT 0;
ALTER TABLE day_rollup ADD COLUMN media_tax BIGINT NOT NULL DEFAULT 0;
ALTER TABLE day_rollup ADD COLUMN media_total BIGINT NOT NULL DEFAULT 0;
CREATE INDEX day_rollup_by_date ON day_rollup (company_id, business_date, store_id);
CREATE INDEX day_rollup_failed ON day_rollup (company_id, business_date) WHERE error IS NOT NULL;
CREATE INDEX rollup_payment_by_date ON rollup_payment (company_id, business_date, store_id);
CREATE INDEX rollup_media_by_date ON rollup_media (company_id, business_date, store_id);
CREATE INDEX rollup_discount_by_date ON rollup_discount (company_id, business_date, store_id);
CREATE INDEX check_by_date ON check_index (company_id, business_date, paid_at, check_id);
CREATE TABLE day_packed (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL, sums BLOB NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE TABLE rollup_cash (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL, settlement_id TEXT NOT NULL,
  register_id TEXT NOT NULL, register_name TEXT NOT NULL, z_number BIGINT NOT NULL, closed_at BIGINT NOT NULL,
  opening_float BIGINT NOT NULL, cash_in BIGINT NOT NULL, cash_out BIGINT NOT NULL, expected BIGINT NOT NULL,
  counted BIGINT, over_short BIGINT, bank_deposit BIGINT NOT NULL, carry_over BIGINT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date, settlement_id));
CREATE INDEX rollup_cash_by_date ON rollup_cash (company_id, business_date, store_id);
CREATE TABLE rollup_label (
  company_id TEXT NOT NULL, part TEXT NOT NULL, item TEXT NOT NULL, name TEXT NOT NULL,
  category_id TEXT NOT NULL, category TEXT NOT NULL,
  own_product_code TEXT, own_parent_category_code TEXT, own_child_category_code TEXT, seen_on TEXT NOT NULL,
  PRIMARY KEY (company_id, part, item));
CREATE TABLE bi_view (
  company_id TEXT NOT NULL, view_id TEXT NOT NULL, account_id TEXT NOT NULL,
  name TEXT NOT NULL, query TEXT NOT NULL, shared BIGINT NOT NULL, saved_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, view_id));
CREATE INDEX bi_view_by_account ON bi_view (company_id, account_id);
CREATE TABLE api_token (
  company_id TEXT NOT NULL, token_id TEXT NOT NULL, token_sha256 TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL, account_id TEXT NOT NULL, issued_at BIGINT NOT NULL, issued_by TEXT NOT NULL,
  used_at BIGINT, revoked_at BIGINT, revoked_by TEXT,
  PRIMARY KEY (company_id, token_id));
ALTER TABLE approval ADD COLUMN revisions TEXT NOT NULL DEFAULT '[]';
UPDATE day_rollup SET digest = '';
INSERT INTO dirty_day (company_id, store_id, business_date, marked_at)
  SELECT company_id, store_id, business_date, changed_at FROM business_day WHERE true
  ON CONFLICT (company_id, store_id, business_date) DO NOTHING;
"
    };
}

/// `rollup_sum` adds up what the days of a span came to. A row is of one store over a month (`span` is `YYYY-MM`), or of
/// the whole company (`store_id` is empty) over a month or a day. `days` is how many days of stores are in it: at none
/// the row goes. `closed` counts the settlements of a day that are not cancelled: at none it is no day of sales. `day_packed` is what of a day was added, so that exactly this can be taken out again; it has product ×
/// hour of the store, too. `rollup_label` says what the keys are called, by the newest day that had them.
pub(super) fn migration(version: i64) -> Migration {
    Migration {
        place: "flaro",
        version,
        name: "sums over days, drawers, saved views, API tokens",
        sqlite: concat!(sum_table!(" WITHOUT ROWID"), rest!()),
        postgres: concat!(sum_table!(""), rest!()),
    }
}

/// What `rollup_sum` has of product × hour by the company's days, added up by its months.
pub(super) const PRODUCT_HOURS: &str = "
INSERT INTO rollup_sum (company_id, part, span, store_id, item, hour, class, days, count, checks, guests, gross, discount,
    net, tax, total, cost)
  SELECT company_id, part, substr(span, 1, 7), '', item, hour, class, CAST(SUM(days) AS BIGINT), CAST(SUM(count) AS BIGINT),
    CAST(SUM(checks) AS BIGINT), CAST(SUM(guests) AS BIGINT), CAST(SUM(gross) AS BIGINT), CAST(SUM(discount) AS BIGINT),
    CAST(SUM(net) AS BIGINT), CAST(SUM(tax) AS BIGINT), CAST(SUM(total) AS BIGINT), CAST(SUM(cost) AS BIGINT)
  FROM rollup_sum WHERE part = 'product_hour' AND store_id = '' AND length(span) = 10
  GROUP BY company_id, part, substr(span, 1, 7), item, hour, class;
";
