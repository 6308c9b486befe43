//! `shime demo`: all three places over HTTP on loopback. What runs here is what runs in production; only the
//! restaurants are simulated.

mod back_office;
mod company;
mod counter;
mod history;
mod live;
pub mod note;

use crate::{
    cli::DemoArgs,
    keys, places,
    settings::{self, Settings},
    shell, till,
};
use anyhow::{Context, Result, bail};
use company::{Company, Shop};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use note::Note;
use pos::{linkage, queue, store_link};
use register::{HeadOffice, Till, Uploader};
use sales::{DayRule, RegisterId};
use std::{collections::btree_map::Entry, path::Path, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet};

/// Runs the demo until it is asked to stop.
pub async fn run(args: DemoArgs, mut settings: Settings, stop: watch::Receiver<bool>) -> Result<()> {
    let mut note = remember(&args)?;
    let (pos_at, flaro_at) = (format!("127.0.0.1:{}", args.port), format!("127.0.0.1:{}", args.port + 1));
    note.pos_url = format!("http://{pos_at}");
    places_of(&mut settings, &args.data, &note, &flaro_at);
    let keys = keys::open(&settings.key.file, &settings.pos.database)?.keys;
    let pos = places::open_pos(&settings.pos, &settings.support, &keys).await?;
    let flaro = places::open_flaro(&settings.flaro, &settings.smtp, &keys).await?;
    let now = shell::now();
    let today = now.to_zoned(TimeZone::get("Asia/Tokyo")?).date();
    // Between midnight and the cut-over the tills still sell for yesterday, which lies before 連携開始日.
    let since = DayRule::new("Asia/Tokyo", "06:00")?.business_date(now).saturating_sub(i64::from(args.days).days());
    let chain = company::chain(&pos, &flaro, since, today).await?;
    let imports = company::imports(&pos, &flaro).await?;
    tokens(&pos, &chain, &imports, &mut note).await?;
    note.save(&args.data)?;
    let mut running = JoinSet::new();
    let listener = places::listen(&flaro_at).await?;
    running.spawn(places::serve_flaro(Arc::clone(&flaro), listener, stop.clone()));
    running.spawn(back_office::begin(
        flaro,
        chain.at_flaro.clone(),
        back_office::plan(&chain, since, today),
        stop.clone(),
    ));
    let listener = places::listen(&pos_at).await?;
    running.spawn(places::serve_pos(Arc::clone(&pos), listener, stop.clone()));
    let till_at = format!("127.0.0.1:{}", args.port + 2);
    welcome(&note, &format!("http://{flaro_at}"), &till_at);
    if !note.fresh {
        link(&pos, &chain, today, Some(since)).await?;
        link(&pos, &imports, today, None).await?;
    }
    if let Some(counter) = chain.counter {
        settings.register.database = format!("sqlite:{}", args.data.join("till-counter.db").display());
        settings.register.listen = till_at;
        settings.register.pos_url.clone_from(&note.pos_url);
        settings.register.register_id = counter.to_string();
        settings.register.token = note.tokens.get(&counter).cloned().context("the counter's till has no token")?;
        let (own, stop) = (settings.register.clone(), stop.clone());
        if note.fresh {
            running.spawn(async move { till::run(&own, stop).await });
        } else {
            running.spawn(counter::run(own, stop));
        }
    }
    tills(&args, &note, chain, since, &stop, &mut running).await?;
    while let Some(ended) = running.join_next().await {
        ended.context("a part of the demo broke down")??;
    }
    Ok(())
}

/// The note of the last start, or a new one.
fn remember(args: &DemoArgs) -> Result<Note> {
    match Note::load(&args.data)? {
        Some(_) if args.fresh => bail!(
            "{} holds a demo already; --fresh needs an empty directory: give another --data, or remove that one",
            args.data.display()
        ),
        Some(note) => Ok(note),
        None => {
            let partner_credential = hex::encode((shell::random_bytes())());
            Ok(Note { partner_credential, fresh: args.fresh, ..Note::default() })
        }
    }
}

fn places_of(settings: &mut Settings, data: &Path, note: &Note, flaro_at: &str) {
    let database = |name: &str| format!("sqlite:{}", data.join(name).display());
    let credential = &note.partner_credential;
    settings.pos = settings::Pos {
        public_url: note.pos_url.clone(),
        database: database("pos.db"),
        partner_url: format!("http://{flaro_at}"),
        partner_credential: credential.clone(),
        allow_private_networks: true, // the back office is on this machine
        secure_cookies: false,        // loopback has no TLS
        ..settings.pos.clone()
    };
    settings.flaro = settings::Flaro {
        public_url: format!("http://{flaro_at}"),
        database: database("flaro.db"),
        partner_credential: credential.clone(),
        secure_cookies: false,
        ..settings.flaro.clone()
    };
}

