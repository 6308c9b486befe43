//! Rollups equal a plain recompute from the sender's facts, whatever came in whatever order.

use super::{
    house::House,
    pos::{Pos, facts, on, store, store_id},
};
use crate::Company;
use db::{Row, Tx, args};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use sales::{Datasets, Settlement, datasets};
use simulator::revise;
use std::collections::BTreeMap;

const DAY: &str = "2026-11-21";
const FIGURES: [(&str, &str); 6] = [
    (
        "day",
        "SELECT 'day' AS name, net, tax, total, guests, checks, voids
         FROM day_rollup WHERE company_id = $1 AND business_date = $2",
    ),
    (
        "hour",
        "SELECT CAST(hour AS TEXT) AS name, net, tax, total, guests, checks, 0 AS voids
         FROM rollup_hourly WHERE company_id = $1 AND business_date = $2",
    ),
    (
        "product",
        "SELECT product_id || ' ' || tax_class || ' ' || service AS name, net, tax, total, quantity AS guests,
           cost AS checks, discount AS voids
         FROM rollup_product WHERE company_id = $1 AND business_date = $2",
    ),
    (
        "payment",
        "SELECT code AS name, amount AS net, surplus AS tax, non_sales AS total, count AS guests, 0 AS checks,
           0 AS voids
         FROM rollup_payment WHERE company_id = $1 AND business_date = $2",
    ),
    (
        "medium",
        "SELECT code AS name, net, tax, total, guests, checks, 0 AS voids
         FROM rollup_media WHERE company_id = $1 AND business_date = $2",
    ),
    (
        "discount",
        "SELECT code || ' ' || scope AS name, amount AS net, 0 AS tax, 0 AS total, count AS guests, 0 AS checks,
           0 AS voids
         FROM rollup_discount WHERE company_id = $1 AND business_date = $2",
    ),
];

/// The same figures as the sums of a span have them.
const SUMMED: [(&str, &str); 6] = [
    ("day", "'day' AS name, net, tax, total, guests, checks, count AS voids"),
    ("hour", "CAST(hour AS TEXT) AS name, net, tax, total, guests, checks, 0 AS voids"),
    ("product", "item || ' ' || class AS name, net, tax, total, count AS guests, cost AS checks, discount AS voids"),
    (
        "payment",
        "item AS name, total AS net, discount AS tax, gross AS total, count AS guests, 0 AS checks, 0 AS voids",
    ),
    ("medium", "item AS name, net, tax, total, guests, checks, 0 AS voids"),
    (
        "discount",
        "item || ' ' || class AS name, discount AS net, 0 AS tax, 0 AS total, count AS guests, 0 AS checks, 0 AS voids",
    ),
];

/// What the sums of a span are; product × hour is looked at by the reports' own test.
async fn of_span(house: &House, company: &Company, span: &str, store: &str) -> Figures {
    let mut figures = Figures::new();
    for (name, columns) in SUMMED {
        let sql: &'static str = Box::leak(
            format!("SELECT {columns}, days FROM rollup_sum WHERE company_id = $1 AND part = '{name}' AND span = $2 AND store_id = $3")
                .into_boxed_str(),
        );
        let asked = args![company.as_str(), span, store];
        for row in house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(sql, asked).await).await.unwrap() {
            assert!(row.int("days").unwrap() > 0, "a row of no days is no row");
            let of = ["net", "tax", "total", "guests", "checks", "voids"].map(|column| row.int(column).unwrap());
            figures.insert((name, row.text("name").unwrap()), of);
        }
    }
    figures
}

type Figures = BTreeMap<(&'static str, String), [i64; 6]>;

/// What is stored of the day, table by table.
async fn stored(house: &House, company: &Company) -> Figures {
    let mut figures = Figures::new();
    for (name, sql) in FIGURES {
        let asked = args![company.as_str(), DAY];
        let rows = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(sql, asked).await).await.unwrap();
        let figure = |row: &Row, column: &str| row.int(column).unwrap();
        for row in rows {
            let figures_of = ["net", "tax", "total", "guests", "checks", "voids"].map(|column| figure(&row, column));
            figures.insert((name, row.text("name").unwrap()), figures_of);
        }
    }
    figures
}

