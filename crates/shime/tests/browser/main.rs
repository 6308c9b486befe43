//! What people see and do, played in a real browser against real processes. Each story is a script under `browser/`;
//! here is what it needs around it: places that run, a till that sold something, a receiver that is down.
//!
//! Needs node, chromium and `npm ci` in `browser/`; `scripts/test` sees to all three.

#[path = "../journey/databases.rs"]
mod databases;
mod demo;
#[path = "../journey/processes.rs"]
#[allow(dead_code, reason = "the journeys need more of it")]
mod processes;
#[path = "../journey/sales_file.rs"]
#[allow(dead_code, reason = "the journeys need more of it")]
mod sales_file;
#[path = "../journey/shell.rs"]
mod shell;
mod stage;
mod street;
#[path = "../journey/world/mod.rs"]
#[allow(dead_code, reason = "the journeys need more of it")]
mod world;

use demo::Demo;
use pos::{masters::SettingKind, provision};
use sales::PaymentKind;
use sales_file::SalesFile;
use stage::{Stage, TURNS, play};
use street::Street;
use world::{COMPANY, COMPANY_NAME, OWNER, PASSWORD, World, healthy};

#[tokio::test(flavor = "multi_thread")]
async fn the_manual_is_played_page_by_page_at_a_place_nobody_has_linked() {
    let _turn = TURNS.acquire().await;
    let demo = Demo::start(&["--fresh", "--days", "3"]).await;
    play("manual", &demo.stage());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn linking_and_unlinking_go_by_keyboard_alone() {
    let _turn = TURNS.acquire().await;
    let demo = Demo::start(&["--fresh", "--days", "0"]).await;
    play("keyboard", &demo.stage());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forms_work_where_scripts_are_switched_off() {
    let _turn = TURNS.acquire().await;
    let demo = Demo::start(&["--fresh", "--days", "0"]).await;
    play("no-script", &demo.stage());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_of_everybody_keeps_the_laws() {
    let _turn = TURNS.acquire().await;
    let demo = Demo::start(&["--days", "4"]).await;
    play("every-screen", &demo.stage());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_the_counter_is_played_with_fingers() {
    let _turn = TURNS.acquire().await;
    let street = Street::new().await;
    tokio::task::block_in_place(|| play("till", street.stage()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manuals_example_reaches_a_file_to_the_letter() {
    let _turn = TURNS.acquire().await;
    let mut world = World::new(world::engines().await.remove(0), "mapping").await;
    set_the_manuals_cards(&world).await;
    world.start_everything().await;
    healthy(&world.pos_url()).await;
    play("mapping", &stage_of(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_on_the_way_is_seen_and_passes() {
    let _turn = TURNS.acquire().await;
    let mut world = World::new(world::engines().await.remove(0), "trouble").await;
    let file = SalesFile::generate(5, 4, 10);
    world.start_everything().await;
    healthy(&world.pos_url()).await;
    world.kill_flaro();
    world.import(&file, &[]);
    play("trouble-down", &stage_of(&world));
    world.start_flaro();
    world.wait_settled(&file).await;
    play("trouble-over", &stage_of(&world));
    world.wait_settled(&file).await;
    world.expect_arrived(&file).await;
}

/// The credit cards of the manual's example, in its order, and nothing else: no discount, no ad medium.
async fn set_the_manuals_cards(world: &World) {
    let named = ["Visa", "Mastercard", "JCB", "American Express", "Diners Club", "Discover"];
    let named = named.into_iter().chain(["その他クレジット", "USEN Visaカード"]).map(str::to_owned);
    let numbered = (2..=10).map(|n| format!("クレジット{n}"));
    let pos = world.head_office().await;
    let tenant = provision::company(&pos, &COMPANY.parse().unwrap(), COMPANY_NAME).await.unwrap();
    let (store, _) = pos::stores::names(&pos, &tenant).await.unwrap().remove(0);
    let mut codes = Vec::new();
    for name in named.chain(numbered) {
        codes.push(provision::payment_method(&pos, &tenant, PaymentKind::CreditCard, &name).await.unwrap());
    }
    provision::store_settings(&pos, &tenant, store, SettingKind::Payment, &codes).await.unwrap();
    pos.db.close().await;
}

fn stage_of(world: &World) -> Stage {
    vec![
        ("SHIME_POS", world.pos_url()),
        ("SHIME_FLARO", world.flaro_url()),
        ("SHIME_LOGIN", OWNER.to_owned()),
        ("SHIME_PASSWORD", PASSWORD.to_owned()),
    ]
}
