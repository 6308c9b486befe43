//! What a request leaves in the log: method, path, status; never a query string, a cookie, a password, nor a path that
//! is itself a secret. An error is what broke here, not who was asked to come again.
//! A program of its own: which events are of interest is remembered for the whole process, so another test's
//! silence could be this one's.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use tower::ServiceExt;
use web::testing::log::Log;
use web::{Settings, harden, harden_api};

#[tokio::test]
async fn the_log_names_the_path_and_keeps_the_secrets_out() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.writer())
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber of this process");
    let pages = web::Routes::new().route("/list", get(async || "x").post(async |_: web::Form| "y"));
    let hook = web::Routes::new()
        .route("/hook/{token}", get(async || "z"))
        .route("/crowded", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/broken", get(async || StatusCode::INTERNAL_SERVER_ERROR));
    let settings = Settings::new("x");
    let pages = harden(pages, &settings).merge(harden_api(hook, &settings)).into_router();
    let request = |method: &str, uri: &str| {
        Request::builder()
            .method(method)
            .uri(uri)
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, "story_session=secret-cookie")
            .header(header::AUTHORIZATION, "Bearer secret-token")
    };
    let read = request("GET", "/list?q=secret-query").body(Body::empty()).unwrap();
    assert!(pages.clone().oneshot(read).await.unwrap().status().is_success());
    let asked = [
        ("/hook/secret-address", 200),
        ("/hook/secret-address/", 404),
        ("/hoek/secret-address", 404),
        ("/crowded", 503),
        ("/broken", 500),
    ];
    for (path, status) in asked {
        let answer = pages.clone().oneshot(request("GET", path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
    let form = request("POST", "/list").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let write = form.body(Body::from("password=secret-password")).unwrap();
    assert!(pages.oneshot(write).await.unwrap().status().is_success());
    let log = log.lines().join("\n");
    assert!(log.contains("path=\"/list\"") && log.contains("status=200"), "{log}");
    assert!(log.contains("path=\"/hook/{token}\"") && log.contains("path=\"/hoek/…\""), "{log}");
    assert!(!log.contains("secret"), "{log}");
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    let [broken] = errors[..] else { panic!("whoever is asked to come again is no error: {log}") };
    assert!(broken.contains("path=\"/broken\"") && broken.contains("500") && log.contains("status=503"), "{log}");
}
