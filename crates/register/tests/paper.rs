//! What is handed over the counter besides food: 領収書 that say when they are 再発行, deposits and gift cards that are no
//! turnover, and the book of who agreed to what.

mod support;

use axum::http::StatusCode;
use sales::{LineKind, Yen};
use support::{TEISHOKU, counter::Counter, office::Office};

const A: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const CASH: &str = "00000000000000000001";

/// Keys of 領収書.
const FIRST: &str = "00000000-0000-0000-0000-0000000000f1";
const SECOND: &str = "00000000-0000-0000-0000-0000000000f2";

async fn open_till(folder: &tempfile::TempDir, office: &Office) -> Counter {
    let mut counter = Counter::new(folder.path(), office, "2026-11-22 10:00").await;
    counter.sign_in("02").await;
    assert_eq!(counter.post("/open", &[("float", "30000")]).await.location, "/");
    counter
}

async fn add(counter: &mut Counter) {
    assert_eq!(counter.tap(A, "add", &format!("add:{}", TEISHOKU.0)).await.status, StatusCode::OK);
}

async fn pay(counter: &mut Counter) {
    let paid = counter.post(&format!("/orders/{A}/pay"), &[("key", "pay"), ("method", CASH), ("amount", "")]).await;
    assert_eq!(paid.location, format!("/receipts/{A}?paid=1"), "{}", paid.text);
}

#[tokio::test]
async fn a_second_receipt_for_the_same_check_says_so_by_itself() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    add(&mut counter).await;
    pay(&mut counter).await;
    let path = format!("/receipts/{A}/issue");
    let asked = |key: &'static str, to: &'static str| [("key", key), ("to", to), ("for", "お食事代として")];
    let long: &'static str = Box::leak("あ".repeat(61).into_boxed_str());
    let wrong = counter.post(&path, &asked(FIRST, long)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("宛名は60文字以内") && wrong.text.contains(long), "{}", wrong.text);
    // Pressed twice it is one.
    for _ in 0..2 {
        assert_eq!(counter.post(&path, &asked(FIRST, "山田商店")).await.location, format!("/receipts/{A}?issue=1"));
    }
    let first = counter.page(&format!("/receipts/{A}?issue=1")).await;
    assert!(first.contains("山田商店 様") && !first.contains("receipt-again"), "{first}");
    let offered = counter.page(&format!("/receipts/{A}?again=1")).await;
    assert!(offered.contains(r#"value="山田商店""#), "the last one's words are offered: {offered}");
    assert!(offered.contains("領収書を再発行する") && offered.contains("2026/11/22 10:00　山田商店 様"), "{offered}");
    assert_eq!(counter.post(&path, &asked(SECOND, "山田商店")).await.location, format!("/receipts/{A}?issue=2"));
    let second = counter.page(&format!("/receipts/{A}?issue=2")).await;
    assert!(second.contains("再発行（2026/11/22 10:00）"), "{second}");
    assert_eq!(counter.get(&format!("/receipts/{A}?issue=3")).await.status, StatusCode::NOT_FOUND);

    let agreed = [("manager", "01"), ("manager_pin", "1111")];
    counter.post(&format!("/checks/{A}/void"), &agreed).await;
    let voided = counter.post(&path, &asked("00000000-0000-0000-0000-0000000000f3", "")).await;
    assert!(voided.text.contains("すでに取り消されています"), "{}", voided.text);
    assert_eq!(counter.till.issues(A.parse().unwrap()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_book_of_approvals_is_searched_and_taken_along() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    assert!(counter.page("/deeds").await.contains("まだありません"));
    add(&mut counter).await;
    assert_eq!(counter.post(&format!("/orders/{A}/drop"), &[]).await.location, "/");
    counter.clock("2026-11-22 11:00");
    let b = "bbbbbbbb-0000-0000-0000-000000000001";
    counter.tap(b, "add", &format!("add:{}", TEISHOKU.0)).await;
    counter.post(&format!("/orders/{b}/pay"), &[("key", "pay"), ("method", CASH), ("amount", "")]).await;
    counter.post(&format!("/checks/{b}/void"), &[("manager", "01"), ("manager_pin", "1111")]).await;
    let all = counter.page("/deeds").await;
    for words in ["日替り定食×1", "赤伝票", "担当01", "2件中 1/1ページ"] {
        assert!(all.contains(words), "{words} in {all}");
    }
    let voids = counter.page("/deeds?action=赤伝票").await;
    assert!(voids.contains("No.1 → 赤伝票 No.2") && !voids.contains("日替り定食"), "{voids}");
    let found = counter.page("/deeds?q=定食&from=2026/11/22&to=2026/11/22").await;
    assert!(found.contains("1件中") && !found.contains("No.1 → "), "{found}");
    assert!(counter.page("/deeds?from=2026/11/23").await.contains("条件に合う記録がありません"));
    let file = counter.get("/deeds?format=csv&sort=at").await;
    let lines: Vec<&str> = file.text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "日時,担当者,承認,操作,内容");
    assert_eq!(lines[2], "2026/11/22 11:00,担当02,担当01,赤伝票,No.1 → 赤伝票 No.2");
    assert!(counter.page("/status").await.contains("/deeds"));
}

#[tokio::test]
async fn a_deposit_is_paid_like_a_bill_and_is_no_turnover() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    let receive = |amount: &'static str| {
        [("do", "receive:deposit"), ("key", amount), ("received", amount), ("memo", "12/3 田中様")]
    };
    let path = format!("/orders/{A}");
    for wrong in ["", "0", "-1", "10000000"] {
        let asked = counter.post(&path, &receive(wrong)).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(asked.text.contains("12/3 田中様"), "nothing typed is lost: {}", asked.text);
    }
    assert_eq!(counter.post(&path, &receive("10000")).await.location, format!("/?check={A}"));
    add(&mut counter).await;
    // 10% off the food alone; and a discount on a deposit is refused.
    counter.tap(A, "off", "off:all:70000000000000000001").await;
    let refused = counter.tap(A, "off-1", "off:1:70000000000000000001").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    let shown = counter.page(&format!("/?check={A}")).await;
    for words in ["預り金　12/3 田中様", "売上外　不課税", "¥10,990"] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    pay(&mut counter).await;
    assert!(counter.page(&format!("/receipts/{A}")).await.contains("預り金　12/3 田中様"));
    let check = counter.till.check(A.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((check.total, check.lines[0].kind, check.lines[0].tax), (Yen(10_990), LineKind::Deposit, Yen::ZERO));
    assert_eq!(check.rates.iter().map(|rate| rate.total.0).sum::<i64>(), 990, "only the food is turnover");
    assert!(counter.page("/inspect").await.contains("預り金（1件）"));
    assert!(sales::audit_check(&check).is_empty());
}
