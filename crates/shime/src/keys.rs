//! The key file: where it is, how it is made, and `shime keys`. It lies apart from the database, readable by its owner
//! alone. A running process looks at it every few seconds: a new key is taken up, and what the old one sealed is
//! sealed anew, while everything goes on.

use crate::{
    address,
    cli::{KeysArgs, KeysDeed},
    settings::Settings,
    shell,
};
use anyhow::{Context, Result, bail};
use db::{KeyRing, Keys, whole::Half};
use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::watch;

/// The key file beside an SQLite database.
const NAME: &str = "shime.key";
/// How often a running process looks whether the file has changed.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The keys of a place, and the file they came from.
pub struct Opened {
    /// What it seals and opens with.
    pub keys: Keys,
    file: PathBuf,
    text: String,
    /// It was made just now.
    made: bool,
}

/// Opens the key file of a place. Beside an SQLite database it is made when it isn't there; a file that was named must
/// be there, because a key that appears by itself opens nothing.
pub fn open(named: &str, database: &str) -> Result<Opened> {
    let file = file_of(named, database)?;
    let made = named.is_empty() && !file.exists();
    if made {
        make(&file, &KeyRing::with_new("", drawn()))?;
        tracing::info!(file = %file.display(), "made a key for stored secrets; keep a copy of it apart from backups");
    }
    let text = read(&file)?;
    let keys = Keys::new(ring(&file, &text)?, shell::random_bytes());
    Ok(Opened { keys, file, text, made })
}

/// The file that the settings mean.
fn file_of(named: &str, database: &str) -> Result<PathBuf> {
    if !named.is_empty() {
        return Ok(PathBuf::from(named));
    }
    let folder = address::folder_of(database).context(
        "key.file is not set, and a PostgreSQL database has no folder to keep a key in: make one with \
         `shime keys new`, with key.file (or SHIME_KEY_FILE) set to where it shall lie",
    )?;
    Ok(folder.join(NAME))
}

fn drawn() -> [u8; 32] {
    (shell::random_bytes())()
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| {
        format!(
            "cannot read the key file {}: without it stored secrets can't be opened. Put it back from where it is kept, \
             or, where nothing was stored yet, make one with `shime keys new`",
            file.display()
        )
    })
}

fn ring(file: &Path, text: &str) -> Result<KeyRing> {
    text.parse().with_context(|| format!("the key file {}", file.display()))
}

/// Makes the file whole or not at all; one that somebody else has just made stays.
fn make(file: &Path, text: &str) -> Result<()> {
    match written(file, text)?.named(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("making the key file {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Replaces the file whole: whoever reads it meanwhile reads the old one or the new one.
fn replace(file: &Path, text: &str) -> Result<()> {
    let at = || format!("replacing the key file {}", file.display());
    let half = written(file, text)?;
    fs::set_permissions(half.path(), fs::metadata(file).with_context(at)?.permissions()).with_context(at)?;
    half.replacing(file).with_context(at)
}

/// The text in a file beside it, for its owner alone: the one who could read it before, where root writes it.
fn written(file: &Path, text: &str) -> Result<Half> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let new = file.with_extension(format!("{}.new", shell::id().simple()));
    let at = || format!("writing {}", new.display());
    let half = Half::new(new.clone()).with_context(at)?;
    fs::write(half.path(), text).with_context(at)?;
    half.owned_like(file).with_context(at)?;
    Ok(half)
}

impl Opened {
    /// Where this failed, a key that was made for it goes again: it has sealed nothing that stays.
    pub fn kept_if<T>(self, outcome: Result<T>) -> Result<T> {
        if self.made && outcome.is_err() {
            fs::remove_file(&self.file).with_context(|| format!("removing {}", self.file.display()))?;
        }
        outcome
    }

    /// Watches the file until it is time to stop. Each time it has changed its keys are taken up and `reseal` is
    /// called, which seals anew what another key sealed; where that fails, it is tried again.
    pub async fn watch<E: std::fmt::Display>(
        mut self,
        reseal: impl AsyncFn() -> Result<u64, E>,
        mut stop: watch::Receiver<bool>,
    ) {
        while !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                gone = stop.changed() => if gone.is_err() { return },
            }
            if let Err(error) = self.look(&reseal).await {
                tracing::error!(file = %self.file.display(), "the key file was not taken up: {error:#}");
            }
        }
    }

    async fn look<E: std::fmt::Display>(&mut self, reseal: &impl AsyncFn() -> Result<u64, E>) -> Result<()> {
        let text = read(&self.file)?;
        if text == self.text {
            return Ok(());
        }
        let own = ring(&self.file, &text)?;
        let (id, known) = (own.sealing_id().to_owned(), own.len());
        // Until all is sealed anew the keys before go on opening, also one that was taken out too early.
        self.keys.replace(ring(&self.file, &KeyRing::joined(&text, &self.text))?);
        match reseal().await {
            Ok(renewed) => tracing::info!(key = id, known, renewed, "secrets are sealed with the key file's key"),
            Err(error) => bail!("sealing anew: {error}"),
        }
        self.keys.replace(own);
        self.text = text;
        Ok(())
    }
}

