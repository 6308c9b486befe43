//! Whoever stands at the counter, with a watch: every request goes through the screen's router and is timed under the
//! name of its tap.

use crate::menu::{self, STAFF, TEN_PERCENT};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header, request::Builder},
};
use jiff::Timestamp;
use register::{HeadOffice, Till, Uploader, screen};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};
use tower::ServiceExt;
use uuid::Uuid;

/// What can go wrong in a bench.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// 2026-11-22 11:00 in Tokyo.
const OPENED_MS: i64 = 1_795_312_800_000;
/// Between two checks of the day.
const BETWEEN_MS: i64 = 60_000;

/// A till, its screen and a watch.
pub struct Counter {
    till: Till,
    router: Router,
    cookie: String,
    hands: Arc<AtomicI64>,
    times: BTreeMap<&'static str, Vec<f64>>,
}

/// An answer.
pub struct Answer {
    /// Where it leads.
    leads: String,
}

impl Counter {
    /// Opens the till of a folder.
    pub async fn open(folder: &Path) -> Result<Self, Failed> {
        let till = menu::till(folder).await?;
        let office = HeadOffice::new("http://127.0.0.1:9".parse()?, "a-token".parse()?);
        let hands = Arc::new(AtomicI64::new(OPENED_MS));
        let own = hands.clone();
        let clock: register::Clock =
            Arc::new(move || Timestamp::from_millisecond(own.load(Ordering::SeqCst)).unwrap_or_default());
        let uploader = Arc::new(Uploader::new(till.clone(), &office, clock.clone())?);
        let settings = screen::Settings {
            secure_cookies: false,
            segments: vec!["家族".to_owned()],
            discount_percent_max: 30,
            disk: Some(folder.to_owned()),
            disk_low_below: 0,
        };
        let router = screen::Screen::new(till.clone(), uploader, clock, settings).router();
        Ok(Self { till, router, cookie: String::new(), hands, times: BTreeMap::new() })
    }

    /// With a PIN.
    pub async fn sign_in(&mut self) -> Result<(), Failed> {
        self.post("sign in (PIN)", "/sign-in", &[("code", STAFF.0), ("pin", STAFF.1)]).await?;
        Ok(())
    }

    /// One table from its first tap to its receipt; every fifth pays apart.
    pub async fn ring_up(&mut self, nth: u128) -> Result<(), Failed> {
        self.hands.fetch_add(BETWEEN_MS, Ordering::SeqCst);
        let id = Uuid::from_u128(0xa_0000_0000 + nth).to_string();
        let (at, table) = (format!("/orders/{id}"), format!("{}", nth % 40));
        self.get("category", &format!("/?check={id}&category={}", menu::category(nth).0)).await?;
        for (tap, key) in (0..4_u128).zip(["a", "b", "c", "d"]) {
            let wish = format!("add:{}", menu::product(nth * 7 + tap * 31).0);
            self.tap("add a line", &at, key, &wish, &[]).await?;
        }
        self.tap("quantity", &at, "e", "quantity:1:2", &[]).await?;
        self.tap("take out", &at, "f", "serve:2:takeout", &[]).await?;
        self.tap("seat", &at, "g", "sit", &[("table", &table), ("male", "1"), ("female", "2")]).await?;
        self.tap("discount", &at, "h", &format!("off:all:{TEN_PERCENT}"), &[]).await?;
        if nth.is_multiple_of(5) {
            let part = Uuid::from_u128(0xb_0000_0000 + nth).to_string();
            self.get("split page", &format!("{at}/split")).await?;
            self.post("split", &format!("{at}/split"), &[("part", &part), ("take-2", "1")]).await?;
            self.pay(&part).await?;
        }
        self.pay(&id).await
    }

    async fn pay(&mut self, id: &str) -> Result<(), Failed> {
        let at = format!("/orders/{id}/pay");
        self.get("pay page", &at).await?;
        let card = [("key", "i"), ("method", "10000000000000000001"), ("amount", "100")];
        self.post("pay a part", &at, &card).await?;
        let cash = [("key", "j"), ("method", "00000000000000000001"), ("amount", "")];
        let paid = self.post("pay", &at, &cash).await?;
        self.get("receipt", &paid.leads).await?;
        self.get("bar", "/bar").await?;
        Ok(())
    }

