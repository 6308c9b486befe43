//! The places of a measurement: databases made for it, a chain with its tills, and the processes that serve it.

mod chain;

pub use chain::{ADMINISTRATOR, PASSWORD};

use super::{
    Bench,
    engine::Engine,
    process::{Process, Used},
};
use crate::{keys, shell};
use anyhow::{Context, Result, bail};
use db::{Db, Tx, args};
use jiff::Timestamp;
use protocol::progress::RegisterProgress;
use sales::{RegisterId, SettlementId, StoreId};
use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    time::Duration,
};
use uuid::Uuid;

/// How long a place may take to answer for the first time, and a backlog to move at all.
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// The places of a run trust each other by this.
const CREDENTIAL: &str = "shime-bench-credential";

/// Who receives the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Far {
    /// Answers 200 and forgets.
    Sink,
    /// The back office.
    Flaro,
}

/// What a measurement needs of its stage.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Who receives.
    pub far: Far,
    /// Stores, with a till each.
    pub stores: usize,
    /// Events are made, and wait: 一時停止.
    pub held: bool,
}

/// A till that may send.
#[derive(Clone, Debug)]
pub struct Till {
    /// Which.
    pub register: RegisterId,
    /// Its store.
    pub store: StoreId,
    /// Its 接続キー.
    pub token: String,
}

/// An event as the head office has it.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Which.
    pub event_id: Uuid,
    /// In its store.
    pub sequence: i64,
    /// When its receipt was stored; none: it was not delivered.
    pub delivered_at: Option<Timestamp>,
}

/// A chain with its places running.
pub struct Stage {
    engine: Engine,
    dir: PathBuf,
    pos_url: String,
    far_url: String,
    pos_database: String,
    flaro_database: String,
    /// One per store.
    pub tills: Vec<Till>,
    pos: Option<Process>,
    far: Option<Process>,
    till: Option<Process>,
    http: reqwest::Client,
    log_filter: String,
}

impl Stage {
    /// Sets it up and starts everything.
    pub async fn set(bench: &Bench, engine: &Engine, plan: Plan) -> Result<Self> {
        let dir = bench.data.join("stage");
        if dir.exists() {
            std::fs::remove_dir_all(&dir).with_context(|| format!("cannot empty {}", dir.display()))?;
        }
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        // One key for both places, made in the folder as it is beside a file.
        let key = keys::open("", &format!("sqlite:{}", dir.join("any.db").display()))?;
        let mut stage = Self {
            pos_url: free_address()?,
            far_url: free_address()?,
            pos_database: engine.fresh(&dir, "pos").await?,
            flaro_database: engine.fresh(&dir, "flaro").await?,
            engine: engine.clone(),
            dir,
            tills: Vec::new(),
            pos: None,
            far: None,
            till: None,
            http: reqwest::Client::builder().no_proxy().build()?,
            log_filter: bench.settings.log.filter.clone(),
        };
        stage.start_far(plan.far).await?;
        let settings = stage.pos_settings(bench);
        stage.tills = chain::make(&settings, &bench.settings.support, &key.keys, plan).await?;
        stage.pos = Some(Process::start("pos", &["pos"], &stage.env(), &stage.dir)?);
        stage.answers(&stage.pos_url.clone()).await?;
        Ok(stage)
    }

    /// The head office's address.
    pub fn pos_url(&self) -> &str {
        &self.pos_url
    }

    /// The receiver's address.
    pub fn far_url(&self) -> &str {
        &self.far_url
    }

    async fn start_far(&mut self, far: Far) -> Result<()> {
        let listen = self.far_url.trim_start_matches("http://").to_owned();
        self.far = Some(match far {
            Far::Sink => Process::start("sink", &["bench", "sink", "--listen", &listen], &self.env(), &self.dir)?,
            Far::Flaro => {
                chain::company_at_flaro(&self.env()).await?;
                Process::start("flaro", &["flaro"], &self.env(), &self.dir)?
            }
        });
        self.answers(&self.far_url.clone()).await
    }

    /// Starts the first of the tills as a place of its own, with its disk beside the others'.
    pub async fn start_till(&mut self) -> Result<()> {
        let url = free_address()?;
        let till = &self.tills[0];
        let mut env = self.env();
        env.extend([
            ("SHIME_REGISTER_LISTEN", url.trim_start_matches("http://").to_owned()),
            ("SHIME_REGISTER_DATABASE", format!("sqlite:{}", self.dir.join("register.db").display())),
            ("SHIME_REGISTER_POS_URL", self.pos_url.clone()),
            ("SHIME_REGISTER_REGISTER_ID", till.register.to_string()),
            ("SHIME_REGISTER_TOKEN", till.token.clone()),
        ]);
        self.till = Some(Process::start("register", &["register"], &env, &self.dir)?);
        self.answers(&url).await
    }

    fn pos_settings(&self, bench: &Bench) -> crate::settings::Pos {
        crate::settings::Pos {
            public_url: self.pos_url.clone(),
            database: self.pos_database.clone(),
            partner_url: self.far_url.clone(),
            partner_credential: CREDENTIAL.to_owned(),
            allow_private_networks: true,
            ..bench.settings.pos.clone()
        }
    }

