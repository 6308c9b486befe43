//! The screen over HTTP: a whole day at the counter, and every way to do it wrong.

mod support;

use axum::http::StatusCode;
use sales::{SettlementState, Yen};
use support::{BENTO, TEISHOKU, at, counter::Counter, date, office::Office};

const A: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const B: &str = "bbbbbbbb-0000-0000-0000-000000000001";
const C: &str = "cccccccc-0000-0000-0000-000000000001";
const CASH: &str = "00000000000000000001";
const VISA: &str = "10000000000000000001";

async fn open_till(folder: &tempfile::TempDir, office: &Office) -> Counter {
    let mut counter = Counter::new(folder.path(), office, "2026-11-22 10:00").await;
    counter.sign_in("02").await;
    assert_eq!(counter.get("/").await.location, "/open");
    counter.page("/open").await;
    let opened = counter.post("/open", &[("float", "３０，０００")]).await;
    assert_eq!(opened.location, "/", "{}", opened.text);
    counter
}

async fn pay(counter: &mut Counter, id: &str, method: &str, amount: &str) -> String {
    let path = format!("/orders/{id}/pay");
    let key = format!("{method}{amount}");
    let answer = counter.post(&path, &[("key", &key), ("method", method), ("amount", amount)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.location
}

#[tokio::test]
async fn a_whole_day_with_the_line_gone_from_lunch_to_the_next_morning() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;

    // Lunch: two sit down, take a bento home, and pay apart; the power goes between any two taps.
    counter.clock("2026-11-22 12:05");
    let taps = [
        format!("add:{}", TEISHOKU.0),
        format!("add:{}", TEISHOKU.0),
        format!("add:{}", BENTO.0),
        "serve:2:takeout".into(),
    ];
    for (nth, wish) in taps.iter().enumerate() {
        let answer = counter.tap(A, &format!("lunch-{nth}"), wish).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        counter = counter.power_cut(&office).await;
    }
    let seat = [("do", "sit"), ("key", "seat"), ("table", "１２"), ("male", "1"), ("female", "1"), ("segment", "家族")];
    assert_eq!(counter.post(&format!("/orders/{A}"), &seat).await.location, format!("/?check={A}"));
    let shown = counter.page(&format!("/?check={A}")).await;
    for words in ["卓 12", "¥2,848", "内消費税（10% ¥200・8%※ ¥48）", "男1・女1"] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    counter.page(&format!("/orders/{A}/split")).await;
    let split = counter.post(&format!("/orders/{A}/split"), &[("part", B), ("take-2", "1")]).await;
    assert_eq!(split.location, format!("/?check={B}"), "{}", split.text);
    counter.page(&format!("/orders/{A}/pay")).await;
    assert_eq!(pay(&mut counter, A, VISA, "1000").await, format!("/orders/{A}/pay"));
    counter = counter.power_cut(&office).await;
    assert!(counter.page(&format!("/orders/{A}/pay")).await.contains("¥1,200"), "what is left");
    assert_eq!(pay(&mut counter, A, CASH, "2000").await, format!("/receipts/{A}?paid=1"));
    let receipt = counter.page(&format!("/receipts/{A}?paid=1")).await;
    assert!(receipt.contains(r#"id="change">¥800"#), "{receipt}");
    pay(&mut counter, B, CASH, "").await;
    let bento = counter.page(&format!("/receipts/{B}")).await;
    for words in ["登録番号 T1234567890123", "弁当※", "8%※対象", "¥648", "¥48", "2026/11/22 12:05", "軽減税率"]
    {
        assert!(bento.contains(words), "{words} in {bento}");
    }
    counter.clock("2026-11-22 14:30");
    counter.page("/inspect?kind=interim").await;
    assert_eq!(counter.post("/inspect", &[("kind", "interim")]).await.location, "/inspect?kind=interim");
    let moved = [("id", C), ("kind", "out"), ("amount", "1200"), ("reason", "食材")];
    for _ in 0..2 {
        assert_eq!(counter.post("/cash", &moved).await.location, "/cash");
    }
    counter.page("/cash").await;

    // Dinner past midnight, and the lunch on the card was wrong.
    counter.clock("2026-11-23 02:10");
    assert_eq!(counter.get("/").await.location, "/sign-in", "nobody was at the counter for hours");
    counter.sign_in("02").await;
    counter.tap(C, "late", &format!("add:{}", TEISHOKU.0)).await;
    assert_eq!(pay(&mut counter, C, CASH, "1100").await, format!("/receipts/{C}?paid=1"));
    let void = format!("/checks/{A}/void");
    let asked = counter.post(&void, &[]).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.text.contains("店長の承認が必要です"));
    let guessed = counter.post(&void, &[("manager", "01"), ("manager_pin", "9999")]).await;
    assert!(guessed.text.contains("PINが違います"), "{}", guessed.text);
    let voided = counter.post(&void, &[("manager", "01"), ("manager_pin", "1111")]).await;
    assert!(counter.page(&voided.location).await.contains("を取り消しました（赤伝票 No.4"), "{}", voided.location);
    assert!(counter.page("/checks").await.contains("</svg>取消済み"));

    close_and_hear(counter, &office).await;
}

/// 精算 ¥120 short, then the line comes back and head office has the same yen.
async fn close_and_hear(mut counter: Counter, office: &Office) {
    let session = counter.till.session().await.unwrap().unwrap();
    assert_eq!(session.business_date, date("2026-11-22"));
    let id = session.id.to_string();
    // 30,000 + 648 + 1,100 − 1,200: the voided lunch brought and took nothing.
    let counted =
        [("count-10000", "3"), ("count-100", "4"), ("count-10", "2"), ("count-1", "8"), ("session", id.as_str())];
    let shown = counter.post("/settle", &[&counted[..], &[("do", "count")]].concat()).await;
    assert!(shown.text.contains("−¥120") && shown.text.contains("¥30,548"), "{}", shown.text);
    let empty = counter.post("/settle", &[("session", &id), ("do", "settle")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let close = [&counted[..], &[("do", "settle"), ("deposit", "428")]].concat();
    for _ in 0..2 {
        let closed = counter.post("/settle", &close).await;
        assert!(closed.location.starts_with(&format!("/settlements/{id}")), "{}", closed.text);
    }
    let report = counter.page(&format!("/settlements/{id}?closed=1")).await;
    for words in ["日計表　Z1", "−¥120", "¥30,000", "26時", "あるべき現金"] {
        assert!(report.contains(words), "{words} in {report}");
    }
    let settled = counter.till.settlement(session.id).await.unwrap();
    assert_eq!((settled.cash.over_short, settled.cash.carry_over), (Some(Yen(-120)), Yen(30_000)));
    assert!(counter.page("/status").await.contains("未送信"));

    counter.clock("2026-11-23 09:00");
    office.answer();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let line = counter.uploader.clone();
    let running = tokio::spawn(async move { line.run(async { drop(stopped.await) }).await });
    counter.uploader.until(|status| status.waiting == 0).await.unwrap();
    drop(stop);
    running.await.unwrap();
    assert_eq!(office.books().settlements[&(settled.id, 1)], settled);
    assert_eq!(office.books().findings, Vec::<String>::new());
    assert!(counter.get("/bar").await.text.contains("送信済み"));
    counter.till.verify().await.unwrap();
}

#[tokio::test]
async fn a_double_tap_is_one_tap_and_two_taps_are_two() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    let wish = format!("add:{}", TEISHOKU.0);
    for key in ["first", "first", "second"] {
        assert_eq!(counter.tap(A, key, &wish).await.status, StatusCode::OK);
    }
    let id = A.parse().unwrap();
    assert_eq!(counter.till.open_check(id).await.unwrap().unwrap().order.items[0].quantity, 2);
    for _ in 0..2 {
        assert_eq!(pay(&mut counter, A, CASH, "5000").await, format!("/receipts/{A}?paid=1"));
    }
    let session = counter.till.session().await.unwrap().unwrap();
    assert_eq!(counter.till.checks(session.id).await.unwrap().len(), 1);
    let late = counter.tap(A, "third", &wish).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("会計が済んでいます"), "{}", late.text);
}

#[tokio::test]
async fn what_takes_much_off_asks_for_a_manager_and_what_takes_too_much_is_refused() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    counter.tap(A, "1", &format!("add:{}", TEISHOKU.0)).await;
    assert_eq!(counter.tap(A, "2", "off:all:70000000000000000001").await.status, StatusCode::OK);
    let path = format!("/orders/{A}");
    let off = |amount: &'static str| {
        vec![("do", "off:1:70000000000000000002"), ("key", "3"), ("amount:70000000000000000002", amount)]
    };
    assert!(counter.post(&path, &off("")).await.text.contains("金額を入力してください"));
    let asked = counter.post(&path, &off("500")).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.text.contains("30%を超えます") && asked.text.contains(r#"value="500""#), "{}", asked.text);
    let agreed = [off("500"), vec![("manager", "01"), ("manager_pin", "1111")]].concat();
    assert_eq!(counter.post(&path, &agreed).await.status, StatusCode::SEE_OTHER);
    // (1,100 − 500) − 10%
    assert!(counter.page(&format!("/?check={A}")).await.contains("¥540"));
    let too_much = [off("5000"), vec![("manager", "01"), ("manager_pin", "1111")]].concat();
    let refused = counter.post(&path, &too_much).await;
    assert!(refused.text.contains("使えません"), "{}", refused.text);
    assert!(counter.page("/status").await.contains("値引・割引"));
}

#[tokio::test]
async fn a_wrong_payment_method_is_a_reversal_and_a_new_bill_in_one() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    counter.sign_in("01").await;
    for key in ["1", "2"] {
        counter.tap(A, key, &format!("add:{}", TEISHOKU.0)).await;
    }
    pay(&mut counter, A, VISA, "").await;
    counter.page(&format!("/checks/{A}/correct")).await;
    let path = format!("/checks/{A}/correct");
    let wrong = counter.post(&path, &[("new", B), ("quantity-1", "3"), ("method-0", CASH), ("amount-0", "")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "more than was sold");
    for _ in 0..2 {
        let right = counter.post(&path, &[("new", B), ("quantity-1", "1"), ("method-0", CASH), ("amount-0", "")]).await;
        assert_eq!(right.location, format!("/receipts/{B}"), "{}", right.text);
    }
    let session = counter.till.session().await.unwrap().unwrap();
    let totals: Vec<_> = counter.till.checks(session.id).await.unwrap().iter().map(|check| check.total.0).collect();
    assert_eq!(totals, [2_200, -2_200, 1_100]);
}

#[tokio::test]
async fn a_settlement_is_taken_back_with_a_reason_and_closed_again() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    counter.tap(A, "1", &format!("add:{}", TEISHOKU.0)).await;
    pay(&mut counter, A, CASH, "").await;
    let session = counter.till.session().await.unwrap().unwrap().id;
    let id = session.to_string();
    let close = |counted: &'static str| vec![("session", id.as_str()), ("do", "settle"), ("count-100", counted)];
    counter.post("/settle", &close("310")).await;
    let cancel = format!("/settlements/{id}/cancel");
    assert!(counter.post(&cancel, &[]).await.text.contains("取り消す理由を入力してください"));
    assert!(counter.post(&cancel, &[("reason", "数え間違い")]).await.text.contains("店長の承認が必要です"));
    let agreed = [("reason", "数え間違い"), ("manager", "01"), ("manager_pin", "1111")];
    assert_eq!(counter.post(&cancel, &agreed).await.location, format!("/settle?session={id}"));
    assert!(counter.page("/settlements").await.contains("再精算待ち"));
    assert!(counter.page("/settle").await.contains("再精算です"));
    counter.post("/settle", &close("311")).await;
    let again = counter.till.settlement(session).await.unwrap();
    assert_eq!((again.z_number, again.revision, again.state), (1, 3, SettlementState::Closed));
    assert_eq!(again.cash.over_short, Some(Yen::ZERO));
    assert!(counter.page(&format!("/settlements/{id}")).await.contains("数え間違い"));
}

