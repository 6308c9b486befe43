//! From a settlement's upload to the back office's page, on an idle system: one settlement at a time, and the day's page
//! asked for again and again until it shows it.

use super::{
    Bench,
    args::What,
    callers::{self, Letter},
    engine::Engine,
    payload,
    report::Figure,
    spread::{Spread, rate},
    stage::{ADMINISTRATOR, Far, PASSWORD, Plan, Stage, cpu_between},
};
use anyhow::{Context, Result, bail};
use reqwest::{Client, header, redirect};
use sales::{Settlement, StoreId};
use std::time::{Duration, Instant};

const KILOBYTES: u32 = 50;
const SETTLEMENTS: u32 = 100;
/// Between two settlements: nothing is on its way any more.
const IDLE: Duration = Duration::from_millis(100);
/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(30);

/// One by one.
pub async fn measure(bench: &Bench, engine: &Engine) -> Result<Vec<Figure>> {
    let count = bench.count(SETTLEMENTS);
    let settlements = payload::settlements(bench.seed, count, count, KILOBYTES)?;
    let mut stage = Stage::set(bench, engine, Plan { far: Far::Flaro, stores: count, held: false }).await?;
    let page = Page::open(&stage).await?;
    let letters = callers::letters(settlements.clone(), &stage.tills)?;
    let bar = super::bar(format!("visible, {engine}"), count)?;
    let before = stage.used()?;
    let (mut times, clock) = (Vec::with_capacity(count), Instant::now());
    for (number, (letter, settlement)) in letters.into_iter().zip(&settlements).enumerate() {
        let store = stage.tills[number].store;
        times.push(one(&stage, &page, letter, settlement, store).await?);
        bar.inc(1);
        tokio::time::sleep(IDLE).await;
    }
    let took = clock.elapsed();
    let after = stage.used()?;
    bar.finish_and_clear();
    stage.stop().await?;
    stage.strike().await?;
    let mut figure = Figure::new(What::Visible, engine, KILOBYTES, 1, count).used(cpu_between(&before, &after), &after);
    figure.per_second = rate(count, took);
    figure.spread = Spread::of(times);
    figure.notes.push("from the first byte of the upload to the page that shows it, pages included".to_owned());
    Ok(vec![figure])
}

async fn one(stage: &Stage, page: &Page, letter: Letter, settlement: &Settlement, store: StoreId) -> Result<Duration> {
    let clock = Instant::now();
    let bar = indicatif::ProgressBar::hidden();
    let sent = callers::send(stage.pos_url(), vec![letter], 1, &bar);
    let seen = async {
        while !page.shows(settlement, store).await? {
            if clock.elapsed() > PATIENCE {
                bail!("settlement {} is not on the page after {} s", settlement.id, PATIENCE.as_secs());
            }
        }
        Ok::<_, anyhow::Error>(clock.elapsed())
    };
    let (sent, seen) = tokio::join!(sent, seen);
    sent?;
    seen
}

/// A browser that is signed in at the back office.
struct Page {
    http: Client,
    url: String,
    cookie: String,
}

impl Page {
    async fn open(stage: &Stage) -> Result<Self> {
        let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).build()?;
        let url = stage.far_url().to_owned();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("login", ADMINISTRATOR), ("password", PASSWORD), ("next", "")])
            .finish();
        let request = http.post(format!("{url}/login")).header("sec-fetch-site", "same-origin");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let answer = request.send().await.context("signing in at the back office")?;
        let cookie = answer.headers().get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.with_context(|| format!("signing in was answered {}", answer.status()))?.to_owned();
        Ok(Self { http, url, cookie })
    }

    /// Whether the page of the settlement's day shows it.
    async fn shows(&self, settlement: &Settlement, store: StoreId) -> Result<bool> {
        let url = format!("{}/days/{store}/{}", self.url, settlement.business_date);
        let answer = self.http.get(url).header(header::COOKIE, &self.cookie).send().await?.error_for_status()?;
        if !answer.status().is_success() {
            bail!("the day's page was answered {}: nobody is signed in", answer.status());
        }
        let net = sales::datasets(settlement)?.settlement.net.0;
        Ok(answer.text().await?.contains(&web::format::thousands(net)))
    }
}
