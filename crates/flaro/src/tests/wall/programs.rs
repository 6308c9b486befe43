//! Programs: what opens an API to the company's own opens it to nobody else's, on every route and by every method.

use db::testing::each_engine;

use super::{
    asking::{Proof, Wall},
    neighbours::{Neighbour, stranger, twin},
    routes::Route,
    town::{ask, net},
};
use crate::tests::house::{CREDENTIAL, OTHER_CREDENTIAL};

/// A partner starts a linkage with any company whose code it knows: it is its own, beside the others'.
const HANDSHAKE: &str = "POST /partner/v1/linkages";

/// What the company's own program shows on a route.
fn credential<'a>(wall: &'a Wall, route: &Route) -> Proof<'a> {
    match route.pattern.split('/').nth(1) {
        Some("api") => Proof::Bearer(&wall.own.token),
        Some("partner") => Proof::Bearer(CREDENTIAL),
        Some("webhook") => Proof::Signed(&wall.own.town.pos),
        _ => panic!("{} is new: say what its programs show", route.name()),
    }
}

#[tokio::test]
async fn the_companys_own_programs_are_answered_and_change_something() {
    each_engine(async |db| {
        let wall = Wall::new(db).await;
        for route in wall.programs() {
            for question in wall.questions(route) {
                let before = wall.snapshot("").await;
                let asked = wall.program(route, &question, credential(&wall, route)).await;
                let text = asked.answer.text();
                assert!(asked.answer.status.is_success(), "{} {question}: {text}", route.name());
                let proven = match route.method.as_str() {
                    "GET" => wall.own.secrets().iter().any(|secret| text.contains(secret)),
                    _ => !before.is(&wall.snapshot("").await),
                };
                assert!(proven, "{} {question} tells or changes nothing: {text}", route.name());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_program_with_somebody_elses_credential_changes_nothing() {
    each_engine(async |db| {
        let wall = Wall::new(db).await;
        let (stranger, twin) = (Box::pin(stranger(&wall)).await, Box::pin(twin(&wall)).await);
        Box::pin(refused_everywhere(&wall, &stranger, &twin)).await;
    })
    .await;
}

async fn refused_everywhere(wall: &Wall, stranger: &Neighbour, twin: &Neighbour) {
    let unknown = format!("{}{}", crate::api_tokens::PREFIX, "0".repeat(64));
    let refused = [
        Proof::Nothing,
        Proof::Cookie(&wall.own.admin),
        Proof::Cookie(&stranger.cookie),
        Proof::Bearer(&unknown),
        Proof::Bearer(OTHER_CREDENTIAL),
        Proof::Signed(&stranger.pos),
        Proof::Signed(&twin.pos),
    ];
    let readers = [Proof::Bearer(&stranger.token), Proof::Bearer(&twin.token)];
    // That a token was used is written down beside it.
    for token in [&stranger.token, &twin.token] {
        assert_eq!(ask(&wall.own.town.house, "/api/v1/stores", token).await.status, 200);
    }
    let before = wall.snapshot("").await;
    for route in wall.programs() {
        for question in wall.questions(route) {
            let reads = route.pattern.starts_with("/api/");
            // What is good for one API is nothing to the others.
            let ours = Proof::Bearer(if reads { CREDENTIAL } else { &wall.own.token });
            let refused = refused.iter().chain([&ours]).map(|proof| (*proof, false));
            for (proof, has_its_own) in refused.chain(readers.iter().map(|proof| (*proof, reads))) {
                if route.name() == HANDSHAKE && matches!(proof, Proof::Bearer(OTHER_CREDENTIAL)) {
                    continue;
                }
                let asked = wall.program(route, &question, proof).await.knowing(&twin.knows);
                let allowed: &[u16] = if has_its_own { &[200, 422] } else { &[401, 403, 404] };
                let status = asked.answer.status.as_u16();
                assert!(allowed.contains(&status), "{} {question}: {status}", route.name());
                wall.assert_nothing_of_it(&asked, &format!("{} {question}", route.name()));
                before.assert_is(&wall.snapshot("").await, &route.name());
            }
        }
    }
}

#[tokio::test]
async fn another_partners_handshake_leads_to_nothing_that_is_there() {
    each_engine(async |db| {
        let wall = Wall::new(db).await;
        let before = wall.snapshot("").await;
        let route = wall.programs().find(|route| route.name() == HANDSHAKE).unwrap();
        let asked = wall.program(route, &route.path, Proof::Bearer(OTHER_CREDENTIAL)).await;
        assert_eq!(asked.answer.status, 201, "{}", asked.answer.text());
        wall.assert_nothing_of_it(&asked, HANDSHAKE);
        let granted: protocol::partner::LinkageGranted = asked.answer.json();
        let (ours, theirs) = (wall.own.town.pos.linkage.to_string(), granted.linkage_id.to_string());
        for route in wall.programs().filter(|route| route.pattern.starts_with("/partner/v1/linkages/{id}")) {
            // Its own table of stores is its own to send.
            for question in wall.questions(route).iter().filter(|_| route.method != "PUT") {
                let question = question.replace(&ours, &theirs);
                let asked = wall.program(route, &question, Proof::Bearer(OTHER_CREDENTIAL)).await;
                assert!(asked.answer.status.is_success(), "{} {question}", route.name());
                assert!(!asked.answer.text().contains(&net(&wall.own.town.theirs).to_string()));
                wall.assert_nothing_of_it(&asked, &route.name());
                before.assert_stands(&wall.snapshot("").await, &route.name());
            }
        }
    })
    .await;
}