#[tokio::test]
async fn a_forgotten_close_is_offered_as_its_own_day() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    counter.clock("2026-11-23 09:30");
    counter.sign_in("02").await;
    assert_eq!(counter.get("/").await.location, "/forgotten");
    assert!(counter.page("/forgotten").await.contains("11/22（日） を精算する"));
    assert!(counter.page("/settle").await.contains("2026/11/22（日）"));
    let extend = counter.post("/forgotten", &[("do", "extend")]).await;
    assert!(extend.text.contains("店長の承認が必要です"));
    counter.post("/forgotten", &[("do", "go-on")]).await;
    counter.page("/").await;
    counter.tap(A, "1", &format!("add:{}", TEISHOKU.0)).await;
    pay(&mut counter, A, CASH, "").await;
    let today = counter.till.session().await.unwrap().unwrap();
    assert_eq!(today.business_date, date("2026-11-23"));
    assert!(counter.page("/settlements").await.contains("未計数"));
}

#[tokio::test]
async fn nobody_sells_without_signing_in_and_a_pin_is_not_guessed() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = Counter::new(folder.path(), &office, "2026-11-22 10:00").await;
    counter.page("/sign-in").await;
    for path in ["/", "/checks", "/cash", "/settle", "/status", "/open"] {
        assert_eq!(counter.get(path).await.location, "/sign-in", "{path}");
    }
    assert_eq!(counter.tap(A, "1", "add:x").await.status, StatusCode::UNAUTHORIZED);
    for _ in 0..5 {
        let wrong = counter.post("/sign-in", &[("code", "02"), ("pin", "0000")]).await;
        assert!(wrong.text.contains("PINが違います"));
    }
    let waits = counter.post("/sign-in", &[("code", "02"), ("pin", "2222")]).await;
    assert!(waits.text.contains("待ってから"), "{}", waits.text);
    counter.sign_in("01").await;
}

