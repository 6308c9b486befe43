//! Till, head office and back office under one clock that a story moves, with a line between till and head office that
//! it cuts: days pass in seconds, and a dinner past midnight is one word.

use crate::{
    shell::{self, Shop, bytes, id},
    stage::Stage,
};
use axum::{Router, extract::State, http::StatusCode, routing::post};
use db::Db;
use flaro::{
    Flaro, PartnerCredential,
    provision::{AccountPlan, CompanyPlan},
};
use jiff::{
    Timestamp,
    civil::{DateTime, date},
    tz::TimeZone,
};
use pos::{
    Pos, Tenant,
    accounts::Role,
    masters::SettingKind,
    provision::{self, NewProduct, NewStore},
};
use register::{HeadOffice, Till, Uploader, screen};
use sales::{PaymentKind, TaxKind, Yen};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

const CREDENTIAL: &str = "a-credential-of-the-street's-places";
const COMPANY: &str = "77";
const COMPANY_NAME: &str = "通りの食堂";
const OWNER: &str = "owner@street.example";
const PASSWORD: &str = "a-long-pass-phrase-2026";
/// When the story begins.
const BEGINS: &str = "2026-11-22T11:00";

/// What a story moves.
#[derive(Clone)]
struct Strings {
    hands: Arc<AtomicI64>,
    line: watch::Sender<bool>,
}

/// The street.
pub struct Street {
    stage: Stage,
    _stop: watch::Sender<bool>,
    _dir: TempDir,
}

impl Street {
    /// Everybody is linked and answers; the till is on the line and has its masters.
    pub async fn new() -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::tempdir().expect("a temporary directory");
        let strings = Strings { hands: Arc::default(), line: watch::Sender::new(true) };
        strings.set(BEGINS).expect("a moment");
        let (stop, stopped) = watch::channel(false);
        let (pos_at, flaro_at) = (listener().await, listener().await);
        let (pos_url, flaro_url) = (url(&pos_at), url(&flaro_at));
        let flaro = flaro(&dir, &strings, &flaro_url).await;
        tokio::spawn(flaro::run(Arc::clone(&flaro), ended(stopped.clone())));
        serve(flaro_at, flaro::server::router(Arc::clone(&flaro)));
        let pos = Arc::new(pos(&dir, &strings, &pos_url, &flaro_url).await);
        let shop = company(&pos, &flaro).await;
        tokio::spawn(pos::delivery::run(Arc::clone(&pos), stopped));
        let office = pos_at.local_addr().expect("its address");
        serve(pos_at, pos::server::router(pos));
        let gate = listener().await;
        let gate_url = url(&gate);
        tokio::spawn(relay(gate, office, strings.line.subscribe()));
        let till_at = listener().await;
        let till_url = url(&till_at);
        serve(till_at, till(&dir, &strings, &shop, &gate_url).await);
        let stage_at = listener().await;
        let stage_url = url(&stage_at);
        let controls = Router::new().route("/clock", post(clock)).route("/line", post(line)).with_state(strings);
        serve(stage_at, controls);
        let stage = vec![
            ("SHIME_TILL", till_url),
            ("SHIME_POS", pos_url),
            ("SHIME_FLARO", flaro_url),
            ("SHIME_STAGE", stage_url),
            ("SHIME_LOGIN", OWNER.to_owned()),
            ("SHIME_PASSWORD", PASSWORD.to_owned()),
        ];
        Self { stage, _stop: stop, _dir: dir }
    }

    /// What a script needs to know about it.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }
}

impl Strings {
    /// Sets everybody's clock, in the shop's time.
    fn set(&self, text: &str) -> Option<()> {
        let local: DateTime = text.trim().parse().ok()?;
        let moment = local.to_zoned(TimeZone::get("Asia/Tokyo").ok()?).ok()?;
        self.hands.store(moment.timestamp().as_millisecond(), Ordering::SeqCst);
        Some(())
    }

    fn clock(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let hands = self.hands.clone();
        Arc::new(move || Timestamp::from_millisecond(hands.load(Ordering::SeqCst)).unwrap())
    }
}

async fn clock(State(strings): State<Strings>, text: String) -> StatusCode {
    if strings.set(&text).is_some() { StatusCode::NO_CONTENT } else { StatusCode::BAD_REQUEST }
}

async fn line(State(strings): State<Strings>, text: String) -> StatusCode {
    strings.line.send_replace(text.trim() == "up");
    StatusCode::NO_CONTENT
}

async fn ended(mut stop: watch::Receiver<bool>) {
    // An error is the street's own end.
    drop(stop.wait_for(|stop| *stop).await.map(|_| ()));
}