/// Issues what is missing of the tills' tokens.
async fn tokens(pos: &pos::Pos, chain: &Company, imports: &Company, note: &mut Note) -> Result<()> {
    for company in [chain, imports] {
        for shop in &company.shops {
            token(pos, company, shop.register, note).await?;
        }
        if let Some(counter) = company.counter {
            token(pos, company, counter, note).await?;
        }
    }
    note.import_registers = imports.shops.iter().map(|shop| shop.register).collect();
    "owner@import.example".clone_into(&mut note.import_login);
    company::PASSWORD.clone_into(&mut note.import_password);
    Ok(())
}

async fn token(pos: &pos::Pos, company: &Company, register: RegisterId, note: &mut Note) -> Result<()> {
    if let Entry::Vacant(missing) = note.tokens.entry(register) {
        missing.insert(pos::tokens::issue(pos, &company.tenant, register, "demo").await?);
    }
    Ok(())
}

fn welcome(note: &Note, flaro_url: &str, till_at: &str) {
    println!();
    println!("  締め デモ — Ctrl-C で止まり、もう一度起動すると続きから始まります");
    println!();
    println!("  POS本部          {}", note.pos_url);
    println!("  バックオフィス   {flaro_url}");
    println!("  本店のレジ2      http://{till_at}");
    println!();
    println!("  ログイン   owner@minato.example（企業管理者・両方の画面）");
    println!("             honbu@minato.example（本部） ・ honten@minato.example（本店のみ）");
    println!("             owner@import.example（取込おためし株式会社）");
    println!("  パスワード {}", company::PASSWORD);
    println!("  レジのPIN  店長 {} ・ ほかの担当者 {}", company::MANAGER_PIN, company::STAFF_PIN);
    println!();
}

/// 連携開始, codes and dates, 連携状態 on; and for a chain with history its 過去分連携.
async fn link(pos: &pos::Pos, company: &Company, today: Date, history_since: Option<Date>) -> Result<()> {
    let who = "企業管理者";
    match linkage::start::start(pos, &company.tenant, who, false).await {
        Ok(_) => {}
        Err(linkage::start::StartError::AlreadyLinked) => return Ok(()),
        Err(error) => return Err(error).context("連携開始"),
    }
    let row = |shop: &Shop| store_link::rules::Typed {
        store_id: shop.store,
        version: None,
        code: shop.code.to_owned(),
        start: today.to_string(),
        end: "2099-12-31".to_owned(),
        enabled: true,
    };
    let rows = company.shops.iter().map(row).collect();
    match store_link::save::save(pos, &company.tenant, who, None, rows).await? {
        store_link::save::Saved::Done(_) => {}
        refused => bail!("登録: {refused:?}"),
    }
    if let Some(since) = history_since.filter(|since| *since < today) {
        for shop in &company.shops {
            let days = (since, today.saturating_sub(1.day()));
            queue::past::request_past(pos, &company.tenant, who, shop.store, days).await?;
        }
    }
    Ok(())
}

/// Starts every till with its uploader.
async fn tills(
    args: &DemoArgs,
    note: &Note,
    chain: Company,
    since: Date,
    stop: &watch::Receiver<bool>,
    running: &mut JoinSet<Result<()>>,
) -> Result<()> {
    let bars = MultiProgress::new();
    for (nth, shop) in chain.shops.into_iter().enumerate() {
        let Some(restaurant) = shop.restaurant else { continue };
        let db =
            places::open_till(&format!("sqlite:{}", args.data.join(format!("till-{}.db", nth + 1)).display())).await?;
        let till = Till::open(db, shop.register, shell::ids()).await?;
        let token = note.tokens.get(&shop.register).cloned().context("a till of the demo has no token")?;
        let office = HeadOffice::new(note.pos_url.parse()?, token.parse()?);
        let uploader = Uploader::new(till.clone(), &office, shell::clock())?;
        uploader.pull_masters().await.context("masters for a till of the demo")?;
        let until = stop.clone();
        running.spawn(async move {
            uploader.run(shell::stopped(until)).await;
            Ok(())
        });
        let pace = live::Pace {
            since,
            close_every: Duration::from_secs(args.close_every),
            sell_every: Duration::from_millis(1_500 + 500 * u64::try_from(nth)?),
        };
        let bar = bars.add(history_bar(shop.name, args.days.into()));
        let stop = stop.clone();
        running.spawn(async move { live::run(shop.name, till, restaurant, pace, bar, stop).await.context(shop.name) });
    }
    Ok(())
}

fn history_bar(name: &str, days: u64) -> ProgressBar {
    let bar = ProgressBar::new(days).with_prefix(name.to_owned());
    match ProgressStyle::with_template("  {prefix}  これまでの売上 {bar:24} {pos}/{len}日  {msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