/// The same, by adding up each settlement's own datasets: another way than the one under test.
fn recomputed<'a>(standing: impl Iterator<Item = &'a Settlement>) -> Figures {
    let mut figures = Figures::new();
    let mut add = |name: &'static str, key: String, amounts: [i64; 6]| {
        let sum = figures.entry((name, key)).or_insert([0; 6]);
        for (sum, amount) in sum.iter_mut().zip(amounts) {
            *sum += amount;
        }
    };
    for facts in standing {
        let Datasets { settlement: s, hourly_sales, product_sales, payment_sales, media_sales, discounts, .. } =
            datasets(facts).unwrap();
        add("day", "day".into(), [s.net.0, s.tax.0, s.total.0, s.guests.total().unwrap(), s.checks, s.voids]);
        for r in hourly_sales {
            add("hour", r.hour.get().to_string(), [r.net.0, r.tax.0, r.total.0, r.guests, r.checks, 0]);
        }
        for r in product_sales {
            let kind = serde_json::to_value(r.tax_class.kind).unwrap();
            let service = serde_json::to_value(r.service).unwrap();
            let key = format!(
                "{} {} {} {}",
                r.product_id,
                kind.as_str().unwrap(),
                r.tax_class.percent,
                service.as_str().unwrap()
            );
            add("product", key, [r.net.0, r.tax.0, r.total.0, r.quantity, r.cost.0, r.discount.0]);
        }
        for r in payment_sales {
            add("payment", r.code.to_string(), [r.amount.0, r.surplus.0, r.non_sales.0, r.count, 0, 0]);
        }
        for r in media_sales {
            let key = r.code.map(String::from).unwrap_or_default();
            add("medium", key, [r.net.0, r.tax.0, r.total.0, r.guests, r.checks, 0]);
        }
        for r in discounts {
            let scope = serde_json::to_value(r.scope).unwrap();
            let key = format!("{} {}", r.code, scope.as_str().unwrap());
            add("discount", key, [r.amount.0, 0, 0, r.count, 0, 0]);
        }
    }
    figures
}

/// Four chains of three revisions (a cancellation among them), sent in any order, some twice, two dates.
fn story() -> impl Strategy<Value = (u64, Vec<usize>)> {
    (0_u64..500, proptest::collection::vec(0_usize..12, 1..30))
}

fn chains(seed: u64) -> Vec<Settlement> {
    (0..4)
        .flat_map(|n| {
            let first = facts(seed * 4 + n);
            let second = if n == 1 { first.cancelled(first.closed_at, "0001", "取消") } else { revise(&first) };
            let third = if n == 2 { on("2026-11-20", revise(&second)) } else { revise(&second) };
            [first, second, third]
        })
        .collect()
}

