//! The touch screen: pages served on the till's own machine, for whoever stands at the counter. They work without
//! JavaScript and without a line; with JavaScript a tap swaps the bill and nothing else.
//!
//! Staff sign in with their PIN. What needs a manager asks for one where it is done. A page says what is on the disk;
//! no yen is computed here or in the browser.

mod approve;
mod bar;
mod cash;
mod checks;
mod clerk;
mod correct;
mod count;
mod deeds;
mod forgotten;
mod frame;
mod inspect;
mod open;
mod orders;
mod panel;
mod pay;
mod receipt;
mod report;
mod sell;
mod settle;
mod settlements;
mod sign_in;
mod split;
mod status;
mod wish;
mod words;

use crate::{Clock, DiskState, Status, Till, TillError, Uploader, disk, masters::House, schema};
use axum::{
    Router,
    routing::{get, post},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};
use web::{Failure, Routes, Sessions, assets, throttle::Throttle};

/// The cookie of this place's sessions.
const COOKIE: &str = "register_session";
/// Who signed in and did nothing for so long signs in again.
const IDLE: SignedDuration = SignedDuration::from_hours(4);
/// Nobody works longer.
const SHIFT: SignedDuration = SignedDuration::from_hours(16);
/// How often the disk is looked at.
const DISK_EVERY: Duration = Duration::from_secs(20);

/// How the screen is served and what it asks for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Browsers reach it over https.
    pub secure_cookies: bool,
    /// 客層 to choose from.
    pub segments: Vec<String>,
    /// More than this off an order, in percent, needs a manager.
    pub discount_percent_max: u8,
    /// Where the database lies, to see how much room there is.
    pub disk: Option<PathBuf>,
    /// Less free space than this, in bytes, is told.
    pub disk_low_below: u64,
}

/// What every page works with.
pub struct Screen {
    till: Till,
    uploader: Arc<Uploader>,
    clock: Clock,
    settings: Settings,
    throttle: Mutex<Throttle>,
    disk: RwLock<DiskState>,
}

impl Screen {
    /// The screen of a till and its line.
    pub fn new(till: Till, uploader: Arc<Uploader>, clock: Clock, settings: Settings) -> Arc<Self> {
        let (throttle, disk) = (Mutex::default(), RwLock::new(DiskState::Unknown));
        Arc::new(Self { till, uploader, clock, settings, throttle, disk })
    }

    /// Everything the screen serves.
    pub fn router(self: &Arc<Self>) -> Router {
        self.routes().into_router()
    }

    /// The same, to be listed.
    pub fn routes(self: &Arc<Self>) -> Routes {
        let mut settings = web::Settings::new("レジ");
        settings.https = self.settings.secure_cookies;
        let sessions = Sessions::new(self.till.db.clone(), self.clock.clone(), COOKIE, settings.https);
        let inside = sessions.limits(IDLE, SHIFT).around(pages().with_state(self.clone()));
        let ready = web::ready::routes(self.till.db.clone(), schema::migrations());
        web::harden(inside.merge(assets::router_with(frame::own_assets())), &settings)
            .merge(web::harden_api(ready.route("/healthz", get(async || "ok\n")), &settings))
    }

    /// Looks at the disk until `shutdown` is done.
    pub async fn watch(&self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let mut often = tokio::time::interval(DISK_EVERY);
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                _ = often.tick() => self.look_at_disk().await,
            }
        }
    }

    /// Looks at the disk once: is there room, and does it keep what it is given?
    pub async fn look_at_disk(&self) {
        let free = self.settings.disk.as_deref().and_then(disk::free_bytes);
        let written = self.till.probe(self.now()).await.map_err(|error| error.to_string());
        let found = disk::judge(written, free, self.settings.disk_low_below);
        if let DiskState::Failing { reason, .. } = &found {
            tracing::error!(reason, "the till's disk does not keep what it is given");
        }
        *self.disk.write().unwrap_or_else(PoisonError::into_inner) = found;
    }

    pub(crate) fn disk(&self) -> DiskState {
        self.disk.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// How the upload stands.
    pub(crate) async fn status(&self) -> Result<Status, TillError> {
        self.uploader.status().await
    }

    /// The masters; before the first ones there is only the sign-in page, which says so.
    fn house(&self) -> Result<Arc<House>, Failure> {
        self.till.house().ok_or_else(|| {
            Failure::new(axum::http::StatusCode::SERVICE_UNAVAILABLE)
                .says("本部からまだ商品や担当者を受け取っていません。ネットワークをつないで、しばらくお待ちください。")
        })
    }
}

fn pages() -> Routes<Arc<Screen>> {
    Routes::new()
        .route("/", get(sell::show))
        .route("/bar", get(bar::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/open", get(open::show).post(open::open))
        .route("/forgotten", get(forgotten::show).post(forgotten::decide))
        .route("/orders/{id}", post(orders::tap))
        .route("/orders/{id}/drop", post(orders::drop))
        .route("/orders/{id}/split", get(split::show).post(split::split))
        .route("/orders/{id}/pay", get(pay::show).post(pay::pay))
        .route("/receipts/{id}", get(receipt::show))
        .route("/receipts/{id}/issue", post(receipt::issue))
        .route("/checks", get(checks::list))
        .route("/checks/{id}/void", post(checks::void))
        .route("/checks/{id}/correct", get(correct::show).post(correct::correct))
        .route("/cash", get(cash::show).post(cash::move_cash))
        .route("/inspect", get(inspect::show).post(inspect::record))
        .route("/settle", get(settle::show).post(settle::settle))
        .route("/settlements", get(settlements::list))
        .route("/settlements/{id}", get(settlements::show))
        .route("/settlements/{id}/cancel", post(settlements::cancel))
        .route("/deeds", get(deeds::list))
        .route("/status", get(status::show).post(status::trust_clock))
}
