//! `shime register`: one till. Keeps its disk, serves its touch screen, uploads its journal, pulls its masters.

use crate::{
    address,
    metrics::{self, Door, Process},
    parts::Parts,
    places, settings, shell,
};
use anyhow::{Context, Result, bail};
use register::{HeadOffice, Till, Uploader, screen::Screen};
use sales::RegisterId;
use std::sync::Arc;
use tokio::sync::watch;
use web::metrics::Exposition;

/// Runs the till until it is asked to stop.
pub async fn run(settings: &settings::Register, stop: watch::Receiver<bool>) -> Result<()> {
    let (till, uploader) = open(settings).await?;
    serve(till, uploader, settings, stop).await
}

/// Serves an open till: its screen, its line, the watch over its disk.
pub async fn serve(
    till: Till,
    uploader: Uploader,
    settings: &settings::Register,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    let listener = places::listen(&settings.listen).await?;
    tracing::info!(register = %till.register_id(), "the till runs");
    let uploader = Arc::new(uploader);
    let screen = screen(till, &uploader, settings);
    let watched = Arc::clone(&screen);
    let figures = move |mut page: Exposition| {
        let screen = Arc::clone(&watched);
        async move {
            register::metrics::write(&screen, &mut page).await;
            page
        }
    };
    let door = Door { listen: settings.metrics_listen.clone(), token: settings.metrics_token.clone() };
    let process = Process { place: "register", folder: address::folder_of(&settings.database) };
    let mut parts = Parts::new(stop);
    metrics::start(door, process, figures, &mut parts).await?;
    places::start_till(&screen, uploader, listener, &mut parts);
    parts.ended().await
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
    let till = Till::open(places::open_till(&settings.database).await?, id, shell::ids()).await?;
    let till = till.with_ticks(shell::ticks(), shell::now());
    let uploader = Uploader::new(till.clone(), &HeadOffice::new(url, settings.token.parse()?), shell::clock())?;
    Ok((till, uploader))
}

/// The screen of an open till, as the settings ask for it.
fn screen(till: Till, uploader: &Arc<Uploader>, settings: &settings::Register) -> Arc<Screen> {
    let segments = settings.segments.split(',').map(str::trim).filter(|word| !word.is_empty());
    let own = register::screen::Settings {
        secure_cookies: settings.secure_cookies,
        segments: segments.map(ToOwned::to_owned).collect(),
        discount_percent_max: settings.discount_percent_max,
        disk: address::folder_of(&settings.database),
        disk_low_below: u64::from(settings.disk_low_mb) << 20,
    };
    Screen::new(till, Arc::clone(uploader), shell::clock(), own)
}
