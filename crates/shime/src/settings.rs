//! Settings: the default file is the defaults, a given file overrides it, the environment overrides the file,
//! flags override both. An unknown key or a wrong type is an error that names it.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::Path;
use toml::{Table, Value};

/// The documented defaults; also what `shime config` prints.
pub const DEFAULTS: &str = include_str!("../shime.default.toml");

/// All settings of all places.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `[log]`
    pub log: Log,
    /// `[pos]`
    pub pos: Pos,
    /// `[flaro]`
    pub flaro: Flaro,
    /// `[register]`
    pub register: Register,
    /// `[key]`
    pub key: KeyFile,
    /// `[support]`
    pub support: Support,
    /// `[smtp]`
    pub smtp: Smtp,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// What is logged.
    pub filter: String,
    /// How.
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// `[pos]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pos {
    /// Socket address.
    pub listen: String,
    /// Without a trailing slash.
    pub public_url: String,
    /// Database URL.
    pub database: String,
    /// The back office.
    pub partner_url: String,
    /// Never logged.
    pub partner_credential: String,
    /// Deliver to private addresses.
    pub allow_private_networks: bool,
    /// Cookies over HTTPS only.
    pub secure_cookies: bool,
    /// A proxy in front says where requests come from.
    pub behind_proxy: bool,
    /// Socket address of the figures; empty: none.
    pub metrics_listen: String,
    /// Never logged.
    pub metrics_token: String,
}

/// `[flaro]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flaro {
    /// Socket address.
    pub listen: String,
    /// Without a trailing slash.
    pub public_url: String,
    /// Database URL.
    pub database: String,
    /// Never logged.
    pub partner_credential: String,
    /// Cookies over HTTPS only.
    pub secure_cookies: bool,
    /// A proxy in front says where requests come from.
    pub behind_proxy: bool,
    /// Socket address of the figures; empty: none.
    pub metrics_listen: String,
    /// Never logged.
    pub metrics_token: String,
}

/// `[key]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Its path; empty: beside the database.
    pub file: String,
}

/// `[support]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// The POS's telephone number.
    pub pos_phone: String,
    /// When it is answered.
    pub pos_hours: String,
    /// The POS's support site.
    pub pos_url: String,
    /// FLARO's form for its users.
    pub flaro_url: String,
}

/// `[smtp]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// The mail server; empty: inquiries are not mailed.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub security: SmtpSecurity,
    /// The account; empty: none.
    pub user: String,
    /// Never logged.
    pub password: String,
    /// Whom the mails are from.
    pub from: String,
    /// Support's address.
    pub to: String,
}

/// How a connection to the mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpSecurity {
    /// STARTTLS, and nothing without it.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: for a server on the same machine.
    None,
}

/// `[register]`
#[expect(clippy::struct_field_names, reason = "the key in the file says what it is the id of")]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Socket address of the screen.
    pub listen: String,
    /// Cookies over HTTPS only.
    pub secure_cookies: bool,
    /// 客層, separated by commas.
    pub segments: String,
    /// More off needs a manager.
    pub discount_percent_max: u8,
    /// Less room than this is told.
    pub disk_low_mb: u32,
    /// Socket address of the figures; empty: none.
    pub metrics_listen: String,
    /// Never logged.
    pub metrics_token: String,
    /// Database URL.
    pub database: String,
    /// The head office.
    pub pos_url: String,
    /// The till.
    pub register_id: String,
    /// Never logged.
    pub token: String,
}

/// One override: section, key, and where it came from.
pub struct Override {
    /// `pos`, `flaro`, `register`, `log`
    pub section: &'static str,
    /// The key in it.
    pub key: &'static str,
    /// The text given.
    pub value: String,
}

/// Reads the defaults, the file, the environment (`env`), then the flags.
pub fn load(
    file: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
    flags: Vec<Override>,
) -> Result<Settings> {
    let mut table: Table = DEFAULTS.parse().context("the built-in defaults")?;
    if let Some(path) = file {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read the settings {}", path.display()))?;
        let given: Table = text.parse().with_context(|| format!("{} is not TOML", path.display()))?;
        overlay(&mut table, given);
    }
    for (name, value) in env {
        from_environment(&mut table, &name, &value)?;
    }
    for Override { section, key, value } in flags {
        set(&mut table, section, key, &value).with_context(|| format!("--{}", key.replace('_', "-")))?;
    }
    let settings: Settings = Value::Table(table).try_into().context("settings")?;
    Ok(settings)
}

fn overlay(base: &mut Table, given: Table) {
    for (key, value) in given {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(section)), Value::Table(inner)) => overlay(section, inner),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

/// `SHIME_POS_LISTEN` → `[pos] listen`. `SHIME_CONFIG` and `SHIME_LOG` style names of other meaning are left alone
/// only when they name no section.
fn from_environment(table: &mut Table, name: &str, value: &str) -> Result<()> {
    let Some(rest) = name.strip_prefix("SHIME_") else { return Ok(()) };
    let Some((section, key)) = rest.split_once('_') else { return Ok(()) };
    let (section, key) = (section.to_lowercase(), key.to_lowercase());
    if !table.contains_key(&section) {
        return Ok(());
    }
    set(table, &section, &key, value).with_context(|| name.to_owned())
}

/// Sets a key to a text, read as the type that the default has.
fn set(table: &mut Table, section: &str, key: &str, text: &str) -> Result<()> {
    let Some(slot) = table.get_mut(section).and_then(Value::as_table_mut).and_then(|s| s.get_mut(key)) else {
        bail!("there is no setting \"{key}\" in [{section}]; `shime config` prints all of them");
    };
    *slot = match slot {
        Value::Boolean(_) => Value::Boolean(text.parse().with_context(|| format!("\"{text}\" is not true or false"))?),
        Value::Integer(_) => Value::Integer(text.parse().with_context(|| format!("\"{text}\" is not a whole number"))?),
        _ => Value::String(text.to_owned()),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn defaults_are_whole_and_flags_beat_environment_beats_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shime.toml");
        std::fs::write(&file, "[pos]\nlisten = \"file:1\"\npublic_url = \"file\"\ndatabase = \"file\"\n").unwrap();
        let from_env = env(&[("SHIME_POS_PUBLIC_URL", "env"), ("SHIME_POS_DATABASE", "env"), ("SHIME_CONFIG", "x")]);
        let flag = Override { section: "pos", key: "database", value: "flag".into() };
        let settings = load(Some(&file), from_env, vec![flag]).unwrap();
        assert_eq!(settings.pos.listen, "file:1");
        assert_eq!(settings.pos.public_url, "env");
        assert_eq!(settings.pos.database, "flag");
        assert!(settings.pos.secure_cookies, "untouched settings keep their default");
    }

    #[test]
    fn unknown_keys_and_wrong_types_are_named() {
        let unknown = load(None, env(&[("SHIME_POS_LISTNE", "x")]), vec![]).unwrap_err();
        assert!(format!("{unknown:#}").contains("SHIME_POS_LISTNE"), "{unknown:#}");
        let wrong = load(None, env(&[("SHIME_POS_SECURE_COOKIES", "maybe")]), vec![]).unwrap_err();
        assert!(format!("{wrong:#}").contains("maybe"), "{wrong:#}");
    }
}
