//! Who may see and do what, the links by which they set a password, and what they asked us.

/// `account_area` widens 閲覧範囲 by whole areas, beside `account_store`. `permissions` is 機能権限, a JSON list of
/// names; nothing means what the role usually may. `support` is the operator's own people, given by provisioning only.
pub(super) const RANGE: &str = "
ALTER TABLE account ADD COLUMN permissions TEXT;
ALTER TABLE account ADD COLUMN last_login_at BIGINT;
ALTER TABLE account ADD COLUMN support BIGINT NOT NULL DEFAULT 0;
CREATE TABLE account_area (
  company_id TEXT NOT NULL, account_id TEXT NOT NULL, area_id TEXT NOT NULL,
  PRIMARY KEY (company_id, account_id, area_id));
CREATE TABLE account_link (
  token_sha256 TEXT NOT NULL PRIMARY KEY,
  company_id TEXT NOT NULL, account_id TEXT NOT NULL,
  issued_at BIGINT NOT NULL, issued_by TEXT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT,
  FOREIGN KEY (company_id, account_id) REFERENCES account);
CREATE INDEX account_link_by_account ON account_link (company_id, account_id);
CREATE INDEX audit_by_who ON audit (company_id, who, at);
";

/// `state` is 受付, 対応中 or 完了 (`received`, `working`, `done`). An inquiry is stored first; its mail waits here
/// (`mail_due_at`) until a server took it, however long that is.
pub(super) const INQUIRIES: &str = "
CREATE TABLE inquiry (
  company_id TEXT NOT NULL, inquiry_id TEXT NOT NULL, number BIGINT NOT NULL,
  account_id TEXT NOT NULL, asked_at BIGINT NOT NULL,
  company_name TEXT NOT NULL, department TEXT NOT NULL, family_name TEXT NOT NULL, given_name TEXT NOT NULL,
  mail TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL, state_at BIGINT NOT NULL, state_by TEXT NOT NULL,
  mail_state TEXT NOT NULL, mail_due_at BIGINT, mail_tries BIGINT NOT NULL DEFAULT 0,
  mail_sent_at BIGINT, mail_error TEXT,
  PRIMARY KEY (company_id, inquiry_id));
CREATE UNIQUE INDEX inquiry_by_number ON inquiry (company_id, number);
CREATE INDEX inquiry_newest ON inquiry (company_id, asked_at, inquiry_id);
CREATE INDEX inquiry_by_account ON inquiry (company_id, account_id, asked_at);
CREATE INDEX inquiry_by_state ON inquiry (state, asked_at);
CREATE INDEX inquiry_mail_due ON inquiry (mail_due_at);
";
