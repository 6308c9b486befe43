//! A company with two linked shops: two tills, the head office and the back office as programs, a line between each, and
//! the files that say what it must all come to.

use crate::{
    machine::Machine,
    plan::Dice,
    proxy::Proxy,
    sales_file::SalesFile,
    shell::{self, id, now},
};
use db::Db;
use jiff::civil::date;
use pos::{
    Pos,
    accounts::Role,
    linkage, provision, store_link,
    store_link::{rules::Typed, save::Saved},
};
use protocol::{control::ControlTotals, progress::RegisterProgress};
use register::Till;
use sales::{PaymentKind, RegisterId, StoreId, TaxKind};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;

const CREDENTIAL: &str = "a-credential-of-the-fault-tests";
const COMPANY: &str = "77";
const COMPANY_NAME: &str = "嵐の食堂";
const OWNER: &str = "owner@storm.example";
const PASSWORD: &str = "a-long-pass-phrase-2026";
/// Things that go wrong on each line in a storm.
const FAULTS: u32 = 60;
/// Looks, ten a second, until what must come is taken for lost.
const LOOKS_MAX: u32 = 3_000;

/// A place whose disk may be full.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// 本部
    Head,
    /// FLARO
    Back,
}

/// Both.
pub const PLACES: [Place; 2] = [Place::Head, Place::Back];

/// Where the two places keep what they have.
pub struct Databases {
    pos: String,
    flaro: String,
    dir: TempDir,
}

impl Databases {
    /// Files.
    pub fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let at = |name: &str| format!("sqlite:{}", dir.path().join(name).display());
        Self { pos: at("pos.db"), flaro: at("flaro.db"), dir }
    }

    /// On a server.
    #[cfg(feature = "postgres-tests")]
    pub fn postgres(server: &crate::postgres::Server) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self { pos: server.database("pos"), flaro: server.database("flaro"), dir }
    }

    fn files(&self, name: &str) -> Vec<PathBuf> {
        ["", "-wal"].map(|tail| self.dir.path().join(format!("{name}.db{tail}"))).to_vec()
    }
}

/// A shop: its till as a program that imports a file, and what the file comes to.
struct Shop {
    store: StoreId,
    register: RegisterId,
    token: String,
    file: SalesFile,
    disk: String,
    till: Machine,
}

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

/// Business date of January 2017: checks and yen.
type Days = BTreeMap<u32, (i64, i64)>;

/// What a person must look at.
const TOLD: &str = "SELECT kind, detail FROM attention";

