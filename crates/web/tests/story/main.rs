//! The kit as the places use it: log in, be refused, fill in a form, page through a list, take a file home.

#[path = "../../examples/gallery/page.rs"]
mod page;

mod browser;
mod chart;
mod contrast;
mod download;
mod form;
mod guarding;
mod pages;
mod sessions;
mod signing_in;
mod table;
mod upload;
mod upload_grid;