#[tokio::test]
async fn a_wrong_clock_is_told_and_moves_no_sale() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    // The battery was empty: the machine believes it is two days later, and head office says otherwise.
    counter.clock("2026-11-24 12:00");
    counter.till.note_skew(-48 * 3_600_000, at("2026-11-24 12:00"));
    counter.sign_in("02").await;
    assert!(counter.page("/").await.contains("時計が約2日進んでいます"));
    counter.tap(A, "1", &format!("add:{}", TEISHOKU.0)).await;
    pay(&mut counter, A, CASH, "").await;
    let check = counter.till.check(A.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((check.business_date, check.hour.get()), (date("2026-11-22"), 12));
    assert!(counter.page("/status").await.contains("時計を直した"));
    assert_eq!(counter.post("/status", &[]).await.location, "/status");
    assert!(!counter.get("/bar").await.text.contains("時計"));
}

#[tokio::test]
async fn a_clock_that_is_set_while_the_line_is_down_moves_no_sale() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    counter.till.note_skew(0, at("2026-11-22 10:00"));
    counter.clock("2026-11-22 12:00");
    counter.set_clock("2026-11-23 12:00");
    counter.sign_in("02").await;
    assert!(counter.page("/").await.contains("時計が約24時間進んでいます"));
    counter.tap(A, "1", &format!("add:{}", TEISHOKU.0)).await;
    pay(&mut counter, A, CASH, "").await;
    let check = counter.till.check(A.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((check.business_date, check.paid_at), (date("2026-11-22"), at("2026-11-22 12:00")));
}

