//! The main job, with real processes over real HTTP: a file of sold lines goes through a till, the head office and
//! the back office, and arrives complete, once, with the same totals at both ends; whatever is killed on the way.

mod databases;
mod following;
mod processes;
mod sales_file;
mod shell;
mod silence;
mod world;

use sales_file::SalesFile;
use world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_sold_lines_arrives_complete_and_importing_it_again_changes_nothing() {
    for databases in world::engines().await {
        let mut world = World::new(databases, "arrives").await;
        let file = SalesFile::generate(1, 12, 25);
        world.start_everything().await;
        let said = world.import(&file, &["--wait"]);
        assert!(said.contains(&format!("{} new", file.checks())), "{said}");
        world.expect_arrived(&file).await;
        let again = world.import(&file, &["--wait"]);
        assert!(again.contains(&format!("checks    0 new, {} known", file.checks())), "{again}");
        assert!(again.contains("days      0 closed, 0 revised"), "{again}");
        world.expect_arrived(&file).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_file_revises_closed_days_and_a_changed_ticket_is_a_conflict() {
    let databases = world::engines().await.remove(0);
    let mut world = World::new(databases, "later").await;
    world.start_everything().await;
    let whole = SalesFile::generate(2, 6, 20);
    world.import(&whole.every_second_ticket(), &["--wait"]);
    let said = world.import(&whole, &["--wait"]);
    assert!(said.contains("days      0 closed, 6 revised"), "{said}");
    world.expect_arrived(&whole).await;
    let said = world.import_refused(&whole.with_one_price_changed());
    assert!(said.contains("1 in conflict"), "{said}");
    world.expect_arrived(&whole).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_office_that_was_down_gets_everything_by_itself() {
    for databases in world::engines().await {
        let mut world = World::new(databases, "down").await;
        let file = SalesFile::generate(3, 8, 20);
        world.start_everything().await;
        world.kill_flaro();
        world.import(&file, &[]);
        world.start_flaro();
        world.wait_settled(&file).await;
        world.expect_arrived(&file).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_of_each_process_lose_nothing_and_double_nothing() {
    for databases in world::engines().await {
        let mut world = World::new(databases, "kills").await;
        let file = SalesFile::generate(4, 20, 30);
        world.start_everything().await;
        let kills = world.import_under_fire(&file, 20).await;
        assert_eq!(kills, [20, 20, 20], "each of till, head office and back office was killed");
        world.wait_settled(&file).await;
        world.expect_arrived(&file).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_one_place_that_goes_on_from_an_older_copy_catches_up() {
    for databases in world::engines().await {
        let mut world = World::new(databases, "restored").await;
        let whole = SalesFile::generate(5, 6, 20);
        world.start_everything().await;
        world.import(&whole.every_second_ticket(), &["--wait"]);
        let [flaro, pos, till] = ["flaro", "pos", "register"].map(|place| world.back_up(place));
        world.import(&whole, &["--wait"]);
        world.expect_arrived(&whole).await;

        world.restore_flaro(&flaro).await;
        world.wait_arrived(&whole).await;

        world.restore_pos(&pos).await;
        world.import(&whole, &["--wait"]);
        world.expect_arrived(&whole).await;

        world.restore_till(&till);
        world.import(&whole, &["--wait"]);
        world.expect_arrived(&whole).await;
    }
}
