//! shime
fn main() {}
