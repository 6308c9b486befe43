//! 店舗管理: stores, areas, budgets, costs and categories, as people change them; and what they may not.

use super::{
    house::{Answer, House},
    pos::{Pos, facts, store, store_id},
};
use crate::{
    Role,
    provision::{Beginnings, StoreBeginning, begin},
};
use axum::http::header;
use sales::StoreId;

/// Two stores; an administrator, a manager of the second store only.
async fn chain(db: db::Db) -> (House, Pos, String, String) {
    let house = House::new(db).await;
    let people = [("kanri", Role::Administrator, None), ("tencho2", Role::Manager, Some(vec![store_id(2)]))];
    house.company("0012", &people).await;
    let pos = Pos::link(&house, "0012", 1, vec![store(1, 1), store(2, 1)]).await;
    let (all, one) = (house.log_in("kanri").await, house.log_in("tencho2").await);
    (house, pos, all, one)
}

async fn page(house: &House, cookie: &str, path: &str) -> String {
    let answer = house.page(cookie, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    web::testing::assert_page(&answer.text());
    answer.text()
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.headers[header::LOCATION].to_str().unwrap().to_owned()
}

fn budget(n: u128) -> String {
    format!("/budgets/{}/2026-11", store_id(n))
}

#[tokio::test]
async fn every_page_keeps_its_manners_empty_and_full() {
    db::testing::each_engine(async |db| {
        let (house, pos, all, _) = chain(db).await;
        let paths = [
            "/stores",
            "/areas",
            "/brands",
            "/categories",
            "/budgets",
            "/costs",
            "/imports/budgets",
            "/imports/costs",
            "/imports/labour",
            "/imports/categories",
            "/imports/payment",
            "/mapping",
            "/mapping?what=media",
            "/mapping/subjects",
            "/linkages",
            "/receipts",
            "/people",
            "/people/invite",
            "/history",
            "/company",
            "/contact",
            "/contact/list",
            "/mypage",
            "/later/clock",
        ];
        let deep = [budget(1), format!("/costs/{}/2026-11", store_id(1)), format!("/stores/{}", store_id(1))];
        for path in paths.map(String::from).iter().chain(&deep) {
            page(&house, &all, path).await;
        }
        pos.settle(&house, 1, 1, &facts(1)).await;
        house.roll_up().await;
        location(&house.post(&all, "/areas", &[("name", "東")]).await);
        for path in paths.map(String::from).iter().chain(&deep) {
            page(&house, &all, path).await;
        }
        for list in ["/stores", "/areas", "/categories", "/budgets", "/costs", "/people", "/history", "/mapping"] {
            for format in ["csv", "sjis", "xlsx"] {
                let answer = house.page(&all, &format!("{list}?format={format}")).await;
                assert!(answer.status == 200 && answer.body.len() > 20, "{list} {format}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_month_is_spread_over_its_days_and_a_stale_form_is_refused() {
    db::testing::each_engine(async |db| {
        let (house, _, all, _) = chain(db).await;
        let mut form = vec![("version", "0"), ("month_net", "3,000,001"), ("month_guests", "")];
        let names: Vec<String> = (0..7).map(|day| format!("weight-{day}")).collect();
        form.extend(names.iter().map(|name| (name.as_str(), "1")));
        let to = format!("{}/spread", budget(1));
        location(&house.post(&all, &to, &form).await);
        let html = page(&house, &all, &budget(1)).await;
        assert!(
            html.contains("¥3,000,001") && html.contains(r#"value="100,001""#) && html.contains(r#"value="100,000""#)
        );
        assert!(page(&house, &all, "/budgets?month=2026-11").await.contains("¥3,000,001"));
        let again = house.post(&all, &to, &form).await;
        assert_eq!(again.status, 409, "{}", again.text());
        assert!(again.text().contains("kanriさん"));
        form[0].1 = "1";
        form[1].1 = "三百万";
        let wrong = house.post(&all, &to, &form).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("三百万"), "nothing typed is lost");
        let day = [("version", "1"), ("net-2026-11-03", "5"), ("guests-2026-11-03", "2")];
        location(&house.post(&all, &budget(1), &day).await);
        let html = page(&house, &all, &budget(1)).await;
        assert!(html.contains("¥5") && !html.contains(r#"value="100,000""#), "days left empty have none");
        let history = page(&house, &all, "/history?q=2026%E5%B9%B411%E6%9C%88").await;
        assert!(history.contains("予算を登録") && history.contains("売上 ¥3,000,001（30日分）"), "{history}");
    })
    .await;
}

#[tokio::test]
async fn a_manager_sees_and_changes_their_own_store_only() {
    db::testing::each_engine(async |db| {
        let (house, _, all, one) = chain(db).await;
        assert_eq!(house.page(&one, &budget(2)).await.status, 200);
        let day = [("version", "0"), ("net-2026-11-03", "5")];
        location(&house.post(&one, &budget(2), &day).await);
        let cost = |n: u128| format!("/costs/{}/2026-11", store_id(n));
        location(&house.post(&one, &cost(2), &[("version", "0"), ("rent", "30")]).await);
        for path in [budget(1), cost(1), format!("/stores/{}", store_id(1))] {
            assert_eq!(house.page(&one, &path).await.status, 404, "{path}");
        }
        let changes: [(String, Vec<(&str, &str)>); 4] = [
            (budget(1), day.to_vec()),
            (format!("{}/spread", budget(1)), day.to_vec()),
            (cost(1), vec![("version", "0"), ("rent", "1")]),
            (format!("{}/labour", cost(1)), vec![("version", "0"), ("cost-2026-11-03", "1")]),
        ];
        for (path, form) in &changes {
            assert_eq!(house.post(&one, path, form).await.status, 404, "{path}");
        }
        for list in ["/stores", "/budgets", "/costs"] {
            let html = page(&house, &one, list).await;
            assert!(html.contains("店2") && !html.contains("店1"), "{list}");
        }
        for path in ["/areas", "/categories", "/mapping", "/people", "/history", "/company", "/imports/categories"] {
            assert_eq!(house.page(&one, path).await.status, 403, "{path}");
        }
        assert_eq!(house.post(&one, &format!("/stores/{}", store_id(2)), &[("version", "0")]).await.status, 403);
        let file = "自社コード,店舗名,営業日,売上予算（税抜）\n00001,,2026/11/03,9\n";
        let answer = house.upload(&one, "/imports/budgets", "予算.csv", file.as_bytes()).await;
        let preview = house.page(&one, &location(&answer)).await;
        assert_eq!(preview.status, 422);
        assert!(preview.text().contains("閲覧範囲にありません"));
        assert!(!page(&house, &all, &budget(1)).await.contains("¥9"));
    })
    .await;
}

#[tokio::test]
async fn a_file_of_budgets_is_shown_before_it_counts_and_ruined_codes_are_refused_by_line() {
    db::testing::each_engine(async |db| {
        let (house, _, all, _) = chain(db).await;
        let send = async |text: &str| house.upload(&all, "/imports/budgets", "予算.csv", text.as_bytes()).await;
        let head = "自社コード,店舗名,営業日,売上予算（税抜）,客数予算\n";
        let lost = send(&format!("{head}1,,2026/11/03,100,\n00002,店1,2026/11/03,1,\n00001,,2026/02/30,1,\n")).await;
        let preview = house.page(&all, &location(&lost)).await;
        assert_eq!(preview.status, 422);
        for says in ["先頭の0が失われています", "「店2」です", "ある日付"] {
            assert!(preview.text().contains(says), "{says}");
        }
        let ruined = send(&format!("{head}1.0E+04,,2026/11/03,100,\n")).await;
        assert_eq!(ruined.status, 422);
        assert!(ruined.text().contains("桁が失われています"));
        let good =
            send(&format!("{head}00001,,2026/11/03,\"1,000\",10\n,店2,2026年11月4日,2000,\n00001,,2026/11/05,,\n"))
                .await;
        let to = location(&good);
        let html = page(&house, &all, &to).await;
        assert!(html.contains("新規 2件、変更 0件") && html.contains("¥1,000・10名"), "{html}");
        assert!(!page(&house, &all, &budget(1)).await.contains("¥1,000"), "nothing counts before it is confirmed");
        let shown = html.split(r#"name="shown" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
        let stale = house.post(&all, &to, &[("shown", "something else")]).await;
        assert_eq!(location(&stale), to);
        assert_eq!(location(&house.post(&all, &to, &[("shown", &shown)]).await), "/budgets");
        assert!(page(&house, &all, &budget(1)).await.contains("¥1,000"));
        assert_eq!(house.post(&all, &to, &[("shown", &shown)]).await.status, 404, "once is enough");
        let back = house.page(&all, "/imports/budgets?month=2026-11&format=csv").await;
        let same = house.upload(&all, "/imports/budgets", "予算.csv", &back.body).await;
        assert!(page(&house, &all, &location(&same)).await.contains("変わる内容はありません"));
    })
    .await;
}

#[tokio::test]
async fn costs_are_spread_to_the_yen_and_labour_keeps_what_is_unknown() {
    db::testing::each_engine(async |db| {
        let (house, _, all, _) = chain(db).await;
        let cost = format!("/costs/{}/2026-11", store_id(1));
        location(&house.post(&all, &cost, &[("version", "0"), ("advertising", "100000"), ("rent", "０")]).await);
        let sums = "SELECT CAST(SUM(advertising) AS BIGINT) AS a, CAST(SUM(rent) AS BIGINT) AS r, COUNT(other) AS o,
            COUNT(*) AS days FROM cost_day";
        let row =
            house.flaro.db.read(async move |tx: &mut db::Tx| tx.fetch_one(sums, db::args![]).await).await.unwrap();
        let of = |column: &str| row.int(column).unwrap();
        assert_eq!((of("a"), of("r"), of("o"), of("days")), (100_000, 0, 0, 30));
        let labour = [("version", "1"), ("cost-2026-11-21", "12,000"), ("hours-2026-11-21", "8:30")];
        location(&house.post(&all, &format!("{cost}/labour"), &labour).await);
        let html = page(&house, &all, &cost).await;
        assert!(html.contains(r#"value="12,000""#) && html.contains(r#"value="8:30""#) && html.contains("手入力"));
        let only_hours = [("version", "2"), ("hours-2026-11-22", "8:30")];
        assert_eq!(house.post(&all, &format!("{cost}/labour"), &only_hours).await.status, 422);
        let list = page(&house, &all, "/costs?month=2026-11").await;
        assert!(list.contains("¥12,000") && list.contains("¥100,000") && list.contains("未入力"));
    })
    .await;
}

fn store_path(id: StoreId) -> String {
    format!("/stores/{id}")
}

#[tokio::test]
async fn a_store_has_a_code_an_area_and_hours_of_its_own() {
    db::testing::each_engine(async |db| {
        let (house, _, all, _) = chain(db).await;
        location(&house.post(&all, "/areas", &[("name", "東エリア")]).await);
        assert_eq!(house.post(&all, "/areas", &[("name", "東エリア")]).await.status, 422);
        let html = page(&house, &all, "/areas").await;
        let area = html.split("/areas/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let form =
            [("version", "0"), ("own_code", "００７"), ("area", &area), ("open-0", "11:00"), ("close-0", "25:30")];
        location(&house.post(&all, &store_path(store_id(1)), &form).await);
        let html = page(&house, &all, &store_path(store_id(1))).await;
        for says in ["007", "東エリア", "月 11:00～25:30", "火 定休", "コード不一致"] {
            assert!(html.contains(says), "{says}");
        }
        let taken = house.post(&all, &store_path(store_id(2)), &[("version", "0"), ("own_code", "007")]).await;
        assert!(taken.status == 422 && taken.text().contains("「店1」が使っています"));
        let half = house.post(&all, &store_path(store_id(2)), &[("version", "0"), ("open-3", "11:00")]).await;
        assert!(half.status == 422 && half.text().contains("木曜は開店と閉店の両方"));
        assert!(!page(&house, &all, &format!("/stores?area={area}")).await.contains("店2"));
        location(&house.post(&all, &format!("/areas/{area}/state"), &[("to", "retired")]).await);
        assert!(page(&house, &all, &format!("/areas/{area}")).await.contains("まだ使われているため終了していません"));
    })
    .await;
}

#[tokio::test]
async fn categories_that_were_sold_are_decided_here_and_by_file() {
    db::testing::each_engine(async |db| {
        let (house, pos, all, _) = chain(db).await;
        pos.settle(&house, 1, 1, &facts(1)).await;
        house.roll_up().await;
        let file = house.page(&all, "/imports/categories?format=csv").await.text();
        let decided = file.replace("未分類", "フード");
        assert_ne!(file, decided);
        let answer = house.upload(&all, "/imports/categories", "区分.csv", decided.as_bytes()).await;
        let to = location(&answer);
        let html = page(&house, &all, &to).await;
        let shown = html.split(r#"name="shown" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
        location(&house.post(&all, &to, &[("shown", &shown)]).await);
        let html = page(&house, &all, "/categories").await;
        assert!(!html.contains("区分が決まっていない") && html.contains("フード"));
        let field = html.split(r#"name="kind-"#).nth(1).unwrap().split('"').next().unwrap().to_owned();
        location(&house.post(&all, "/categories", &[(&format!("kind-{field}"), "drink"), ("here", "//evil")]).await);
        assert!(page(&house, &all, "/categories?kind=drink").await.contains(&field));
        pos.settle(&house, 2, 1, &facts(2)).await;
        house.roll_up().await;
        assert!(page(&house, &all, "/categories?kind=drink").await.contains(&field), "a new day decides nothing anew");
    })
    .await;
}

#[tokio::test]
async fn a_demonstration_begins_once_and_never_touches_what_a_person_changed() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        let company = house.company("0012", &[("kanri", Role::Administrator, None)]).await;
        let date = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
        let begins = StoreBeginning {
            store: store_id(1),
            area: "港エリア".into(),
            brand: "みなと".into(),
            budget: (3_000_000, 2_000),
            weights: [1; 7],
            fixed: (30_000, 60_000, 90_000),
        };
        let plan = Beginnings {
            stores: vec![begins],
            from: date("2026-11-01"),
            until: date("2026-12-01"),
            labour_until: date("2026-11-21"),
            drinks: vec!["ドリンク".into()],
        };
        assert!(!begin(&house.flaro, &company, &plan).await.unwrap(), "its stores aren't there yet");
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        pos.settle(&house, 1, 1, &facts(1)).await;
        house.roll_up().await;
        assert!(begin(&house.flaro, &company, &plan).await.unwrap());
        let all = house.log_in("kanri").await;
        assert!(page(&house, &all, &budget(1)).await.contains("¥3,000,000"));
        assert!(page(&house, &all, "/stores").await.contains("港エリア"));
        assert!(!page(&house, &all, "/categories").await.contains("区分が決まっていない"));
        location(&house.post(&all, &budget(1), &[("version", "0"), ("net-2026-11-03", "7")]).await);
        assert!(begin(&house.flaro, &company, &plan).await.unwrap());
        assert!(page(&house, &all, &budget(1)).await.contains("¥7"), "what a person changed stays");
    })
    .await;
}
