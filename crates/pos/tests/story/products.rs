//! 商品登録, 商品カテゴリ and 税率 as people use them: registered, changed, taken off sale, and told to the tills.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use db::testing::each_engine;
use pos::provision::{self, NewProduct};
use protocol::masters::Masters;
use sales::{TaxKind, Yen};
use web::testing::assert_page;

use crate::house::{House, company};

const NEW: [(&str, &str); 9] = [
    ("name", "刺身定食"),
    ("price", "１，４８０"),
    ("cost", "520"),
    ("eat_in", "標準"),
    ("takeout", "軽減"),
    ("own_parent", "11111111111111111111"),
    ("own_child", "Ｃ１"),
    ("own_product", "00000000000000000001"),
    ("position", ""),
];

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn with(changes: &[(&str, &str)]) -> String {
    let kept = NEW.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    encoded(&kept.chain(changes).copied().collect::<Vec<_>>())
}

async fn masters(house: &House) -> Masters {
    let path = format!("/api/v1/registers/{}/masters", house.register);
    let request = Request::get(path).header("authorization", format!("Bearer {}", house.token));
    house.send(request.body(Body::empty()).unwrap()).await.json()
}

/// The id in the first link below this path.
fn id_in(page: &str, path: &str) -> String {
    let rest =
        page.split(&format!("href=\"{path}/")).find(|rest| rest.len() > 36 && rest.as_bytes()[8] == b'-').unwrap();
    rest[..36].to_owned()
}

#[tokio::test]
async fn a_product_is_registered_changed_taken_off_sale_and_brought_back() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let category = provision::category(&house.pos, &house.tenant, "定食").await.unwrap().to_string();
        let empty = house.get("/products", &cookie).await;
        assert_page(&empty.text);
        assert!(empty.text.contains("まだ商品がありません") && empty.text.contains("標準10%") && empty.text.contains("価格（税込）"));
        let before = masters(&house).await.version;

        let made = house.form("/products", &cookie, with(&[("category", &category)])).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
        let list = house.get("/products", &cookie).await.text;
        assert_page(&list);
        assert!(list.contains("「刺身定食」を登録しました。") && list.contains("00000000000000000001"));
        let till = masters(&house).await;
        assert_eq!((till.products.len(), till.products[0].price, till.products[0].takeout), (1, Yen(1_480), TaxKind::Reduced));
        assert!(till.version > before);

        let id = id_in(&list, "/products");
        let path = format!("/products/{id}");
        let page = house.get(&path, &cookie).await.text;
        assert_page(&page);
        assert!(page.contains("「刺身定食」を変更") && page.contains(r#"value="C1""#), "{page}");
        let change = |version: &str, price: &str| with(&[("category", &category), ("version", version), ("price", price)]);
        assert_eq!(house.form(&path, &cookie, change("0", "1580")).await.status, StatusCode::SEE_OTHER);
        assert_eq!(masters(&house).await.products[0].price, Yen(1_580));

        // A form that was made before that change.
        let stale = house.form(&path, &cookie, change("0", "1680")).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_page(&stale.text);
        for words in ["「刺身定食」の価格を、2026/11/22 22:44に太田さんさんが変更しました", r#"value="1680""#, "まだ登録されていません"] {
            assert!(stale.text.contains(words), "{words}: {}", stale.text);
        }
        assert_eq!(masters(&house).await.products[0].price, Yen(1_580));

        let off = house.form(&format!("{path}/sale"), &cookie, "on_sale=no&version=1").await;
        assert_eq!(off.status, StatusCode::SEE_OTHER);
        assert!(masters(&house).await.products.is_empty());
        assert!(house.get("/products?state=off", &cookie).await.text.contains("刺身定食"));
        let again = house.form(&format!("{path}/sale"), &cookie, "on_sale=yes&version=2").await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        assert_eq!(masters(&house).await.products.len(), 1);
        for noted in [
            "SELECT COUNT(*) AS n FROM audit WHERE what = '商品を登録' AND before IS NULL
             AND after LIKE '%自社商品コード 00000000000000000001%'",
            "SELECT COUNT(*) AS n FROM audit WHERE what = '商品を変更' AND before = '価格 ¥1,480' AND after = '価格 ¥1,580'",
            "SELECT COUNT(*) AS n FROM audit WHERE what = '商品の販売を終了' AND after = '状態 販売終了'",
            "SELECT COUNT(*) AS n FROM audit WHERE what = '商品の販売を再開' AND after = '状態 販売中'",
        ] {
            assert_eq!(house.count(noted).await, 1, "{noted}");
        }
    })
    .await;
}

