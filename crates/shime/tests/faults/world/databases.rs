//! Where head office and back office keep what they have, and what their programs are told.

use super::{CREDENTIAL, PASSWORD};
use crate::proxy::Proxy;
use std::path::PathBuf;
use tempfile::TempDir;

/// Where the two places keep what they have.
pub struct Databases {
    /// The head office's address.
    pub pos: String,
    flaro: String,
    dir: TempDir,
}

impl Databases {
    /// Files.
    pub fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let at = |name: &str| format!("sqlite:{}", dir.path().join(name).display());
        Self { pos: at("pos.db"), flaro: at("flaro.db"), dir }
    }

    /// On a server.
    #[cfg(feature = "postgres-tests")]
    pub fn postgres(server: &crate::postgres::Server) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self { pos: server.database("pos"), flaro: server.database("flaro"), dir }
    }

    /// The files of one of them, on SQLite.
    pub fn files(&self, name: &str) -> Vec<PathBuf> {
        ["", "-wal"].map(|tail| self.dir.path().join(format!("{name}.db{tail}"))).to_vec()
    }

    /// What both programs are told.
    pub fn env(&self, at: [&str; 2], lines: &[Proxy; 2]) -> Vec<(&'static str, String)> {
        vec![
            ("SHIME_LOG_FILTER", "warn".to_owned()),
            ("SHIME_SETUP_PASSWORD", PASSWORD.to_owned()),
            ("SHIME_KEY_FILE", self.dir.path().join("shime.key").display().to_string()),
            ("SHIME_POS_LISTEN", at[0].to_owned()),
            ("SHIME_POS_PUBLIC_URL", lines[0].url()),
            ("SHIME_POS_DATABASE", self.pos.clone()),
            ("SHIME_POS_PARTNER_URL", lines[1].url()),
            ("SHIME_POS_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
            ("SHIME_POS_ALLOW_PRIVATE_NETWORKS", "true".to_owned()),
            ("SHIME_FLARO_LISTEN", at[1].to_owned()),
            ("SHIME_FLARO_PUBLIC_URL", lines[1].url()),
            ("SHIME_FLARO_DATABASE", self.flaro.clone()),
            ("SHIME_FLARO_PARTNER_CREDENTIAL", CREDENTIAL.to_owned()),
        ]
    }
}
