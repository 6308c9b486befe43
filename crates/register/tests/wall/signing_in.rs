//! The cookie that says who stands at the counter: for this place and no script, new at every sign-in, worth nothing
//! afterwards.

use crate::{
    story::{FIRST_DAY, sign_in},
    world::{World, own},
};
use axum::http::StatusCode;
use std::collections::BTreeSet;

impl World {
    /// Whether whoever has this cookie is let in.
    async fn opens(&self, cookie: &str) -> bool {
        let answer = self.send("GET", "/checks", &own(cookie), &[]).await;
        assert!(answer.status == StatusCode::OK || answer.header("location") == "/sign-in", "{}", answer.text);
        answer.status == StatusCode::OK
    }
}

/// Exactly these, in any order: not until some day, for no other host, for no part of this one.
fn assert_attributes(cookie: &str, expected: &[&str]) {
    let attributes: BTreeSet<&str> = cookie.split("; ").skip(1).collect();
    assert_eq!(attributes, expected.iter().copied().collect(), "{cookie}");
}

#[tokio::test]
async fn the_cookie_is_for_this_place_and_for_no_script() {
    let (world, answer) = World::signed_in(false).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("register_session="), "{cookie}");
    assert_attributes(cookie, &["HttpOnly", "SameSite=Lax", "Path=/"]);
    assert_eq!(answer.header("strict-transport-security"), "");
    assert!(world.opens(&world.cookie).await);
    let (_, id) = world.cookie.split_once('=').unwrap();
    assert!(!format!("{:?}", world.disk().await).contains(id), "a copy of the disk signs nobody in");
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure_and_of_this_host_alone() {
    let (world, answer) = World::signed_in(true).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-register_session="), "{cookie}");
    assert_attributes(cookie, &["HttpOnly", "SameSite=Lax", "Path=/", "Secure"]);
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    assert!(world.opens(&world.cookie).await);
    let planted = world.cookie.trim_start_matches("__Host-");
    assert!(!world.opens(planted).await, "the plain name is not read");
}

#[tokio::test]
async fn an_id_known_from_before_is_worth_nothing_after_the_sign_in() {
    let (world, _) = World::signed_in(false).await;
    let chosen = "register_session=AAAAAAAAAAAAAAAAAAAAAA";
    for before in [world.cookie.as_str(), chosen] {
        let after = world.enter("01", before).await.cookie().to_owned();
        assert!(![world.cookie.as_str(), chosen, ""].contains(&after.as_str()), "{before} → {after}");
        assert!(world.opens(&after).await);
        assert!(!world.opens(before).await, "{before} still opens");
    }
}

#[tokio::test]
async fn a_wrong_pin_and_a_visit_begin_no_session() {
    let world = World::new(false).await;
    let mut wrong = sign_in(FIRST_DAY).fields;
    "9999".clone_into(&mut wrong[1].1);
    let refused = world.send("POST", "/sign-in", &own(""), &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text.contains("9999"), "what was typed is told to nobody");
    for answer in [refused, world.get("/sign-in").await, world.get("/").await] {
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(world.disk().await.rows("web_session"), Vec::<String>::new());
}

#[tokio::test]
async fn signing_out_ends_the_session_on_both_sides() {
    let (world, _) = World::signed_in(false).await;
    let elsewhere = world.enter("01", "").await.cookie().to_owned();
    assert_eq!(world.get("/sign-out").await.status, StatusCode::METHOD_NOT_ALLOWED, "no link signs anybody out");
    let left = world.send("POST", "/sign-out", &own(&world.cookie), &[]).await;
    assert_eq!((left.status, left.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(left.cookie(), "register_session=");
    assert!(left.header("set-cookie").contains("Max-Age=0"), "{}", left.header("set-cookie"));
    assert!(!world.opens(&world.cookie).await);
    assert!(world.opens(&elsewhere).await, "nobody else is signed out");
    assert_eq!(world.disk().await.rows("web_session").len(), 1);
}

#[tokio::test]
async fn who_is_idle_and_who_works_too_long_signs_in_again() {
    let (idle, _) = World::signed_in(false).await;
    idle.clock("2026-11-21 14:00");
    assert!(!idle.opens(&idle.cookie).await);
    let (busy, _) = World::signed_in(false).await;
    for (when, opens) in [
        ("2026-11-21 13:59", true),
        ("2026-11-21 17:58", true),
        ("2026-11-21 21:57", true),
        ("2026-11-22 01:56", true),
        ("2026-11-22 01:59", true),
        ("2026-11-22 02:00", false),
    ] {
        busy.clock(when);
        assert_eq!(busy.opens(&busy.cookie).await, opens, "{when}");
    }
}
