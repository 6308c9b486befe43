//! `shime backup`: a consistent copy of a place's database while the place goes on. The key file is not in it: who has
//! a backup has no secret, and who restores one needs the key.

use crate::{
    cli::{BackupArgs, Place},
    places::without_password,
    settings::Settings,
    shell,
};
use anyhow::{Context, Result, bail};
use db::{Migration, backup};
use std::{
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
        let path = self.url.strip_prefix("sqlite:")?;
        Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
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
    let half = to.with_extension("partial");
    let mut command = postgres("pg_dump", &kept.url)?;
    ended(command.args(["--format=custom", "--no-owner", "--file"]).arg(&half))?;
    std::fs::rename(&half, to).with_context(|| to.display().to_string())
}

/// A program of PostgreSQL's that is told of the database; its password stands in no process list.
pub fn postgres(program: &str, url: &str) -> Result<Command> {
    let parsed = url::Url::parse(url).with_context(|| without_password(url))?;
    let mut command = Command::new(program);
    if let Some(password) = parsed.password() {
        command.env("PGPASSWORD", password);
    }
    let mut open = parsed;
    if open.password().is_some() && open.set_password(None).is_err() {
        bail!("the database address can't be used without its password");
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
