//! Who may do nothing here: other sites, and whoever is not signed in.

use crate::{
    story::story,
    world::{Answer, World, own},
};
use axum::http::StatusCode;
use db::testing::Snapshot;
use std::collections::BTreeSet;

/// What a browser says of a form that another page sends: a page elsewhere, one next door, one that hides where it is,
/// one that another port of this machine serves; with and without the newer header.
const FOREIGN: [&[(&str, &str)]; 6] = [
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "http://till.example:8081")],
];

/// Whoever is not signed in may ask for these: the bar is a part of the page that they sign in on.
const FOR_EVERYBODY: [&str; 6] = ["/bar", "/sign-in", "/sign-out", "/assets/{hash}/{name}", "/readyz", "/healthz"];

/// All but who is signed in.
fn kept(disk: Snapshot) -> Snapshot {
    disk.without("web_session")
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_and_changes_nothing() {
    let (mut world, mut tried) = (World::new(false).await, BTreeSet::new());
    for step in story().into_iter().flatten() {
        world.clock(step.when);
        let ((path, fields), before) = (world.asked(&step).await, world.disk().await);
        for foreign in FOREIGN {
            let [host, _, cookie] = own(&world.cookie);
            let answer = world.send("POST", &path, &[&[host, cookie][..], foreign].concat(), &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} from {foreign:?}");
            assert!(answer.text.contains("ほかのサイトから送られた操作"), "{path}: {}", answer.text);
            assert_eq!(answer.cookie(), "", "{path}");
            before.assert_is(&world.disk().await, &format!("{path} from {foreign:?}"));
        }
        // The same form from the till's own page is taken: nothing but its sender was wrong.
        world.take(&step).await;
        let after = world.disk().await;
        let signs = step.pattern.starts_with("/sign-");
        let changed = if signs { !before.is(&after) } else { !kept(before).is(&kept(after)) };
        assert!(changed, "{path} {fields:?} does nothing");
        tried.insert(step.pattern.to_owned());
    }
    let posts = world.routes().await.into_iter().filter(|route| route.method == "POST");
    let posts: BTreeSet<String> = posts.map(|route| route.pattern).collect();
    assert_eq!(tried, posts, "the story sends every form");
}

#[tokio::test]
async fn a_link_from_another_site_opens_pages_and_changes_nothing() {
    let world = World::full().await;
    let before = kept(world.disk().await);
    for route in world.routes().await.iter().filter(|route| route.method == "GET") {
        let [host, _, cookie] = own(&world.cookie);
        let answer = world.send("GET", &route.path, &[host, cookie, FOREIGN[0][0]], &[]).await;
        assert!(!answer.status.is_server_error(), "{}", route.path);
        assert_ne!(answer.header("location"), "/sign-in", "{}", route.path);
        let own = world.get(&route.path).await;
        let opened = |answer: &Answer| (answer.status, answer.header("location").to_owned());
        assert_eq!(opened(&answer), opened(&own), "{} as from the till's own page", route.path);
        before.assert_is(&kept(world.disk().await), &format!("merely looking at {}", route.path));
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_reaches_the_sign_in_and_nothing_else() {
    let world = World::full().await;
    let left = world.enter("01", "").await.cookie().to_owned();
    world.send("POST", "/sign-out", &own(&left), &[]).await;
    // Head office took 02 away while they were signed in.
    assert_eq!(world.get("/checks").await.status, StatusCode::OK);
    let mut masters = world.till.masters().unwrap();
    masters.staff.retain(|member| member.code != "02");
    world.till.store_masters(masters).await.unwrap();
    let (before, story) = (world.disk().await, story());
    for cookie in ["", "register_session=AAAAAAAAAAAAAAAAAAAAAA", "register_session=%00", &left, &world.cookie] {
        for route in world.routes().await {
            let path = format!("{} {} as {cookie:?}", route.method, route.path);
            let step = story.iter().flatten().find(|step| step.pattern == route.pattern && route.method == "POST");
            let fields = step.map_or(Vec::new(), |step| step.fields.clone());
            if FOR_EVERYBODY.contains(&route.pattern.as_str()) {
                continue;
            }
            let answer = world.send(&route.method, &route.path, &own(cookie), &fields).await;
            assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/sign-in"), "{path}");
            assert_eq!(answer.text, "", "{path}");
            let part = [&own(cookie)[..], &[("x-part", "1")]].concat();
            let answer = world.send(&route.method, &route.path, &part, &fields).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(world.names_in(&answer.text).count(), 0, "{path}: {}", answer.text);
        }
        before.assert_is(&world.disk().await, &format!("{cookie:?}"));
    }
}

#[tokio::test]
async fn what_everybody_may_ask_for_tells_the_tills_name_and_whom_it_knows() {
    let world = World::full().await;
    let ask = async |path: &str| world.send("GET", path, &own(""), &[]).await;
    let page = ask("/sign-in").await;
    let told: Vec<&str> = world.names_in(&page.text).map(|name| name.split("zq>").nth(1).unwrap_or_default()).collect();
    assert_eq!(told, ["/register/name", "/staff/0/name", "/staff/1/name", "/store/name"]);
    let bar = ask("/bar").await;
    assert!(bar.text.starts_with("<div id=\"bar\"") && page.text.contains(bar.text.trim()), "{}", bar.text);
    assert_eq!(ask("/healthz").await.text, "ok\n");
    assert_eq!(ask("/readyz").await.text, "ready\n");
    assert_eq!(ask("/assets/x/till.db").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_screens_script_makes_no_markup_from_text() {
    let world = World::new(false).await;
    let page = world.get("/sign-in").await.text;
    let scripts: Vec<&str> = page.split("<script src=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(scripts.len(), 2, "{page}");
    for path in scripts {
        let script = world.get(path).await;
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("] {
            assert!(!script.text.contains(way), "{path} has {way}");
        }
    }
}
