//! A whole back office over a fresh database, with a clock that stands until it is moved.

use crate::{
    Company, Flaro, PartnerCredential, Role, Settings, Smtp,
    provision::{AccountPlan, CompanyPlan, provision},
    server,
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use db::Db;
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use protocol::hash::Sha256;
use sales::StoreId;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};
use tower::ServiceExt;
use uuid::Uuid;

pub const CREDENTIAL: &str = "partner-credential-for-tests";
pub const OTHER_CREDENTIAL: &str = "another-partner-for-tests";
pub const PASSWORD: &str = "みなとの朝は早い二〇二六";

pub struct House {
    pub flaro: Arc<Flaro>,
    pub app: Router,
    now: Arc<AtomicI64>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why} in {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The stable name of an error.
    pub fn code(&self) -> String {
        self.json::<Value>()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl House {
    pub async fn new(db: Db) -> Self {
        Self::made(db, |_| {}).await
    }

    /// A house whose secrets are sealed.
    pub async fn sealed(db: Db, keys: db::Keys) -> Self {
        Self::made(db, |settings| settings.keys = keys).await
    }

    /// A house that mails its inquiries.
    pub async fn mailing(db: Db, smtp: Option<Smtp>) -> Self {
        Self::made(db, |settings| settings.smtp = smtp).await
    }

    async fn made(db: Db, set: impl FnOnce(&mut Settings)) -> Self {
        let now = Arc::new(AtomicI64::new("2026-11-22T13:00:00Z".parse::<Timestamp>().unwrap().as_millisecond()));
        let (clock, count) = (now.clone(), Arc::new(AtomicU64::new(1)));
        let counted = count.clone();
        let partners =
            vec![PartnerCredential::new("usen", CREDENTIAL), PartnerCredential::new("other", OTHER_CREDENTIAL)];
        let mut settings = Settings::new("https://flaro.example/".parse().unwrap(), partners);
        set(&mut settings);
        let flaro = Flaro::open(
            db,
            Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap()),
            Arc::new(move || Uuid::from_u128(u128::from(count.fetch_add(1, Ordering::SeqCst)))),
            Arc::new(move || Sha256::of(&counted.fetch_add(1, Ordering::SeqCst).to_le_bytes()).0),
            settings,
        );
        let flaro = flaro.await.unwrap();
        Self { app: server::router(flaro.clone()), flaro, now }
    }

    pub async fn company(&self, code: &str, people: &[(&str, Role, Option<Vec<StoreId>>)]) -> Company {
        let account = |(login, role, stores): &(&str, Role, Option<Vec<StoreId>>)| AccountPlan {
            login: (*login).to_owned(),
            name: format!("{login}さん"),
            password: PASSWORD.to_owned(),
            role: *role,
            stores: stores.clone(),
        };
        let accounts = people.iter().map(account).collect();
        let plan = CompanyPlan { code: code.parse().unwrap(), name: format!("株式会社{code}"), accounts };
        provision(&self.flaro, &plan).await.unwrap()
    }

    pub fn now(&self) -> Timestamp {
        self.flaro.now()
    }

    pub fn wait(&self, span: SignedDuration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        Answer { status, headers, body }
    }

    /// A call of the partner API.
    pub async fn partner(&self, method: &str, path: &str, body: Value) -> Answer {
        self.partner_as(CREDENTIAL, method, path, body).await
    }

    pub async fn partner_as(&self, credential: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {credential}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.call(request.body(body).unwrap()).await
    }

    /// Logs in and gives the session's cookie.
    pub async fn log_in(&self, login: &str) -> String {
        let form = format!(
            "login={login}&password={}",
            url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect::<String>()
        );
        let request = Request::builder()
            .method("POST")
            .uri("/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let answer = self.call(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// A page, as the one who has this cookie sees it.
    pub async fn page(&self, cookie: &str, path: &str) -> Answer {
        let request = Request::builder().uri(path).header(header::COOKIE, cookie);
        self.call(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form, as the one who has this cookie.
    pub async fn post(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.call(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a file under the field `file`.
    pub async fn upload(&self, cookie: &str, path: &str, name: &str, bytes: &[u8]) -> Answer {
        let head = format!(
            "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--limit--\r\n"].concat();
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=limit")
            .header("sec-fetch-site", "same-origin");
        self.call(request.body(Body::from(body)).unwrap()).await
    }

    /// Builds every rollup that waits.
    pub async fn roll_up(&self) {
        while crate::rollup::work(&self.flaro).await.unwrap() > 0 {}
    }
}
