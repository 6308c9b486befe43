//! What a request leaves in the log: method, path, status; never a query string, a cookie, a password.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use tracing_subscriber::fmt::MakeWriter;
use web::{Settings, harden};

use crate::browser::Browser;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_names_the_path_and_keeps_the_secrets_out() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let pages = Router::new().route("/list", get(async || "x").post(async |_: web::Form| "y"));
    let mut browser = Browser::new(harden(pages, &Settings::new("x")));
    browser.cookies.insert("story_session".to_owned(), "secret-cookie".to_owned());
    browser.headers.push(("authorization", "Bearer secret-token"));
    browser.get("/list?q=secret-query").await;
    browser.post("/list", "password=secret-password").await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("path=\"/list\"") && log.contains("status=200"), "{log}");
    assert!(!log.contains("secret"), "{log}");
}