#[tokio::test]
async fn a_clock_that_is_set_before_anybody_was_heard_is_asked_about() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    counter.set_clock("2026-11-22 13:00");
    assert!(counter.page("/").await.contains("時計が約3時間進められました"));
    assert!(counter.page("/status").await.contains("つながらないあいだに時計が変わりました"));
    assert_eq!(counter.post("/status", &[]).await.location, "/status");
    assert!(!counter.get("/bar").await.text.contains("時計"));
    assert!(counter.page("/status").await.contains("時計の確認"), "who said so is written down");
    // The machine was off for days, or its battery was empty: nobody can tell, so somebody is asked.
    counter.set_clock("2026-11-26 09:00");
    counter = counter.power_cut(&office).await;
    counter.sign_in("02").await;
    assert!(counter.page("/status").await.contains("最後の記録から日がたっています"));
    counter.set_clock("2026-11-21 09:00");
    counter = counter.power_cut(&office).await;
    counter.sign_in("02").await;
    assert!(counter.page("/status").await.contains("時計が最後の記録より前です"));
    counter.post("/status", &[]).await;
    assert!(!counter.get("/bar").await.text.contains("時計"));
}

#[tokio::test]
async fn a_disk_that_keeps_nothing_acknowledges_nothing() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    counter.screen.look_at_disk().await;
    assert!(counter.page("/status").await.contains("記録できます"));
    counter.tap(A, "1", &format!("add:{}", TEISHOKU.0)).await;
    counter.till.db().write(async |tx: &mut db::Tx| tx.execute(FULL, db::args![]).await).await.unwrap();
    let refused = counter.post(&format!("/orders/{A}/pay"), &[("key", "k"), ("method", CASH), ("amount", "")]).await;
    assert!(!refused.status.is_success() && !refused.status.is_redirection(), "{}", refused.status);
    assert!(refused.text.contains("記録できませんでした"), "{}", refused.text);
    assert!(counter.till.check(A.parse().unwrap()).await.unwrap().is_none());
    assert!(counter.till.open_check(A.parse().unwrap()).await.unwrap().is_some(), "the bill is still there to be paid");
}

/// Any write of a sale fails from here on.
const FULL: &str = "CREATE TRIGGER full_disk BEFORE INSERT ON sale BEGIN SELECT RAISE(ABORT, 'disk full'); END";

#[tokio::test]
async fn whoever_looks_after_the_till_sees_what_waits_since_when() {
    let (folder, office) = (tempfile::tempdir().unwrap(), Office::closed().await);
    let mut counter = open_till(&folder, &office).await;
    counter.screen.look_at_disk().await;
    counter.clock("2026-11-22 12:00");
    let mut page = web::metrics::Exposition::default();
    register::metrics::write(&counter.screen, &mut page).await;
    let page = page.into_text();
    for line in [
        "shime_entries_waiting 1",
        "shime_entry_oldest_age_seconds 7200",
        "shime_line{state=\"online\"} 0",
        "shime_disk_failing 0",
        "shime_database_up 1",
    ] {
        assert!(page.lines().any(|own| own == line), "no {line} in\n{page}");
    }
    assert_eq!(counter.get("/readyz").await.text, "ready\n");
    assert_eq!(counter.get("/healthz").await.text, "ok\n");
}
