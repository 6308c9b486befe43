//! Another company's people, asking for the company's own things by their own ids, on every page and with every form;
//! and those of one whose stores have the very same ids. Nothing of the company changes, and no answer tells any of it.

use axum::http::header;
use db::testing::each_engine;

use super::{
    asking::{Asked, Filled, Proof, Wall},
    forms::questions,
    neighbours::{Neighbour, stranger, twin},
    routes::Route,
};

fn leads_to_log_in(asked: &Asked) -> bool {
    let location = asked.answer.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap());
    location.starts_with("/login")
}

#[tokio::test]
async fn the_samples_are_the_companys_own_and_its_forms_change_something() {
    each_engine(async |db| {
        let wall = Wall::new(db).await;
        let (admin, mut shown) = (Proof::Cookie(&wall.own.admin), String::new());
        for route in wall.pages().filter(|route| route.method == "GET") {
            let asked = wall.page(route, admin, Filled::ByTheOwner).await;
            assert_eq!(asked.answer.status, 200, "{} as {}", route.name(), route.path);
            shown += &asked.answer.text();
        }
        for secret in wall.own.names() {
            assert!(shown.contains(&secret), "no page shows {secret}");
        }
        for route in wall.pages().filter(|route| route.method != "GET") {
            let before = wall.snapshot("").await;
            let asked = wall.page(route, admin, Filled::ByWhoHas(&wall.own.admin)).await;
            let done = matches!(asked.answer.status.as_u16(), 200 | 303) && !leads_to_log_in(&asked);
            assert!(done, "{} as {}: {}", route.name(), route.path, asked.answer.text());
            assert!(!before.is(&wall.snapshot("").await), "{} as {} changes nothing", route.name(), route.path);
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_gets_the_log_in_page_and_changes_nothing() {
    each_engine(async |db| {
        let wall = Wall::new(db).await;
        let before = wall.snapshot("").await;
        for route in wall.pages() {
            let asked = wall.page(route, Proof::Nothing, Filled::ByTheOwner).await;
            assert!(asked.answer.status == 303 && leads_to_log_in(&asked), "{}", route.name());
            wall.assert_nothing_of_it(&asked, &route.name());
            before.assert_is(&wall.snapshot("").await, &route.name());
        }
    })
    .await;
}

#[tokio::test]
async fn another_companys_admin_finds_nothing_and_changes_nothing() {
    each_engine(async |db| {
        let wall = Wall::new(db).await;
        let stranger = stranger(&wall).await;
        let before = wall.snapshot(&stranger.id).await;
        for route in wall.pages() {
            let asked = wall.page(route, Proof::Cookie(&stranger.cookie), Filled::ByTheOwner).await;
            let status = asked.answer.status.as_u16();
            assert!(!leads_to_log_in(&asked), "{} asks for a log-in", route.name());
            if route.names_a_thing() {
                // Support's pages are closed before anything is looked for.
                let refused = if route.pattern.starts_with("/support/") { 403 } else { 404 };
                assert_eq!(status, refused, "{} as {}", route.name(), route.path);
            }
            wall.assert_nothing_of_it(&asked, &route.name());
            tried(&wall, route, &stranger).await;
            before.assert_is(&wall.snapshot(&stranger.id).await, &route.name());
        }
    })
    .await;
}

#[tokio::test]
async fn a_company_whose_stores_have_the_same_ids_reaches_its_own_only() {
    each_engine(async |db| {
        let wall = Wall::new(db).await;
        let twin = twin(&wall).await;
        let before = wall.snapshot(&twin.id).await;
        for route in wall.pages() {
            let asked = wall.page(route, Proof::Cookie(&twin.cookie), Filled::ByWhoHas(&twin.cookie)).await;
            let asked = asked.knowing(&twin.knows);
            let found = !matches!(asked.answer.status.as_u16(), 403 | 404);
            let has = !route.names_a_thing() || route.pattern.contains("{store}");
            let closed = route.pattern == "/support";
            assert_eq!(found, has && !closed, "{} as {}: {}", route.name(), route.path, asked.answer.status);
            assert!(!leads_to_log_in(&asked), "{} asks for a log-in", route.name());
            wall.assert_nothing_of_it(&asked, &route.name());
            tried(&wall, route, &twin).await;
            before.assert_is(&wall.snapshot(&twin.id).await, &route.name());
        }
    })
    .await;
}

/// Asks for a page in all the ways it can be asked for.
async fn tried(wall: &Wall, route: &Route, who: &Neighbour) {
    let questions = if route.method == "GET" { questions(&route.path, wall.own.id("store")) } else { Vec::new() };
    for question in questions {
        let answer = wall.own.town.house.page(&who.cookie, &question).await;
        assert!(!answer.status.is_server_error(), "{question}: {}", answer.text());
        wall.assert_nothing_of_it(&Asked { answer, typed: question.clone() }.knowing(&who.knows), &question);
    }
}
