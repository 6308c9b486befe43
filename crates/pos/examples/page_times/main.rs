//! How long the pages of a large chain's head office take: fills a database with stores and their days, asks for every
//! page that the router has, and prints the median and the slowest of twenty; then the slow statements, with the plan
//! that SQLite has for them.
//!
//! `cargo run --release --example page_times -p pos -- sqlite:/somewhere/chain.db 1000 1000` (address, stores, days of
//! each, and, where only some are of interest, how the addresses of those pages begin; a `postgres://` address of the
//! database works, too). A database that is filled already is only measured. The rows are small: events
//! carry a few bytes in place of their frames. What a page opens comes in through the door for tills, one a run.

mod load;
mod masters;
mod plans;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use db::Db;
use jiff::Timestamp;
use plans::Statements;
use pos::accounts::Role;
use pos::{Pos, Settings, Tenant, provision, schema, server};
use tower::ServiceExt;
use uuid::Uuid;

/// 2026-11-22 12:00 in Tokyo.
const NOW_MS: i64 = 1_795_316_400_000;
const LOGIN: &str = "owner@chain.example";
const PASSWORD: &str = "a-long-password-of-the-bench-2026";
/// Requests per page, after one that isn't counted.
const TIMES: usize = 20;
/// A page that is far too slow isn't asked so often.
const PATIENCE: Duration = Duration::from_secs(5);
/// Seconds from which a statement is shown with its plan.
const SLOW: f64 = 0.005;

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let statements = Statements::listen()?;
    let args: Vec<String> = std::env::args().skip(1).collect();
    let url = args.first().ok_or("page_times <database address> [stores] [days] [pages]")?;
    let number = |n: usize| args.get(n).map_or(Ok(1_000), |text| text.parse::<i64>());
    let (stores, days) = (number(1)?, number(2)?);
    let db = Db::open(url).await?;
    db.migrate(&schema::migrations()).await?;
    let pos = Arc::new(head_office(db));
    let tenant = provision::company(&pos, &"0012345".parse()?, "株式会社みなと食堂").await?;
    provision::account(&pos, &tenant, LOGIN, "太田", Role::CompanyAdmin, PASSWORD).await?;
    let begun = Instant::now();
    let store = load::chain(&pos, &tenant, stores, days).await?;
    masters::fill(&pos, &tenant).await?;
    println!("{stores} stores with {days} days each, filled in {:.0} s\n", begun.elapsed().as_secs_f64());
    measure(&pos, &tenant, &store, &statements).await
}

async fn measure(pos: &Arc<Pos>, tenant: &Tenant, store: &str, statements: &Statements) -> Result<(), Failed> {
    let router = server::router(pos.clone());
    let cookie = log_in(&router).await?;
    println!("| page | answer | median ms | slowest ms | KiB |\n|---|---|---|---|---|");
    let mut plans = BTreeMap::new();
    let only = std::env::args().nth(4).unwrap_or_default();
    for path in pages(pos, tenant, store).await?.into_iter().filter(|path| path.starts_with(&only)) {
        let mut times = Vec::with_capacity(TIMES);
        let mut last = (StatusCode::OK, 0);
        let page_begun = Instant::now();
        for n in 0..=TIMES {
            if n > 1 && page_begun.elapsed() > PATIENCE {
                break;
            }
            statements.take();
            let request = Request::get(&path).header(header::COOKIE, &cookie).body(Body::empty())?;
            let begun = Instant::now();
            let response = router.clone().oneshot(request).await?;
            let status = response.status();
            let bytes = to_bytes(response.into_body(), usize::MAX).await?.len();
            if n > 0 {
                times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            last = (status, bytes);
        }
        for statement in statements.take().into_iter().filter(|one| one.seconds >= SLOW) {
            plans.entry(statement.sql.clone()).or_insert_with(|| (path.clone(), statement));
        }
        times.sort_by(f64::total_cmp);
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        println!("| `{path}` | {} | {median:.1} | {slowest:.1} | {} |", last.0.as_u16(), last.1 / 1_024);
    }
    println!("\nStatements of at least {:.0} ms:", SLOW * 1_000.0);
    for (path, statement) in plans.into_values() {
        let plan = plans::plan(pos, &statement).await?;
        println!("\n{:.1} ms on {path}\n    {}\n{plan}", statement.seconds * 1_000.0, statement.sql);
    }
    Ok(())
}

/// Every page of the router that needs no id or one of those known here, then the lists as people narrow them.
async fn pages(pos: &Arc<Pos>, tenant: &Tenant, store: &str) -> Result<Vec<String>, Failed> {
    let known = load::known(pos, tenant, store).await?;
    let mut pages = Vec::new();
    for pattern in server::routes(pos.clone()).paths() {
        let path = known.iter().fold(pattern.to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        let for_people = !["/api/", "/partner/", "/assets/", "/log", "/healthz"].iter().any(|of| path.starts_with(of));
        if for_people && !path.contains('{') {
            pages.push(path);
        }
    }
    let month = "from=2026/10/01&to=2026/10/31";
    pages.extend([
        format!("/settlements?{month}"),
        format!("/settlements?{month}&sort=-total"),
        format!("/settlements?store={store}"),
        "/settlements?state=attention".to_owned(),
        format!("/checks?store={store}&{month}"),
        "/deliveries?page=200".to_owned(),
        format!("/deliveries?{month}"),
        format!("/deliveries?store={store}"),
        "/deliveries?state=delivered".to_owned(),
        "/deliveries?state=waiting".to_owned(),
        "/deliveries?state=attention".to_owned(),
        "/deliveries?state=no_receipt".to_owned(),
        format!("/deliveries?store={store}&state=attention"),
        "/deliveries/month?month=2026-10".to_owned(),
        format!("/deliveries/calendar?store={store}&month=2026-10"),
        "/deliveries/comparison?state=differs".to_owned(),
        "/deliveries/resend?store=&from=2026/01/01&to=2026/12/31".to_owned(),
        "/stores?q=0500".to_owned(),
        "/products?q=0500".to_owned(),
    ]);
    Ok(pages)
}

async fn log_in(router: &axum::Router) -> Result<String, Failed> {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("login", LOGIN), ("password", PASSWORD), ("next", "")])
        .finish();
    let request = Request::post("/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(form))?;
    let response = router.clone().oneshot(request).await?;
    let cookie = response.headers().get(header::SET_COOKIE).ok_or("the log-in gave no session")?;
    Ok(cookie.to_str()?.split(';').next().unwrap_or_default().to_owned())
}

fn head_office(db: Db) -> Pos {
    let ids = std::sync::atomic::AtomicU64::new(1);
    let id = move || {
        let n = u128::from(ids.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let since = std::time::UNIX_EPOCH.elapsed().map_or(0, |span| span.as_nanos());
        Uuid::from_u128((since << 32) | n)
    };
    let bytes = || {
        let since = std::time::UNIX_EPOCH.elapsed().map_or(0, |span| span.as_nanos());
        let mut bytes = [7; 32];
        bytes[..16].copy_from_slice(&since.to_be_bytes());
        bytes
    };
    let clock = Arc::new(|| Timestamp::from_millisecond(NOW_MS).unwrap_or(Timestamp::UNIX_EPOCH));
    let settings = Settings::new("http://127.0.0.1", "http://127.0.0.1:9", "none");
    Pos::new(db, settings, clock, Arc::new(id), Arc::new(bytes))
}
