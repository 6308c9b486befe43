//! A company with one linked store, its head office and back office as processes, and a till that imports.

mod arriving;
mod copies;
mod founding;
mod importing;

pub use crate::databases::{Databases, engines};
use crate::{
    processes::{Process, command},
    shell::{self, now},
};
use pos::Pos;
use sales::RegisterId;
use std::{path::PathBuf, sync::Arc, time::Duration};
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

    fn start_pos(&mut self) {
        if self.pos.is_none() {
            self.pos = Some(Process::start(&["pos"], &self.env(), &self.log("pos")));
        }
    }

    async fn flaro_is_up(&self) {
        healthy(&self.flaro_url()).await;
    }

    /// The till's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What a process has logged.
    pub fn logged(&self, name: &str) -> String {
        std::fs::read_to_string(self.log(name)).unwrap_or_default()
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
