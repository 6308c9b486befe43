//! The POS's tables. `company_id` leads every key: nothing is ever read without its tenant.
//! Codes, ids and dates are text; yen and epoch milliseconds are 64-bit integers; `*_at` is milliseconds.

use db::Migration;

/// Every migration of the place, oldest first. One that has shipped is never edited.
pub fn migrations() -> Vec<Migration> {
    // The web kit's sessions are the place's first.
    let mut all = web::migrations("pos");
    all.extend([
        Migration::both("pos", 2, "companies, stores, tills and people", PEOPLE),
        Migration::both("pos", 3, "masters", MASTERS),
        Migration::both("pos", 4, "journal and settlements", SALES),
        Migration::both("pos", 5, "linkage and outbox", LINKAGE),
        Migration::both("pos", 6, "closed days, and who changed a master last", STORE_CARE),
        Migration::both("pos", 7, "deliveries as people look at them", DELIVERIES),
        Migration::both("pos", 8, "one-time links of accounts, last log-in", ACCOUNT_LINKS),
        Migration::both("pos", 9, "lists of a chain's years", YEARS),
        Migration::both("pos", 10, "lists by the index they are read in", NEWEST),
        Migration::both("pos", 11, "signing secrets that are renewed, days sent of late", SECRETS),
        Migration::both("pos", 12, "settlements whose checks become rows", CHECKS_DUE),
        Migration::both("pos", 13, "days that are compared again, causes of pauses", CAUSES),
        Migration::both("pos", 14, "events' bytes beside what changes of an event", FRAMES),
    ]);
    all
}

const PEOPLE: &str = "
CREATE TABLE company (
  company_id TEXT NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  masters_version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL);
CREATE TABLE store (
  company_id TEXT NOT NULL REFERENCES company, store_id TEXT NOT NULL,
  name TEXT NOT NULL, zone TEXT NOT NULL, cut_over TEXT NOT NULL,
  tax_mode TEXT NOT NULL, rounding TEXT NOT NULL, registration_number TEXT,
  position BIGINT NOT NULL,
  PRIMARY KEY (company_id, store_id));
CREATE TABLE register (
  company_id TEXT NOT NULL, register_id TEXT NOT NULL, store_id TEXT NOT NULL,
  name TEXT NOT NULL, service_from TEXT NOT NULL, service_until TEXT,
  PRIMARY KEY (company_id, register_id),
  FOREIGN KEY (company_id, store_id) REFERENCES store);
CREATE TABLE register_token (
  token_sha256 TEXT NOT NULL PRIMARY KEY,
  company_id TEXT NOT NULL, register_id TEXT NOT NULL,
  issued_at BIGINT NOT NULL, issued_by TEXT NOT NULL, revoked_at BIGINT, revoked_by TEXT);
CREATE INDEX register_token_by_register ON register_token (company_id, register_id);
CREATE TABLE account (
  company_id TEXT NOT NULL, account_id TEXT NOT NULL,
  login TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  role TEXT NOT NULL, store_id TEXT, password_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL, disabled_at BIGINT,
  PRIMARY KEY (company_id, account_id));
CREATE TABLE audit (
  company_id TEXT NOT NULL, audit_id TEXT NOT NULL,
  at BIGINT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, target TEXT NOT NULL,
  before TEXT, after TEXT,
  PRIMARY KEY (company_id, audit_id));
CREATE INDEX audit_by_time ON audit (company_id, at);
";

const MASTERS: &str = "
CREATE TABLE category (
  company_id TEXT NOT NULL, category_id TEXT NOT NULL,
  name TEXT NOT NULL, position BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, category_id));
CREATE TABLE product (
  company_id TEXT NOT NULL, product_id TEXT NOT NULL, category_id TEXT NOT NULL,
  name TEXT NOT NULL, price BIGINT NOT NULL, cost BIGINT NOT NULL,
  eat_in TEXT NOT NULL, takeout TEXT NOT NULL,
  own_product_code TEXT, own_parent_category_code TEXT, own_child_category_code TEXT,
  position BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, product_id));
CREATE TABLE tax_rate (
  company_id TEXT NOT NULL, kind TEXT NOT NULL, from_date TEXT NOT NULL, percent BIGINT NOT NULL,
  PRIMARY KEY (company_id, kind, from_date));
