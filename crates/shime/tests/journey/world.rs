//! A company with one linked store, its head office and back office as processes, and a till that imports.

pub use crate::databases::{Databases, engines};
use crate::{
    processes::{Process, command},
    sales_file::SalesFile,
    shell::{self, now},
};
use jiff::civil::date;
use pos::{
    Pos,
    accounts::Role,
    linkage, provision, store_link,
    store_link::{rules::Typed, save::Saved},
};
use protocol::{control::ControlTotals, progress::RegisterProgress};
use sales::{PaymentKind, RegisterId, TaxKind};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Output,
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// Of the partner API.
pub const CREDENTIAL: &str = "a-credential-of-the-journey-tests";
/// 企業コード
pub const COMPANY: &str = "77";
/// 企業名称
pub const COMPANY_NAME: &str = "旅の食堂";
/// 企業管理者 at both places.
pub const OWNER: &str = "owner@journey.example";
/// Their password.
pub const PASSWORD: &str = "a-long-pass-phrase-2026";

/// The company and its processes.
pub struct World {
    dir: tempfile::TempDir,
    databases: Databases,
    pos_at: String,
    flaro_at: String,
    register: RegisterId,
    token: String,
    linkage_id: String,
    /// What the processes that are started from now on log.
    pub log_filter: &'static str,
    /// … and how.
    pub log_format: &'static str,
    pos: Option<Process>,
    flaro: Option<Process>,
}

