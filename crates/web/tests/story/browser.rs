//! A browser in miniature: sends requests straight into the router and keeps the cookies it is given.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use db::Db;
use jiff::Timestamp;
use tower::ServiceExt;
use web::{Account, Accounts, Clock, Console, Settings};

/// The cookie of the place under test.
pub const COOKIE: &str = "story_session";
/// Everyone's password in these stories.
pub const PASSWORD: &str = "asa hiru ban 2026";

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    pub headers: Vec<(&'static str, &'static str)>,
}

impl Browser {
    pub fn new(routes: web::Routes) -> Self {
        let headers = vec![("host", "place.example"), ("sec-fetch-site", "same-origin")];
        Self { router: routes.into_router(), cookies: BTreeMap::new(), headers }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Answer {
        self.send("POST", path, body).await
    }

    pub async fn log_in(&mut self, login: &str, password: &str) -> Answer {
        self.post("/login", &format!("login={login}&password={}&next=%2Fprivate", password.replace(' ', "+"))).await
    }

    pub fn session(&self) -> Option<&str> {
        self.cookies.get(COOKIE).map(String::as_str)
    }

    pub async fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        self.send_as(method, path, "application/x-www-form-urlencoded", body.as_bytes().to_vec()).await
    }

    /// A form with files in the field `list`.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!("--seam\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (file, bytes) in files {
            let head = format!("--seam\r\ncontent-disposition: form-data; name=\"list\"; filename=\"{file}\"\r\n\r\n");
            body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
        }
        body.extend(b"--seam--\r\n");
        self.send_as("POST", path, "multipart/form-data; boundary=seam", body).await
    }

    async fn send_as(&mut self, method: &str, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::COOKIE, jar.join("; "));
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        self.keep_cookies(&response);
        read(response).await
    }

    fn keep_cookies(&mut self, response: &Response) {
        for set in response.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

pub async fn read(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, 1 << 24).await.unwrap().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub struct Hands(Arc<AtomicI64>);

impl Hands {
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_795_300_000)))
    }

    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn clock(&self) -> Clock {
        let hands = self.0.clone();
        Arc::new(move || Timestamp::from_second(hands.load(Ordering::SeqCst)).unwrap())
    }
}

/// Two users of two tenants.
pub struct Two {
    password_hash: String,
}

impl Two {
    pub async fn new() -> Self {
        Self { password_hash: web::password::hash(PASSWORD.to_owned()).await.unwrap() }
    }
}

impl Accounts for Two {
    async fn find(&self, login: &str) -> Result<Option<Account>, Box<dyn Error + Send + Sync>> {
        let (id, tenant, name) = match login {
            "ota" => ("u1", "t1", "太田さん"),
            "sato" => ("u2", "t2", "佐藤さん"),
            "broken" => return Err("the users can't be read".into()),
            _ => return Ok(None),
        };
        let [id, tenant, name, role] = [id, tenant, name, "manager"].map(ToOwned::to_owned);
        Ok(Some(Account { id, tenant, name, role, password_hash: self.password_hash.clone() }))
    }
}

pub async fn console(db: &Db, hands: &Hands) -> Console<Two> {
    db.migrate(&web::migrations("story")).await.unwrap();
    Console::new(Settings::new("見本の場所"), db.clone(), hands.clock(), Two::new().await, COOKIE)
}
