//! The tables of one till's disk. A database belongs to one till; `till` has one row and is where every
//! operation starts. Codes, ids and dates are text; yen and epoch milliseconds are 64-bit integers.

use db::Migration;

/// Every migration of the till, oldest first. One that has shipped is never edited.
pub fn migrations() -> Vec<Migration> {
    let mut all = web::migrations("register-web");
    all.push(Migration::both("register", 1, "journal, sessions, sales and settlements", TABLES));
    all.push(Migration::both("register", 2, "open checks, deeds and the probe of the disk", COUNTER));
    all.push(Migration::both("register", 3, "receipts that were handed out", ISSUES));
    all
}

const TABLES: &str = "
CREATE TABLE till (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  register_id TEXT NOT NULL,
  epoch TEXT NOT NULL, last_seq BIGINT NOT NULL, head TEXT NOT NULL,
  last_slip BIGINT NOT NULL, highest_z BIGINT NOT NULL);
CREATE TABLE epoch (
  epoch TEXT NOT NULL PRIMARY KEY,
  ordinal BIGINT NOT NULL UNIQUE,
  -- What made the till begin it: the answer of head office. None for the first.
  cause TEXT,
  -- The last entry of the epoch before that is not written again in this one.
  carried_after BIGINT);
CREATE TABLE journal_entry (
  epoch TEXT NOT NULL REFERENCES epoch, seq BIGINT NOT NULL,
  kind TEXT NOT NULL, at BIGINT NOT NULL, bytes BIGINT NOT NULL, hash TEXT NOT NULL, entry TEXT NOT NULL,
  PRIMARY KEY (epoch, seq));
CREATE TABLE receipt (
  epoch TEXT NOT NULL PRIMARY KEY REFERENCES epoch,
  contiguous_seq BIGINT NOT NULL, content TEXT NOT NULL);
CREATE TABLE masters (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  version BIGINT NOT NULL, content TEXT NOT NULL);
CREATE TABLE till_session (
  settlement_id TEXT NOT NULL PRIMARY KEY,
  ordinal BIGINT NOT NULL UNIQUE,
  business_date TEXT NOT NULL, opened_at BIGINT NOT NULL, opening_float BIGINT NOT NULL,
  staff TEXT NOT NULL, masters_version BIGINT NOT NULL,
  extended_to TEXT, extended_by TEXT,
  is_open BIGINT NOT NULL,
  -- Of its settlement: the Z number once it has one, the highest revision or 0.
  z_number BIGINT, revision BIGINT NOT NULL);
CREATE INDEX till_session_open ON till_session (is_open, ordinal);
CREATE TABLE sale (
  check_id TEXT NOT NULL PRIMARY KEY,
  settlement_id TEXT NOT NULL REFERENCES till_session, ordinal BIGINT NOT NULL,
  -- 0: rung up in the session. n: brought by that revision of its settlement.
  revision BIGINT NOT NULL,
  reverses TEXT UNIQUE,
  content TEXT NOT NULL,
  UNIQUE (settlement_id, ordinal));
CREATE TABLE cash_movement (
  movement_id TEXT NOT NULL PRIMARY KEY,
  settlement_id TEXT NOT NULL REFERENCES till_session, ordinal BIGINT NOT NULL,
  content TEXT NOT NULL,
  UNIQUE (settlement_id, ordinal));
CREATE TABLE settlement (
  settlement_id TEXT NOT NULL REFERENCES till_session, revision BIGINT NOT NULL,
  -- The facts. Their checks stand apart: those of the session up to this ordinal. NULL: the facts are whole.
  facts TEXT NOT NULL, checks_through BIGINT,
  control TEXT NOT NULL,
  PRIMARY KEY (settlement_id, revision));
";

const ISSUES: &str = "
CREATE TABLE receipt_issue (
  issue_id TEXT NOT NULL PRIMARY KEY,
  check_id TEXT NOT NULL, nth BIGINT NOT NULL,
  at BIGINT NOT NULL, staff TEXT NOT NULL, addressee TEXT NOT NULL, purpose TEXT NOT NULL,
  UNIQUE (check_id, nth));
";

const COUNTER: &str = "
CREATE TABLE open_check (
  check_id TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL, opened_at BIGINT NOT NULL, changed_at BIGINT NOT NULL,
  staff TEXT NOT NULL,
  content TEXT NOT NULL,
  -- The keys of the last taps: one that comes again changes nothing.
  taps TEXT NOT NULL);
-- Who did what needs a name at this till, and which manager agreed.
CREATE TABLE deed (
  deed_id TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL, staff TEXT NOT NULL, approved_by TEXT, action TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX deed_at ON deed (at);
CREATE TABLE probe (one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1), at BIGINT NOT NULL);
";
