//! ログインID and 名前, as they are typed.

pub use web::person::{Login, NAME_CHARACTERS_MAX, name};
