//! Names that would like to be markup, from the partner, in events, in every field of every form and in files: on every
//! page they are the names they are. Pages are found as people find them, from link to link.

mod walk;

use self::walk::{kind, walk};
use super::{
    house::{Answer, House},
    pos::{Pos, facts, store, store_id},
};
use crate::{Role, server};
use protocol::partner::LinkedStore;
use sales::Settlement;
use std::collections::BTreeMap;
use web::testing::{
    forms::Form,
    hostile::{NAME, assert_shown_as_text, with_free_texts},
};

/// Pages that show the name, at the least.
const SHOWN_ON_MIN: usize = 20;
/// Reached by being somebody else, or by a link that is no page's.
const NOT_LINKED: [&str; 4] = ["/login", "/invitation", "/healthz", "/assets/{hash}/{name}"];
/// Asked for by the script of a page and by whoever watches over the place: no link and no form leads there.
const NOT_MET: [&str; 2] = ["/pulse", "/readyz"];

async fn chain(db: db::Db) -> (House, String) {
    let house = House::new(db).await;
    let company = house.company("0012", &[("kanri", Role::Administrator, None)]).await;
    let unit = async move |tx: &mut db::Tx| -> Result<(), db::DbError> {
        let sql = "UPDATE company SET name = $2 WHERE company_id = $1";
        tx.execute(sql, db::args![company.as_str(), NAME]).await?;
        tx.execute("UPDATE account SET support = 1", db::args![]).await.map(drop)
    };
    house.flaro.db.write(unit).await.unwrap();
    let named = |n: u128| {
        let mut store = LinkedStore { name: NAME.to_owned(), ..store(n, 1) };
        NAME.clone_into(&mut store.registers[0].name);
        store
    };
    let pos = Pos::link(&house, "0012", 1, vec![named(1), named(2)]).await;
    for (store, seed) in [(1, 41), (2, 52)] {
        let mut event = pos.event(store, 1, &hostile(&facts(seed)));
        NAME.clone_into(&mut event.store.name);
        NAME.clone_into(&mut event.register.name);
        assert_eq!(pos.send(&house, &event).await.status, 200);
    }
    // A conflict, and a store nobody knows.
    let mut other = facts(41);
    other.checks.pop();
    assert_eq!(pos.settle(&house, 1, 1, &hostile(&other)).await.status, 409);
    assert_eq!(pos.settle(&house, 9, 1, &hostile(&facts(73))).await.status, 200);
    house.roll_up().await;
    let cookie = house.log_in("kanri").await;
    let names = ["company_name", "department", "family_name", "given_name", "body"].map(|field| (field, NAME));
    let asked: Vec<_> = names.into_iter().chain([("mail", "hanako@example.jp")]).collect();
    assert_eq!(house.post(&cookie, "/contact", &asked).await.status, 303);
    (house, cookie)
}

fn hostile(settlement: &Settlement) -> Settlement {
    let facts = serde_json::to_value(settlement).unwrap();
    let takes = |facts: &serde_json::Value| serde_json::from_value::<Settlement>(facts.clone()).is_ok();
    serde_json::from_value(with_free_texts(&facts, &takes)).unwrap()
}

fn safe(answer: &Answer, what: &str) -> bool {
    assert!(!answer.status.is_server_error(), "{what}: {}", answer.text());
    let header = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap());
    assert_shown_as_text(what, header("content-type"), header("content-security-policy"), &answer.text())
}

/// Types the name into each field of each form, one after the other; says how often it was taken.
async fn fill(house: &House, forms: &BTreeMap<String, Form>) -> usize {
    let (mut cookie, mut taken) = (house.log_in("kanri").await, 0);
    for form in forms.values().filter(|form| !form.action.starts_with("/logout")) {
        if form.takes_a_file {
            let file = format!("{NAME},日付\r\n{NAME},{NAME}\r\n");
            let answer = house.upload(&cookie, &form.action, "zq'><img onerror=zq>.csv", file.as_bytes()).await;
            safe(&answer, &form.action);
        }
        for at in 0..form.fields.len() {
            // What was typed before may have ended the session: somebody's rights were changed.
            if house.page(&cookie, "/mypage").await.status == 303 {
                cookie = house.log_in("kanri").await;
            }
            let mut fields: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            fields[at].1 = NAME;
            let answer = house.post(&cookie, &form.action, &fields).await;
            safe(&answer, &format!("{} with {}", form.action, fields[at].0));
            taken += usize::from(answer.status == 303);
        }
    }
    taken
}

