//! A counter: the till's screen, whoever stands at it, and a clock that is moved by hand.

use super::{Seed, at, masters, office::Office};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use db::Db;
use jiff::Timestamp;
use register::{
    Till, Uploader,
    screen::{Screen, Settings},
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tower::ServiceExt;

/// PINs of the manager 01 and of 02.
pub const PINS: [(&str, &str); 2] = [("01", "1111"), ("02", "2222")];

pub struct Counter {
    pub till: Till,
    pub uploader: Arc<Uploader>,
    pub screen: Arc<Screen>,
    router: Router,
    hands: Arc<AtomicI64>,
    /// Milliseconds that went by, whatever the clock reads.
    gone_by: Arc<AtomicI64>,
    cookie: String,
    file: PathBuf,
    seed: Seed,
}

pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub text: String,
}

impl Counter {
    /// A till on a fresh disk in `folder`, with its masters and PINs, before anybody has signed in.
    pub async fn new(folder: &Path, office: &Office, when: &str) -> Self {
        let (file, seed) = (folder.join("till.db"), Seed::default());
        let hands = Arc::new(AtomicI64::new(at(when).as_millisecond()));
        let till =
            Till::open(Db::open(&format!("sqlite:{}", file.display())).await.unwrap(), super::REGISTER, seed.random());
        let till = till.await.unwrap();
        let mut masters = masters(1);
        masters.store.registration_number = Some("T1234567890123".parse().unwrap());
        for (staff, (_, pin)) in masters.staff.iter_mut().zip(PINS) {
            staff.pin_hash = Some(web::password::hash(pin.to_owned()).await.unwrap());
        }
        till.store_masters(masters).await.unwrap();
        Self::over(till, office, hands, String::new(), file, seed)
    }

    fn over(till: Till, office: &Office, hands: Arc<AtomicI64>, cookie: String, file: PathBuf, seed: Seed) -> Self {
        let gone_by = Arc::new(AtomicI64::default());
        let ticked = gone_by.clone();
        let ticks: register::Ticks =
            Arc::new(move || Duration::from_millis(ticked.load(Ordering::SeqCst).try_into().unwrap()));
        let till = till.with_ticks(ticks, Timestamp::from_millisecond(hands.load(Ordering::SeqCst)).unwrap());
        let uploader = Arc::new(office.uploader(&till));
        let own = hands.clone();
        let clock: register::Clock = Arc::new(move || Timestamp::from_millisecond(own.load(Ordering::SeqCst)).unwrap());
        let settings = Settings {
            secure_cookies: false,
            segments: vec!["家族".to_owned()],
            discount_percent_max: 30,
            disk: file.parent().map(Path::to_owned),
            disk_low_below: 0,
        };
        let screen = Screen::new(till.clone(), uploader.clone(), clock, settings);
        let router = screen.router();
        Self { till, uploader, screen, router, hands, gone_by, cookie, file, seed }
    }

    /// The power goes and comes back: nothing is kept but the disk and the browser's cookie.
    pub async fn power_cut(self, office: &Office) -> Self {
        let Self { till, hands, cookie, file, seed, router, screen, uploader, .. } = self;
        drop((router, screen, uploader));
        till.db().clone().close().await;
        let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
        let till = Till::open(db, super::REGISTER, seed.random()).await.unwrap();
        Self::over(till, office, hands, cookie, file, seed)
    }

    /// It is this late now.
    pub fn clock(&self, when: &str) {
        let now = at(when).as_millisecond();
        let before = self.hands.swap(now, Ordering::SeqCst);
        self.gone_by.fetch_add((now - before).max(0), Ordering::SeqCst);
    }

    /// Somebody set the clock: no time went by.
    pub fn set_clock(&self, when: &str) {
        self.hands.store(at(when).as_millisecond(), Ordering::SeqCst);
    }

    pub async fn sign_in(&mut self, code: &str) {
        let (_, pin) = PINS.into_iter().find(|(known, _)| *known == code).unwrap();
        let answer = self.post("/sign-in", &[("code", code), ("pin", pin)]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/"), "{}", answer.text);
    }

    /// A page that must be there and keep the kit's manners.
    pub async fn page(&mut self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path} → {} {}", answer.location, answer.text);
        web::testing::assert_page(&answer.text);
        answer.text
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::builder().uri(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        self.send(Request::builder().method("POST").uri(path).header(header::CONTENT_TYPE, kind), Body::from(body))
            .await
    }

    /// A tap as the script sends it.
    pub async fn tap(&mut self, id: &str, key: &str, wish: &str) -> Answer {
        let path = format!("/orders/{id}");
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("do", wish), ("key", key), ("category", "")])
            .finish();
        let request = Request::builder().method("POST").uri(path).header("x-part", "1");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = request.header(header::COOKIE, &self.cookie).header("sec-fetch-site", "same-origin");
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        if let Some(set) = response.headers().get(header::SET_COOKIE) {
            set.to_str().unwrap().split(';').next().unwrap().clone_into(&mut self.cookie);
        }
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map_or("", |to| to.to_str().unwrap()).to_owned();
        let text = String::from_utf8(to_bytes(response.into_body(), 1 << 24).await.unwrap().to_vec()).unwrap();
        Answer { status, location, text }
    }
}
