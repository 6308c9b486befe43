//! `shime restore`: a place goes on from a copy of its database. The copy is read from end to end, brought up to date,
//! opened with the key that is here and noted as older than its neighbours, all beside what is there; only then does it
//! take its place, in one step. What was there is kept.
//!
//! The rest heals by itself: a till's chain tells the head office what came after the copy, the head office gets from
//! its tills what it lost and compares every day with the back office at once, and sends a restored back office what it
//! lacks.

use crate::{
    backup::{Kept, dumped, ended, postgres},
    cli::{Place, RestoreArgs},
    keys, places,
    settings::Settings,
    shell,
};
use anyhow::{Context, Result, bail};
use db::{Db, backup};
use std::path::Path;

/// Restores it.
pub async fn run(args: RestoreArgs, settings: &Settings) -> Result<()> {
    let kept = Kept::of(args.place, settings);
    match kept.path() {
        Some(path) => file(&args, &kept, path, settings).await?,
        None => server(&args, &kept, settings).await?,
    }
    println!("restored from {}; start the place, and it catches up by itself", args.from.display());
    Ok(())
}

async fn file(args: &RestoreArgs, kept: &Kept, path: &Path, settings: &Settings) -> Result<()> {
    let versions = backup::verify(&args.from).await.with_context(|| args.from.display().to_string())?;
    backup::fits(&versions, &kept.migrations).with_context(|| args.from.display().to_string())?;
    if path.exists() && !args.force {
        bail!(
            "{} is there already: --force goes on from the copy and keeps what is there beside it, under another name",
            path.display()
        );
    }
    let prepared = backup::prepare(&args.from, path)?;
    let beside = format!("sqlite:{}", prepared.path().display());
    let ready = ready(args.place, settings, &beside).await;
    ready.context("the copy can't be gone on with, and nothing was replaced")?;
    let aside = format!(".before-{}", shell::now().strftime("%Y%m%dT%H%M%S%3fZ"));
    if let Some(aside) = prepared.swap(&aside).await? {
        println!("what was there is kept as {}", aside.display());
    }
    Ok(())
}

/// A server's database is never replaced: the copy goes into an empty one, and the old one stays where it is.
async fn server(args: &RestoreArgs, kept: &Kept, settings: &Settings) -> Result<()> {
    let versions = dumped(&args.from).with_context(|| args.from.display().to_string())?;
    backup::fits(&versions, &kept.migrations).with_context(|| args.from.display().to_string())?;
    let db = places::open(&kept.url).await?;
    let empty = backup::is_empty(&db).await;
    db.close().await;
    if !empty? {
        bail!(
            "the database holds tables already, and a server's database is never replaced, with --force neither: make \
             an empty one (createdb), name it in {}.database, and the old one stays as it is",
            kept.name
        );
    }
    let mut command = postgres("pg_restore", &kept.url)?;
    command.args(["--no-owner", "--single-transaction", "--exit-on-error"]);
    ended(command.arg(&args.from))?;
    let Err(error) = ready(args.place, settings, &kept.url).await else { return Ok(()) };
    let db = places::open(&kept.url).await?;
    let emptied = backup::emptied(&db).await;
    db.close().await;
    emptied
        .with_context(|| format!("emptying the database again, because the copy can't be gone on with ({error:#})"))?;
    Err(error.context("the copy can't be gone on with, and the database is empty again"))
}

/// Gets the copy in this database ready to be gone on with.
async fn ready(place: Place, settings: &Settings, database: &str) -> Result<()> {
    let db = places::open(database).await?;
    let ready = noted(place, settings, db.clone()).await;
    db.close().await;
    ready
}

/// Opens it as its place does, with its keys, and notes that it is older than its neighbours.
async fn noted(place: Place, settings: &Settings, db: Db) -> Result<()> {
    match place {
        Place::Pos => {
            let own = places::pos_settings(&settings.pos, &settings.support)?;
            let key = keys::open(&settings.key.file, &settings.pos.database)?;
            let noted = async {
                let pos = places::pos_over(db, own, &key.keys).await?;
                Ok(pos::reconcile::restored(&pos).await?)
            };
            let noted = noted.await;
            key.kept_if(noted)
        }
        Place::Flaro => {
            let own = places::flaro_settings(&settings.flaro, &settings.smtp)?;
            let key = keys::open(&settings.key.file, &settings.flaro.database)?;
            let noted = async {
                let flaro = places::flaro_over(db, own, &key.keys).await?;
                Ok(flaro.restored().await?)
            };
            let noted = noted.await;
            key.kept_if(noted)
        }
        Place::Register => {
            db.migrate(&register::migrations()).await?;
            web::session::end_everyones(&db).await?;
            Ok(())
        }
    }
}
