//! What the places write to their logs at the finest level, while everything that is secret goes through them.

use crate::{
    sales_file::SalesFile,
    world::{self, COMPANY, COMPANY_NAME, CREDENTIAL, OWNER, PASSWORD, World},
};
use base64::Engine as _;
use protocol::{partner::LinkageGranted, signature};
use reqwest::{Client, Response, header};

/// What nobody has, so that it is refused; in a log it would be as bad as the right one.
const WRONG: [&str; 4] = [
    "a-wrong-pass-phrase-2026",
    "shime_till_wrong-token-of-a-till",
    "shime_flaro_wrong-token",
    "a-wrong-one-time-link",
];

fn http() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client")
}

/// Logs in with a password and gives the answer.
async fn log_in(place: &str, password: &str) -> Response {
    let form = format!("login={}&password={password}", OWNER.replace('@', "%40"));
    let request = http().post(format!("{place}/login")).header("sec-fetch-site", "same-origin");
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
    request.send().await.expect("the log-in page answers")
}

/// Somebody logs in, guesses, and opens a one-time link; gives the session's cookie.
async fn people(place: &str) -> String {
    let entered = log_in(place, PASSWORD).await;
    assert_eq!(entered.status(), 303);
    let cookie = entered.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let home = http().get(format!("{place}/")).header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(home.status(), 200);
    assert_eq!(log_in(place, WRONG[0]).await.status(), 422);
    let link = http().get(format!("{place}/invitation?token={}", WRONG[3])).send().await.unwrap();
    assert_eq!(link.status(), 404);
    cookie.split_once('=').expect("a cookie").1.to_owned()
}

/// A linkage of our own: its address and its secret are known here; it is used rightly and wrongly.
async fn linkage(world: &World) -> LinkageGranted {
    let body = serde_json::json!({"company_code": COMPANY, "company_name": COMPANY_NAME, "generation": 7});
    let request = http().post(format!("{}/partner/v1/linkages", world.flaro_url())).bearer_auth(CREDENTIAL);
    let request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
    let granted: LinkageGranted = request.send().await.unwrap().json().await.unwrap();
    let secret: signature::Secret = granted.signing_secret.parse().unwrap();
    let second = crate::shell::now();
    let signed = signature::sign(&[secret], "msg_1", second, b"{}");
    for address in [granted.webhook_url.clone(), format!("{}/", granted.webhook_url)] {
        let request = http().post(address).header("webhook-id", "msg_1").header("webhook-signature", &signed);
        let answer = request.header("webhook-timestamp", second.as_second()).body("{}").send().await.unwrap();
        assert!(matches!(answer.status().as_u16(), 400 | 404), "{}", answer.status());
    }
    granted
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_stands_in_a_log_at_the_finest_level() {
    let databases = world::engines().await.remove(0);
    let mut world = World::new(databases, "silence").await;
    world.log_filter = "trace";
    world.kill_flaro();
    world.start_everything().await;
    let file = SalesFile::generate(5, 2, 6);
    let said = world.import(&file, &["--wait"]);
    world.expect_arrived(&file).await;
    let mut secrets: Vec<String> = [PASSWORD, CREDENTIAL, world.token()].map(str::to_owned).into();
    secrets.extend(WRONG.map(str::to_owned));
    secrets.push(base64::engine::general_purpose::STANDARD.encode(format!("{OWNER}:{PASSWORD}")));
    for place in [world.pos_url(), world.flaro_url()] {
        secrets.push(people(&place).await);
        for token in [WRONG[1], WRONG[2]] {
            let answer = http().get(format!("{place}/api/v1/stores")).bearer_auth(token).send().await.unwrap();
            assert!(answer.status().is_client_error());
        }
    }
    let granted = linkage(&world).await;
    secrets.push(granted.webhook_url.rsplit('/').next().expect("a token").to_owned());
    secrets.extend(["whsec_".to_owned(), "$argon2".to_owned()]);
    for (name, log) in [("pos", world.logged("pos")), ("flaro", world.logged("flaro")), ("import", said)] {
        for secret in &secrets {
            assert!(!log.contains(secret), "{name} logged {secret}: {}", around(&log, secret));
        }
        for (at, _) in log.match_indices("/webhook/") {
            assert!(
                log[at..].starts_with("/webhook/{") || log[at..].starts_with("/webhook/…"),
                "{name} logged an address"
            );
        }
    }
    let (pos, flaro) = (world.logged("pos"), world.logged("flaro"));
    assert!(pos.contains("TRACE") && flaro.contains("TRACE"), "the logs are the finest there are");
    assert!(flaro.contains("/webhook/{token}") && pos.contains("/api/v1/registers/"), "and speak of the requests");
}

fn around(log: &str, secret: &str) -> String {
    log.lines().find(|line| line.contains(secret)).unwrap_or_default().to_owned()
}
