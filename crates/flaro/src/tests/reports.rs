//! 帳票 agree with an oracle that knows nothing of them: plain sums over the checks that were sent, whatever came in
//! whatever order, for whichever stores and days somebody asks.

mod oracle;
mod sheets;

use super::{
    house::House,
    pos::{Pos, facts, on, store, store_id},
};
use crate::Role;
use oracle::{Ask, Oracle};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use sales::Settlement;
use sheets::Sheet;
use simulator::revise;

/// Days that lie at the edges of months, a week and 364 days apart.
const DATES: [&str; 8] =
    ["2025-11-22", "2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01", "2026-11-14", "2026-11-21", "2026-11-22"];
const STORES: u128 = 3;

/// What was sent: a store and settlements, the last revision of each of which stands.
struct Town {
    house: House,
    oracle: Oracle,
}

/// Tills of three stores close on some of the days; some settlements are revised, cancelled or moved to another day.
async fn town(db: db::Db, seed: u64, people: &[(&str, Role, Option<Vec<sales::StoreId>>)]) -> Town {
    let house = House::new(db).await;
    house.company("0012", people).await;
    let pos = Pos::link(&house, "0012", 1, (1..=STORES).map(|n| store(n, 2)).collect()).await;
    let mut oracle = Oracle::default();
    let mut n = seed * 100;
    for shop in 1..=STORES {
        for (at, date) in DATES.into_iter().enumerate() {
            n += 1;
            if (n + u64::try_from(shop).unwrap()).is_multiple_of(5) {
                continue;
            }
            let first = on(date, facts(n));
            let revisions: Vec<Settlement> = match n % 7 {
                0 => vec![first.clone(), revise(&first)],
                1 => vec![first.clone(), first.cancelled(first.closed_at, "0001", "取消")],
                2 => vec![first.clone(), on(DATES[(at + 1) % DATES.len()], revise(&first))],
                3 => vec![first.clone(), revise(&first), revise(&revise(&first))],
                _ => vec![first.clone()],
            };
            // Rollups are made in between, so that revisions take out what is in the sums.
            let newest_first = n.is_multiple_of(2);
            let mut order: Vec<&Settlement> = revisions.iter().collect();
            if newest_first {
                order.reverse();
            }
            for facts in order {
                assert_eq!(pos.settle(&house, shop, 1 + u128::from(n % 2), facts).await.status, 200);
                if n.is_multiple_of(3) {
                    house.roll_up().await;
                }
            }
            oracle.stands(shop, revisions.last().unwrap());
        }
    }
    house.roll_up().await;
    Town { house, oracle }
}

