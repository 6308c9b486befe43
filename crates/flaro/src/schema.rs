//! The back office's tables. `company_id` leads every key: nothing is ever read without its tenant.
//! Codes, ids and dates are text; yen and epoch milliseconds are 64-bit integers; `*_at` is milliseconds.

mod management;
mod mapping;
mod people;
mod reports;

use db::Migration;

/// Every migration of the place, oldest first. One that has shipped is never edited.
pub fn migrations() -> Vec<Migration> {
    let mut all = web::migrations("flaro-web");
    all.extend([
        Migration::both("flaro", 1, "companies, people, linkages and stores", PEOPLE),
        Migration::both("flaro", 2, "inbox, revisions and days", INBOX),
        Migration::both("flaro", 3, "rollups and the index of checks", ROLLUPS),
        Migration::both("flaro", 4, "areas, brands, budgets, costs and categories", management::STORES),
        Migration::both("flaro", 5, "marks of edits, and files that wait for a yes", management::CARE),
        Migration::both("flaro", 6, "mapping master", mapping::MAPPING),
        Migration::both("flaro", 7, "ranges, rights and one-time links", people::RANGE),
        Migration::both("flaro", 8, "inquiries", people::INQUIRIES),
        reports::migration(9),
        Migration::both("flaro", 10, "product × hour of the company's months", reports::PRODUCT_HOURS),
    ]);
    all
}

const PEOPLE: &str = "
CREATE TABLE company (
  company_id TEXT NOT NULL PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  zone TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE account (
  company_id TEXT NOT NULL REFERENCES company, account_id TEXT NOT NULL,
  login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, all_stores BIGINT NOT NULL,
  password_hash TEXT NOT NULL, created_at BIGINT NOT NULL, disabled_at BIGINT,
  PRIMARY KEY (company_id, account_id));
CREATE TABLE account_store (
  company_id TEXT NOT NULL, account_id TEXT NOT NULL, store_id TEXT NOT NULL,
  PRIMARY KEY (company_id, account_id, store_id));
CREATE TABLE audit (
  company_id TEXT NOT NULL, audit_id TEXT NOT NULL,
  at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, target TEXT NOT NULL,
  value_before TEXT, value_after TEXT,
  PRIMARY KEY (company_id, audit_id));
CREATE INDEX audit_by_time ON audit (company_id, at);
CREATE TABLE linkage (
  company_id TEXT NOT NULL REFERENCES company, linkage_id TEXT NOT NULL,
  partner TEXT NOT NULL, generation BIGINT NOT NULL, company_name TEXT NOT NULL,
  token TEXT, token_sha256 TEXT NOT NULL UNIQUE,
  secret TEXT NOT NULL, secret_used_at BIGINT, previous_secret TEXT, previous_until BIGINT,
  table_version BIGINT, table_at BIGINT,
  requested_at BIGINT NOT NULL, confirmed_at BIGINT, ended_at BIGINT,
  PRIMARY KEY (company_id, linkage_id));
CREATE UNIQUE INDEX linkage_by_generation ON linkage (company_id, partner, generation);
CREATE INDEX linkage_by_partner ON linkage (partner, linkage_id);
CREATE TABLE store (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, partner TEXT NOT NULL,
  listed BIGINT NOT NULL, position BIGINT NOT NULL, name TEXT NOT NULL, flaro_store_code TEXT,
  start_date TEXT, end_date TEXT, enabled BIGINT NOT NULL, zone TEXT NOT NULL, cut_over TEXT NOT NULL,
  registers TEXT NOT NULL, closed_days TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id));
";

