//! What people see: every page in its manners, a new settlement by itself, states that can be trusted.

use super::{
    house::{Answer, House},
    pos::{Pos, facts, on, store, store_id},
};
use crate::Role;
use axum::http::header;
use jiff::SignedDuration;
use simulator::revise;

const DAY: &str = "2026-11-21";

/// A chain of two stores: the first with two tills, the second with one. Its administrator is logged in.
async fn chain(db: db::Db) -> (House, Pos, String) {
    let house = House::new(db).await;
    house.company("0012", &[("kanri", Role::Administrator, None)]).await;
    let pos = Pos::link(&house, "0012", 1, vec![store(1, 2), store(2, 1)]).await;
    let cookie = house.log_in("kanri").await;
    (house, pos, cookie)
}

async fn page(house: &House, cookie: &str, path: &str) -> String {
    let answer = house.page(cookie, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    web::testing::assert_page(&answer.text());
    answer.text()
}

fn day(n: u128) -> String {
    format!("/days/{}/{DAY}", store_id(n))
}

/// The words of the state chip on a day's page.
async fn state(house: &House, cookie: &str, n: u128) -> String {
    let html = page(house, cookie, &day(n)).await;
    let chip = html.split(r#"<span class="chip "#).nth(1).unwrap();
    chip.split("</svg>").nth(1).unwrap().split("</span>").next().unwrap().to_owned()
}

#[tokio::test]
async fn every_page_keeps_its_manners_empty_and_full() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        let paths = [
            "/",
            "/days",
            "/stores",
            "/linkages",
            "/linkages/events",
            "/mypage",
            "/reports",
            "/bi",
            "/settings/tokens",
            "/days/approvals",
            "/later/attendance",
        ]
        .map(String::from);
        let deep = [day(1), format!("{}/checks", day(1)), format!("{}/checks?hour=12&q=x", day(1))];
        for path in paths.iter().chain(&deep) {
            page(&house, &cookie, path).await;
        }
        let first = facts(1);
        let event = pos.event(1, 1, &first);
        pos.send(&house, &event).await;
        let mut forked = pos.event(1, 1, &revise(&first));
        forked.settlement.revision = 1;
        assert_eq!(pos.send(&house, &forked).await.status, 409);
        let mut odd = pos.event(1, 2, &facts(2));
        (odd.totals.net.0, odd.sequence) = (1, 9);
        pos.send(&house, &odd).await;
        house.roll_up().await;
        let check = first.checks.iter().find(|check| check.reverses.is_none()).unwrap();
        let body = protocol::hash::Sha256::of(&forked.to_bytes());
        let more = [
            format!("/checks/{}", check.id),
            format!("/linkages/events/{}", event.event_id),
            format!("/linkages/events/{}", forked.event_id),
            format!("/linkages/conflicts/{}/{body}", forked.event_id),
        ];
        for path in paths.iter().chain(&deep).chain(&more) {
            page(&house, &cookie, path).await;
        }
        assert_eq!(house.page(&cookie, "/days/nonsense/2026-11-21").await.status, 404);
        let sent = house.page(&cookie, &format!("/linkages/events/{}/body", event.event_id)).await;
        assert_eq!(sent.body, event.to_bytes());
        assert_eq!(house.page("", "/healthz").await.text(), "ok\n");
    })
    .await;
}

#[tokio::test]
async fn a_days_page_shows_all_eight_datasets_and_what_is_wrong() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        let first = facts(3);
        let second = revise(&first);
        pos.settle(&house, 1, 1, &first).await;
        pos.settle(&house, 1, 1, &second).await;
        let mut odd = pos.event(1, 2, &facts(4));
        odd.totals.net.0 += 1200;
        pos.send(&house, &odd).await;
        let html = page(&house, &cookie, &day(1)).await;
        for heading in [
            "精算情報",
            "税率別売上",
            "時間帯別売上",
            "商品別売上",
            "商品時間帯別売上",
            "支払方法別売上",
            "広告媒体別売上",
        ] {
            assert!(html.contains(&format!("<h2>{heading}</h2>")), "{heading}");
        }
        assert!(html.contains("売上（税抜）が会計の合計と合いません") && html.contains("この表示は自動で消えます"));
        assert!(html.contains("訂正済み") && html.contains("反映中"));
        assert!(html.contains(&format!("{}/checks?hour=", day(1))));
        let total = sales::datasets(&second).unwrap().settlement.net.0 + odd.data.settlement.net.0;
        assert!(html.contains(&web::format::yen(total)), "the day's net is the sum of what stands");
    })
    .await;
}

#[tokio::test]
async fn a_days_state_follows_from_what_came() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        assert_eq!(state(&house, &cookie, 1).await, "未着");
        let first = facts(5);
        pos.settle(&house, 1, 1, &first).await;
        assert_eq!(state(&house, &cookie, 1).await, "一部（1/2台）");
        pos.settle(&house, 1, 2, &facts(6)).await;
        assert_eq!(state(&house, &cookie, 1).await, "受信済");
        let cancelled = first.cancelled(first.closed_at, "0001", "取消");
        pos.settle(&house, 1, 1, &cancelled).await;
        assert_eq!(state(&house, &cookie, 1).await, "一部（1/2台）", "a cancelled settlement is open again");
        let again = sales::Settlement { revision: 3, supersedes: Some(2), reason: Some("再".into()), ..first.clone() };
        pos.settle(&house, 1, 1, &again).await;
        approve(&house, &cookie).await;
        assert_eq!(state(&house, &cookie, 1).await, "承認済");
        pos.settle(&house, 1, 1, &revise(&again)).await;
        assert_eq!(state(&house, &cookie, 1).await, "承認後変更");
        let html = page(&house, &cookie, &day(1)).await;
        assert!(html.contains("承認した売上（税抜）は"));
        assert_eq!(state(&house, &cookie, 2).await, "未着");
        let closed = protocol::partner::LinkedStore { closed_days: vec![DAY.parse().unwrap()], ..store(2, 1) };
        pos.put_stores(&house, 2, vec![store(1, 2), closed]).await;
        assert_eq!(state(&house, &cookie, 2).await, "休業日");
        house.wait(-SignedDuration::from_hours(24));
        pos.put_stores(&house, 3, vec![store(1, 2), store(2, 1)]).await;
        assert_eq!(state(&house, &cookie, 2).await, "未着（営業中）");
    })
    .await;
}

