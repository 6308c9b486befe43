//! Products from a file: shown before anything is saved, saved all or nothing, and the same again when nothing changed.

use axum::http::StatusCode;
use db::testing::each_engine;
use pos::provision::{self, NewProduct};
use sales::Yen;
use web::download::{Cell, Format, Sheet};
use web::testing::assert_page;

use crate::house::{Answer, House};

const HEAD: &str = "商品ID,カテゴリ,商品名,価格,原価,税区分（イートイン）,税区分（テイクアウト）,自社商品コード,状態";
const IMPORT: &str = "/products/import";

struct Desk {
    house: House,
    cookie: String,
    /// 刺身定食
    product: String,
}

impl Desk {
    async fn new(db: &db::Db) -> Self {
        let house = House::new(db).await;
        let food = provision::category(&house.pos, &house.tenant, "定食").await.unwrap();
        for (name, price) in [("刺身定食", 1_480), ("=焼魚定食", 1_100)] {
            let product = NewProduct::new(food, name, Yen(price), Yen(500));
            provision::product(&house.pos, &house.tenant, product).await.unwrap();
        }
        let cookie = house.log_in("head.0012345").await;
        let list = house.get("/products?q=%E5%88%BA%E8%BA%AB&format=csv", &cookie).await.text;
        let product = list.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
        Self { house, cookie, product }
    }

    /// Sends a file and looks at its preview: its path and the page.
    async fn send(&self, bytes: &[u8]) -> (String, Answer) {
        let sent = self.house.upload(IMPORT, &self.cookie, "商品.csv", bytes).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        let path = sent.header("location").to_owned();
        let page = self.house.get(&path, &self.cookie).await;
        assert_page(&page.text);
        (path, page)
    }

