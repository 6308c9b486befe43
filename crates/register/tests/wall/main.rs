//! Attacks on the till's screen: names that would like to be markup, forms sent from other sites, people who are not
//! signed in, and cookies that somebody planted or kept.
//!
//! The routes come from the router itself and their methods from what it answers, so a route that is added is tried
//! without anybody listing it. Two days at the counter ([`story`]) fill every page and say what each form sends.

mod guarding;
mod hostile;
mod names;
mod routes;
mod signing_in;
mod story;
#[path = "../support/mod.rs"]
mod support;
mod world;
