//! Two companies at a head office and a back office: a chain of as many shops as are asked for, and another of five.

mod arrived;
mod companies;

pub use companies::TillOf;

use crate::shell::{self, now};
use companies::company;
use db::{Tx, args};
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use pos::Pos;
use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

const CREDENTIAL: &str = "a-credential-of-the-returning";
const PASSWORD: &str = "a-long-pass-phrase-2026";
/// Company codes: the chain, and the other one.
const CODES: [&str; 2] = ["88", "77"];
/// Shops of the other company.
const OTHERS: u32 = 5;
/// Looks, four a second, until what must come is taken for lost.
const LOOKS_MAX: u32 = 14_400;

/// Where the two places keep what they have.
pub enum Engine {
    /// Files.
    Sqlite,
    /// A server.
    #[cfg(feature = "postgres-tests")]
    Postgres,
}

/// SQLite; with the feature `postgres-tests` PostgreSQL too; `RETURNING_ENGINE` names one of them.
pub fn engines() -> Vec<Engine> {
    let asked = std::env::var("RETURNING_ENGINE").unwrap_or_default();
    let mut engines = Vec::new();
    if asked != "postgres" {
        engines.push(Engine::Sqlite);
    }
    #[cfg(feature = "postgres-tests")]
    if asked != "sqlite" {
        engines.push(Engine::Postgres);
    }
    assert!(!engines.is_empty(), "RETURNING_ENGINE={asked} needs `postgres-tests` among the features");
    engines
}

/// Everything.
pub struct House {
    dir: TempDir,
    databases: [String; 2],
    places: Vec<Child>,
    /// Where the head office is.
    pub pos_at: String,
    flaro_at: String,
    figures_at: String,
    /// The chain's tills.
    pub chain: Vec<TillOf>,
    /// The other company's.
    pub other: Vec<TillOf>,
    linkages: Vec<String>,
    /// 営業日
    pub today: Date,
    /// Until everything was at the back office.
    pub delivered_after: Duration,
    /// Until every day was compared.
    pub compared_after: Duration,
}

impl House {
    /// Both companies, linked since days.
    pub async fn new(engine: Engine, stores: u32) -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::tempdir().expect("a temporary directory");
        let databases = match engine {
            Engine::Sqlite => ["pos", "flaro"].map(|name| format!("sqlite:{}", dir.path().join(name).display())),
            #[cfg(feature = "postgres-tests")]
            Engine::Postgres => [db::testing::postgres_url().await, db::testing::postgres_url().await],
        };
        let today = now().to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).date();
        let mut house = Self {
            dir,
            databases,
            places: Vec::new(),
            pos_at: free_address(),
            flaro_at: free_address(),
            figures_at: free_address(),
            chain: Vec::new(),
            other: Vec::new(),
            linkages: Vec::new(),
            today,
            delivered_after: Duration::ZERO,
            compared_after: Duration::ZERO,
        };
        assert!(house.command(&["keys", "new"]).status().expect("keys runs").success());
        for (code, name) in CODES.into_iter().zip(["大手チェーン", "となりの食堂"]) {
            let login = format!("owner@{code}.example");
            let args = ["setup", "flaro", "--company-code", code, "--company-name", name, "--login", &login];
            let ended = house.command(&args).status().expect("setup runs");
            assert!(ended.success(), "the back office has company {code}");
        }
        house.place("flaro");
        house.healthy(&house.flaro_at).await;
        let pos = Arc::new(house.head_office().await);
        house.chain = company(&pos, CODES[0], "大手チェーン", 0, stores).await;
        house.other = company(&pos, CODES[1], "となりの食堂", 1_000_000, OTHERS).await;
        for code in CODES {
            let sql =
                "SELECT l.linkage_id FROM linkage l JOIN company c ON c.company_id = l.company_id WHERE c.code = $1";
            let row = pos.db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![code]).await).await.unwrap();
            house.linkages.push(row.text("linkage_id").unwrap());
        }
        pos.db.clone().close().await;
        house
    }

    /// Starts the head office.
    pub async fn start(&mut self) {
        self.place("pos");
        self.healthy(&self.pos_at).await;
    }

    async fn head_office(&self) -> Pos {
        let settings =
            pos::Settings::new(format!("http://{}", self.pos_at), format!("http://{}", self.flaro_at), CREDENTIAL);
        // 連携開始日 lies before the days that will come.
        let clock = Arc::new(|| now() - SignedDuration::from_hours(24 * 6));
        shell::head_office(&self.databases[0], settings, clock).await
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shime"));
        command.args(args).stdin(Stdio::null()).envs([
            ("SHIME_LOG_FILTER", "warn".to_owned()),
            ("SHIME_SETUP_PASSWORD", PASSWORD.to_owned()),
            ("SHIME_KEY_FILE", self.dir.path().join("shime.key").display().to_string()),
            ("SHIME_POS_LISTEN", self.pos_at.clone()),
            ("SHIME_POS_PUBLIC_URL", format!("http://{}", self.pos_at)),
            ("SHIME_POS_METRICS_LISTEN", self.figures_at.clone()),
            ("SHIME_POS_DATABASE", self.databases[0].clone()),
            ("SHIME_POS_PARTNER_URL", format!("http://{}", self.flaro_at)),
            ("SHIME_POS_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
            ("SHIME_POS_ALLOW_PRIVATE_NETWORKS", "true".to_owned()),
            ("SHIME_FLARO_LISTEN", self.flaro_at.clone()),
            ("SHIME_FLARO_PUBLIC_URL", format!("http://{}", self.flaro_at)),
            ("SHIME_FLARO_DATABASE", self.databases[1].clone()),
            ("SHIME_FLARO_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
        ]);
        command
    }

    fn place(&mut self, name: &str) {
        let log = std::fs::File::create(self.dir.path().join(format!("{name}.log"))).expect("a log file");
        let mut command = self.command(&[name]);
        command.stdout(log.try_clone().expect("a second handle of the log")).stderr(log);
        self.places.push(command.spawn().expect("the program starts"));
    }

    async fn healthy(&self, at: &str) {
        let url = format!("http://{at}/healthz");
        for _ in 0..LOOKS_MAX {
            if reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{at} never answered");
    }

    /// The most that each program ever held, in KiB: head office, back office.
    pub fn peak_memory(&self) -> [u64; 2] {
        let peak = |child: &Child| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("the program runs");
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        [peak(&self.places[1]), peak(&self.places[0])]
    }

    fn said(&self) -> String {
        ["pos", "flaro"]
            .map(|name| {
                let said = std::fs::read_to_string(self.dir.path().join(format!("{name}.log"))).unwrap_or_default();
                let lines: Vec<&str> = said.lines().collect();
                format!("{name}:\n{}", lines[lines.len().saturating_sub(30)..].join("\n"))
            })
            .join("\n")
    }
}

impl Drop for House {
    fn drop(&mut self) {
        for place in &mut self.places {
            place.kill().expect("a process that was started can be killed");
            place.wait().expect("a killed process ends");
        }
    }
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}