    /// Confirms what a preview showed, and looks at where it leads.
    async fn confirm(&self, path: &str, preview: &Answer) -> (String, Answer) {
        let shown = preview.text.split("name=\"shown\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let done = self.house.form(path, &self.cookie, format!("shown={shown}")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let to = done.header("location").to_owned();
        (to.clone(), self.house.get(&to, &self.cookie).await)
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.house.count(sql).await
    }
}

#[tokio::test]
async fn a_file_is_shown_first_and_saved_when_confirmed() {
    each_engine(async |db| {
        let desk = Desk::new(&db).await;
        let version = "SELECT masters_version AS n FROM company WHERE code = '0012345'";
        let before = desk.count(version).await;
        let file = format!(
            "{HEAD}\n{},定食,刺身定食,1580,500,標準,軽減,A001,\n,定食,煮魚定食,\"1,380\",480,標準10%,軽減8%,A001,販売中\n",
            desk.product
        );
        let (path, preview) = desk.send(file.as_bytes()).await;
        for words in ["新規 1件、変更 1件", "¥1,480", "¥1,580", "煮魚定食", "A001（2点）"] {
            assert!(preview.text.contains(words), "{words}: {}", preview.text);
        }
        assert_eq!(desk.count("SELECT COUNT(*) AS n FROM product WHERE own_product_code IS NOT NULL").await, 0);
        assert_eq!(desk.count(version).await, before);
        let (to, page) = desk.confirm(&path, &preview).await;
        assert!(to == "/products" && page.text.contains("新規1件、変更1件"), "{to}");
        assert_eq!(desk.count("SELECT COUNT(*) AS n FROM product WHERE own_product_code = 'A001'").await, 2);
        assert_eq!(desk.count(version).await, before + 1, "one version for the whole file");
        let noted = "SELECT COUNT(*) AS n FROM audit WHERE what IN ('商品を登録', '商品を変更', '商品を一括で取り込み')";
        assert_eq!(desk.count(noted).await, 3);
        // It is done: the same confirmation again finds nothing to confirm.
        assert_eq!(desk.house.get(&path, &desk.cookie).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn an_export_that_comes_back_unchanged_changes_nothing() {
    each_engine(async |db| {
        let desk = Desk::new(&db).await;
        let csv = desk.house.get("/products?state=all&format=csv", &desk.cookie).await.text;
        assert!(csv.contains("'=焼魚定食"), "guarded in a CSV: {csv}");
        let mut workbook = Sheet::new("x", "商品", &["商品ID", "商品名", "自社商品コード"]);
        for row in csv.lines().skip(1) {
            let cells: Vec<&str> = row.split(',').collect();
            let code = if cells[0] == desk.product { Cell::from("00000000000000000042") } else { Cell::Blank };
            workbook.row([cells[0].into(), cells[2].trim_start_matches('\'').into(), code]);
        }
        let (_, idle) = desk.send(csv.as_bytes()).await;
        assert!(idle.text.contains("変わる商品はありません"), "{}", idle.text);
        // A workbook with only some columns leaves the others as they are, and keeps all twenty digits.
        let (path, preview) = desk.send(&workbook.bytes(Format::Xlsx).unwrap()).await;
        assert!(preview.text.contains("新規 0件、変更 1件"), "{}", preview.text);
        desk.confirm(&path, &preview).await;
        let kept = "SELECT COUNT(*) AS n FROM product WHERE own_product_code = '00000000000000000042' AND price = 1480";
        assert_eq!(desk.count(kept).await, 1);
    })
    .await;
}

#[tokio::test]
async fn errors_name_line_and_column_and_nothing_is_saved() {
    each_engine(async |db| {
        let desk = Desk::new(&db).await;
        let id = &desk.product;
        let file = format!(
            "{HEAD}\n{id},丼,刺身定食,1480,500,標準,軽減,,\n{id},定食,刺身定食,高い,500,標準,軽減,,\n\
             ,定食,刺身定食,1,1,標準,軽減,,\n,定食,新しい,1,1,標準,軽減,1.23457E+19,終わり\nx,定食,a,1,1,標準,軽減,,\n"
        );
        let (path, page) = desk.send(file.as_bytes()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let wrong = desk.house.get(&format!("{path}?table=faults&format=csv"), &desk.cookie).await.text;
        for words in [
            "2,カテゴリ,カテゴリ「丼」はありません",
            "3,商品ID,2行目と同じ商品IDです",
            "4,商品名,別の商品名を入力してください（カテゴリ「定食」に「刺身定食」がすでにあります）",
            "5,状態,状態は 販売中 か 販売終了",
            "5,自社商品コード,表計算ソフトで桁が失われています（いま「1.23457E+19」）",
            "6,商品ID,この商品IDの商品はありません",
        ] {
            assert!(wrong.contains(words), "{words}: {wrong}");
        }
        assert!(
            page.text.contains("取り込めない行があります（6件）") && !page.text.contains("name=\"shown\""),
            "{}",
            page.text
        );
        let forced = desk.house.form(&path, &desk.cookie, "shown=").await;
        assert_eq!(forced.status, StatusCode::SEE_OTHER);
        assert_eq!(desk.count("SELECT COUNT(*) AS n FROM product").await, 2);
        for (bytes, words) in [
            (&b"\x00\x01"[..], "表として読めない"),
            ("商品名,色\nx,白".as_bytes(), "見出し「商品ID」の列を入れてください"),
            ("商品ID\n".as_bytes(), "商品の行がありません"),
            (b"", "中身のあるファイル"),
        ] {
            let page = desk.house.upload(IMPORT, &desk.cookie, "x.csv", bytes).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_page(&page.text);
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
    })
    .await;
}

#[tokio::test]
async fn what_changed_after_the_preview_is_shown_again_before_anything_is_saved() {
    each_engine(async |db| {
        let desk = Desk::new(&db).await;
        let file = format!("商品ID,価格\n{},1580\n", desk.product);
        let (path, preview) = desk.send(file.as_bytes()).await;
        let off = format!("/products/{}/sale", desk.product);
        assert_eq!(desk.house.form(&off, &desk.cookie, "on_sale=no&version=0").await.status, StatusCode::SEE_OTHER);
        let (to, page) = desk.confirm(&path, &preview).await;
        assert!(to == path && page.text.contains("確認のあとに商品が変更されたため"), "{to}: {}", page.text);
        assert_eq!(desk.count("SELECT COUNT(*) AS n FROM product WHERE price = 1580").await, 0);
        let (to, _) = desk.confirm(&path, &page).await;
        assert_eq!(to, "/products");
        let sql = "SELECT COUNT(*) AS n FROM product WHERE price = 1580 AND retired_at IS NOT NULL";
        assert_eq!(desk.count(sql).await, 1, "still off sale");
    })
    .await;
}

#[tokio::test]
async fn a_file_belongs_to_whoever_sent_it_and_only_the_last_one_waits() {
    each_engine(async |db| {
        let desk = Desk::new(&db).await;
        let file = format!("商品ID,価格\n{},1580\n", desk.product);
        let (first, _) = desk.send(file.as_bytes()).await;
        let other = desk.house.log_in("admin.0012345").await;
        assert_eq!(desk.house.get(&first, &other).await.status, StatusCode::NOT_FOUND);
        assert_eq!(desk.house.form(&first, &other, "shown=x").await.status, StatusCode::NOT_FOUND);
        let (second, _) = desk.send(file.as_bytes()).await;
        let gone = desk.house.get(&first, &desk.cookie).await;
        assert!(
            gone.status == StatusCode::NOT_FOUND && gone.text.contains("もう一度ファイルを選んで"),
            "{}",
            gone.text
        );
        assert_eq!(desk.house.get(&second, &desk.cookie).await.status, StatusCode::OK);
        assert_eq!(desk.count("SELECT COUNT(*) AS n FROM pending_import").await, 1);
    })
    .await;
}