/// Approves the day of the first store, as the page offers it.
async fn approve(house: &House, cookie: &str) {
    let html = page(house, cookie, &day(1)).await;
    let digest = html.split(r#"name="digest" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("{}/approval", day(1));
    let answer = house.post(cookie, &path, &[("action", "approve"), ("digest", &digest)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

#[tokio::test]
async fn a_new_settlement_shows_by_itself_and_rollups_say_when_they_are_behind() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        let first = facts(7);
        let before = house.page(&cookie, "/pulse").await.text();
        pos.settle(&house, 1, 1, &first).await;
        let after = house.page(&cookie, "/pulse").await.text();
        assert_ne!(before, after);
        let html = page(&house, &cookie, "/").await;
        assert!(html.contains(&format!(r#"data-live="{after}""#)) && html.contains("/live.js"));
        assert!(html.contains("2026/11/21（土）の営業日"), "the newest day that has anything");
        let net = web::format::yen(sales::datasets(&first).unwrap().settlement.net.0);
        assert!(html.contains(&net), "the figures are there before the rollups");
        assert!(html.contains("集計中"));
        house.roll_up().await;
        assert_ne!(house.page(&cookie, "/pulse").await.text(), after, "finished rollups are news, too");
        let html = page(&house, &cookie, "/").await;
        assert!(!html.contains("集計中") && html.contains("時間帯別売上"));
        pos.settle(&house, 1, 1, &revise(&first)).await;
        assert!(page(&house, &cookie, "/").await.contains("集計中"), "a revision puts them behind again");
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_by_their_url_and_exported_as_they_are_shown() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        pos.settle(&house, 1, 1, &facts(8)).await;
        pos.settle(&house, 1, 2, &facts(9)).await;
        pos.settle(&house, 2, 1, &on("2026-11-20", facts(10))).await;
        house.roll_up().await;
        let html = page(&house, &cookie, "/days?from=2026/11/20&to=2026/11/21").await;
        assert_eq!(html.matches("<tbody>").count(), 1);
        assert!(html.contains("1〜4件（全4件）"), "two stores on two days, whether anything came or not");
        let html = page(&house, &cookie, "/days?from=2026/11/20&to=2026/11/21&state=missing").await;
        assert!(html.contains("1〜2件（全2件）"));
        let path = format!("/days?from=2026/11/20&to=2026/11/21&store={}&state=approved", store_id(1));
        assert!(page(&house, &cookie, &path).await.contains("見つかりませんでした"));

        let csv = house.page(&cookie, "/days?from=2026/11/20&to=2026/11/21&format=csv").await;
        let text = csv.text();
        assert!(text.starts_with("\u{feff}営業日,店舗,状態,純売上（税抜）"), "{text}");
        assert_eq!(text.lines().count(), 5);
        assert!(text.contains(",00001\r\n"), "leading zeros stay: {text}");
        for (sort, first) in [("net", false), ("-net", true)] {
            let asked = format!("/days?from=2026/11/20&to=2026/11/21&sort={sort}&format=csv");
            let nets = nets(&house.page(&cookie, &asked).await.text());
            assert_eq!(nets.len(), 4);
            assert_eq!(nets[0] > nets[1], first, "{nets:?}");
            assert_eq!(nets[2..], [None, None], "days without anything stand last either way");
        }
        assert!(name(&csv).ends_with("_202611222200.csv"), "{}", name(&csv));
        let csv = house.page(&cookie, &format!("{}?format=csv&table=product_hourly_sales", day(1))).await;
        assert!(csv.text().lines().count() > 10);
        let csv = house.page(&cookie, &format!("{}/checks?format=sjis", day(1))).await;
        assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=Shift_JIS");
        let checks = page(&house, &cookie, &format!("{}/checks", day(1))).await;
        assert!(checks.contains("（全24件）"), "twelve checks a till");
    })
    .await;
}

/// The fourth column.
fn nets(csv: &str) -> Vec<Option<i64>> {
    csv.lines().skip(1).map(|line| line.split(',').nth(3).unwrap().parse().ok()).collect()
}

fn name(answer: &Answer) -> String {
    answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_check_opens_from_its_event_and_leads_to_its_reversal() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        let first = facts(11);
        let second = revise(&first);
        pos.settle(&house, 1, 1, &second).await;
        pos.settle(&house, 1, 1, &first).await;
        house.roll_up().await;
        let reversal = second.checks.last().unwrap();
        let original = second.checks.iter().find(|check| Some(check.id) == reversal.reverses).unwrap();
        let html = page(&house, &cookie, &format!("/checks/{}", original.id)).await;
        assert!(html.contains(&format!("/checks/{}", reversal.id)));
        for line in &original.lines {
            assert!(html.contains(&line.product.name));
        }
        let html = page(&house, &cookie, &format!("/checks/{}", reversal.id)).await;
        assert!(html.contains("赤伝票") && html.contains(&format!("/checks/{}", original.id)));
        assert!(html.contains(r#"<span class="minus">"#));
    })
    .await;
}
