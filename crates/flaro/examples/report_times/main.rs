//! How long the reports of a large chain take: fills a database, asks for every report through the router, and prints
//! the median and the slowest.
//!
//! `cargo run --release -p flaro --example report_times -- sqlite:/somewhere/chain.db 1000 365 62` (address of an SQLite
//! database, stores, days of each, days that have product rows of each store) fills it with rollups. A database that is
//! filled already is only measured. Every store sells the same menu, so the figures mean nothing; how many rows there are
//! is what counts.
//!
//! `… --example report_times -- detail sqlite:/somewhere/detail.db 50 30 300` (stores, days, checks a day) fills it through
//! the webhook, as a POS would, says how fast that went, and asks for the pages that open a day.

mod detail;
mod load;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use db::Db;
use flaro::{
    Company, Flaro, PartnerCredential, Role, Settings,
    provision::{AccountPlan, CompanyPlan, provision},
    server,
};
use jiff::Timestamp;
use std::{sync::Arc, time::Instant};
use tower::ServiceExt;
use uuid::Uuid;

/// 2026-11-22 12:00 in Tokyo.
const NOW_MS: i64 = 1_795_316_400_000;
const LOGIN: &str = "owner@chain.example";
const COMPANY: &str = "0012345";
const HERE: &str = "http://127.0.0.1";
const CREDENTIAL: &str = "partner-credential-of-the-bench";
const PASSWORD: &str = "a-long-password-of-the-bench-2026";
/// Requests per page, after one that isn't counted.
const TIMES: usize = 10;

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|word| word == "detail") {
        return detail::run(&args[1..]).await;
    }
    let url = args.first().ok_or("report_times <sqlite:address> [stores] [days] [days with product rows]")?;
    let number = |n: usize, usual: i64| args.get(n).map_or(Ok(usual), |text| text.parse::<i64>());
    let (stores, days, detailed) = (number(1, 1_000)?, number(2, 365)?, number(3, 62)?);
    let db = Db::open(url).await?;
    let flaro = back_office(db.clone()).await?;
    let company = company(&flaro).await?;
    let begun = Instant::now();
    load::chain(&db, company.as_str(), stores, days, detailed).await?;
    println!("{stores} stores with {days} days each, filled in {:.0} s\n", begun.elapsed().as_secs_f64());
    measure(&server::router(flaro), &pages()).await
}

async fn company(flaro: &Arc<Flaro>) -> Result<Company, Failed> {
    let owner = AccountPlan {
        login: LOGIN.into(),
        name: "太田".into(),
        password: PASSWORD.into(),
        role: Role::Administrator,
        stores: None,
    };
    let plan =
        CompanyPlan { code: COMPANY.parse()?, name: "株式会社みなと食堂".into(), accounts: vec![owner] };
    Ok(provision(flaro, &plan).await?)
}

async fn measure(router: &Router, pages: &[String]) -> Result<(), Failed> {
    let cookie = log_in(router).await?;
    println!("| page | answer | median ms | slowest ms | KiB |\n|---|---|---|---|---|");
    for path in pages {
        let mut times = Vec::with_capacity(TIMES);
        let mut last = (StatusCode::OK, 0);
        for n in 0..=TIMES {
            let request = Request::get(path).header(header::COOKIE, &cookie).body(Body::empty())?;
            let begun = Instant::now();
            let response = router.clone().oneshot(request).await?;
            let status = response.status();
            let bytes = to_bytes(response.into_body(), usize::MAX).await?.len();
            if n > 0 {
                times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            last = (status, bytes);
        }
        times.sort_by(f64::total_cmp);
        let (median, slowest) = (times[TIMES / 2], times[TIMES - 1]);
        println!("| `{path}` | {} | {median:.0} | {slowest:.0} | {} |", last.0.as_u16(), last.1 / 1_024);
    }
    Ok(())
}

/// Every report over a month of the whole chain, over a year of it, over a day and a month of one store, over a
/// period that is no whole month.
fn pages() -> Vec<String> {
    let one = format!("store={}", load::store_id(0));
    let (month, year) = ("from=2026/10/01&to=2026/10/31", "from=2025/11/22&to=2026/11/21");
    let reports = [
        "closing",
        "hours",
        "weekdays",
        "last-year",
        "products",
        "product-hours",
        "payments",
        "media",
        "discounts",
        "cash",
        "checks",
    ];
    let mut pages = vec!["/".to_owned(), "/days".to_owned(), "/reports/daily?date=2026/11/21".to_owned()];
    for page in ["/stores", "/budgets", "/costs", "/receipts", "/mapping", "/linkages/events", "/people", "/history"] {
        pages.push(page.to_owned());
    }
    pages.push(format!("/reports/daily?date=2026/11/21&{one}"));
    pages.push("/reports/monthly?month=2026/10".to_owned());
    for report in reports {
        pages.push(format!("/reports/{report}?{month}"));
        pages.push(format!("/reports/{report}?{year}"));
        pages.push(format!("/reports/{report}?from=2026/11/21&to=2026/11/21&{one}"));
    }
    pages.push(format!("/reports/products?{one}&{month}"));
    pages.push("/reports/products?from=2026/10/05&to=2026/10/25".to_owned());
    pages.push("/days/approvals?month=2026/11".to_owned());
    for question in [
        "d1=store&m=net&m=guests",
        "d1=day&d2=hour&m=net",
        "d1=store&d2=category&m=net",
        "d1=product&d2=hour&m=quantity",
    ] {
        pages.push(format!("/bi?{month}&{question}"));
    }
    pages
}

async fn log_in(router: &Router) -> Result<String, Failed> {
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

async fn back_office(db: Db) -> Result<Arc<Flaro>, Failed> {
    let ids = std::sync::atomic::AtomicU64::new(1);
    let id = move || {
        let n = u128::from(ids.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let since = std::time::UNIX_EPOCH.elapsed().map_or(0, |span| span.as_nanos());
        Uuid::from_u128((since << 32) | n)
    };
    let clock = Arc::new(|| Timestamp::from_millisecond(NOW_MS).unwrap_or(Timestamp::UNIX_EPOCH));
    let settings = Settings::new(HERE.parse()?, vec![PartnerCredential::new("bench", CREDENTIAL)]);
    Ok(Flaro::open(db, clock, Arc::new(id), Arc::new(|| [7; 32]), settings).await?)
}