impl World {
    /// Makes the company at both places and links its store.
    pub async fn new(databases: Databases, name: &str) -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::Builder::new().prefix(name).tempdir().expect("a temporary directory");
        let mut world = Self {
            dir,
            databases,
            pos_at: free_address(),
            flaro_at: free_address(),
            register: RegisterId(Uuid::nil()),
            token: String::new(),
            linkage_id: String::new(),
            log_filter: "warn",
            log_format: "text",
            pos: None,
            flaro: None,
        };
        assert!(command(&["keys", "new"], &world.env()).status().expect("keys runs").success());
        world.setup_flaro();
        world.start_flaro();
        world.flaro_is_up().await;
        world.setup_pos().await;
        world
    }

    /// Where the head office is.
    pub fn pos_url(&self) -> String {
        format!("http://{}", self.pos_at)
    }

    /// Where the back office is.
    pub fn flaro_url(&self) -> String {
        format!("http://{}", self.flaro_at)
    }

    fn setup_flaro(&self) {
        let args = ["setup", "flaro", "--company-code", COMPANY, "--company-name", COMPANY_NAME, "--login", OWNER];
        let ended = command(&args, &self.env()).status().expect("setup runs");
        assert!(ended.success());
    }

    /// The head office's side, through its own functions, while no process has its database.
    async fn setup_pos(&mut self) {
        let pos = self.head_office().await;
        let tenant = provision::company(&pos, &COMPANY.parse().unwrap(), COMPANY_NAME).await.unwrap();
        provision::account(&pos, &tenant, OWNER, "企業管理者", Role::CompanyAdmin, PASSWORD).await.unwrap();
        provision::tax_rate(&pos, &tenant, TaxKind::Reduced, date(2000, 1, 1), 8).await.unwrap();
        let store = provision::store(&pos, &tenant, provision::NewStore::new("本店")).await.unwrap();
        self.register = provision::register(&pos, &tenant, store, "レジ1", date(2017, 1, 1)).await.unwrap();
        let cash = provision::payment_method(&pos, &tenant, PaymentKind::Cash, "現金").await.unwrap();
        let payment = pos::masters::SettingKind::Payment;
        provision::store_settings(&pos, &tenant, store, payment, &[cash]).await.unwrap();
        self.token = pos::tokens::issue(&pos, &tenant, self.register, "test").await.unwrap();
        linkage::start::start(&pos, &tenant, "企業管理者", false).await.unwrap();
        let today = now().to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap()).date();
        let row = Typed {
            store_id: store,
            version: None,
            code: "0000000001".to_owned(),
            start: today.to_string(),
            end: "2099-12-31".to_owned(),
            enabled: true,
        };
        let saved = store_link::save::save(&pos, &tenant, "企業管理者", None, vec![row]).await.unwrap();
        assert!(matches!(saved, Saved::Done(1)), "{saved:?}");
        let row =
            pos.db.read(async |tx: &mut db::Tx| tx.fetch_one("SELECT linkage_id FROM linkage", db::args![]).await);
        self.linkage_id = row.await.unwrap().text("linkage_id").unwrap();
        pos.db.close().await;
    }

    /// The head office as a library, for while no process has its database; close `db` before one gets it.
    pub async fn head_office(&self) -> Pos {
        let settings = pos::Settings::new(self.pos_url(), self.flaro_url(), CREDENTIAL);
        shell::head_office(&self.databases.pos, settings, Arc::new(now)).await
    }

    fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SHIME_LOG_FILTER", self.log_filter.to_owned()),
            ("SHIME_LOG_FORMAT", self.log_format.to_owned()),
            ("SHIME_KEY_FILE", self.dir.path().join("shime.key").display().to_string()),
            ("SHIME_SETUP_PASSWORD", PASSWORD.to_owned()),
            ("SHIME_IMPORT_PASSWORD", PASSWORD.to_owned()),
            ("SHIME_POS_LISTEN", self.pos_at.clone()),
            ("SHIME_POS_PUBLIC_URL", self.pos_url()),
            ("SHIME_POS_DATABASE", self.databases.pos.clone()),
            ("SHIME_POS_PARTNER_URL", self.flaro_url()),
            ("SHIME_POS_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
            ("SHIME_POS_ALLOW_PRIVATE_NETWORKS", "true".to_owned()),
            ("SHIME_FLARO_LISTEN", self.flaro_at.clone()),
            ("SHIME_FLARO_PUBLIC_URL", self.flaro_url()),
            ("SHIME_FLARO_DATABASE", self.databases.flaro.clone()),
            ("SHIME_FLARO_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
            ("SHIME_REGISTER_DATABASE", format!("sqlite:{}", self.dir.path().join("till.db").display())),
            ("SHIME_REGISTER_POS_URL", self.pos_url()),
            ("SHIME_REGISTER_REGISTER_ID", self.register.to_string()),
            ("SHIME_REGISTER_TOKEN", self.token.clone()),
        ]
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}.log"))
    }

    /// Both head office and back office, up and answering: a till without masters sells nothing before it has them.
    pub async fn start_everything(&mut self) {
        self.start_flaro();
        self.start_pos();
        self.flaro_is_up().await;
        healthy(&self.pos_url()).await;
    }

    pub fn start_flaro(&mut self) {
        if self.flaro.is_none() {
            self.flaro = Some(Process::start(&["flaro"], &self.env(), &self.log("flaro")));
        }
    }

    pub fn kill_flaro(&mut self) {
        self.flaro.take().expect("the back office runs").kill();
    }

    /// A copy of a place's database, while whatever runs goes on.
    pub fn back_up(&self, place: &str) -> PathBuf {
        let folder = self.dir.path().join(format!("copies-of-{place}"));
        let said = command(&["backup", place, "--to", &folder.display().to_string()], &self.env()).output();
        let said = said.expect("the backup runs");
        assert!(said.status.success(), "{said:?}");
        std::fs::read_dir(&folder).unwrap().next().expect("one copy").unwrap().path()
    }

    /// Goes on from a copy.
    fn restore(&self, place: &str, copy: &Path) {
        let args = ["restore", place, "--force", "--from", &copy.display().to_string()].map(str::to_owned);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let said = command(&args, &self.env()).output().expect("the restore runs");
        assert!(said.status.success(), "{said:?}");
    }

    /// The back office goes on from a copy; the hour passes after which the head office compares again.
    pub async fn restore_flaro(&mut self, copy: &Path) {
        self.kill_flaro();
        self.pos.take().expect("the head office runs").kill();
        #[cfg(feature = "postgres-tests")]
        crate::databases::make_room(&mut self.databases.flaro).await;
        self.restore("flaro", copy);
        let pos = self.head_office().await;
        let hour = "UPDATE reconciliation SET again_at = again_at - 3600000 WHERE again_at IS NOT NULL";
        pos.db.write(async move |tx: &mut db::Tx| tx.execute(hour, db::args![]).await).await.unwrap();
        pos.db.close().await;
        self.start_everything().await;
    }

    /// The head office goes on from a copy.
    pub async fn restore_pos(&mut self, copy: &Path) {
        self.pos.take().expect("the head office runs").kill();
        #[cfg(feature = "postgres-tests")]
        crate::databases::make_room(&mut self.databases.pos).await;
        self.restore("pos", copy);
        self.start_everything().await;
    }

    /// The till goes on from a copy.
    pub fn restore_till(&self, copy: &Path) {
        self.restore("register", copy);
    }

    fn start_pos(&mut self) {
        if self.pos.is_none() {
            self.pos = Some(Process::start(&["pos"], &self.env(), &self.log("pos")));
        }
    }

    async fn flaro_is_up(&self) {
        healthy(&self.flaro_url()).await;
    }

    fn import_args(&self, file: &SalesFile) -> Vec<String> {
        let path = self.dir.path().join("sales.csv");
        std::fs::write(&path, file.csv()).expect("the file is written");
        let path = path.display().to_string();
        ["import", &path, "--mapping", "takeaway", "--past-login", OWNER].map(str::to_owned).to_vec()
    }

    /// Imports a file; what the command said.
    pub fn import(&self, file: &SalesFile, more: &[&str]) -> String {
        let (well, said) = self.run_import(file, more);
        assert!(well, "{said}");
        said
    }

    /// Imports a file that must end with an error; what the command said.
    pub fn import_refused(&self, file: &SalesFile) -> String {
        let (well, said) = self.run_import(file, &[]);
        assert!(!well, "{said}");
        said
    }

    /// Imports a file and waits until it has arrived; what the till logged.
    pub fn import_logged(&self, file: &SalesFile) -> String {
        let output = self.ran_import(file, &["--wait"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    fn ran_import(&self, file: &SalesFile, more: &[&str]) -> Output {
        let owned = self.import_args(file);
        let args: Vec<&str> = owned.iter().map(String::as_str).chain(more.iter().copied()).collect();
        command(&args, &self.env()).output().expect("the import runs")
    }

    fn run_import(&self, file: &SalesFile, more: &[&str]) -> (bool, String) {
        let output = self.ran_import(file, more);
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.success(), said)
    }

    /// Imports a file while till, head office and back office are killed in turn, `times` each, and started again.
    /// How often each was.
    pub fn import_under_fire(&mut self, file: &SalesFile, times: usize) -> [usize; 3] {
        let owned = self.import_args(file);
        let args: Vec<&str> = owned.iter().map(String::as_str).collect();
        let mut kills = [0; 3];
        let mut till = Process::start(&args, &self.env(), &self.log("till"));
        for round in 0..3 * times {
            // Anywhere in its work: the pauses differ, and nothing is asserted about time.
            std::thread::sleep(Duration::from_millis(40 + u64::try_from(round * 37 % 160).unwrap()));
            match round % 3 {
                0 => {
                    till.kill();
                    till = Process::start(&args, &self.env(), &self.log("till"));
                }
                1 => {
                    self.pos.take().expect("the head office runs").kill();
                    self.start_pos();
                }
                _ => {
                    self.kill_flaro();
                    self.start_flaro();
                }
            }
            kills[round % 3] += 1;
        }
        while till.ended().is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(till.ended(), Some(true), "the last import ends well: {}", self.logged("till"));
        kills
    }

    /// The till's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What a process has logged.
    pub fn logged(&self, name: &str) -> String {
        std::fs::read_to_string(self.log(name)).unwrap_or_default()
    }

    /// Waits until the head office says that nothing is on its way and every day was compared.
    pub async fn wait_settled(&self, file: &SalesFile) {
        let days = i64::try_from(file.totals().len()).unwrap();
        until("everything has arrived", async || {
            self.progress().await.is_some_and(|p| p.settlements == days && p.is_settled())
        })
        .await;
    }

    async fn progress(&self) -> Option<RegisterProgress> {
        let url = format!("{}/api/v1/registers/{}/progress", self.pos_url(), self.register);
        let answer = reqwest::Client::new().get(url).bearer_auth(&self.token).send().await.ok()?;
        answer.json().await.ok()
    }

    /// What the back office has is what the file comes to, day by day, and both ends agree.
    pub async fn expect_arrived(&self, file: &SalesFile) {
        let expected = file.totals();
        assert_eq!(self.arrived().await, expected);
        let progress = self.progress().await.expect("the head office answers");
        let days = i64::try_from(expected.len()).unwrap();
        let agreed =
            RegisterProgress { settlements: days, delivered: days, days, days_agreed: days, ..Default::default() };
        assert_eq!(progress, agreed);
    }

    /// Waits until the back office has what the file comes to.
    pub async fn wait_arrived(&self, file: &SalesFile) {
        let expected = file.totals();
        healthy(&self.flaro_url()).await;
        until("the back office has everything", async || self.arrived().await == expected).await;
    }

    /// What the back office has.
    pub async fn held(&self) -> ControlTotals {
        let url = format!("{}/partner/v1/linkages/{}/control-totals", self.flaro_url(), self.linkage_id);
        let url = format!("{url}?from=2016-12-01&to=2017-03-01");
        let totals = reqwest::Client::new().get(url).bearer_auth(CREDENTIAL).send().await.unwrap();
        totals.json().await.unwrap()
    }

    /// The same by day of January.
    async fn arrived(&self) -> BTreeMap<u32, (i64, i64)> {
        let totals = self.held().await;
        let arrived = totals.days.iter().map(|day| {
            assert_eq!(day.sums.settlements, 1, "one settlement on {}", day.business_date);
            let in_january = u32::try_from(day.business_date.day()).unwrap();
            (in_january, (day.sums.checks, day.sums.net.0 + day.sums.tax.0))
        });
        arrived.collect()
    }
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}

/// Waits until a place answers at this address.
pub async fn healthy(at: &str) {
    let url = format!("{at}/healthz");
    until(&format!("{at} is up"), async || reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success()))
        .await;
}

/// Asks until the answer is yes. A test that never gets there fails by its own bound, saying what it waited for.
pub async fn until(what: &str, mut asked: impl AsyncFnMut() -> bool) {
    for _ in 0..2_400 {
        if asked().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited in vain until {what}");
}
