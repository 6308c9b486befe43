//! Names that would like to be markup, in every field of every form, in every file and in every free text that a till
//! sends: on every page they are the names they are.

use axum::http::{Method, StatusCode};
use db::testing::each_engine;
use sales::{Settlement, audit_settlement};
use web::testing::hostile::{NAME, assert_shown_as_text, with_free_texts};

use super::forms::{Sent, encoded};
use super::{Proof, Route, Wall};
use crate::house::{Answer, Till, day};

/// Pages that show the name, at the least; there are many more.
const SHOWN_ON_MIN: usize = 12;

fn hostile(settlement: &Settlement) -> Settlement {
    let facts = serde_json::to_value(settlement).unwrap();
    let takes = |facts: &serde_json::Value| serde_json::from_value::<Settlement>(facts.clone()).is_ok();
    let settlement: Settlement = serde_json::from_value(with_free_texts(&facts, &takes)).unwrap();
    assert_eq!(audit_settlement(&settlement), []);
    assert!(settlement.checks[0].lines[0].product.name == NAME, "a product's name is free");
    settlement
}

impl Wall {
    /// What a till sells under such names.
    async fn sell(&self) {
        let (mut till, journalled) = (Till::new(77), hostile(&day(407, 3)));
        till.live(&journalled);
        assert_eq!(self.house.journal(&till.batch(..)).await.status, StatusCode::OK);
        let document = self.house.document(&hostile(&day(409, 3))).await;
        assert_eq!(document.status, StatusCode::OK, "{}", document.text);
        // A body that can't be what it says is kept and shown to a person.
        let mut unsure = Till::new(78);
        unsure.write(&crate::house::settled(&hostile(&day(411, 2))));
        assert_eq!(self.house.journal(&unsure.batch(..)).await.status, StatusCode::OK);
    }

    /// Types the name into each field of a form, one after the other.
    async fn fill(&self, route: &Route, fields: &[(String, String)], cookie: &str) -> usize {
        let (kind, mut taken) = ("application/x-www-form-urlencoded", 0);
        for at in 0..fields.len() {
            let mut typed = fields.to_vec();
            NAME.clone_into(&mut typed[at].1);
            let answer = self.send(&route.method, &route.path, Proof::Cookie(cookie), kind, encoded(&typed)).await;
            safe(&answer, &format!("{} with {}", route.name(), fields[at].0));
            taken += usize::from(answer.status == StatusCode::SEE_OTHER);
        }
        taken
    }

    /// Sends a file with the name in it, to the end.
    async fn send_in(&self, route: &Route, file: &str, cookie: &str) {
        // A quotation mark inside a cell that is not quoted stands for itself.
        let file = file.replace('改', NAME);
        let answer = self.house.upload(&route.path, cookie, "zq'><img onerror=zq>.csv", file.as_bytes()).await;
        safe(&answer, &route.name());
        if answer.status == StatusCode::SEE_OTHER {
            let preview = answer.header("location").to_owned();
            safe(&self.house.get(&preview, cookie).await, &preview);
            self.confirm(&preview, Proof::Cookie(cookie)).await;
        }
    }
}

fn safe(answer: &Answer, what: &str) -> bool {
    assert!(!answer.status.is_server_error(), "{what}: {}", answer.text);
    assert_shown_as_text(what, answer.header("content-type"), answer.header("content-security-policy"), &answer.text)
}

/// A page plain, and asked for with the name in every parameter that lists and reports know.
fn questions(path: &str) -> Vec<String> {
    let name = url::form_urlencoded::byte_serialize(NAME.as_bytes()).collect::<String>();
    let known =
        ["q", "from", "to", "month", "date", "store", "state", "kind", "sort", "page", "table", "token", "next"];
    let all = known.map(|parameter| format!("{parameter}={name}")).join("&");
    vec![path.to_owned(), format!("{path}?q={name}"), format!("{path}?{all}"), format!("{path}?{name}={name}")]
}

#[tokio::test]
async fn a_name_is_never_markup_on_any_page() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let admin = wall.house.log_in("admin.0012345").await;
        wall.sell().await;
        let mut taken = 0;
        for route in wall.pages().filter(|route| route.method == Method::POST) {
            match wall.forms.of(route) {
                Sent::Fields(fields) => taken += wall.fill(route, fields, &admin).await,
                Sent::File(file) => wall.send_in(route, file, &admin).await,
            }
        }
        assert!(taken > 8, "most forms have a field that takes any name: {taken}");
        // What was typed may have ended the session's rights; nobody ends the first administrator's.
        let admin = wall.house.log_in("admin.0012345").await;
        let mut shown = 0;
        for route in wall.routes.iter().filter(|route| route.method == Method::GET && !route.is_for_programs()) {
            for question in questions(&route.path) {
                shown += usize::from(safe(&wall.house.get(&question, &admin).await, &question));
            }
        }
        assert!(shown >= SHOWN_ON_MIN, "the name stands on {shown} pages only");
    })
    .await;
}

#[tokio::test]
async fn a_path_that_climbs_or_is_written_oddly_opens_nothing() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let admin = wall.house.log_in("admin.0012345").await;
        for route in wall.routes.iter().filter(|route| route.method == Method::GET && route.pattern.len() > 1) {
            let name = route.pattern.rsplit('/').next().unwrap_or_default();
            let folder = route.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let odd = [
                "..%2f..%2fetc%2fpasswd",
                "%2e%2e%2f",
                "..%5c",
                "%00",
                "%ff%fe",
                "x%2f..%2fx",
                "%3Cimg%20onerror=zq%3E",
            ];
            for odd in odd.map(|odd| format!("{folder}/{odd}")).iter().chain([
                &format!("/{}", route.path),
                &format!("{}/", route.path),
                &format!("{folder}//{name}"),
                &format!("{}/..%2f", route.path),
            ]) {
                let answer = wall.house.get(odd, &admin).await;
                safe(&answer, odd);
                let refused = matches!(answer.status.as_u16(), 400 | 401 | 404 | 405);
                assert!(refused, "{odd}: {}", answer.status);
            }
        }
    })
    .await;
}
