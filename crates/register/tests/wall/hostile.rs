//! A name or a text that would like to be markup is, on every page, the name it is; and every page comes with the
//! policy that would stop it.

use crate::{
    story::story,
    world::{Answer, World, own},
};
use axum::http::StatusCode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use web::testing::{
    forms::plain,
    hostile::{NAME, assert_shown_as_text},
};

/// More links than the till has.
const LINKS_MAX: usize = 500;
/// Answers to odd forms that show what was typed, at the least.
const SHOWN_MIN: usize = 20;
/// Parameters that pages know.
const PARAMETERS: [&str; 16] = [
    "action", "again", "category", "check", "closed", "format", "from", "issue", "kind", "page", "paid", "q",
    "session", "sort", "state", "to",
];

fn safe(answer: &Answer, what: &str) -> bool {
    assert!(!answer.status.is_server_error(), "{what}: {}", answer.text);
    if answer.text.starts_with("<!doctype") {
        web::testing::assert_page(&answer.text);
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe-"), "{what}: {policy}");
    assert_shown_as_text(what, answer.header("content-type"), policy, &answer.text)
}

/// What somebody who looks at everything has seen.
#[derive(Default)]
struct Seen {
    patterns: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Seen {
    /// Every page of the router, and wherever its links lead.
    async fn look(&mut self, world: &World) {
        let own = world.routes().await.into_iter().filter(|route| route.method == "GET");
        let own: BTreeMap<String, String> = own.map(|route| (route.path, route.pattern)).collect();
        let (mut ahead, mut asked) = (own.keys().cloned().collect::<VecDeque<_>>(), BTreeSet::new());
        while let Some(link) = ahead.pop_front() {
            if !asked.insert(link.clone()) {
                continue;
            }
            let answer = world.get(&link).await;
            safe(&answer, &link);
            if answer.status == StatusCode::OK && answer.header("content-type").starts_with("text/html") {
                self.patterns.extend(own.get(&link).cloned());
                self.names.extend(world.names_in(&answer.text).cloned());
                let links = answer.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(plain);
                ahead.extend(links.filter(|link| link.starts_with('/') && !link.starts_with("/assets")));
            }
        }
        assert!(asked.len() < LINKS_MAX, "the pages lead on and on: {}", asked.len());
    }
}

#[tokio::test]
async fn a_name_is_never_markup_on_any_page() {
    let (mut world, mut seen) = (World::new(false).await, Seen::default());
    for chapter in story() {
        for step in chapter {
            let answer = world.take(&step).await;
            let next = world.get(answer.header("location")).await;
            safe(&next, step.pattern);
            seen.names.extend(world.names_in(&next.text).cloned());
        }
        seen.look(&world).await;
    }
    let unseen: Vec<_> = world.names.difference(&seen.names).collect();
    assert!(unseen.is_empty(), "no page shows {unseen:?}");
    let programs = ["/assets/{hash}/{name}", "/readyz", "/healthz"];
    let routes = world.routes().await.into_iter().filter(|route| route.method == "GET");
    let unopened = routes.map(|route| route.pattern).filter(|pattern| !seen.patterns.contains(pattern));
    assert_eq!(unopened.collect::<Vec<_>>(), programs, "pages that the story never opens");
}

#[tokio::test]
async fn what_is_typed_into_any_field_comes_back_as_text() {
    let (world, mut shown) = (World::full().await, 0);
    for step in story().iter().flatten().filter(|step| step.pattern != "/sign-out") {
        let (path, mut fields) = world.asked(step).await;
        // Nobody agrees: what needs a manager asks for one, over what was typed.
        fields.retain(|(name, _)| !name.starts_with("manager"));
        for at in 0..fields.len() {
            let mut typed = fields.clone();
            NAME.clone_into(&mut typed[at].1);
            for part in [&[][..], &[("x-part", "1")]] {
                let headers = [&own(&world.cookie)[..], part].concat();
                let answer = world.send("POST", &path, &headers, &typed).await;
                shown += usize::from(safe(&answer, &format!("{path} with {}", typed[at].0)));
            }
        }
    }
    assert!(shown >= SHOWN_MIN, "what was typed is shown {shown} times only");
    Seen::default().look(&world).await;
}

#[tokio::test]
async fn a_question_is_never_markup_on_the_page_that_answers_it() {
    let world = World::full().await;
    let name: String = url::form_urlencoded::byte_serialize(NAME.as_bytes()).collect();
    for route in world.routes().await.into_iter().filter(|route| route.method == "GET") {
        for parameter in PARAMETERS {
            let question = format!("{}?{parameter}={name}", route.path);
            safe(&world.get(&question).await, &question);
        }
        let folder = route.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for odd in ["..%2f..%2fetc%2fpasswd", "%00", "%ff%fe", "%3Cimg%20onerror=zq%3E"] {
            let odd = format!("{folder}/{odd}");
            let answer = world.get(&odd).await;
            safe(&answer, &odd);
            assert!(matches!(answer.status.as_u16(), 400 | 404 | 405), "{odd}: {}", answer.status);
        }
    }
}
