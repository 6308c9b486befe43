//! The mapping master: the POS's codes, and what the company itself calls them.

/// `subject` is FLARO側の科目 (`what` = `payment`, `discount`, `media`), never deleted, only retired. `mapping` is what
/// the POS's mapping file said of a code, and the subject it was assigned. `code_seen` has every code that ever came
/// with a sale, kept by the rollups, so that what is not mapped is found without reading the sales.
pub(super) const MAPPING: &str = "
CREATE TABLE subject (
  company_id TEXT NOT NULL REFERENCES company, subject_id TEXT NOT NULL, what TEXT NOT NULL,
  name TEXT NOT NULL, position BIGINT NOT NULL, retired_at BIGINT,
  PRIMARY KEY (company_id, subject_id));
CREATE UNIQUE INDEX subject_by_name ON subject (company_id, what, name);
CREATE TABLE mapping (
  company_id TEXT NOT NULL, code TEXT NOT NULL, what TEXT NOT NULL,
  kind TEXT NOT NULL, name TEXT NOT NULL, subject_id TEXT, changed_at BIGINT NOT NULL,
  PRIMARY KEY (company_id, code));
CREATE INDEX mapping_by_what ON mapping (company_id, what, code);
CREATE INDEX mapping_by_subject ON mapping (company_id, subject_id);
CREATE TABLE code_seen (
  company_id TEXT NOT NULL, what TEXT NOT NULL, code TEXT NOT NULL,
  name TEXT NOT NULL, seen_from TEXT NOT NULL, seen_to TEXT NOT NULL,
  PRIMARY KEY (company_id, what, code));
INSERT INTO code_seen (company_id, what, code, name, seen_from, seen_to)
  SELECT company_id, 'payment', code, MAX(name), MIN(business_date), MAX(business_date)
  FROM rollup_payment WHERE code <> '' GROUP BY company_id, code;
INSERT INTO code_seen (company_id, what, code, name, seen_from, seen_to)
  SELECT company_id, 'discount', code, MAX(name), MIN(business_date), MAX(business_date)
  FROM rollup_discount WHERE code <> '' GROUP BY company_id, code;
INSERT INTO code_seen (company_id, what, code, name, seen_from, seen_to)
  SELECT company_id, 'media', code, MAX(name), MIN(business_date), MAX(business_date)
  FROM rollup_media WHERE code <> '' GROUP BY company_id, code;
";
