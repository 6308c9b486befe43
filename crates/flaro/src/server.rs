//! All of the place's routes. Pages need a log-in and are guarded against other sites; the partner API and the
//! webhook carry their own proof in every request and read no cookie.

use crate::{Flaro, api, console, partner, schema, webhook};
use axum::{Router, routing::get};
use db::{DbError, Tx, args};
use jiff::SignedDuration;
use std::{error::Error, sync::Arc, time::Duration};
use web::{Account, Accounts, Console, Routes, Sessions};

/// The cookie of this place's sessions.
const COOKIE: &str = "flaro_session";
/// A little above what the webhook itself refuses in its own words.
const API_BODY_BYTES_MAX: usize = protocol::BODY_BYTES_MAX + (1 << 20);

/// Everything the place serves.
pub fn router(flaro: Arc<Flaro>) -> Router {
    routes(flaro).into_router()
}

/// The same, with the list of its paths.
pub fn routes(flaro: Arc<Flaro>) -> Routes {
    let settings = settings(&flaro);
    let api = web::Settings { body_bytes_max: API_BODY_BYTES_MAX, ..settings.clone() };
    let programs = partner::router(flaro.clone())
        .merge(webhook::router(flaro.clone()))
        .merge(api::router(flaro.clone()))
        .merge(health(flaro.clone()))
        .merge(web::ready::routes(flaro.db.clone(), schema::migrations()));
    let mut doors = Console::new(settings, flaro.db.clone(), flaro.clock.clone(), People(flaro.clone()), COOKIE);
    doors.assets = console::assets();
    web::console(console::router(flaro), doors).merge(web::harden_api(programs, &api))
}

fn settings(flaro: &Flaro) -> web::Settings {
    let mut settings = web::Settings::new("FLARO");
    settings.https = flaro.settings.secure_cookies;
    settings.behind_proxy = flaro.settings.behind_proxy;
    settings.answer_within = Duration::from_secs(30);
    settings
}

/// The sessions, with the limits the console has.
pub(crate) fn sessions(flaro: &Flaro) -> Sessions {
    Sessions::new(flaro.db.clone(), flaro.clock.clone(), COOKIE, flaro.settings.secure_cookies)
        .limits(SignedDuration::from_hours(4), SignedDuration::from_hours(24))
}

/// `GET /healthz`: whether the database answers.
fn health(flaro: Arc<Flaro>) -> Routes {
    let answer = async move || -> Result<&'static str, web::ApiError> {
        let asked = flaro.db.read(async |tx: &mut Tx| tx.fetch_one("SELECT 1 AS one", args![]).await);
        asked.await.map(|_| "ok\n").map_err(partner::unavailable)
    };
    Routes::new().route("/healthz", get(answer))
}

/// Who may log in: accounts that are not disabled.
struct People(Arc<Flaro>);

const FIND: &str = "SELECT company_id, account_id, name, role, password_hash FROM account
    WHERE login = $1 AND disabled_at IS NULL";

// Only for the password that was checked: one that was replaced meanwhile lets nobody in.
const ENTERED: &str = "UPDATE account SET last_login_at = $4
    WHERE company_id = $1 AND account_id = $2 AND password_hash = $3 AND disabled_at IS NULL";

impl Accounts for People {
    async fn find(&self, login: &str) -> Result<Option<Account>, Box<dyn Error + Send + Sync>> {
        let login = login.to_owned();
        let unit = async move |tx: &mut Tx| -> Result<Option<Account>, DbError> {
            let row = tx.fetch_optional(FIND, args![login]).await?;
            let read = |row: db::Row| -> Result<Account, DbError> {
                Ok(Account {
                    id: row.text("account_id")?,
                    tenant: row.text("company_id")?,
                    name: row.text("name")?,
                    role: row.text("role")?,
                    password_hash: row.text("password_hash")?,
                })
            };
            row.map(read).transpose()
        };
        Ok(self.0.db.read(unit).await?)
    }

    async fn entered(&self, account: &Account) -> Result<bool, Box<dyn Error + Send + Sync>> {
        let at = self.0.now().as_millisecond();
        let values = args![&account.tenant, &account.id, &account.password_hash, at];
        let unit = async move |tx: &mut Tx| -> Result<u64, DbError> { tx.execute(ENTERED, values).await };
        Ok(self.0.db.write(unit).await? > 0)
    }
}