#[tokio::test]
async fn mistakes_stand_at_their_fields_and_nothing_typed_is_lost() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let food = provision::category(&house.pos, &house.tenant, "定食").await.unwrap();
        provision::product(&house.pos, &house.tenant, NewProduct::new(food, "刺身定食", Yen(1), Yen(1))).await.unwrap();
        let food = food.to_string();
        let bad =
            with(&[("category", ""), ("price", "高い"), ("own_product", "123456789012345678901"), ("eat_in", "x")]);
        let page = house.form("/products", &cookie, bad).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_page(&page.text);
        for words in
            ["（4件）", "カテゴリを選んでください", "いま「高い」です", "20文字以内", "標準、軽減", r#"value="高い""#]
        {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let twin = house.form("/products", &cookie, with(&[("category", &food)])).await;
        assert_eq!(twin.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(twin.text.contains("カテゴリ「定食」に「刺身定食」がすでにあります"));
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM product").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_list_is_searched_filtered_sorted_and_exported() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let (pos, tenant) = (&house.pos, &house.tenant);
        let (food, drink) = (
            provision::category(pos, tenant, "定食").await.unwrap(),
            provision::category(pos, tenant, "飲物").await.unwrap(),
        );
        let mut tea = NewProduct::new(drink, "緑茶100%", Yen(300), Yen(40));
        tea.own_product_code = Some("D-01".parse().unwrap());
        provision::product(pos, tenant, tea).await.unwrap();
        provision::product(pos, tenant, NewProduct::new(food, "刺身定食", Yen(1_480), Yen(520))).await.unwrap();
        for (query, shown) in [
            ("", [true, true]),
            ("?q=%E5%88%BA%E8%BA%AB", [true, false]),
            ("?q=d-0", [false, true]),
            ("?q=100%25", [false, true]),
            ("?q=_", [false, false]),
            ("?without=product", [true, false]),
            ("?without=category", [true, true]),
            ("?state=off", [false, false]),
            (&format!("?group={drink}"), [false, true]),
        ] {
            let page = house.get(&format!("/products{query}"), &cookie).await.text;
            assert_page(&page);
            assert_eq!(["刺身定食", "緑茶100%"].map(|name| page.contains(name)), shown, "{query}");
        }
        let dear = house.get("/products?sort=-price", &cookie).await.text;
        assert!(dear.find("刺身定食") < dear.find("緑茶100%"));
        let named = house.get("/products?sort=-code", &cookie).await.text;
        assert!(named.find("緑茶100%") < named.find("刺身定食"));
        let file = house.get("/products?format=csv", &cookie).await.text;
        assert!(file.starts_with("\u{FEFF}商品ID,カテゴリ,商品名,価格,原価,税区分（イートイン）,"), "{file}");
        assert!(file.contains(",飲物,緑茶100%,300,40,標準,軽減,,,D-01,1,販売中\r\n"), "{file}");
        let book = house.get("/products?format=xlsx", &cookie).await;
        assert!(
            book.header("content-type").contains("spreadsheetml")
                && book.header("content-disposition").contains(".xlsx")
        );
    })
    .await;
}