/// Carries bytes while the line is there; what is under way when it goes is cut off.
async fn relay(listener: TcpListener, to: SocketAddr, open: watch::Receiver<bool>) {
    loop {
        let (mut here, _) = listener.accept().await.expect("the gate listens");
        let mut open = open.clone();
        if !*open.borrow() {
            continue;
        }
        tokio::spawn(async move {
            let Ok(mut there) = TcpStream::connect(to).await else { return };
            tokio::select! {
                // Whichever side hangs up, both do.
                _ = tokio::io::copy_bidirectional(&mut here, &mut there) => {}
                _ = open.wait_for(|open| !*open) => {}
            }
        });
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

fn url(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("its address"))
}

fn serve(listener: TcpListener, router: Router) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
}

async fn open(dir: &TempDir, name: &str) -> Db {
    Db::open(&format!("sqlite:{}", dir.path().join(name).display())).await.unwrap()
}

async fn flaro(dir: &TempDir, strings: &Strings, url: &str) -> Arc<Flaro> {
    let partners = vec![PartnerCredential::new("pos", CREDENTIAL)];
    let settings = flaro::Settings::new(url.parse().unwrap(), partners);
    let db = open(dir, "flaro.db").await;
    Flaro::open(db, strings.clock(), Arc::new(id), Arc::new(bytes), settings).await.unwrap()
}

async fn pos(dir: &TempDir, strings: &Strings, url: &str, flaro_url: &str) -> Pos {
    let database = format!("sqlite:{}", dir.path().join("pos.db").display());
    shell::head_office(&database, pos::Settings::new(url, flaro_url, CREDENTIAL), strings.clock()).await
}

async fn till(dir: &TempDir, strings: &Strings, shop: &Shop, office: &str) -> Router {
    let till = Till::open(open(dir, "till.db").await, shop.register, Arc::new(id)).await.unwrap();
    let mut office = HeadOffice::new(office.parse().unwrap(), shop.token.parse().unwrap());
    (office.pace.retry_first_ms, office.pace.retry_max_ms) = (50, 500);
    let uploader = Arc::new(Uploader::new(till.clone(), &office, strings.clock()).unwrap());
    let settings = screen::Settings {
        secure_cookies: false,
        segments: vec!["家族".to_owned()],
        discount_percent_max: 30,
        disk: None,
        disk_low_below: 0,
    };
    let router = screen::Screen::new(till, Arc::clone(&uploader), strings.clock(), settings).router();
    tokio::spawn(async move { uploader.run(std::future::pending()).await });
    router
}

/// One company with one store and one till at both places, linked from today on.
async fn company(pos: &Pos, flaro: &Flaro) -> Shop {
    let code = COMPANY.parse().unwrap();
    let administrator = AccountPlan {
        login: OWNER.to_owned(),
        name: "企業管理者".to_owned(),
        password: PASSWORD.to_owned(),
        role: flaro::Role::Administrator,
        stores: None,
    };
    let plan = CompanyPlan { code, name: COMPANY_NAME.to_owned(), accounts: vec![administrator] };
    flaro::provision::provision(flaro, &plan).await.unwrap();
    let tenant = provision::company(pos, &plan.code, COMPANY_NAME).await.unwrap();
    provision::account(pos, &tenant, OWNER, "企業管理者", Role::CompanyAdmin, PASSWORD).await.unwrap();
    provision::usual_tax_rates(pos, &tenant).await.unwrap();
    let number = Some("T1234567890123".parse().unwrap());
    let new = NewStore { registration_number: number, ..NewStore::new("本店") };
    let shop = shell::shop(pos, &tenant, new, date(2026, 11, 1)).await;
    menu(pos, &tenant, shop.store).await;
    shell::link(pos, &tenant, &[(shop.store, "0000000001".to_owned())]).await;
    shop
}

async fn menu(pos: &Pos, tenant: &Tenant, store: sales::StoreId) {
    let category = provision::category(pos, tenant, "食事").await.unwrap();
    for (name, price) in [("日替り定食", 1_100), ("幕の内弁当", 648), ("ビール", 580)] {
        let takeout = if name == "ビール" { TaxKind::Standard } else { TaxKind::Reduced };
        let new = NewProduct { takeout, ..NewProduct::new(category, name, Yen(price), Yen(price / 3)) };
        provision::product(pos, tenant, new).await.unwrap();
    }
    let cash = provision::payment_method(pos, tenant, PaymentKind::Cash, "現金").await.unwrap();
    let visa = provision::payment_method(pos, tenant, PaymentKind::CreditCard, "Visa").await.unwrap();
    provision::store_settings(pos, tenant, store, SettingKind::Payment, &[cash, visa]).await.unwrap();
    for (code, name, pin, manager) in [("01", "店長 佐藤", "1111", true), ("02", "鈴木", "2222", false)] {
        let hash = web::password::hash(pin.to_owned()).await.unwrap();
        provision::staff(pos, tenant, store, code, name, Some(hash), manager).await.unwrap();
    }
}
