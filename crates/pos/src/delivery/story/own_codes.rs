//! 共通設定: the chain's own codes go with what is sent after the switch, and the console says which are missing.

use db::testing::each_engine;
use db::{Tx, args};
use uuid::Uuid;

use super::pages::Person;
use super::{WHO, World};
use crate::PosError;
use crate::accounts::Role;
use crate::linkage::set_common;
use crate::products::save::save;
use crate::products::{Values, one};
use crate::provision;

const PRODUCT: &str = "
    INSERT INTO product (company_id, product_id, category_id, name, price, cost, eat_in, takeout, position)
    VALUES ($1, $2, $3, '焼魚定食', 1100, 300, 'standard', 'reduced', 1)";

/// The product that every check of these stories sells.
async fn sold(world: &World) -> sales::ProductId {
    let category = provision::category(&world.pos, &world.tenant, "定食").await.unwrap();
    let (company, id) = (world.tenant.as_str().to_owned(), sales::ProductId(Uuid::from_u128(2)));
    let made = world.pos.db.write(async move |tx: &mut Tx| -> Result<(), PosError> {
        tx.execute(PRODUCT, args![&company, id.to_string(), category.to_string()]).await?;
        Ok(())
    });
    made.await.unwrap();
    id
}

async fn give(world: &World, id: sales::ProductId, code: &str) {
    let tenant = world.tenant.clone();
    let read = world.pos.db.read(async move |tx: &mut Tx| one(tx, &tenant, id).await);
    let version = read.await.unwrap().version;
    let code: sales::OwnCode = code.parse().unwrap();
    let change = move |from: Values| Values {
        own_product: Some(code.clone()),
        own_parent: Some("11".parse().unwrap()),
        own_child: Some("12".parse().unwrap()),
        ..from
    };
    let done = save(&world.pos, &world.tenant, WHO, id, version, change).await.unwrap();
    assert!(matches!(done, crate::edits::Edited::Done(())), "{done:?}");
}

#[tokio::test]
async fn switching_on_changes_only_events_made_afterwards() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let product = sold(&world).await;
        give(&world, product, "A001").await;
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        let sent = "SELECT body_sha256 FROM outbox WHERE company_id = $1 AND business_date = '2026-11-22'";
        let before = world.rows(sent).await[0].text("body_sha256").unwrap();
        set_common(&world.pos, &world.tenant, WHO, true, true).await.unwrap();
        world.close(0, "2026-11-23", 1_200).await;
        world.until("delivered", 2).await;
        give(&world, product, "B002").await;
        world.close(0, "2026-11-24", 1_300).await;
        world.until("delivered", 3).await;
        let events = world.flaro.book().events.clone();
        let code = |at: usize| {
            let row = &events[at].data.product_sales[0];
            let codes = [&row.own_product_code, &row.own_parent_category_code, &row.own_child_category_code];
            codes.map(|code| code.as_ref().map_or(String::new(), ToString::to_string))
        };
        assert_eq!(code(0), ["", "", ""]);
        assert_eq!(code(1), ["A001", "11", "12"]);
        assert_eq!(code(2), ["B002", "11", "12"]);
        assert_eq!(world.rows(sent).await[0].text("body_sha256").unwrap(), before, "what was made stays as it was");
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn while_the_switch_is_on_products_without_a_code_are_counted_and_listed() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        let product = sold(&world).await;
        let admin = Person::log_in(&world, "admin", Role::CompanyAdmin).await;
        let quiet = admin.get("/products").await;
        assert!(!quiet.text.contains("のない商品が"), "{}", quiet.text);
        set_common(&world.pos, &world.tenant, WHO, true, true).await.unwrap();
        let warned = admin.get("/products").await.text;
        assert!(
            warned.contains("自社商品コードのない商品が1点") && warned.contains("/products?without=product"),
            "{warned}"
        );
        assert!(warned.contains("自社カテゴリコードのない商品が1点"), "{warned}");
        assert!(admin.get("/products?without=product").await.text.contains("焼魚定食"));
        let linkage = admin.get("/settings/linkages/flaro").await.text;
        assert!(linkage.contains(r#"未入力の商品 1点 — <a href="/products?without=product">"#), "{linkage}");
        give(&world, product, "A001").await;
        assert!(!admin.get("/products").await.text.contains("のない商品が"));
        assert!(!admin.get("/products?without=product").await.text.contains("焼魚定食"));
    })
    .await;
}