#[tokio::test]
async fn rollups_equal_a_recompute_after_any_story() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        let mut runner = TestRunner::new(Config { cases: 12, ..Config::default() });
        for case in 0..12 {
            let (seed, sent) = story().new_tree(&mut runner).unwrap().current();
            let chains = chains(seed);
            let code = format!("20{case}");
            let company = house.company(&code, &[]).await;
            let pos = Pos::link(&house, &code, 1, vec![store(1, 4)]).await;
            let mut standing = BTreeMap::<usize, usize>::new();
            for (step, at) in sent.iter().enumerate() {
                let till = u128::try_from(at / 3 + 1).unwrap();
                assert_eq!(pos.settle(&house, 1, till, &chains[*at]).await.status, 200);
                let highest = standing.entry(at / 3).or_insert(*at);
                *highest = (*highest).max(*at);
                if step % 5 == 4 {
                    house.roll_up().await;
                }
            }
            house.roll_up().await;
            let facts = standing.values().map(|at| &chains[*at]).filter(|s| s.business_date.to_string() == DAY);
            let (mut expected, mut found) = (recomputed(facts), stored(&house, &company).await);
            // A day that a settlement left behind has a row of zeros, one that never was has none.
            let day = ("day", "day".to_owned());
            let (sums, summed) = (found.remove(&day).unwrap_or_default(), expected.remove(&day).unwrap_or_default());
            assert_eq!(sums, summed, "seed {seed}, sent {sent:?}");
            assert_eq!(found, expected, "seed {seed}, sent {sent:?}");
            let all: Vec<&Settlement> = standing.values().map(|at| &chains[*at]).collect();
            let store = store_id(1).to_string();
            for (span, store) in [(DAY, ""), ("2026-11-20", ""), ("2026-11", ""), ("2026-11", &store)] {
                let within = all.iter().copied().filter(|s| s.business_date.to_string().starts_with(span));
                let mut expected = recomputed(within);
                let mut found = of_span(&house, &company, span, store).await;
                // A day of cancelled settlements only is a day of nothing.
                let (sums, none) = (found.remove(&day).unwrap_or_default(), expected.remove(&day).unwrap_or_default());
                assert_eq!(sums, none, "{span} of {store}: seed {seed}, sent {sent:?}");
                assert_eq!(found, expected, "{span} of {store}: seed {seed}, sent {sent:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_background_loop_follows_every_receipt_and_stops_when_told() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        let company = house.company("0012", &[]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 2)]).await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let shutdown = async move { stopped.await.expect("it is told to stop") };
        let running = tokio::spawn(crate::run(house.flaro.clone(), shutdown));
        for seed in [1, 2] {
            pos.settle(&house, 1, u128::from(seed), &facts(seed)).await;
        }
        let both = [facts(1), facts(2)];
        let expected = recomputed(both.iter());
        let mut tries = 0;
        while stored(&house, &company).await != expected {
            tries += 1;
            assert!(tries < 200, "the rollups did not follow");
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        stop.send(()).unwrap();
        running.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_was_sold_and_paid_with_is_known_by_name_and_only_ever_widens() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        let company = house.company("0012", &[]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        pos.settle(&house, 1, 1, &facts(1)).await;
        pos.settle(&house, 1, 1, &on("2026-11-20", facts(2))).await;
        pos.settle(&house, 1, 1, &on("2026-11-22", facts(3))).await;
        house.roll_up().await;
        let sold = "SELECT DISTINCT category_id AS key, MIN(business_date) AS seen_from, MAX(business_date) AS seen_to
            FROM rollup_product WHERE company_id = $1 GROUP BY category_id ORDER BY 1";
        let known = "SELECT category_id AS key, seen_from, seen_to FROM category WHERE company_id = $1 ORDER BY 1";
        assert_eq!(spans(&house, &company, known).await, spans(&house, &company, sold).await);
        let paid = "SELECT key, MIN(business_date) AS seen_from, MAX(business_date) AS seen_to FROM (
            SELECT company_id, business_date, 'payment ' || code AS key FROM rollup_payment
            UNION ALL SELECT company_id, business_date, 'discount ' || code AS key FROM rollup_discount
            UNION ALL SELECT company_id, business_date, 'media ' || code AS key FROM rollup_media WHERE code <> '') seen
            WHERE company_id = $1 GROUP BY key ORDER BY 1";
        let known =
            "SELECT what || ' ' || code AS key, seen_from, seen_to FROM code_seen WHERE company_id = $1 ORDER BY 1";
        assert_eq!(spans(&house, &company, known).await, spans(&house, &company, paid).await);
    })
    .await;
}

async fn spans(house: &House, company: &Company, sql: &'static str) -> Vec<[String; 3]> {
    let asked = args![company.as_str()];
    let rows = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(sql, asked).await).await.unwrap();
    assert!(!rows.is_empty());
    rows.iter().map(|row| ["key", "seen_from", "seen_to"].map(|column| row.text(column).unwrap())).collect()
}
