//! Every piece of the kit on a few pages of a made-up reading room: `cargo run -p web --example gallery`, then open
//! <http://127.0.0.1:4900/>. The log-in is `yomu` with the password `itsumo hon wo yomu`.

mod page;

use std::error::Error;
use std::sync::Arc;

use axum::routing::get;
use db::Db;
use web::upload::Faults;
use web::{Account, Accounts, Clock, Console, Form, Settings};

struct OneReader {
    password_hash: String,
}

impl Accounts for OneReader {
    async fn find(&self, login: &str) -> Result<Option<Account>, Box<dyn Error + Send + Sync>> {
        let [id, tenant, name, role] = ["u1", "room", "本間さん", "reader"].map(ToOwned::to_owned);
        let account = Account { id, tenant, name, role, password_hash: self.password_hash.clone() };
        Ok((login == "yomu").then_some(account))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let db = Db::open(&format!("sqlite:{}", folder.path().join("gallery.db").display())).await?;
    db.migrate(&web::migrations("gallery")).await?;
    #[expect(clippy::disallowed_methods, reason = "the outermost shell asks for the time")]
    let clock: Clock = Arc::new(jiff::Timestamp::now);
    let accounts = OneReader { password_hash: web::password::hash("itsumo hon wo yomu".to_owned()).await? };
    let console = Console::new(Settings::new("読書室 ｜ 見本"), db, clock, accounts, "gallery_session");
    let pages = web::Routes::new()
        .route("/", get(async || page::overview()))
        .route("/form", get(async || page::form(&page::first_form())).post(page::submit))
        .route("/import", get(async || page::import(&Form::default(), &Faults::default())).post(page::take_in))
        .route("/list", get(page::list))
        .route("/nothing", get(async |list: web::ListQuery| page::nothing(&list)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:4900").await?;
    axum::serve(listener, web::console(pages, console).into_router().into_make_service()).await?;
    Ok(())
}