CREATE TABLE payment_method (
  company_id TEXT NOT NULL, code TEXT NOT NULL, kind BIGINT NOT NULL, name TEXT NOT NULL,
  position BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, code));
CREATE TABLE discount (
  company_id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, percent BIGINT, amount BIGINT,
  position BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, code));
CREATE TABLE ad_medium (
  company_id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
  position BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, code));
CREATE TABLE import_code_issued (
  company_id TEXT NOT NULL, code TEXT NOT NULL,
  PRIMARY KEY (company_id, code));
CREATE TABLE store_setting (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, position BIGINT NOT NULL,
  PRIMARY KEY (company_id, store_id, kind, code));
CREATE TABLE staff (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
  pin_hash TEXT, manager BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, store_id, code));
";

const SALES: &str = "
CREATE TABLE journal_epoch (
  company_id TEXT NOT NULL, register_id TEXT NOT NULL, epoch TEXT NOT NULL,
  ordinal BIGINT NOT NULL, contiguous_seq BIGINT NOT NULL, head TEXT NOT NULL, forked_at BIGINT,
  PRIMARY KEY (company_id, register_id, epoch));
CREATE TABLE journal_entry (
  company_id TEXT NOT NULL, register_id TEXT NOT NULL, epoch TEXT NOT NULL, seq BIGINT NOT NULL,
  kind TEXT NOT NULL, at BIGINT NOT NULL, hash TEXT NOT NULL, entry TEXT NOT NULL, received_at BIGINT NOT NULL,
  finding TEXT,
  PRIMARY KEY (company_id, register_id, epoch, seq));
CREATE TABLE till_session (
  company_id TEXT NOT NULL, settlement_id TEXT NOT NULL,
  store_id TEXT NOT NULL, register_id TEXT NOT NULL, business_date TEXT NOT NULL,
  opened_at BIGINT NOT NULL, opening_float BIGINT NOT NULL, settled_revision BIGINT,
  PRIMARY KEY (company_id, settlement_id));
CREATE INDEX till_session_by_register ON till_session (company_id, register_id, business_date);
CREATE TABLE sale_check (
  company_id TEXT NOT NULL, check_id TEXT NOT NULL,
  store_id TEXT NOT NULL, register_id TEXT NOT NULL, settlement_id TEXT NOT NULL,
  business_date TEXT NOT NULL, paid_at BIGINT NOT NULL, hour BIGINT NOT NULL, slip BIGINT NOT NULL,
  guests BIGINT NOT NULL, net BIGINT NOT NULL, tax BIGINT NOT NULL, total BIGINT NOT NULL,
  staff TEXT NOT NULL, medium TEXT, reverses TEXT,
  epoch_ordinal BIGINT NOT NULL, seq BIGINT NOT NULL, revised_in BIGINT, dropped_in BIGINT,
  content_sha256 TEXT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (company_id, check_id));
CREATE INDEX sale_check_by_settlement ON sale_check (company_id, settlement_id, epoch_ordinal, seq);
CREATE INDEX sale_check_by_date ON sale_check (company_id, business_date, store_id, paid_at);
CREATE INDEX sale_check_by_reversal ON sale_check (company_id, reverses);
CREATE TABLE settlement (
  company_id TEXT NOT NULL, settlement_id TEXT NOT NULL,
  store_id TEXT NOT NULL, register_id TEXT NOT NULL, business_date TEXT NOT NULL, z_number BIGINT NOT NULL,
  revision BIGINT NOT NULL, state TEXT NOT NULL,
  checks BIGINT NOT NULL, guests BIGINT NOT NULL, voids BIGINT NOT NULL,
  net BIGINT NOT NULL, tax BIGINT NOT NULL, total BIGINT NOT NULL, over_short BIGINT,
  facts_sha256 TEXT NOT NULL, control TEXT NOT NULL,
  closed_at BIGINT NOT NULL, received_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, settlement_id));
CREATE INDEX settlement_by_date ON settlement (company_id, business_date, store_id);
CREATE INDEX settlement_by_store ON settlement (company_id, store_id, business_date);
CREATE INDEX settlement_by_register ON settlement (company_id, register_id, z_number);
CREATE TABLE settlement_revision (
  company_id TEXT NOT NULL, settlement_id TEXT NOT NULL, revision BIGINT NOT NULL,
  facts_sha256 TEXT NOT NULL, facts BLOB NOT NULL, control TEXT NOT NULL,
  source TEXT NOT NULL, received_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, settlement_id, revision));
