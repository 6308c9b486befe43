//! What the demo must remember between two starts: its credential and its tills' tokens. Only its owner may read it.

use anyhow::{Context, Result};
use sales::RegisterId;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Note {
    /// Between head office and back office.
    pub partner_credential: String,
    /// The head office's address at the last start.
    pub pos_url: String,
    /// Whether the linkage was left to be set up by hand.
    pub fresh: bool,
    /// Bearer tokens by till.
    pub tokens: BTreeMap<RegisterId, String>,
    /// The tills that wait for imports, in order.
    pub import_registers: Vec<RegisterId>,
    /// Who may ask for 過去分連携 in the imports' company.
    pub import_login: String,
    /// Their password.
    pub import_password: String,
}

impl Note {
    /// Reads the note of a data directory; none before the first start.
    pub fn load(data: &Path) -> Result<Option<Self>> {
        let path = path(data);
        match fs::read_to_string(&path) {
            Ok(text) => {
                Ok(Some(serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes it, whole or not at all.
    pub fn save(&self, data: &Path) -> Result<()> {
        let (path, new) = (path(data), data.join("demo.json.new"));
        fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&new, &path).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn path(data: &Path) -> PathBuf {
    data.join("demo.json")
}
