//! Companies and the people who log in, made from outside the console: by the operator's command line, the demo
//! and tests. Idempotent: what is there is brought up to date, but what a person
//! changed in the console is left alone, and so are passwords that people have.

mod beginnings;

pub use beginnings::{Beginnings, StoreBeginning, begin};

use crate::{Company, Flaro, FlaroError, Role};
use db::{DbError, Tx, args};
use sales::{CompanyCode, StoreId};
use web::edits;

/// A company as it should be.
#[derive(Clone, Debug)]
pub struct CompanyPlan {
    /// 企業コード
    pub code: CompanyCode,
    /// 企業名称
    pub name: String,
    /// Who logs in.
    pub accounts: Vec<AccountPlan>,
}

/// An account as it should be.
#[derive(Clone)]
pub struct AccountPlan {
    /// ログインID, unique over all companies.
    pub login: String,
    /// The name to show.
    pub name: String,
    /// The password it starts with; one that is there stays.
    pub password: String,
    /// What it may do.
    pub role: Role,
    /// 閲覧範囲: these stores, or (none) all.
    pub stores: Option<Vec<StoreId>>,
}

impl std::fmt::Debug for AccountPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountPlan").field("login", &self.login).field("role", &self.role).finish_non_exhaustive()
    }
}

const COMPANY: &str = "INSERT INTO company (company_id, code, name, zone, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (code) DO UPDATE SET name = CASE WHEN EXISTS (SELECT 1 FROM edit_mark e
      WHERE e.company_id = company.company_id AND e.subject = 'company') THEN company.name ELSE excluded.name END
    RETURNING company_id";
const HOLDER: &str = "SELECT company_id, account_id FROM account WHERE login = $1";
const ACCOUNT: &str = "INSERT INTO account
    (company_id, account_id, login, name, role, all_stores, password_hash, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (company_id, account_id) DO UPDATE SET
      name = excluded.name, role = excluded.role, all_stores = excluded.all_stores";
const NO_STORES: &str = "DELETE FROM account_store WHERE company_id = $1 AND account_id = $2";
const STORE: &str = "INSERT INTO account_store (company_id, account_id, store_id) VALUES ($1, $2, $3)
    ON CONFLICT (company_id, account_id, store_id) DO NOTHING";

/// Brings a company and its accounts about, and answers who it is.
pub async fn provision(flaro: &Flaro, plan: &CompanyPlan) -> Result<Company, FlaroError> {
    let id = (flaro.random)().to_string();
    let made = args![id, plan.code.as_str(), &plan.name, "Asia/Tokyo", flaro.now().as_millisecond()];
    let unit =
        async move |tx: &mut Tx| -> Result<Company, DbError> { Company::of(&tx.fetch_one(COMPANY, made).await?) };
    let company = flaro.db.write(unit).await?;
    for person in &plan.accounts {
        account(flaro, &company, person).await?;
    }
    Ok(company)
}

const SUPPORT: &str = "UPDATE account SET support = 1 WHERE login = $1";

/// Makes somebody one of the operator's own people, who see and answer everybody's inquiries.
pub async fn support(flaro: &Flaro, login: &str) -> Result<(), FlaroError> {
    let asked = args![login];
    let unit = async move |tx: &mut Tx| -> Result<(), DbError> { tx.execute(SUPPORT, asked).await.map(drop) };
    Ok(flaro.db.write(unit).await?)
}

/// Brings one account about.
async fn account(flaro: &Flaro, company: &Company, plan: &AccountPlan) -> Result<(), FlaroError> {
    let asked = args![&plan.login];
    let held = flaro.db.read(async move |tx: &mut Tx| tx.fetch_optional(HOLDER, asked).await).await?;
    let (account_id, hash) = match held {
        Some(row) if Company::of(&row)? == *company => (row.text("account_id")?, String::new()),
        Some(_) => return Err(FlaroError::LoginTaken(plan.login.clone())),
        None => ((flaro.random)().to_string(), web::password::hash(plan.password.clone()).await?),
    };
    let (company, plan, at) = (company.clone(), plan.clone(), flaro.now().as_millisecond());
    let unit = async move |tx: &mut Tx| -> Result<(), DbError> {
        if edits::mark(tx, company.as_str(), &format!("account:{account_id}")).await?.version > 0 {
            return Ok(());
        }
        let (company, all) = (company.as_str(), plan.stores.is_none());
        let made = args![company, &account_id, &plan.login, &plan.name, plan.role.name(), all, hash, at];
        tx.execute(ACCOUNT, made).await?;
        tx.execute(NO_STORES, args![company, &account_id]).await?;
        for store in plan.stores.iter().flatten() {
            tx.execute(STORE, args![company, &account_id, store.to_string()]).await?;
        }
        Ok(())
    };
    Ok(flaro.db.write(unit).await?)
}
