//! A company with two linked shops: two tills, the head office and the back office as programs, a line between each, and
//! the files that say what it must all come to.

mod databases;
mod rest;
mod shop;
mod storm;

pub use databases::Databases;
pub use storm::Place;

use crate::{
    machine::Machine,
    plan::Dice,
    proxy::Proxy,
    sales_file::SalesFile,
    shell::{self, now},
};
use jiff::civil::date;
use pos::{
    Pos,
    accounts::Role,
    masters::SettingKind,
    provision::{self, NewStore},
};
use sales::{PaymentKind, TaxKind};
use shop::Shop;
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;

const CREDENTIAL: &str = "a-credential-of-the-fault-tests";
const COMPANY: &str = "77";
const COMPANY_NAME: &str = "嵐の食堂";
const OWNER: &str = "owner@storm.example";
const PASSWORD: &str = "a-long-pass-phrase-2026";
/// Looks, ten a second, until what must come is taken for lost.
const LOOKS_MAX: u32 = 3_000;

/// Everything.
pub struct World {
    dir: TempDir,
    databases: Databases,
    pos: Machine,
    flaro: Machine,
    shops: Vec<Shop>,
    pos_at: String,
    flaro_at: String,
    linkage_id: String,
    /// From the tills to the head office, and from there to the back office.
    lines: [Proxy; 2],
    dice: Dice,
    times: u32,
}

impl World {
    /// Two shops, linked, with `times` times the usual to sell; the lines are good and only the back office runs.
    pub async fn new(databases: Databases, mut dice: Dice, times: u32) -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (pos_at, flaro_at) = (free_address(), free_address());
        let lines =
            [Proxy::start(pos_at.clone(), dice.fork()).await, Proxy::start(flaro_at.clone(), dice.fork()).await];
        let env = databases.env([&pos_at, &flaro_at], &lines);
        let log = |name: &str| dir.path().join(format!("{name}.log"));
        let pos = Machine::new(&["pos"], env.clone(), log("pos"));
        let flaro = Machine::new(&["flaro"], env.clone(), log("flaro"));
        let setup = ["setup", "flaro", "--company-code", COMPANY, "--company-name", COMPANY_NAME, "--login", OWNER];
        for args in [&["keys", "new"][..], &setup[..]] {
            let mut setup = Machine::new(args, env.clone(), log("setup"));
            setup.start();
            until("it is set up", async || setup.ended_well().is_some()).await;
            assert_eq!(setup.ended_well(), Some(true), "{}", setup.said());
        }
        let shops = Vec::new();
        let linkage_id = String::new();
        let mut world = Self { dir, databases, pos, flaro, shops, pos_at, flaro_at, linkage_id, lines, dice, times };
        world.flaro.start();
        let url = format!("http://{}/healthz", world.flaro_at);
        until("the back office is up", async || reqwest::get(&url).await.is_ok_and(|a| a.status().is_success())).await;
        world.set_up_head_office().await;
        world
    }

    /// The head office's side, through its own functions, while no process has its database.
    async fn set_up_head_office(&mut self) {
        let pos = self.head_office().await;
        let tenant = provision::company(&pos, &COMPANY.parse().unwrap(), COMPANY_NAME).await.unwrap();
        provision::account(&pos, &tenant, OWNER, "企業管理者", Role::CompanyAdmin, PASSWORD).await.unwrap();
        provision::tax_rate(&pos, &tenant, TaxKind::Reduced, date(2000, 1, 1), 8).await.unwrap();
        let cash = provision::payment_method(&pos, &tenant, PaymentKind::Cash, "現金").await.unwrap();
        for nth in 1..=2 {
            let new = NewStore::new(format!("{nth}号店"));
            let made = shell::shop(&pos, &tenant, new, date(2017, 1, 1)).await;
            let (payment, methods) = (SettingKind::Payment, std::slice::from_ref(&cash));
            provision::store_settings(&pos, &tenant, made.store, payment, methods).await.unwrap();
            let file = SalesFile::generate(self.dice.below(u32::MAX).into(), (10 * self.times).min(27), 25);
            let shop = Shop::new(self.dir.path(), nth, made, file, self.lines[0].url());
            self.shops.push(shop);
        }
        let coded = self.shops.iter().enumerate().map(|(nth, shop)| (shop.store, format!("{}", 101 + nth)));
        shell::link(&pos, &tenant, &coded.collect::<Vec<_>>()).await;
        let row =
            pos.db.read(async |tx: &mut db::Tx| tx.fetch_one("SELECT linkage_id FROM linkage", db::args![]).await);
        self.linkage_id = row.await.unwrap().text("linkage_id").unwrap();
        pos.db.close().await;
    }

    async fn head_office(&self) -> Pos {
        let settings = pos::Settings::new(self.lines[0].url(), self.lines[1].url(), CREDENTIAL);
        shell::head_office(&self.databases.pos, settings, Arc::new(now)).await
    }
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}

/// Asks until the answer is yes; a generous bound, and what was waited for when it is reached.
async fn until(what: &str, mut asked: impl AsyncFnMut() -> bool) {
    for _ in 0..LOOKS_MAX {
        if asked().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited in vain until {what}");
}
