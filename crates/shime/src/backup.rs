//! `shime backup`: a consistent copy of a place's database while the place goes on. The key file is not in it: who has
//! a backup has no secret, and who restores one needs the key.

use crate::{
    address,
    cli::{BackupArgs, Place},
    settings::Settings,
    shell,
};
use anyhow::{Context, Result, bail};
use db::{Migration, backup, whole::Half};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// A place with a database, as backups see it.
pub struct Kept {
    /// `pos`, `flaro`, `register`
    pub name: &'static str,
    /// Its database.
    pub url: String,
    /// Its schema.
    pub migrations: Vec<Migration>,
}

impl Kept {
    /// By the settings.
    pub fn of(place: Place, settings: &Settings) -> Self {
        let (name, url, migrations) = match place {
            Place::Pos => ("pos", &settings.pos.database, pos::schema::migrations()),
            Place::Flaro => ("flaro", &settings.flaro.database, flaro::migrations()),
            Place::Register => ("register", &settings.register.database, register::migrations()),
        };
        Self { name, url: url.clone(), migrations }
    }

    /// The file of an SQLite database.
    pub fn path(&self) -> Option<&Path> {
        address::file_of(&self.url)
    }
}

/// Makes the copy.
pub async fn run(args: BackupArgs, settings: &Settings) -> Result<()> {
    let kept = Kept::of(args.place, settings);
    std::fs::create_dir_all(&args.to).with_context(|| format!("making {}", args.to.display()))?;
    let to = target(&args.to, &kept);
    match kept.path() {
        Some(path) if !path.exists() => bail!("there is no database {}", path.display()),
        Some(path) => {
            let versions = backup::copy(path, &to).await.context("copying the database")?;
            backup::fits(&versions, &kept.migrations).context("the copy")?;
        }
        None => dump(&kept, &to)?,
    }
    let bytes = std::fs::metadata(&to).with_context(|| to.display().to_string())?.len();
    println!("{} {bytes} bytes", to.display());
    Ok(())
}

/// A name that sorts by time and says what it is of.
fn target(folder: &Path, kept: &Kept) -> PathBuf {
    let end = if kept.path().is_some() { "db" } else { "dump" };
    folder.join(format!("{}-{}.{end}", kept.name, shell::now().strftime("%Y%m%dT%H%M%S%3fZ")))
}

fn dump(kept: &Kept, to: &Path) -> Result<()> {
    let half = Half::new(to.with_extension("partial")).with_context(|| to.display().to_string())?;
    let mut command = postgres("pg_dump", &kept.url)?;
    ended(command.args(["--format=custom", "--no-owner", "--file"]).arg(half.path()))?;
    let versions = dumped(half.path()).context("reading the copy again")?;
    backup::fits(&versions, &kept.migrations).context("the copy")?;
    half.named(to).with_context(|| to.display().to_string())
}

/// Reads a dump from end to end. Gives the versions of the schema in it, as they would be inserted.
pub fn dumped(from: &Path) -> Result<Vec<(String, i64)>> {
    ended(Command::new("pg_restore").arg("--file=/dev/null").arg(from))?;
    let said = ended(Command::new("pg_restore").args(["--data-only", "--table=schema_version", "--file=-"]).arg(from))?;
    let read = |line: &str| -> Option<(String, i64)> {
        let mut cells = line.split('\t');
        let (place, version) = (cells.next()?, cells.next()?.parse().ok()?);
        Some((place.to_owned(), version))
    };
    let mut newest = BTreeMap::<String, i64>::new();
    for (place, version) in said.lines().filter_map(read) {
        let found = newest.entry(place).or_default();
        *found = version.max(*found);
    }
    Ok(newest.into_iter().collect())
}

/// A program of PostgreSQL's that is told of the database; its password stands in no process list.
pub fn postgres(program: &str, url: &str) -> Result<Command> {
    let address::Parted { open, password } = address::parted(url)?;
    let mut command = Command::new(program);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    command.arg(format!("--dbname={open}"));
    Ok(command)
}

/// Runs it to its end.
pub fn ended(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("starting {program}: is PostgreSQL's client installed?"))?;
    if !output.status.success() {
        bail!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
