//! What a company adds to its stores by hand: areas and brands, budgets, costs, the kind of each product category.
//! Months are `YYYY-MM`, business dates `YYYY-MM-DD`; a figure that nobody entered has no row, which is not zero.

/// Areas and brands are never deleted, only retired. `own_code` is 自社コード, the code that USENレジ is told;
/// `opening_hours` is JSON, a span per weekday.
///
/// `budget_day` is the budget that counts (net of tax); `budget_month` is what was entered for a month and how it was
/// spread. `cost_month` holds A (advertising), R (rent) and O (other) as entered, `cost_day` the same month spread
/// over its days to the yen, written in the same transaction. `labour_day` is L, by hand, from a file or from 勤怠.
/// `category` has every product category that was ever sold; `kind` is `food`, `drink`, `other`, or nothing yet.
pub(super) const STORES: &str = "
CREATE TABLE area (
  company_id TEXT NOT NULL REFERENCES company, area_id TEXT NOT NULL,
  name TEXT NOT NULL, position BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, area_id));
CREATE UNIQUE INDEX area_by_name ON area (company_id, name);
CREATE TABLE brand (
  company_id TEXT NOT NULL REFERENCES company, brand_id TEXT NOT NULL,
  name TEXT NOT NULL, position BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, brand_id));
CREATE UNIQUE INDEX brand_by_name ON brand (company_id, name);
ALTER TABLE store ADD COLUMN area_id TEXT;
ALTER TABLE store ADD COLUMN brand_id TEXT;
ALTER TABLE store ADD COLUMN own_code TEXT;
ALTER TABLE store ADD COLUMN opening_hours TEXT;
CREATE UNIQUE INDEX store_by_own_code ON store (company_id, own_code);
CREATE INDEX store_by_area ON store (company_id, area_id, store_id);
CREATE INDEX store_by_brand ON store (company_id, brand_id, store_id);
CREATE TABLE budget_month (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, month TEXT NOT NULL,
  net BIGINT NOT NULL, guests BIGINT, weights TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, month));
CREATE TABLE budget_day (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  net BIGINT NOT NULL, guests BIGINT,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE INDEX budget_day_by_date ON budget_day (company_id, business_date, store_id);
CREATE TABLE cost_month (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, month TEXT NOT NULL,
  advertising BIGINT, rent BIGINT, other BIGINT,
  PRIMARY KEY (company_id, store_id, month));
CREATE TABLE cost_day (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  advertising BIGINT, rent BIGINT, other BIGINT,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE INDEX cost_day_by_date ON cost_day (company_id, business_date, store_id);
CREATE TABLE labour_day (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  cost BIGINT NOT NULL, minutes BIGINT, source TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE INDEX labour_day_by_date ON labour_day (company_id, business_date, store_id);
CREATE TABLE category (
  company_id TEXT NOT NULL, category_id TEXT NOT NULL,
  name TEXT NOT NULL, kind TEXT, seen_from TEXT NOT NULL, seen_to TEXT NOT NULL,
  PRIMARY KEY (company_id, category_id));
INSERT INTO category (company_id, category_id, name, seen_from, seen_to)
  SELECT company_id, category_id, MAX(category), MIN(business_date), MAX(business_date)
  FROM rollup_product GROUP BY company_id, category_id;
";

/// `edit_mark` tells a form that went stale who changed what; `pending_import` holds a file between its preview and
/// its 取り込む.
pub(super) const CARE: &str = "
CREATE TABLE edit_mark (
  company_id TEXT NOT NULL, subject TEXT NOT NULL,
  version BIGINT NOT NULL, edited_by TEXT NOT NULL, edited_at BIGINT NOT NULL, edited_what TEXT NOT NULL,
  PRIMARY KEY (company_id, subject));
CREATE TABLE pending_import (
  company_id TEXT NOT NULL, import_id TEXT NOT NULL,
  kind TEXT NOT NULL, file_name TEXT NOT NULL, table_rows TEXT NOT NULL,
  made_by TEXT NOT NULL, made_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, import_id));
";