    fn env(&self) -> Vec<(&'static str, String)> {
        let bare = |url: &str| url.trim_start_matches("http://").to_owned();
        vec![
            ("SHIME_LOG_FILTER", self.log_filter.clone()),
            ("SHIME_KEY_FILE", self.dir.join("shime.key").display().to_string()),
            ("SHIME_POS_LISTEN", bare(&self.pos_url)),
            ("SHIME_POS_PUBLIC_URL", self.pos_url.clone()),
            ("SHIME_POS_DATABASE", self.pos_database.clone()),
            ("SHIME_POS_PARTNER_URL", self.far_url.clone()),
            ("SHIME_POS_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
            ("SHIME_POS_ALLOW_PRIVATE_NETWORKS", "true".to_owned()),
            ("SHIME_FLARO_LISTEN", bare(&self.far_url)),
            ("SHIME_FLARO_PUBLIC_URL", self.far_url.clone()),
            ("SHIME_FLARO_DATABASE", self.flaro_database.clone()),
            ("SHIME_FLARO_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
        ]
    }

    /// Waits until a place answers.
    async fn answers(&mut self, url: &str) -> Result<()> {
        let mut waited = Duration::ZERO;
        let url = format!("{url}/healthz");
        while !self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            for process in self.pos.iter_mut().chain(&mut self.far).chain(&mut self.till) {
                process.alive()?;
            }
            if waited > PATIENCE {
                bail!("{url} did not answer within {} s", PATIENCE.as_secs());
            }
            tokio::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
        Ok(())
    }

    /// Waits until every till's settlements are delivered; `told` hears how many tills are done. Gives up when nothing
    /// moves any more.
    pub async fn delivered(&mut self, each: impl Fn(usize) -> i64, told: impl Fn(usize)) -> Result<()> {
        let mut still = Duration::ZERO;
        let (mut done, mut before) = (0, -1);
        while done < self.tills.len() {
            let now = self.progress(&self.tills[done]).await?.delivered;
            if now >= each(done) {
                done += 1;
                told(done);
                (still, before) = (Duration::ZERO, -1);
                continue;
            }
            still = if now > before { Duration::ZERO } else { still + LOOK_EVERY };
            before = now;
            if still > PATIENCE {
                bail!(
                    "till {done} has {now} of {} settlements delivered, and nothing moves; logs: {}",
                    each(done),
                    self.dir.display()
                );
            }
            for process in self.pos.iter_mut().chain(&mut self.far) {
                process.alive()?;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn progress(&self, till: &Till) -> Result<RegisterProgress> {
        let url = format!("{}/api/v1/registers/{}/progress", self.pos_url, till.register);
        let answer = self.http.get(url).bearer_auth(&till.token).send().await.context("asking for progress")?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// What the receiver's answer is from now on; only a sink can be told.
    pub async fn receiver_answers(&self, status: u16) -> Result<()> {
        self.http.post(format!("{}/answer/{status}", self.far_url)).send().await?.error_for_status()?;
        Ok(())
    }

    /// Events in the order in which the sink answered 200 to them.
    pub async fn arrived(&self) -> Result<Vec<Uuid>> {
        Ok(self.http.get(format!("{}/arrived", self.far_url)).send().await?.error_for_status()?.json().await?)
    }

    /// What each process used up to now, and this one.
    pub fn used(&self) -> Result<BTreeMap<&'static str, Used>> {
        let places = self.pos.iter().chain(&self.far).chain(&self.till);
        let mut used = places.map(|place| Ok((place.name(), place.used()?))).collect::<Result<BTreeMap<_, _>>>()?;
        used.insert("callers", Used::here()?);
        Ok(used)
    }

    /// Stops the places; what is in flight is recorded before they end.
    pub async fn stop(&mut self) -> Result<()> {
        for place in [self.till.take(), self.pos.take(), self.far.take()].into_iter().flatten() {
            place.stop().await?;
        }
        Ok(())
    }

    /// The head office's events, by settlement. The places must have stopped.
    pub async fn events(&self) -> Result<HashMap<SettlementId, Sent>> {
        const EVENTS: &str = "SELECT settlement_id, event_id, sequence, delivered_at FROM outbox";
        let rows = rows(&self.pos_database, EVENTS).await?;
        let mut events = HashMap::new();
        for row in rows {
            let delivered = row.opt_int("delivered_at")?.map(Timestamp::from_millisecond).transpose()?;
            let sent = Sent {
                event_id: row.text("event_id")?.parse()?,
                sequence: row.int("sequence")?,
                delivered_at: delivered,
            };
            events.insert(row.text("settlement_id")?.parse()?, sent);
        }
        Ok(events)
    }

    /// Rows of the back office. The places must have stopped.
    pub async fn at_flaro(&self, query: &'static str) -> Result<Vec<db::Row>> {
        rows(&self.flaro_database, query).await
    }

    /// Deletes everything.
    pub async fn strike(self) -> Result<()> {
        for name in ["pos", "flaro"] {
            self.engine.forget(name).await?;
        }
        std::fs::remove_dir_all(&self.dir).with_context(|| format!("cannot delete {}", self.dir.display()))
    }
}

async fn rows(database: &str, query: &'static str) -> Result<Vec<db::Row>> {
    let db = Db::open(database).await.context("opening a place's database")?;
    let rows = db.read(async move |tx: &mut Tx| tx.fetch_all(query, args![]).await).await;
    db.close().await;
    Ok(rows?)
}

fn free_address() -> Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("a free port")?;
    Ok(format!("http://{}", listener.local_addr()?))
}

/// CPU seconds between two looks, summed over all processes.
pub fn cpu_between(before: &BTreeMap<&'static str, Used>, after: &BTreeMap<&'static str, Used>) -> f64 {
    let spent = |(name, used): (&&'static str, &Used)| used.cpu_s - before.get(*name).map_or(0.0, |used| used.cpu_s);
    after.iter().map(spent).sum()
}

/// The machine's clock, for latencies that end in another process.
pub fn now() -> Timestamp {
    shell::now()
}