CREATE TABLE attention (
  company_id TEXT NOT NULL, attention_id TEXT NOT NULL,
  store_id TEXT NOT NULL, register_id TEXT NOT NULL, settlement_id TEXT, business_date TEXT,
  kind TEXT NOT NULL, detail TEXT NOT NULL, evidence TEXT,
  raised_at BIGINT NOT NULL, resolved_at BIGINT, resolved_by TEXT, resolution TEXT,
  PRIMARY KEY (company_id, attention_id));
CREATE INDEX attention_open ON attention (company_id, resolved_at, raised_at);
CREATE INDEX attention_by_settlement ON attention (company_id, settlement_id);
";

const LINKAGE: &str = "
CREATE TABLE linkage (
  company_id TEXT NOT NULL, generation BIGINT NOT NULL,
  state TEXT NOT NULL, linkage_id TEXT, webhook_url TEXT, endpoint TEXT, secret TEXT,
  previous_secret TEXT, previous_secret_until BIGINT, zstd BIGINT NOT NULL DEFAULT 0,
  own_product_codes BIGINT NOT NULL DEFAULT 0, own_category_codes BIGINT NOT NULL DEFAULT 0,
  paused_until BIGINT, pause_reason TEXT, held_by_person BIGINT NOT NULL DEFAULT 0,
  table_version BIGINT NOT NULL DEFAULT 1, table_sent BIGINT NOT NULL DEFAULT 0, table_error TEXT,
  table_sha256 TEXT, table_watched_at BIGINT NOT NULL DEFAULT 0,
  partner_retry_at BIGINT NOT NULL DEFAULT 0,
  requested_at BIGINT NOT NULL, confirmed_at BIGINT, ended_at BIGINT, end_confirmed_at BIGINT,
  PRIMARY KEY (company_id, generation));
CREATE INDEX linkage_by_state ON linkage (state, endpoint);
CREATE TABLE store_link (
  company_id TEXT NOT NULL, generation BIGINT NOT NULL, store_id TEXT NOT NULL,
  flaro_store_code TEXT, start_date TEXT, end_date TEXT, enabled BIGINT NOT NULL DEFAULT 0,
  version BIGINT NOT NULL DEFAULT 1, updated_by TEXT NOT NULL, updated_at BIGINT NOT NULL,
  updated_what TEXT NOT NULL DEFAULT '',
  last_sequence BIGINT NOT NULL DEFAULT 0, next_due_at BIGINT, head_date TEXT, claimed_until BIGINT,
  failing BIGINT NOT NULL DEFAULT 0, last_delivered_at BIGINT,
  PRIMARY KEY (company_id, generation, store_id));
CREATE UNIQUE INDEX store_link_code ON store_link (company_id, generation, flaro_store_code);
CREATE INDEX store_link_due ON store_link (next_due_at);
CREATE TABLE queue_request (
  company_id TEXT NOT NULL, request_id TEXT NOT NULL, generation BIGINT NOT NULL,
  store_id TEXT NOT NULL, kind TEXT NOT NULL, from_date TEXT NOT NULL, to_date TEXT NOT NULL,
  requested_by TEXT NOT NULL, requested_at BIGINT NOT NULL, done_at BIGINT,
  total BIGINT NOT NULL DEFAULT 0, queued BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (company_id, request_id));
CREATE INDEX queue_request_open ON queue_request (done_at, requested_at);
CREATE INDEX queue_request_by_store ON queue_request (company_id, generation, store_id, kind);
CREATE TABLE discarded_day (
  company_id TEXT NOT NULL, generation BIGINT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  discarded_by TEXT NOT NULL, discarded_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, generation, store_id, business_date));