/// Sends a file whose columns are right; says where its preview is.
async fn send_in(house: &House, cookie: &str) -> String {
    let file = format!("広告媒体名称,取込コード\r\n\"{}\",30000000000000000001\r\n", NAME.replace('"', "\"\""));
    let answer = house.upload(cookie, "/imports/media", "zq'><img onerror=zq>.csv", file.as_bytes()).await;
    let preview = answer.headers["location"].to_str().unwrap().to_owned();
    safe(&house.page(cookie, &preview).await, &preview);
    preview
}

#[tokio::test]
async fn a_name_is_never_markup_on_any_page() {
    db::testing::each_engine(async |db| {
        let (house, cookie) = chain(db).await;
        let first = walk(&house, &cookie).await;
        let taken = fill(&house, &first.forms).await;
        assert!(taken > 8, "most forms have a field that takes any name: {taken}");
        let cookie = house.log_in("kanri").await;
        let preview = send_in(&house, &cookie).await;
        let second = walk(&house, &cookie).await;
        assert!(second.shown >= SHOWN_ON_MIN, "the name stands on {} pages only", second.shown);
        let mut missed = Vec::new();
        for pattern in server::routes(house.flaro.clone()).paths().filter(|path| !web::failure::for_programs(path)) {
            let met = first.met.contains(pattern) || second.met.contains(pattern) || NOT_LINKED.contains(&pattern);
            let met = met || kind(&[pattern.to_owned()], &preview).is_some();
            let posted = first.forms.contains_key(pattern) || second.forms.contains_key(pattern);
            if !met && !posted {
                missed.push(pattern.to_owned());
            }
        }
        assert_eq!(missed, NOT_MET, "if no link and no form should lead there, say so in NOT_MET");
    })
    .await;
}

#[tokio::test]
async fn a_question_is_never_markup_on_the_page_that_answers_it() {
    db::testing::each_engine(async |db| {
        let (house, cookie) = chain(db).await;
        let name: String = url::form_urlencoded::byte_serialize(NAME.as_bytes()).collect();
        let known =
            ["q", "from", "to", "month", "date", "store", "area", "brand", "state", "kind", "sort", "page", "d1"];
        let all = known.map(|parameter| format!("{parameter}={name}")).join("&");
        let met = walk(&house, &cookie).await.met;
        assert!(met.len() > 30, "{met:?}");
        for pattern in server::routes(house.flaro.clone()).paths().filter(|path| !web::failure::for_programs(path)) {
            let path = pattern.split('/').map(|part| if part.starts_with('{') { "..%2f..%2fx" } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            for question in [format!("{path}?{all}"), format!("{path}?q={name}"), format!("{path}?{name}={name}")] {
                safe(&house.page(&cookie, &question).await, &question);
            }
            let odd = [format!("/{path}?x"), format!("{path}/..%2f"), format!("{path}/%00"), format!("{path}/{name}")];
            for odd in odd.iter().filter(|odd| !odd.starts_with("//?")) {
                let answer = house.page(&cookie, odd).await;
                safe(&answer, odd);
                assert!(matches!(answer.status.as_u16(), 303 | 400 | 403 | 404 | 405), "{odd}: {}", answer.status);
            }
        }
        let store = store_id(1);
        for odd in
            [format!("/days/{store}/%2e%2e%2f"), format!("/days/{store}/2026-11-21%2f..%2fx"), "/%2e%2e/x".into()]
        {
            assert_eq!(house.page(&cookie, &odd).await.status, 404, "{odd}");
        }
    })
    .await;
}