/// `shime keys`
pub fn run(args: KeysArgs, settings: &Settings) -> Result<()> {
    let database = match args.place {
        crate::cli::SetupPlace::Pos => &settings.pos.database,
        crate::cli::SetupPlace::Flaro => &settings.flaro.database,
    };
    let file = file_of(&settings.key.file, database)?;
    let before = if file.exists() { Some(read(&file)?) } else { None };
    let text = match (args.deed, &before) {
        (KeysDeed::New, before) => KeyRing::with_new(before.as_deref().unwrap_or_default(), drawn()),
        (KeysDeed::Rotate, Some(before)) => KeyRing::rotated(before, drawn()),
        (KeysDeed::Retire, Some(before)) => KeyRing::sealing_only(before),
        (_, None) => bail!("there is no key file {}; `shime keys new` makes one", file.display()),
    };
    let ring = ring(&file, &text)?;
    match before {
        Some(_) => replace(&file, &text)?,
        None => make(&file, &text)?,
    }
    println!("{}: {} keys, {} seals", file.display(), ring.len(), ring.sealing_id());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

    #[test]
    fn a_key_is_made_once_beside_the_database_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", dir.path().join("deep/pos.db").display());
        let made = open("", &database).unwrap();
        let mode = fs::metadata(&made.file).unwrap().permissions().mode();
        assert_eq!((made.file.clone(), mode & 0o777), (dir.path().join("deep/shime.key"), 0o600));
        assert_eq!(open("", &database).unwrap().text, made.text);
        assert_eq!(fs::read_dir(dir.path().join("deep")).unwrap().count(), 1, "nothing half is left");
    }

    #[test]
    fn a_key_that_was_made_for_what_failed_goes_again_and_an_older_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", dir.path().join("pos.db").display());
        let made = open("", &database).unwrap();
        let file = made.file.clone();
        assert!(made.kept_if::<()>(Err(anyhow::anyhow!("sealed with another"))).is_err());
        assert!(!file.exists());
        open("", &database).unwrap().kept_if(Ok(())).unwrap();
        assert!(open("", &database).unwrap().kept_if::<()>(Err(anyhow::anyhow!("later"))).is_err());
        assert!(file.exists());
    }

    #[test]
    fn a_key_file_that_root_replaces_stays_its_readers() {
        let dir = tempfile::tempdir().unwrap();
        let opened = open("", &format!("sqlite:{}", dir.path().join("pos.db").display())).unwrap();
        // Only root gives files away; for anybody else everything is theirs before and after.
        let me = fs::metadata(&opened.file).unwrap().uid();
        let service = if me == 0 { 4_321 } else { me };
        chown(&opened.file, Some(service), None).unwrap();
        fs::set_permissions(&opened.file, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&opened.file, &KeyRing::rotated(&opened.text, [9; 32])).unwrap();
        let now = fs::metadata(&opened.file).unwrap();
        assert_eq!((now.uid(), now.permissions().mode() & 0o777), (service, 0o640));
    }

    #[test]
    fn a_file_that_was_named_must_be_there_and_postgresql_needs_one() {
        let dir = tempfile::tempdir().unwrap();
        let named = dir.path().join("key").display().to_string();
        let refused = format!("{:#}", open(&named, "sqlite:pos.db").err().unwrap());
        assert!(refused.contains(&named) && refused.contains("shime keys new"), "{refused}");
        let refused = format!("{:#}", open("", "postgres://localhost/pos").err().unwrap());
        assert!(refused.contains("SHIME_KEY_FILE"), "{refused}");
    }

    #[tokio::test]
    async fn a_key_file_that_changed_is_taken_up_and_what_failed_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut opened = open("", &format!("sqlite:{}", dir.path().join("pos.db").display())).unwrap();
        let sealed = opened.keys.seal(&place(), "plum").unwrap();
        replace(&opened.file, &KeyRing::rotated(&opened.text, [9; 32])).unwrap();
        assert!(opened.look(&async || Err::<u64, _>("the database is away")).await.is_err());
        let keys = opened.keys.clone();
        let resealed = async || keys.renewed(&place(), &sealed).map(|new| u64::from(new.is_some()));
        opened.look(&resealed).await.unwrap();
        assert!(keys.renewed(&place(), &sealed).unwrap().is_some(), "another key seals now");
        fs::write(&opened.file, "nonsense").unwrap();
        assert!(opened.look(&resealed).await.is_err());
        assert_eq!(keys.open(&place(), &sealed).unwrap(), "plum", "the keys before it are still known");
    }

    fn place() -> db::Sealed {
        db::Sealed { table: "shelf.jar", column: "label", row: "1".to_owned() }
    }
}
