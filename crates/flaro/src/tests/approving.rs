//! 承認: who may, what is kept, what a later revision does, many days at once.

use super::{
    house::House,
    pos::{Pos, facts, on, store, store_id},
};
use crate::Role;
use db::{Tx, args};
use simulator::revise;

const DAY: &str = "2026-11-21";

async fn chain(db: db::Db) -> (House, Pos, String) {
    let house = House::new(db).await;
    let people = [("kanri", Role::Administrator, None), ("tencho", Role::Manager, None)];
    house.company("0012", &people).await;
    let pos = Pos::link(&house, "0012", 1, vec![store(1, 1), store(2, 1)]).await;
    let cookie = house.log_in("kanri").await;
    (house, pos, cookie)
}

fn day(date: &str) -> String {
    format!("/days/{}/{date}", store_id(1))
}

async fn digest(house: &House, cookie: &str, date: &str) -> String {
    let html = house.page(cookie, &day(date)).await.text();
    web::testing::assert_page(&html);
    html.split(r#"name="digest" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn audited(house: &House) -> Vec<String> {
    let sql = "SELECT what, target, value_before, value_after FROM audit ORDER BY at, audit_id";
    let rows = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(sql, args![]).await).await.unwrap();
    let said = |row: &db::Row, column: &str| row.opt_text(column).unwrap().unwrap_or_default();
    rows.iter().map(|row| format!("{} {}", said(row, "what"), said(row, "target"))).collect()
}

#[tokio::test]
async fn a_day_is_approved_as_it_was_seen_and_a_later_revision_stands_beside_it() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        let first = facts(5);
        pos.settle(&house, 1, 1, &first).await;
        let (path, seen) = (format!("{}/approval", day(DAY)), digest(&house, &cookie, DAY).await);
        assert_eq!(house.page(&cookie, &path).await.status, 404, "nothing is approved yet");
        let second = revise(&first);
        pos.settle(&house, 1, 1, &second).await;
        house.post(&cookie, &path, &[("action", "approve"), ("digest", &seen)]).await;
        let html = house.page(&cookie, &day(DAY)).await.text();
        assert!(html.contains("内容が変わりました"), "what was not seen is not approved");
        assert_eq!(audited(&house).await, [] as [&str; 0]);

        let seen = digest(&house, &cookie, DAY).await;
        for _ in 0..2 {
            house.post(&cookie, &path, &[("action", "approve"), ("digest", &seen)]).await;
        }
        assert_eq!(audited(&house).await, ["営業日を承認 店1 2026/11/21"], "once is enough");
        let html = house.page(&cookie, &day(DAY)).await.text();
        assert!(html.contains("承認済") && html.contains("承認 kanriさん 2026/11/22 22:00"));

        let third = revise(&second);
        pos.settle(&house, 1, 1, &third).await;
        house.roll_up().await;
        let html = house.page(&cookie, &day(DAY)).await.text();
        assert!(html.contains("承認後変更") && html.contains("承認した内容と見比べる"));
        let html = house.page(&cookie, &path).await.text();
        web::testing::assert_page(&html);
        let net = |facts| web::format::yen(sales::datasets(facts).unwrap().settlement.net.0);
        assert!(html.contains(&net(&second)) && html.contains(&net(&third)), "both versions are there");
        let slip = third.checks.last().unwrap().slip.to_string();
        assert!(
            html.contains("いまの内容だけにあります") && html.contains(&slip),
            "the check that came later is named"
        );

        house.post(&cookie, &path, &[("action", "withdraw")]).await;
        assert!(house.page(&cookie, &day(DAY)).await.text().contains("受信済"));
        assert_eq!(audited(&house).await.len(), 2);
        let answer = house.post(&cookie, &path, &[("action", "withdraw")]).await;
        assert_eq!((answer.status.as_u16(), audited(&house).await.len()), (303, 2), "there is nothing to take back");
        let manager = house.log_in("tencho").await;
        assert_eq!(house.post(&manager, &path, &[("action", "approve"), ("digest", &seen)]).await.status, 403);
        assert!(!house.page(&manager, &day(DAY)).await.text().contains("承認する"));
    })
    .await;
}

#[tokio::test]
async fn the_days_of_a_month_are_approved_at_once_and_what_changed_meanwhile_is_left() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        let days = ["2026-11-18", "2026-11-19", "2026-11-20"];
        for (n, date) in (20..).zip(days) {
            pos.settle(&house, 1, 1, &on(date, facts(n))).await;
        }
        let mut odd = pos.event(2, 1, &facts(30));
        odd.totals.net.0 += 1;
        pos.send(&house, &odd).await;
        let html = house.page(&cookie, "/days/approvals?month=2026/11").await.text();
        web::testing::assert_page(&html);
        let values: Vec<&str> =
            html.split(r#"name="day" value=""#).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(values.len(), 3, "a day with findings is not approved with others");
        let mut fields: Vec<(&str, &str)> = values.iter().map(|value| ("day", *value)).collect();
        let asked = house.post(&cookie, "/days/approvals", &fields).await;
        assert_eq!(asked.status, 200);
        assert!(asked.text().contains("3日分") && audited(&house).await.is_empty(), "asked once more");
        pos.settle(&house, 1, 1, &revise(&on(days[1], facts(21)))).await;
        fields.push(("confirmed", "on"));
        assert_eq!(house.post(&cookie, "/days/approvals", &fields).await.status, 303);
        assert_eq!(audited(&house).await.len(), 2);
        let html = house.page(&cookie, "/days/approvals?month=2026/11").await.text();
        assert!(html.contains("店1 2026/11/19"), "what changed meanwhile is named");
        assert_eq!(html.matches(r#"name="day""#).count(), 1);
    })
    .await;
}
