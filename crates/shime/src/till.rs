//! `shime register`: the agent of one till. Keeps the till's disk, uploads its journal, pulls its masters.

use crate::{places, settings, shell};
use anyhow::{Context, Result, bail};
use register::{HeadOffice, Till, Uploader};
use sales::RegisterId;
use tokio::sync::watch;

/// Runs the agent until it is asked to stop.
pub async fn run(settings: &settings::Register, stop: watch::Receiver<bool>) -> Result<()> {
    let (till, uploader) = open(settings).await?;
    tracing::info!(register = %till.register_id(), "the till's agent runs");
    uploader.run(shell::stopped(stop)).await;
    Ok(())
}

/// Opens the till that the settings name, with its line to the head office.
pub async fn open(settings: &settings::Register) -> Result<(Till, Uploader)> {
    if settings.register_id.is_empty() || settings.token.is_empty() {
        bail!(
            "register.register_id and register.token are needed: issue them in the head office under 店舗・レジ, \
             and give the token as SHIME_REGISTER_TOKEN"
        );
    }
    let id: RegisterId = settings
        .register_id
        .parse()
        .with_context(|| format!("register.register_id \"{}\" is not a UUID", settings.register_id))?;
    let url = settings.pos_url.parse().with_context(|| format!("register.pos_url \"{}\"", settings.pos_url))?;
    let till = Till::open(places::open(&settings.database).await?, id, shell::ids()).await?;
    let uploader = Uploader::new(till.clone(), &HeadOffice::new(url, settings.token.parse()?), shell::clock())?;
    Ok((till, uploader))
}
