//! The address of a database: what of it may be shown, and what of it stands in no process list.

use anyhow::{Context, Result, anyhow};
use std::path::{Path, PathBuf};
use url::Url;

/// The address of a server's database, and the password that was in it.
pub struct Parted {
    /// Where it is, for whom, and how; without the password.
    pub open: Url,
    /// As it is, no longer percent-encoded.
    pub password: Option<String>,
}

/// Takes the password out, wherever in the address it stands.
pub fn parted(address: &str) -> Result<Parted> {
    let mut open = Url::parse(address).with_context(|| without_password(address))?;
    let mut password = None;
    if let Some(written) = open.password() {
        let decoded = percent_encoding::percent_decode_str(written).decode_utf8();
        password = Some(decoded.context("the password in the database's address is no UTF-8")?.into_owned());
        open.set_password(None).map_err(|()| anyhow!("the database's address can't be used without its password"))?;
    }
    let mut others = Vec::new();
    for part in open.query().unwrap_or_default().split('&').filter(|part| !part.is_empty()) {
        match url::form_urlencoded::parse(part.as_bytes()).next() {
            Some((key, value)) if key == "password" => password = Some(value.into_owned()),
            _ => others.push(part),
        }
    }
    let others = others.join("&");
    open.set_query((!others.is_empty()).then_some(&*others));
    Ok(Parted { open, password })
}

/// A database's address as it may be shown.
pub fn without_password(address: &str) -> String {
    if address.starts_with("sqlite:") {
        return address.to_owned();
    }
    match Url::parse(address) {
        Ok(_) => parted(address).map_or_else(|_| "the database".to_owned(), |parted| parted.open.to_string()),
        // What can't be taken apart may hold a password anywhere.
        Err(_) => format!("{}:…", address.split(':').next().unwrap_or_default()),
    }
}

/// The file of an SQLite database; none for one that lies elsewhere.
pub fn file_of(database: &str) -> Option<&Path> {
    let path = database.strip_prefix("sqlite:")?;
    Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
}

/// The folder of an SQLite database; none for one that lies elsewhere.
pub fn folder_of(database: &str) -> Option<PathBuf> {
    let folder = file_of(database)?.parent()?;
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_wherever_it_stands_and_read_as_it_is() {
        for (address, open, password) in [
            ("postgres://me:p%40s%2Bs%2F@host:5433/pos", "postgres://me@host:5433/pos", Some("p@s+s/")),
            (
                "postgres://me@host/pos?password=p%26q&sslmode=require",
                "postgres://me@host/pos?sslmode=require",
                Some("p&q"),
            ),
            ("postgres://me@host/pos?password=p", "postgres://me@host/pos", Some("p")),
            ("postgres://me@host/pos?application_name=a%20b", "postgres://me@host/pos?application_name=a%20b", None),
        ] {
            let parted = parted(address).unwrap();
            assert_eq!((parted.open.as_str(), parted.password.as_deref()), (open, password), "{address}");
            assert_eq!(without_password(address), open);
        }
    }

    #[test]
    fn what_cannot_be_taken_apart_shows_nothing() {
        assert_eq!(without_password("postgres://me:secret@host:no-port/pos"), "postgres:…");
        assert_eq!(without_password("sqlite:data/pos.db"), "sqlite:data/pos.db");
    }
}