CREATE TABLE outbox (
  company_id TEXT NOT NULL, event_id TEXT NOT NULL, generation BIGINT NOT NULL,
  store_id TEXT NOT NULL, register_id TEXT NOT NULL, settlement_id TEXT NOT NULL, revision BIGINT NOT NULL,
  business_date TEXT NOT NULL, sequence BIGINT NOT NULL, event_type TEXT NOT NULL,
  state TEXT NOT NULL, attempts BIGINT NOT NULL DEFAULT 0, due_at BIGINT,
  body_bytes BIGINT NOT NULL, body_sha256 TEXT NOT NULL, facts_sha256 TEXT NOT NULL,
  control TEXT NOT NULL, queued_at BIGINT NOT NULL, first_failed_at BIGINT, delivered_at BIGINT,
  receipt TEXT, last_answer TEXT, frame BLOB NOT NULL,
  PRIMARY KEY (company_id, event_id));
CREATE UNIQUE INDEX outbox_once ON outbox (company_id, generation, settlement_id, revision);
CREATE INDEX outbox_lane ON outbox (company_id, generation, store_id, state, due_at);
CREATE INDEX outbox_by_store ON outbox (company_id, generation, store_id, state, business_date, sequence);
CREATE INDEX outbox_by_settlement ON outbox (company_id, settlement_id, revision);
CREATE INDEX outbox_by_date ON outbox (company_id, business_date, store_id);
CREATE TABLE attempt (
  company_id TEXT NOT NULL, event_id TEXT NOT NULL, attempt_no BIGINT NOT NULL,
  at BIGINT NOT NULL, took_ms BIGINT NOT NULL, status BIGINT, answer TEXT NOT NULL,
  PRIMARY KEY (company_id, event_id, attempt_no));
CREATE TABLE reconciliation (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  state TEXT NOT NULL, dirty_at BIGINT, checked_at BIGINT, digest TEXT, differences TEXT,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE INDEX reconciliation_dirty ON reconciliation (dirty_at);
CREATE INDEX reconciliation_checked ON reconciliation (checked_at);
";

// What a store uses is listed in the company's order: the order of a setting has no meaning of its own any more.
const STORE_CARE: &str = "
CREATE TABLE store_closure (
  company_id TEXT NOT NULL, store_id TEXT NOT NULL, business_date TEXT NOT NULL,
  PRIMARY KEY (company_id, store_id, business_date));
CREATE TABLE edit_mark (
  company_id TEXT NOT NULL, subject TEXT NOT NULL,
  version BIGINT NOT NULL, edited_by TEXT NOT NULL, edited_at BIGINT NOT NULL, edited_what TEXT NOT NULL,
  PRIMARY KEY (company_id, subject));
CREATE TABLE pending_import (
  company_id TEXT NOT NULL, import_id TEXT NOT NULL,
  kind TEXT NOT NULL, file_name TEXT NOT NULL, table_rows TEXT NOT NULL,
  made_by TEXT NOT NULL, made_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, import_id));
ALTER TABLE store_setting DROP COLUMN position;
CREATE INDEX store_setting_by_code ON store_setting (company_id, kind, code);
";

// Lists of deliveries are read newest first, in pages; a calendar asks for a store's days.
const DELIVERIES: &str = "
ALTER TABLE store_link ADD COLUMN claimed_event TEXT;
ALTER TABLE queue_request ADD COLUMN position_date TEXT;
ALTER TABLE queue_request ADD COLUMN position_at BIGINT;
ALTER TABLE queue_request ADD COLUMN position_id TEXT;
DROP INDEX outbox_by_date;
CREATE INDEX outbox_newest ON outbox (company_id, business_date, queued_at, event_id);
CREATE INDEX outbox_newest_of_store ON outbox (company_id, store_id, business_date, queued_at, event_id);
CREATE INDEX outbox_newest_in_state ON outbox (company_id, state, business_date, queued_at, event_id);
CREATE INDEX outbox_no_receipt ON outbox (company_id, business_date, queued_at, event_id)
  WHERE state = 'delivered' AND receipt IS NULL;
CREATE INDEX till_session_open ON till_session (company_id, store_id, business_date) WHERE settled_revision IS NULL;
";

const ACCOUNT_LINKS: &str = "
ALTER TABLE account ADD COLUMN last_login_at BIGINT;
CREATE TABLE account_link (
  token_sha256 TEXT NOT NULL PRIMARY KEY,
  company_id TEXT NOT NULL, account_id TEXT NOT NULL,
  issued_at BIGINT NOT NULL, issued_by TEXT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT,
  FOREIGN KEY (company_id, account_id) REFERENCES account);