#[tokio::test]
async fn a_category_is_retired_only_when_nothing_in_it_is_on_sale() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        assert_eq!(
            house.form("/categories", &cookie, encoded(&[("name", "定食")])).await.status,
            StatusCode::SEE_OTHER
        );
        let twin = house.form("/categories", &cookie, encoded(&[("name", " 定食")])).await;
        assert!(twin.status == StatusCode::UNPROCESSABLE_ENTITY && twin.text.contains("「定食」はすでにあります"));
        assert_page(&twin.text);
        let page = house.get("/categories", &cookie).await.text;
        assert_page(&page);
        let id = id_in(&page, "/categories");
        let path = format!("/categories/{id}");
        let renamed =
            house.form(&path, &cookie, encoded(&[("name", "お食事"), ("position", "5"), ("version", "0")])).await;
        assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.text);
        let stale = house.form(&path, &cookie, encoded(&[("name", "食事"), ("position", "5"), ("version", "0")])).await;
        assert!(
            stale.status == StatusCode::UNPROCESSABLE_ENTITY && stale.text.contains("カテゴリ名・表示順を"),
            "{}",
            stale.text
        );
        let product = NewProduct::new(id.parse().unwrap(), "刺身定食", Yen(1), Yen(1));
        provision::product(&house.pos, &house.tenant, product).await.unwrap();
        let answer = house.form(&format!("{path}/use"), &cookie, "use=no&version=1").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let page = house.get(&path, &cookie).await.text;
        assert_page(&page);
        assert!(page.contains("販売中の商品が1点あります") && page.contains("使用中"), "{page}");
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM category WHERE retired_at IS NOT NULL").await, 0);
        let product = id_in(&house.get("/products", &cookie).await.text, "/products");
        house.form(&format!("/products/{product}/sale"), &cookie, "on_sale=no&version=0").await;
        house.form(&format!("{path}/use"), &cookie, "use=no&version=1").await;
        assert!(masters(&house).await.categories.is_empty());
        // Nothing is sold in a category that nobody sees.
        house.form(&format!("/products/{product}/sale"), &cookie, "on_sale=yes&version=1").await;
        assert!(masters(&house).await.products.is_empty());
        house.form(&format!("{path}/use"), &cookie, "use=yes&version=2").await;
        assert_eq!(masters(&house).await.categories[0].name, "お食事");
        let file = house.get("/categories?table=categories&format=csv", &cookie).await.text;
        assert!(file.ends_with("5,お食事,0,使用中\r\n"), "{file}");
    })
    .await;
}

#[tokio::test]
async fn a_rate_to_come_is_added_and_taken_back_and_one_that_began_stays() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("admin.0012345").await;
        let rate = |percent: &str, from: &str| encoded(&[("kind", "standard"), ("percent", percent), ("from", from)]);
        for (percent, from, words) in [
            ("12", "2026/11/22", "明日以降の日付"),
            ("10", "2027/04/01", "違う税率"),
            ("101", "2027/04/01", "0 から 100"),
            ("12", "", "開始日を入力"),
        ] {
            let page = house.form("/tax-rates", &cookie, rate(percent, from)).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_page(&page.text);
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert_eq!(house.form("/tax-rates", &cookie, rate("12", "2027/04/01")).await.status, StatusCode::SEE_OTHER);
        let till = masters(&house).await;
        assert_eq!(till.percent(TaxKind::Standard, "2027-04-01".parse().unwrap()), 12);
        assert_eq!(till.percent(TaxKind::Standard, "2027-03-31".parse().unwrap()), 10);
        let page = house.get("/tax-rates", &cookie).await.text;
        assert_page(&page);
        assert!(page.contains("予定") && page.contains("適用中") && page.contains("取り消す"));
        for (from, left) in [("2019-10-01", 3), ("2027-04-01", 2)] {
            house.form("/tax-rates/withdraw", &cookie, encoded(&[("kind", "standard"), ("from", from)])).await;
            assert_eq!(masters(&house).await.tax_rates.len(), left, "{from}");
        }
        let head = house.log_in("head.0012345").await;
        assert_eq!(house.form("/tax-rates", &head, rate("12", "2027/04/01")).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_store_and_another_company_see_and_change_none_of_it() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let food = provision::category(&house.pos, &house.tenant, "定食").await.unwrap();
        let product = NewProduct::new(food, "刺身定食", Yen(1), Yen(1));
        let product = provision::product(&house.pos, &house.tenant, product).await.unwrap();
        let shop = house.log_in("shop.0012345").await;
        for path in ["/products", "/products/import", "/categories", "/tax-rates"] {
            assert_eq!(house.get(path, &shop).await.status, StatusCode::FORBIDDEN, "{path}");
            assert!(house.form(path, &shop, "").await.status.is_client_error(), "{path}");
        }
        company(&house.pos, "777").await;
        let foreign = house.log_in("admin.777").await;
        assert!(!house.get("/products?state=all", &foreign).await.text.contains("刺身定食"));
        for path in [format!("/products/{product}"), format!("/categories/{food}")] {
            assert_eq!(house.get(&path, &foreign).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(house.form(&path, &foreign, with(&[])).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM edit_mark").await, 0);
    })
    .await;
}
