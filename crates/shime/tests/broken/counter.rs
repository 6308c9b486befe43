//! A till's process, whoever stands at its screen, and the book of what it acknowledged.

use crate::{
    deed::{Deed, FLOAT, Ledger, Outcome},
    disk::{self, REGISTER, STAFF},
    fault::signal,
    judge,
};
use reqwest::{Client, Response, header, redirect};
use sales::SettlementId;
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// The counter.
pub struct Counter {
    dir: TempDir,
    till: Option<Child>,
    at: String,
    client: Client,
    /// Of whoever signed in.
    pub cookie: String,
    /// What was acknowledged.
    pub ledger: Ledger,
    deeds: u128,
    sold: usize,
}

impl Counter {
    /// A till on a fresh disk, somebody signed in, レジ開設 done.
    pub async fn start() -> Self {
        // Another test of this process may have been first: any provider will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let dir = tempfile::tempdir().expect("a temporary directory");
        disk::lay(dir.path()).await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = listener.local_addr().expect("its address").to_string();
        drop(listener);
        let client = Client::builder().redirect(redirect::Policy::none()).build().expect("a client");
        let (cookie, ledger) = (String::new(), Ledger::default());
        let mut counter = Self { dir, till: None, at, client, cookie, ledger, deeds: 0, sold: 0 };
        counter.start_again().await;
        let signed_in = counter.post("/sign-in", &[("code", STAFF.0), ("pin", STAFF.1)]).await.unwrap();
        let cookie = signed_in.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().clone_into(&mut counter.cookie);
        counter.open().await;
        counter
    }

    /// Starts the process and waits until its screen answers.
    pub async fn start_again(&mut self) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.dir.path().join("till.log"));
        let log = log.expect("a log file");
        let child = Command::new(env!("CARGO_BIN_EXE_shime"))
            .arg("register")
            .env("SHIME_LOG_FILTER", "error")
            .env("SHIME_REGISTER_LISTEN", &self.at)
            .env("SHIME_REGISTER_DATABASE", format!("sqlite:{}", self.dir.path().join(disk::FILE).display()))
            // Nobody listens there: the till is offline.
            .env("SHIME_REGISTER_POS_URL", "http://127.0.0.1:9")
            .env("SHIME_REGISTER_REGISTER_ID", REGISTER.to_string())
            .env("SHIME_REGISTER_TOKEN", "a-token")
            .env("SHIME_REGISTER_SECURE_COOKIES", "false")
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .expect("the till starts");
        self.till = Some(child);
        for _ in 0..4_000 {
            if self.get("/bar").await.is_some_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.till.as_mut().expect("it was started").try_wait().expect("it was started");
            assert!(ended.is_none(), "the till ended: {}", self.logged());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the till never answered: {}", self.logged());
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.till.as_ref().expect("the till runs").id()
    }

    /// The folder of its disk.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// The files whose writes count.
    pub fn files(&self) -> Vec<PathBuf> {
        [disk::FILE, disk::LOG].map(|name| self.dir.path().join(name)).to_vec()
    }

    /// A new deed of this sort, and everything in place for it.
    pub async fn ready_for(&mut self, what: fn(u128) -> Deed) -> Deed {
        self.deeds += 1;
        let mut deed = what(self.deeds);
        if self.session().await.is_none() {
            self.open().await;
        }
        if let Deed::Close { id, sales, .. } = &mut deed {
            if self.sold == 0 {
                self.deeds += 1;
                let mut sale = Deed::sale(self.deeds);
                assert_eq!(self.attempt(&mut sale).await, Outcome::Acknowledged);
            }
            (*id, *sales) = (self.session().await.expect("it is open"), self.sold);
        }
        deed
    }

    /// Does a deed, or goes on with it where its last answer is missing.
    pub async fn attempt(&mut self, deed: &mut Deed) -> Outcome {
        self.ledger.doubtful = Some(deed.clone());
        let requests = deed.requests();
        for request in requests.iter().skip(*deed.done()) {
            let fields: Vec<_> = request.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let Some(answer) = self.post(&request.path, &fields).await else { return Outcome::Gone };
            let leads = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
            let right = match (&request.leads_to, &leads) {
                (None, None) => answer.status().is_success(),
                (Some(wanted), Some(leads)) => leads.starts_with(wanted.as_str()),
                _ => false,
            };
            if !right {
                let status = answer.status().as_u16();
                let Ok(text) = answer.text().await else { return Outcome::Gone };
                return Outcome::Refused { status, text: format!("{leads:?} {text}") };
            }
            if answer.bytes().await.is_err() {
                return Outcome::Gone;
            }
            *deed.done() += 1;
        }
        match (self.ledger.acknowledge(deed), &deed) {
            (true, Deed::Sale { .. }) => self.sold += 1,
            (true, Deed::Close { .. }) => self.sold = 0,
            (false, _) => {}
        }
        Outcome::Acknowledged
    }

    /// Holds a copy of the disk, as it is now, against the book.
    pub async fn judge(&mut self) -> Result<(), String> {
        let folder = tempfile::tempdir().expect("a temporary directory");
        if let Some(till) = &self.till {
            signal(till.id(), "STOP");
        }
        disk::copy(self.dir.path(), folder.path());
        if let Some(till) = &self.till {
            signal(till.id(), "CONT");
        }
        judge::judge(folder.path(), &self.ledger).await
    }

    /// Waits for a killed till to be gone.
    pub async fn wait_dead(&mut self) {
        let mut till = self.till.take().expect("it was started");
        for _ in 0..4_000 {
            if till.try_wait().expect("it was started").is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the till did not die");
    }

    /// Asks it to stop, as a service manager does.
    pub async fn stop(&mut self) {
        signal(self.pid(), "TERM");
        self.wait_dead().await;
    }

    async fn open(&mut self) {
        let opened = self.post("/open", &[("float", &FLOAT.to_string())]).await.expect("the till answers");
        assert_eq!(opened.headers()[header::LOCATION], "/");
        self.sold = 0;
    }

    /// The session that is open.
    pub async fn session(&self) -> Option<SettlementId> {
        let page = self.get("/settle").await.expect("the till answers").text().await.expect("a page");
        let (_, after) = page.split_once(r#"name="session" value=""#)?;
        Some(after.split('"').next().unwrap().parse().expect("a session's id"))
    }

    async fn get(&self, path: &str) -> Option<Response> {
        self.client.get(format!("http://{}{path}", self.at)).header(header::COOKIE, &self.cookie).send().await.ok()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Option<Response> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(format!("http://{}{path}", self.at)).body(body);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(header::COOKIE, &self.cookie).header("sec-fetch-site", "same-origin");
        // As the script sends a tap; a payment is a form like any other.
        let tap = path.starts_with("/orders/") && !path.ends_with("/pay");
        let request = if tap { request.header("x-part", "1") } else { request };
        request.send().await.ok()
    }

    fn logged(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("till.log")).unwrap_or_default()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        if let Some(mut till) = self.till.take() {
            till.kill().expect("a process that was started can be killed");
            till.wait().expect("a killed process ends");
        }
    }
}