CREATE INDEX account_link_by_account ON account_link (company_id, account_id);
CREATE INDEX audit_by_who ON audit (company_id, who, at);
";

// What a page counts or sums over years is read from an index, and up to a bound.
const YEARS: &str = "
CREATE INDEX reconciliation_newest ON reconciliation (company_id, business_date, store_id);
CREATE INDEX reconciliation_in_state ON reconciliation (company_id, state, business_date, store_id);
CREATE INDEX settlement_sums ON settlement
  (company_id, business_date, store_id, checks, guests, net, tax, total, over_short);
CREATE INDEX settlement_sums_of_store ON settlement
  (company_id, store_id, business_date, checks, guests, net, tax, total, over_short);
DROP INDEX settlement_by_date;
DROP INDEX settlement_by_store;
";

const SECRETS: &str = "
ALTER TABLE reconciliation ADD COLUMN sent_at BIGINT;
ALTER TABLE linkage ADD COLUMN secret_at BIGINT;
ALTER TABLE linkage ADD COLUMN secret_wanted_at BIGINT;
CREATE INDEX linkage_secret_wanted ON linkage (secret_wanted_at) WHERE secret_wanted_at IS NOT NULL;
";

// The newest generation of a settlement's events is read from the index alone; a store's tills are found by the store;
// 会計明細 is read newest first, of a company or of a store, or by its slip.
const NEWEST: &str = "
DROP INDEX outbox_by_settlement;
CREATE INDEX outbox_by_settlement ON outbox (company_id, settlement_id, revision, generation);
CREATE INDEX register_by_store ON register (company_id, store_id);
DROP INDEX sale_check_by_date;
CREATE INDEX sale_check_newest ON sale_check (company_id, business_date, paid_at, check_id);
CREATE INDEX sale_check_newest_of_store ON sale_check (company_id, store_id, business_date, paid_at, check_id);
CREATE INDEX sale_check_by_slip ON sale_check (company_id, slip, business_date, paid_at, check_id);
CREATE INDEX audit_by_what ON audit (company_id, what, at);
";

// A document's checks become rows after its till was answered; what waits is here.
const CHECKS_DUE: &str = "
CREATE TABLE check_due (
  company_id TEXT NOT NULL, settlement_id TEXT NOT NULL, due_since BIGINT NOT NULL,
  PRIMARY KEY (company_id, settlement_id));
CREATE INDEX check_due_oldest ON check_due (due_since, settlement_id);
";

// A day rests once it is some weeks old; until then it says when it is compared again. What was compared within five weeks
// of the newest comparison is compared once more and decides for itself.
// What stopped a linkage is a word; the sentence was state before.
const CAUSES: &str = "
ALTER TABLE reconciliation ADD COLUMN again_at BIGINT;
UPDATE reconciliation SET again_at = checked_at + 3600000
  WHERE dirty_at IS NULL AND checked_at >= (SELECT MAX(checked_at) - 3024000000 FROM reconciliation);
CREATE INDEX reconciliation_again ON reconciliation (again_at) WHERE again_at IS NOT NULL;
DROP INDEX reconciliation_checked;
ALTER TABLE linkage ADD COLUMN pause_cause TEXT;
ALTER TABLE linkage ADD COLUMN pause_status BIGINT;
UPDATE linkage SET pause_cause = CASE
    WHEN pause_reason LIKE 'FLAROが署名%' THEN 'signature'
    WHEN pause_reason LIKE 'Webhook連携先が見つかりません%' THEN 'address_gone'
    WHEN pause_reason LIKE 'Webhook連携先が別の%' THEN 'redirect'
    WHEN pause_reason LIKE 'FLAROにこの連携%' THEN 'unknown_linkage'
    ELSE 'not_callable' END
  WHERE pause_reason IS NOT NULL;
ALTER TABLE linkage DROP COLUMN pause_reason;
";

// An event's bytes never change, and its row does with every attempt: a row is written anew as a whole.
const FRAMES: &str = "
CREATE TABLE event_frame (
  company_id TEXT NOT NULL, event_id TEXT NOT NULL, frame BLOB NOT NULL,
  PRIMARY KEY (company_id, event_id));
INSERT INTO event_frame (company_id, event_id, frame) SELECT company_id, event_id, frame FROM outbox;
ALTER TABLE outbox DROP COLUMN frame;
";
