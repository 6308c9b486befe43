//! A till whose every name would like to be markup, and the browser of whoever attacks it.

use crate::{
    names::{hostile_masters, typed},
    story::{FIRST_DAY, PIN, SESSION, Step, hostile, sign_in, story},
    support::{self, Seed, at, office::Office},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use db::{Db, testing::Snapshot};
use jiff::Timestamp;
use register::{
    Clock, Ticks, Till,
    screen::{Screen, Settings},
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tower::ServiceExt;
use web::testing::forms::{Fields, plain};

const HOST: &str = "till.example";

pub struct World {
    pub till: Till,
    /// Of 02's browser, once they have signed in.
    pub cookie: String,
    /// Every hostile name that reaches the till.
    pub names: BTreeSet<String>,
    pub screen: Arc<Screen>,
    router: Router,
    hands: Arc<AtomicI64>,
    _folder: TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub text: String,
    headers: HeaderMap,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Name and value of the cookie that is set; empty where none is.
    pub fn cookie(&self) -> &str {
        self.header("set-cookie").split(';').next().unwrap_or_default()
    }
}

/// What a browser adds to what its own page asks for.
pub fn own(cookie: &str) -> [(&str, &str); 3] {
    [("host", HOST), ("sec-fetch-site", "same-origin"), ("cookie", cookie)]
}

impl World {
    pub async fn new(secure_cookies: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("till.db").display())).await.unwrap();
        let start = at(FIRST_DAY).as_millisecond();
        let hands = Arc::new(AtomicI64::new(start));
        let (own, ticked) = (hands.clone(), hands.clone());
        let clock: Clock = Arc::new(move || Timestamp::from_millisecond(own.load(Ordering::SeqCst)).unwrap());
        let ticks: Ticks =
            Arc::new(move || Duration::from_millis((ticked.load(Ordering::SeqCst) - start).try_into().unwrap()));
        let till = support::till(db, &Seed::default()).await.with_ticks(ticks, at(FIRST_DAY));
        let (masters, mut names) = hostile_masters().await;
        till.store_masters(masters).await.unwrap();
        names.extend(typed());
        let settings = Settings {
            secure_cookies,
            segments: vec![hostile("客層")],
            discount_percent_max: 30,
            disk: None,
            disk_low_below: 0,
        };
        let uploader = Arc::new(Office::closed().await.uploader(&till));
        let screen = Screen::new(till.clone(), uploader, clock, settings);
        let router = screen.router();
        Self { till, cookie: String::new(), names, screen, router, hands, _folder: folder }
    }

    /// Everything has happened but the signing out.
    pub async fn full() -> Self {
        let mut world = Self::new(false).await;
        for step in story().into_iter().flatten().filter(|step| step.pattern != "/sign-out") {
            world.take(&step).await;
        }
        world
    }

    pub fn clock(&self, when: &str) {
        self.hands.store(at(when).as_millisecond(), Ordering::SeqCst);
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(String, String)],
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = Request::builder().method(method).uri(path).header(kind.0, kind.1);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8_lossy(&to_bytes(body, 1 << 24).await.unwrap()).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &own(&self.cookie), &[]).await
    }

    /// Does what the story says; it must be taken.
    pub async fn take(&mut self, step: &Step) -> Answer {
        self.clock(step.when);
        let (path, fields) = self.asked(step).await;
        let answer = self.send("POST", &path, &own(&self.cookie), &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {fields:?}: {}", answer.text);
        let refused = answer.header("location") == "/sign-in" && path != "/sign-out";
        assert!(!refused, "{path}: nobody is signed in");
        if !answer.cookie().is_empty() {
            answer.cookie().clone_into(&mut self.cookie);
        }
        answer
    }

    /// Another browser in which somebody has just signed in.
    pub async fn enter(&self, code: &str, cookie: &str) -> Answer {
        let fields = [("code", code), ("pin", PIN)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let answer = self.send("POST", "/sign-in", &own(cookie), &fields).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"), "{}", answer.text);
        answer
    }

    /// Where a step is sent, and with what.
    pub async fn asked(&self, step: &Step) -> (String, Fields) {
        let open = self.till.open_sessions().await.unwrap();
        let session = open.first().map_or(String::new(), |session| session.id.to_string());
        let path = match step.id {
            "" => self.path(step.pattern).await,
            id => step.pattern.replace("{id}", id),
        };
        (path, step.fields.iter().map(|(n, v)| (n.clone(), v.replace(SESSION, &session))).collect())
    }

    /// All that the till has written down.
    pub async fn disk(&self) -> Snapshot {
        Snapshot::of(self.till.db(), &register::migrations(), |_| true).await
    }

    /// Those of the names that stand in a page.
    pub fn names_in<'a>(&'a self, page: &str) -> impl Iterator<Item = &'a String> {
        let page = plain(page);
        self.names.iter().filter(move |name| page.contains(name.as_str()))
    }

    /// 02 at the counter, on the first day.
    pub async fn signed_in(secure_cookies: bool) -> (Self, Answer) {
        let mut world = Self::new(secure_cookies).await;
        let answer = world.take(&sign_in(FIRST_DAY)).await;
        (world, answer)
    }
}