const INBOX: &str = "
CREATE TABLE inbox (
  company_id TEXT NOT NULL, event_id TEXT NOT NULL,
  linkage_id TEXT NOT NULL, generation BIGINT NOT NULL, sequence BIGINT NOT NULL,
  event_type TEXT NOT NULL, store_id TEXT NOT NULL, settlement_id TEXT NOT NULL, revision BIGINT NOT NULL,
  business_date TEXT NOT NULL, verdict TEXT NOT NULL, body_sha256 TEXT NOT NULL, body_bytes BIGINT NOT NULL,
  received_at BIGINT NOT NULL, times BIGINT NOT NULL, last_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, event_id));
CREATE INDEX inbox_by_time ON inbox (company_id, received_at);
CREATE INDEX inbox_by_day ON inbox (company_id, store_id, business_date);
CREATE TABLE settlement_revision (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, settlement_id TEXT NOT NULL, revision BIGINT NOT NULL,
  event_id TEXT NOT NULL, business_date TEXT NOT NULL, register_id TEXT NOT NULL, register_name TEXT NOT NULL,
  z_number BIGINT NOT NULL, state TEXT NOT NULL, reason TEXT, revised_by TEXT,
  closed_at BIGINT NOT NULL, received_at BIGINT NOT NULL,
  checks BIGINT NOT NULL, guests BIGINT NOT NULL, net BIGINT NOT NULL, tax BIGINT NOT NULL,
  discounts BIGINT NOT NULL, payments BIGINT NOT NULL,
  facts_sha256 TEXT NOT NULL, body_sha256 TEXT NOT NULL, frame BLOB NOT NULL,
  PRIMARY KEY (company_id, store_id, settlement_id, revision));
CREATE TABLE settlement (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, settlement_id TEXT NOT NULL, revision BIGINT NOT NULL,
  business_date TEXT NOT NULL, register_id TEXT NOT NULL, register_name TEXT NOT NULL,
  z_number BIGINT NOT NULL, state TEXT NOT NULL, closed_at BIGINT NOT NULL,
  checks BIGINT NOT NULL, guests BIGINT NOT NULL, net BIGINT NOT NULL, tax BIGINT NOT NULL,
  discounts BIGINT NOT NULL, payments BIGINT NOT NULL, facts_sha256 TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, settlement_id));
CREATE INDEX settlement_by_day ON settlement (company_id, store_id, business_date);
CREATE INDEX settlement_by_date ON settlement (company_id, business_date);
CREATE INDEX settlement_by_id ON settlement (company_id, settlement_id);
CREATE TABLE event_conflict (
  company_id TEXT NOT NULL, event_id TEXT NOT NULL, body_sha256 TEXT NOT NULL,
  linkage_id TEXT NOT NULL, store_id TEXT NOT NULL, settlement_id TEXT NOT NULL, revision BIGINT NOT NULL,
  business_date TEXT NOT NULL, facts_sha256 TEXT NOT NULL, received_at BIGINT NOT NULL, times BIGINT NOT NULL,
  frame BLOB NOT NULL,
  PRIMARY KEY (company_id, event_id, body_sha256));
CREATE INDEX event_conflict_by_time ON event_conflict (company_id, received_at);
CREATE TABLE finding (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, settlement_id TEXT NOT NULL, revision BIGINT NOT NULL,
  finding_id TEXT NOT NULL, business_date TEXT NOT NULL, register_id TEXT NOT NULL,
  kind TEXT NOT NULL, what TEXT NOT NULL, stated BIGINT, computed BIGINT,
  found_at BIGINT NOT NULL, resolved_at BIGINT,
  PRIMARY KEY (company_id, store_id, settlement_id, revision, finding_id));
CREATE INDEX finding_by_date ON finding (company_id, business_date, store_id);
CREATE TABLE watermark (
  company_id TEXT NOT NULL, linkage_id TEXT NOT NULL, store_id TEXT NOT NULL,
  highest BIGINT NOT NULL, missing TEXT NOT NULL,
  PRIMARY KEY (company_id, linkage_id, store_id));