impl World {
    /// Two shops, linked, with `times` times the usual to sell; the lines are good and only the back office runs.
    pub async fn new(databases: Databases, mut dice: Dice, times: u32) -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (pos_at, flaro_at) = (free_address(), free_address());
        let lines =
            [Proxy::start(pos_at.clone(), dice.fork()).await, Proxy::start(flaro_at.clone(), dice.fork()).await];
        let env = places(&databases, [&pos_at, &flaro_at], &lines);
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
            let store = provision::store(&pos, &tenant, provision::NewStore::new(format!("{nth}号店"))).await.unwrap();
            let register = provision::register(&pos, &tenant, store, "レジ1", date(2017, 1, 1)).await.unwrap();
            let payment = pos::masters::SettingKind::Payment;
            provision::store_settings(&pos, &tenant, store, payment, std::slice::from_ref(&cash)).await.unwrap();
            let token = pos::tokens::issue(&pos, &tenant, register, "test").await.unwrap();
            let shop = self.shop(nth, store, register, token);
            self.shops.push(shop);
        }
        linkage::start::start(&pos, &tenant, "企業管理者", false).await.unwrap();
        let today = now().to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap()).date();
        let rows = self.shops.iter().enumerate().map(|(nth, shop)| Typed {
            store_id: shop.store,
            version: None,
            code: format!("{}", 101 + nth),
            start: today.to_string(),
            end: "2099-12-31".to_owned(),
            enabled: true,
        });
        let saved = store_link::save::save(&pos, &tenant, "企業管理者", None, rows.collect()).await.unwrap();
        assert!(matches!(saved, Saved::Done(2)), "{saved:?}");
        let row =
            pos.db.read(async |tx: &mut db::Tx| tx.fetch_one("SELECT linkage_id FROM linkage", db::args![]).await);
        self.linkage_id = row.await.unwrap().text("linkage_id").unwrap();
        pos.db.close().await;
    }

    fn shop(&mut self, nth: u32, store: StoreId, register: RegisterId, token: String) -> Shop {
        let file = SalesFile::generate(self.dice.below(u32::MAX).into(), (10 * self.times).min(27), 25);
        let path = self.dir.path().join(format!("sales-{nth}.csv"));
        std::fs::write(&path, file.csv()).expect("the file is written");
        let disk = format!("sqlite:{}", self.dir.path().join(format!("till-{nth}.db")).display());
        let path = path.display().to_string();
        let env = vec![
            ("SHIME_LOG_FILTER", "warn".to_owned()),
            ("SHIME_IMPORT_PASSWORD", PASSWORD.to_owned()),
            ("SHIME_REGISTER_DATABASE", disk.clone()),
            ("SHIME_REGISTER_POS_URL", self.lines[0].url()),
            ("SHIME_REGISTER_REGISTER_ID", register.to_string()),
            ("SHIME_REGISTER_TOKEN", token.clone()),
        ];
        let args = ["import", &path, "--mapping", "takeaway", "--past-login", OWNER];
        let till = Machine::new(&args, env, self.dir.path().join(format!("till-{nth}.log")));
        Shop { store, register, token, file, disk, till }
    }

    async fn head_office(&self) -> Pos {
        let settings = pos::Settings::new(self.lines[0].url(), self.lines[1].url(), CREDENTIAL);
        shell::head_office(&self.databases.pos, settings, Arc::new(now)).await
    }

    /// The tills sell and upload while both lines break, every program is killed once a round at any moment, and whatever
    /// else happens in a round.
    pub async fn storm(&mut self, rounds: u32, mut more: impl AsyncFnMut(&mut Self, &mut Dice)) {
        self.lines.iter().for_each(|line| line.breaks(FAULTS * self.times));
        for round in 0..rounds {
            self.start_all();
            let mut dice = self.dice.fork();
            more(self, &mut dice).await;
            for turn in 0..4 {
                tokio::time::sleep(dice.ms(50, 700)).await;
                self.program((turn + round) % 4).kill();
                // Down for a moment, or for as long as its neighbours need to notice.
                tokio::time::sleep(dice.ms(1, 400)).await;
                self.start_all();
            }
        }
        self.lines.iter().for_each(|line| line.breaks(0));
    }

    fn program(&mut self, nth: u32) -> &mut Machine {
        match nth {
            0 => &mut self.pos,
            1 => &mut self.flaro,
            2 => &mut self.shops[0].till,
            _ => &mut self.shops[1].till,
        }
    }

    /// Every place that does not run; every till that has not finished.
    fn start_all(&mut self) {
        self.pos.start();
        self.flaro.start();
        for shop in &mut self.shops {
            if shop.till.ended_well() != Some(true) {
                shop.till.start();
            }
        }
    }

    /// A place's program, and the files on its disk.
    pub fn of_place(&mut self, place: Place) -> (u32, Vec<PathBuf>) {
        self.start_all();
        match place {
            Place::Head => (self.pos.pid(), self.databases.files("pos")),
            Place::Back => (self.flaro.pid(), self.databases.files("flaro")),
        }
    }

    /// The storm is over: everything goes by itself, and comes to what it must.
    pub async fn comes_to_rest(&mut self) {
        // What waits for a later try is due at once when its program begins.
        self.pos.kill();
        for look in 0.. {
            self.start_all();
            let finished = self.shops.iter_mut().all(|shop| shop.till.ended_well() == Some(true));
            if finished && self.is_settled().await {
                break;
            }
            assert!(look < LOOKS_MAX * self.times, "it never came to rest:\n{}", self.state().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.tell();
        let shown = self.shown().await;
        for (nth, shop) in self.shops.iter().enumerate() {
            let expected = shop.file.totals();
            assert_eq!(kept(&shop.disk, shop.register).await, expected, "what till {nth} kept is its file");
            assert_eq!(shown.get(&shop.store), Some(&expected), "what the back office shows is what till {nth} kept");
        }
        assert_eq!(shown.len(), self.shops.len(), "and of nobody else");
        self.pos.kill();
        let pos = self.head_office().await;
        let told = pos.db.read(async |tx: &mut db::Tx| tx.fetch_all(TOLD, db::args![]).await).await.unwrap();
        assert!(told.is_empty(), "nothing that a person must look at: {told:?}");
        pos.db.close().await;
    }

    async fn is_settled(&self) -> bool {
        for shop in &self.shops {
            let days = i64::try_from(shop.file.totals().len()).unwrap();
            let agreed =
                RegisterProgress { settlements: days, delivered: days, days, days_agreed: days, ..Default::default() };
            if self.progress(shop).await != Some(agreed) {
                return false;
            }
        }
        true
    }

    async fn progress(&self, shop: &Shop) -> Option<RegisterProgress> {
        let url = format!("http://{}/api/v1/registers/{}/progress", self.pos_at, shop.register);
        let answer = reqwest::Client::new().get(url).bearer_auth(&shop.token).send().await.ok()?;
        answer.json().await.ok()
    }

    /// What the back office has, by store.
    async fn shown(&self) -> BTreeMap<StoreId, Days> {
        let url = format!("http://{}/partner/v1/linkages/{}/control-totals", self.flaro_at, self.linkage_id);
        let url = format!("{url}?from=2016-12-01&to=2017-03-01");
        let totals = reqwest::Client::new().get(url).bearer_auth(CREDENTIAL).send().await.unwrap();
        let totals: ControlTotals = totals.json().await.unwrap();
        let mut shown = BTreeMap::<StoreId, Days>::new();
        for day in totals.days {
            assert_eq!(day.sums.settlements, 1, "one settlement on {}", day.business_date);
            let in_january = u32::try_from(day.business_date.day()).unwrap();
            let sums = (day.sums.checks, day.sums.net.0 + day.sums.tax.0);
            assert_eq!(shown.entry(day.store_id).or_default().insert(in_january, sums), None, "a day once");
        }
        shown
    }

    /// What happened, for the figures.
    fn tell(&mut self) {
        let [tills, back] = self.lines.each_ref().map(Proxy::struck);
        let killed = (0..4).map(|nth| self.program(nth).killed).collect::<Vec<_>>();
        let checks: usize = self.shops.iter().map(|shop| shop.file.checks()).sum();
        let days: usize = self.shops.iter().map(|shop| shop.file.totals().len()).sum();
        println!(
            "{checks} checks, {days} settlements; killed: head office {}, back office {}, tills {}",
            killed[0],
            killed[1],
            killed[2] + killed[3]
        );
        println!("between tills and head office: {tills:?}\nbetween head office and back office: {back:?}");
        assert!(tills.values().sum::<usize>() > 0 && back.values().sum::<usize>() > 0, "both lines broke");
    }

    async fn state(&mut self) -> String {
        let mut state = Vec::new();
        for shop in &self.shops {
            state.push(format!(
                "{:?} of {} days: {:?}",
                shop.store,
                shop.file.totals().len(),
                self.progress(shop).await
            ));
        }
        state.push(format!("{:?}", self.lines.each_ref().map(Proxy::struck)));
        for (nth, name) in ["head office", "back office", "till 1", "till 2"].into_iter().enumerate() {
            let program = self.program(u32::try_from(nth).unwrap());
            state.push(format!(
                "{name}: ended {:?}, killed {}\n{}",
                program.ended_well(),
                program.killed,
                program.said()
            ));
        }
        state.join("\n")
    }
}

/// What is on a till's disk.
async fn kept(disk: &str, register: RegisterId) -> Days {
    let db = Db::open(disk).await.unwrap();
    let till = Till::open(db.clone(), register, Arc::new(id)).await.unwrap();
    till.verify().await.unwrap();
    let filed = till.settlements(u32::MAX).await.unwrap();
    let mut days = Days::new();
    for one in filed {
        let sums = (one.control.checks, one.control.net.0 + one.control.tax.0);
        let before = days.insert(u32::try_from(one.business_date.day()).unwrap(), sums);
        assert_eq!(before, None, "one settlement on {}", one.business_date);
    }
    drop(till);
    db.close().await;
    days
}

fn places(databases: &Databases, at: [&str; 2], lines: &[Proxy; 2]) -> Vec<(&'static str, String)> {
    vec![
        ("SHIME_LOG_FILTER", "warn".to_owned()),
        ("SHIME_SETUP_PASSWORD", PASSWORD.to_owned()),
        ("SHIME_KEY_FILE", databases.dir.path().join("shime.key").display().to_string()),
        ("SHIME_POS_LISTEN", at[0].to_owned()),
        ("SHIME_POS_PUBLIC_URL", lines[0].url()),
        ("SHIME_POS_DATABASE", databases.pos.clone()),
        ("SHIME_POS_PARTNER_URL", lines[1].url()),
        ("SHIME_POS_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
        ("SHIME_POS_ALLOW_PRIVATE_NETWORKS", "true".to_owned()),
        ("SHIME_FLARO_LISTEN", at[1].to_owned()),
        ("SHIME_FLARO_PUBLIC_URL", lines[1].url()),
        ("SHIME_FLARO_DATABASE", databases.flaro.clone()),
        ("SHIME_FLARO_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
    ]
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