    /// Every page that a full day is behind, twenty times each.
    pub async fn look_around(&mut self) -> Result<(), Failed> {
        let pages = [
            ("history", "/checks"),
            ("history, second page", "/checks?page=2"),
            ("点検", "/inspect"),
            ("入金・出金", "/cash"),
            ("精算 page", "/settle"),
            ("settlements", "/settlements"),
            ("status", "/status"),
            ("selling page", "/"),
        ];
        for _ in 0..20 {
            for (name, path) in pages {
                self.get(name, path).await?;
            }
        }
        Ok(())
    }

    /// The open session's id.
    pub async fn session(&self) -> Result<String, Failed> {
        Ok(self.till.session().await?.ok_or("no session is open")?.id.to_string())
    }

    /// Counts and closes.
    pub async fn close(&mut self, session: &str) -> Result<(), Failed> {
        for count in ["1", "12", "123"].into_iter().cycle().take(20) {
            let typed = [("session", session), ("do", "count"), ("count-1000", count)];
            // As the script asks: for the sums alone.
            let request = form(Request::post("/settle")).header("x-part", "1");
            self.timed("count", request, encoded(&typed)).await?;
        }
        let close = [("session", session), ("do", "settle"), ("count-1000", "123")];
        let closed = self.post("精算", "/settle", &close).await?;
        for _ in 0..20 {
            self.get("日計表", &closed.leads).await?;
        }
        Ok(())
    }

    /// The disk is free for another process.
    pub async fn let_go(self) {
        self.till.db().clone().close().await;
    }

    /// Prints a row for every sort of tap; how many of them are slower than they may be.
    pub fn report(&mut self, may_take_ms: f64) -> usize {
        println!("| tap | times | median ms | p99 ms | slowest ms |\n|---|---|---|---|---|");
        let mut slow = 0;
        for (name, times) in &mut self.times {
            times.sort_by(f64::total_cmp);
            let of = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
            let p99 = of(99);
            println!("| {name} | {} | {:.1} | {p99:.1} | {:.1} |", times.len(), of(50), times[times.len() - 1]);
            slow += usize::from(p99 > may_take_ms);
        }
        slow
    }

    async fn tap(
        &mut self,
        name: &'static str,
        at: &str,
        key: &str,
        wish: &str,
        more: &[(&str, &str)],
    ) -> Result<(), Failed> {
        let fields = [&[("do", wish), ("key", key), ("category", "")], more].concat();
        let request = Request::post(at).header("x-part", "1");
        self.timed(name, form(request), encoded(&fields)).await?;
        Ok(())
    }

    /// A form, as a person sends it.
    pub async fn post(&mut self, name: &'static str, at: &str, fields: &[(&str, &str)]) -> Result<Answer, Failed> {
        self.timed(name, form(Request::post(at)), encoded(fields)).await
    }

    async fn get(&mut self, name: &'static str, at: &str) -> Result<Answer, Failed> {
        self.timed(name, Request::get(at), Body::empty()).await
    }

    async fn timed(&mut self, name: &'static str, request: Builder, body: Body) -> Result<Answer, Failed> {
        let request =
            request.header(header::COOKIE, &self.cookie).header("sec-fetch-site", "same-origin").body(body)?;
        let at = request.uri().to_string();
        let begun = Instant::now();
        let response = self.router.clone().oneshot(request).await?;
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await?.to_vec())?;
        let took = begun.elapsed().as_secs_f64() * 1_000.0;
        if !parts.status.is_success() && !parts.status.is_redirection() {
            return Err(format!("{name}: {at} → {} {text}", parts.status).into());
        }
        if let Some(set) = parts.headers.get(header::SET_COOKIE) {
            set.to_str()?.split(';').next().unwrap_or_default().clone_into(&mut self.cookie);
        }
        self.times.entry(name).or_default().push(took);
        let leads = parts.headers.get(header::LOCATION).map_or(Ok(""), |to| to.to_str())?.to_owned();
        if leads == "/sign-in" {
            return Err(format!("{name}: {at} asks to sign in").into());
        }
        Ok(Answer { leads })
    }
}

fn form(request: Builder) -> Builder {
    request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn encoded(fields: &[(&str, &str)]) -> Body {
    Body::from(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish())
}
