//! `shime restore`: a place goes on from a copy of its database. Checked before anything is touched: the copy is whole,
//! of this place, and of no newer program; its secrets can be opened with the key that is here. What was there is kept.
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
        Some(path) => file(&args, &kept, path).await?,
        None => server(&args, &kept).await?,
    }
    marked(args.place, settings).await.context("the database is restored, but can't be gone on with")?;
    println!("restored from {}; start the place, and it catches up by itself", args.from.display());
    Ok(())
}

async fn file(args: &RestoreArgs, kept: &Kept, path: &Path) -> Result<()> {
    let versions = backup::verify(&args.from).await.with_context(|| args.from.display().to_string())?;
    backup::fits(&versions, &kept.migrations).with_context(|| args.from.display().to_string())?;
    if path.exists() && !args.force {
        bail!(
            "{} is there already: --force goes on from the copy and keeps what is there beside it, under another name",
            path.display()
        );
    }
    let aside = format!(".before-{}", shell::now().strftime("%Y%m%dT%H%M%S%3fZ"));
    if let Some(aside) = backup::put_back(&args.from, path, &aside)? {
        println!("what was there is kept as {}", aside.display());
    }
    Ok(())
}

async fn server(args: &RestoreArgs, kept: &Kept) -> Result<()> {
    let versions = dumped(&args.from)?;
    backup::fits(&versions, &kept.migrations).with_context(|| args.from.display().to_string())?;
    let db = places::open(&kept.url).await?;
    let there = db.schema(&[]).await.is_ok();
    db.close().await;
    if there && !args.force {
        bail!("the database holds a place already: --force replaces it; take a backup of it first");
    }
    let mut command = postgres("pg_restore", &kept.url)?;
    command.args(["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]);
    ended(command.arg(&args.from)).map(drop)
}

/// Opens it as its place does, with its keys, and notes that it is older than its neighbours.
async fn marked(place: Place, settings: &Settings) -> Result<()> {
    match place {
        Place::Pos => {
            let key = keys::open(&settings.key.file, &settings.pos.database)?;
            let pos = places::open_pos(&settings.pos, &settings.support, &key.keys).await?;
            pos::reconcile::restored(&pos).await?;
            pos.db.clone().close().await;
        }
        Place::Flaro => {
            let key = keys::open(&settings.key.file, &settings.flaro.database)?;
            let flaro = places::open_flaro(&settings.flaro, &settings.smtp, &key.keys).await?;
            flaro.restored().await?;
        }
        Place::Register => {
            let db: Db = places::open(&settings.register.database).await?;
            db.migrate(&register::migrations()).await?;
            web::session::end_everyones(&db).await?;
            db.close().await;
        }
    }
    Ok(())
}