CREATE TABLE business_day (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  settlements BIGINT NOT NULL, checks BIGINT NOT NULL, guests BIGINT NOT NULL,
  net BIGINT NOT NULL, tax BIGINT NOT NULL, discounts BIGINT NOT NULL, payments BIGINT NOT NULL,
  digest TEXT NOT NULL, registers TEXT NOT NULL, changed_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE INDEX business_day_by_date ON business_day (company_id, business_date, store_id);
CREATE INDEX business_day_by_change ON business_day (company_id, changed_at);
CREATE TABLE approval (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  digest TEXT NOT NULL, checks BIGINT NOT NULL, guests BIGINT NOT NULL, net BIGINT NOT NULL, tax BIGINT NOT NULL,
  approved_at BIGINT NOT NULL, approved_by TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE TABLE dirty_day (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  marked_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE INDEX dirty_day_by_time ON dirty_day (marked_at);
";

const ROLLUPS: &str = "
CREATE TABLE day_rollup (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  digest TEXT NOT NULL, built_at BIGINT NOT NULL, error TEXT,
  gross BIGINT NOT NULL, discounts BIGINT NOT NULL, net BIGINT NOT NULL, tax BIGINT NOT NULL, total BIGINT NOT NULL,
  guests BIGINT NOT NULL, checks BIGINT NOT NULL, voids BIGINT NOT NULL, rates TEXT NOT NULL, non_sales TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE INDEX day_rollup_by_build ON day_rollup (company_id, built_at);
CREATE TABLE rollup_hourly (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL, hour BIGINT NOT NULL,
  net BIGINT NOT NULL, tax BIGINT NOT NULL, total BIGINT NOT NULL, guests BIGINT NOT NULL, checks BIGINT NOT NULL,
  rates TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date, hour));
CREATE INDEX rollup_hourly_by_date ON rollup_hourly (company_id, business_date, store_id);
CREATE TABLE rollup_product (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  product_id TEXT NOT NULL, tax_class TEXT NOT NULL, service TEXT NOT NULL,
  name TEXT NOT NULL, category_id TEXT NOT NULL, category TEXT NOT NULL,
  own_product_code TEXT, own_parent_category_code TEXT, own_child_category_code TEXT, code_source TEXT NOT NULL,
  quantity BIGINT NOT NULL, gross BIGINT NOT NULL, discount BIGINT NOT NULL,
  net BIGINT NOT NULL, tax BIGINT NOT NULL, total BIGINT NOT NULL, cost BIGINT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date, product_id, tax_class, service));
CREATE INDEX rollup_product_by_date ON rollup_product (company_id, business_date, store_id);
CREATE TABLE rollup_payment (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  kind BIGINT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
  count BIGINT NOT NULL, amount BIGINT NOT NULL, surplus BIGINT NOT NULL, non_sales BIGINT NOT NULL,
  rates TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date, kind, code));
CREATE TABLE rollup_media (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  code TEXT NOT NULL, name TEXT NOT NULL, checks BIGINT NOT NULL, guests BIGINT NOT NULL,
  net BIGINT NOT NULL, tax BIGINT NOT NULL, total BIGINT NOT NULL, rates TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date, code));
CREATE TABLE rollup_discount (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  code TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, count BIGINT NOT NULL, amount BIGINT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date, code, scope));
CREATE TABLE check_index (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  check_id TEXT NOT NULL, settlement_id TEXT NOT NULL, register_id TEXT NOT NULL,
  slip BIGINT NOT NULL, hour BIGINT NOT NULL, paid_at BIGINT NOT NULL,
  guests BIGINT NOT NULL, net BIGINT NOT NULL, tax BIGINT NOT NULL, total BIGINT NOT NULL,
  table_name TEXT, staff TEXT NOT NULL, medium TEXT, reverses TEXT,
  PRIMARY KEY (company_id, store_id, business_date, settlement_id, check_id));
CREATE INDEX check_by_id ON check_index (company_id, check_id);
CREATE INDEX check_by_reversed ON check_index (company_id, reverses);
";
