//! Masters of the company, and files of them that wait.

use pos::{provision, server};
use sales::PaymentKind;

use crate::house::House;

/// One of each kind that is named by a code, by the path up to the code.
pub async fn codes(house: &House) -> [(String, String); 4] {
    let (pos, tenant) = (&house.pos, &house.tenant);
    // The last of three: another company has none with its code. Neighbours of a sort can change places.
    for name in ["Visa", "JCB"] {
        provision::payment_method(pos, tenant, PaymentKind::CreditCard, name).await.unwrap();
    }
    let card = provision::payment_method(pos, tenant, PaymentKind::CreditCard, "Diners Club").await.unwrap();
    for name in ["端数値引", "社員割引"] {
        provision::discount(pos, tenant, name, None, None).await.unwrap();
    }
    let off = provision::discount(pos, tenant, "雨の日割引", None, None).await.unwrap();
    for name in ["チラシ", "雑誌"] {
        provision::ad_medium(pos, tenant, name).await.unwrap();
    }
    let medium = provision::ad_medium(pos, tenant, "看板").await.unwrap();
    provision::staff(pos, tenant, house.store, "01", "太田", None, true).await.unwrap();
    [
        ("/payment-methods/{code}", card.to_string()),
        ("/discounts/{code}", off.to_string()),
        ("/ad-media/{code}", medium.to_string()),
        ("/staff/{store_id}/{code}", "01".to_owned()),
    ]
    .map(|(path, code)| (path.to_owned(), code))
}

/// Where the list is downloaded that is sent back in at `import`.
pub fn list_of(import: &str) -> String {
    match import.split_once("/import/") {
        Some((settings, kind)) => format!("{settings}?kind={kind}&format=csv"),
        None => format!("{}?format=csv", import.trim_end_matches("/import")),
    }
}

/// Files that were sent and wait to be applied: each list as it goes out, sent back in.
pub async fn files(house: &House) -> Vec<(String, String)> {
    let admin = house.log_in("admin.0012345").await;
    let mut ids = Vec::new();
    for pattern in server::routes(house.pos.clone()).paths() {
        let Some(import) = pattern.strip_suffix("/{import_id}") else { continue };
        let list = list_of(import);
        let file = house.get(&list, &admin).await.text;
        let taken = house.upload(import, &admin, "a.csv", file.as_bytes()).await;
        let place = taken.header("location").strip_prefix(&format!("{import}/"));
        ids.push((pattern.to_owned(), place.unwrap_or_else(|| panic!("{list}: {}", taken.text)).to_owned()));
    }
    ids
}
