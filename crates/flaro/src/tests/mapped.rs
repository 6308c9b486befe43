//! マッピング: files from the POS, codes assigned to 科目, and figures that never change by it.

use super::{
    house::{Answer, House},
    pos::{Pos, facts, store, store_id},
};
use crate::{
    FlaroError, Role,
    mapping::{self, Mapped, What},
};
use axum::http::header;
use db::{Tx, args};
use std::collections::BTreeMap;

async fn chain(db: db::Db) -> (House, Pos, String) {
    let house = House::new(db).await;
    house.company("0012", &[("kanri", Role::Administrator, None)]).await;
    let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
    let cookie = house.log_in("kanri").await;
    (house, pos, cookie)
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

/// Sends a file and, when it is shown without a fault, takes it in.
async fn take_in(house: &House, cookie: &str, kind: &str, bytes: &[u8]) -> String {
    let to = location(&house.upload(cookie, &format!("/imports/{kind}"), "マッピング.csv", bytes).await);
    let html = page(house, cookie, &to).await;
    let shown = html.split(r#"name="shown" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
    location(&house.post(cookie, &to, &[("shown", &shown)]).await);
    html
}

#[tokio::test]
async fn a_file_is_taken_in_by_its_contract_and_what_a_spreadsheet_ruined_is_refused_by_line() {
    db::testing::each_engine(async |db| {
        let (house, _, cookie) = chain(db).await;
        location(&house.post(&cookie, "/mapping/subjects/usual", &[]).await);
        let head = "支払種目,支払科目名称,取込コード\r\n";
        for (row, says) in [
            ("1,Visa,1.23E+19", "桁が失われています"),
            ("1,Visa,1000000001", "先頭の0が失われています"),
            ("2,Visa,10000000000000000001", "支払種目"),
            ("1,Visa,10000000000000000001\r\n1,JCB,10000000000000000001", "重複"),
        ] {
            let answer =
                house.upload(&cookie, "/imports/payment", "x.csv", format!("{head}{row}\r\n").as_bytes()).await;
            let text = if answer.status == 303 { house.page(&cookie, &location(&answer)).await } else { answer };
            assert_eq!(text.status, 422, "{row}");
            assert!(text.text().contains(says), "{row}: {}", text.text());
        }
        let utf8 = format!("\u{feff}{head}1,\"Visa,カード\",10000000000000000001\r\n0,現金,00000000000000000002\r\n");
        let html = take_in(&house, &cookie, "payment", utf8.as_bytes()).await;
        assert!(html.contains("新規 2件") && html.contains("科目 クレジット") && html.contains("科目 現金"), "{html}");
        let file = web::cp932::encode(&format!("{head}1,VISA,10000000000000000001\r\n")).unwrap();
        let html = take_in(&house, &cookie, "payment", &file).await;
        assert!(html.contains("新規 0件、変更 1件"), "{html}");
        let other = house.upload(
            &cookie,
            "/imports/media",
            "x.csv",
            "広告媒体名称,取込コード\n駅看板,10000000000000000001\n".as_bytes(),
        );
        let preview = house.page(&cookie, &location(&other.await)).await;
        assert!(preview.status == 422 && preview.text().contains("支払種別「VISA」のものです"));
        let back = house.page(&cookie, "/imports/payment?format=xlsx").await;
        let same = house.upload(&cookie, "/imports/payment", "x.xlsx", &back.body).await;
        assert!(page(&house, &cookie, &location(&same)).await.contains("変わる内容はありません"));
    })
    .await;
}

const FIGURES: &str = "SELECT code, name, count, amount, surplus, non_sales, rates FROM rollup_payment
    WHERE company_id = $1 ORDER BY business_date, code";

async fn figures(house: &House) -> Vec<BTreeMap<&'static str, String>> {
    let company = house.company("0012", &[]).await;
    let asked = args![company.as_str()];
    let rows = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(FIGURES, asked).await).await.unwrap();
    let read = |row: &db::Row| {
        let figure = |column| row.int(column).unwrap().to_string();
        let text = |column| row.text(column).unwrap();
        BTreeMap::from([
            ("code", text("code")),
            ("count", figure("count")),
            ("amount", figure("amount")),
            ("surplus", figure("surplus")),
            ("non_sales", figure("non_sales")),
            ("rates", text("rates")),
        ])
    };
    rows.iter().map(read).collect()
}

#[tokio::test]
async fn a_code_mapped_late_relabels_its_history_without_changing_a_yen() {
    db::testing::each_engine(async |db| {
        let (house, pos, cookie) = chain(db).await;
        pos.settle(&house, 1, 1, &facts(1)).await;
        house.roll_up().await;
        let day = format!("/days/{}/2026-11-21", store_id(1));
        let (before, page_before) = (figures(&house).await, page(&house, &cookie, &day).await);
        assert!(page_before.contains("未割当"), "{page_before}");
        location(&house.post(&cookie, "/mapping/subjects/usual", &[]).await);
        let html = page(&house, &cookie, "/mapping").await;
        assert!(html.contains("CSVにないコード"));
        let subject = html.split(">クレジット</option>").next().unwrap().rsplit(r#"value=""#).next().unwrap();
        let subject = subject.trim_end_matches('"').to_owned();
        let codes: Vec<String> = before.iter().map(|row| format!("s-{}", row["code"])).collect();
        let form: Vec<(&str, &str)> =
            codes.iter().map(|code| (code.as_str(), subject.as_str())).chain([("what", "payment")]).collect();
        location(&house.post(&cookie, "/mapping", &form).await);
        let page_after = page(&house, &cookie, &day).await;
        assert_eq!(figures(&house).await, before, "no figure follows from the mapping");
        let yen = |html: &str| html.matches('¥').count();
        assert_eq!(yen(&page_after), yen(&page_before));
        let payments = |html: &str| {
            let from = html.find(r#"id="payment_sales""#).or_else(|| html.find("支払方法別売上")).unwrap();
            html[from..].split("</section>").next().unwrap().to_owned()
        };
        assert_eq!(payments(&page_after), payments(&page_before).replace("未割当", "クレジット"));
        assert!(page(&house, &cookie, "/history").await.contains("マッピングの科目を変更"));
    })
    .await;
}

const ARRIVED: &str = "INSERT INTO code_seen (company_id, what, code, name, seen_from, seen_to)
    VALUES ($1, $2, $3, $3, '2026-11-01', '2026-11-22')";

#[tokio::test]
async fn codes_without_a_subject_are_counted_by_kind() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        let company = house.company("0012", &[]).await;
        let mapped = |code: &str, subject: Option<&str>| Mapped {
            code: code.to_owned(),
            what: What::Payment,
            kind: "1".to_owned(),
            name: code.to_owned(),
            subject_id: subject.map(str::to_owned),
        };
        let known = [mapped("1", Some("a subject")), mapped("2", None)];
        let unit = async move |tx: &mut Tx| -> Result<_, FlaroError> {
            for (kind, code) in [("payment", "1"), ("payment", "2"), ("payment", "3"), ("media", "4")] {
                tx.execute(ARRIVED, args![company.as_str(), kind, code]).await?;
            }
            mapping::put(tx, &company, &known, 0).await?;
            mapping::unmapped(tx, &company).await
        };
        let missing = house.flaro.db.write(unit).await.unwrap();
        assert_eq!(missing, BTreeMap::from([(What::Payment, 2), (What::Media, 1)]));
    })
    .await;
}