async fn sheet(house: &House, cookie: &str, path: &str) -> Sheet {
    let answer = house.page(cookie, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    Sheet::of(&answer.text())
}

/// Stores (0: all) and two dates, in order.
fn asks() -> impl Strategy<Value = (u128, usize, usize, bool, bool)> {
    (0..=STORES, 0..DATES.len(), 0..DATES.len(), any::<bool>(), any::<bool>())
}

async fn agrees(town: &Town, cookie: &str, ask: &Ask) {
    for (path, table, expected) in town.oracle.reports(ask) {
        let path = format!("{path}&format=csv&table={table}");
        let found = sheet(&town.house, cookie, &path).await;
        found.assert_has(&expected, &path);
    }
}

/// A town of another seed each; `ORACLE_TOWNS=100` asks in more of them, each with some twenty days of stores.
#[tokio::test]
async fn every_report_agrees_with_the_checks_for_any_stores_and_days() {
    let towns = std::env::var("ORACLE_TOWNS").map_or(1, |towns| towns.parse().expect("a number of towns"));
    for seed in 3..3 + towns {
        db::testing::each_engine(async |db| {
            let mut runner = TestRunner::new(Config::default());
            let town = town(db, seed, &[("kanri", Role::Administrator, None)]).await;
            let cookie = town.house.log_in("kanri").await;
            for _ in 0..6 {
                let (shop, from, to, whole_months, included) = asks().new_tree(&mut runner).unwrap().current();
                let stores = if shop == 0 { (1..=STORES).collect() } else { vec![shop] };
                let ask = Ask::new(stores, shop, DATES[from.min(to)], DATES[from.max(to)], whole_months, included);
                agrees(&town, &cookie, &ask).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn whoever_sees_two_stores_gets_the_sums_of_two_stores() {
    db::testing::each_engine(async |db| {
        let two = Some(vec![store_id(1), store_id(3)]);
        let town = town(db, 5, &[("area", Role::Manager, two)]).await;
        let cookie = town.house.log_in("area").await;
        for (from, to, months) in [(3, 7, false), (1, 6, true)] {
            agrees(&town, &cookie, &Ask::new(vec![1, 3], 0, DATES[from], DATES[to], months, false)).await;
        }
        let path = format!("/reports/daily?date=2026/11/21&store={}", store_id(2));
        assert_eq!(town.house.page(&cookie, &path).await.status, 422, "a store out of sight is said, not shown");
    })
    .await;
}

#[tokio::test]
async fn every_report_keeps_its_manners_and_says_what_can_not_be_read() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[("kanri", Role::Administrator, None)]).await;
        let cookie = house.log_in("kanri").await;
        let paths = crate::console::report_paths();
        let page = async |path: &str| {
            let answer = house.page(&cookie, path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            web::testing::assert_page(&answer.text());
            answer.text()
        };
        for path in &paths {
            assert!(page(path).await.contains("店舗がまだありません"), "{path}");
        }
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 2), store(2, 1)]).await;
        for seed in 0..3 {
            pos.settle(&house, 1, 1, &facts(seed)).await;
        }
        assert!(page("/reports/daily").await.contains("集計中"), "a rollup that is behind is said");
        house.roll_up().await;
        for path in &paths {
            let html = page(path).await;
            assert!(!html.contains("集計中"), "{path}");
            let html = page(&format!("{path}?tax=total&store={}", store_id(1))).await;
            assert!(html.contains("format=xlsx"), "{path} can be taken home");
        }
        for wrong in [
            "hours?from=2026/02/30",
            "hours?from=2026/11/02&to=2026/11/01",
            "hours?from=2020/01/01&to=2026/01/01",
            "monthly?month=13",
            "daily?date=x",
            "products?store=nowhere",
        ] {
            let answer = house.page(&cookie, &format!("/reports/{wrong}")).await;
            assert_eq!(answer.status, 422, "{wrong}");
            assert!(answer.text().contains("error-summary"), "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_entered_stands_beside_the_sales_and_what_was_not_is_not_zero() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        let company = house.company("0012", &[("kanri", Role::Administrator, None)]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1), store(2, 1)]).await;
        let (first, second) = (facts(41), facts(52));
        pos.settle(&house, 1, 1, &first).await;
        pos.settle(&house, 2, 1, &second).await;
        house.roll_up().await;
        let entered = [
            "INSERT INTO budget_day (company_id, store_id, business_date, net) VALUES ($1, $2, '2026-11-21', 100000)",
            "INSERT INTO labour_day (company_id, store_id, business_date, cost, source)
             VALUES ($1, $2, '2026-11-21', 30000, 'hand')",
            "INSERT INTO cost_day (company_id, store_id, business_date, advertising, other)
             VALUES ($1, $2, '2026-11-21', 1000, 500)",
        ];
        for sql in entered {
            let of = db::args![company.as_str(), store_id(1).to_string()];
            house.flaro.db.write(async move |tx: &mut db::Tx| tx.execute(sql, of).await).await.unwrap();
        }
        let cookie = house.log_in("kanri").await;
        let path = "/reports/closing?from=2026/11/21&to=2026/11/21&format=csv&table=closing";
        let found = sheet(&house, &cookie, path).await;
        let day = |facts: &Settlement| {
            let sets = sales::datasets(facts).unwrap();
            (sets.settlement.net.0, sets.product_sales.iter().map(|row| row.cost.0).sum::<i64>())
        };
        let ((one, one_cost), (two, _)) = (day(&first), day(&second));
        let line = |name: &str, net: i64, budget: &str, labour: &str, fl: String| {
            let (advertising, other) = if labour == "―" { ("―", "―") } else { ("1000", "500") };
            [name, &net.to_string(), budget, labour, advertising, "―", other, &fl].map(ToOwned::to_owned).to_vec()
        };
        let fl = |cost: i64, net: i64| web::format::percent(cost + 30_000, net);
        let lines = vec![
            line("店1", one, "100000", "30000", fl(one_cost, one)),
            line("店2", two, "―", "―", "―".to_owned()),
            // L of one store and F of two would be no ratio.
            line("合計", one + two, "100000", "30000", "―".to_owned()),
        ];
        let heads = ["店舗", "売上（税抜）", "予算", "L 人件費", "A 広告費", "R 家賃", "O その他", "FL比率"];
        found.assert_has(&sheets::Expected { heads: heads.map(ToOwned::to_owned).to_vec(), lines }, path);
    })
    .await;
}
