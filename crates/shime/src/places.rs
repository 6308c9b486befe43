//! Opening the places from their settings, and serving them until it is time to stop.

use crate::{
    address, keys,
    metrics::{self, Door, Process},
    parts::Parts,
    settings::{self, Settings},
    shell,
};
use anyhow::{Context, Result, bail};
use axum::Router;
use db::{Db, Keys, Log};
use flaro::PartnerCredential;
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio::{net::TcpListener, sync::watch};
use web::metrics::Exposition;

/// The shortest partner credential that is accepted.
const CREDENTIAL_CHARS_MIN: usize = 16;

/// Opens the head office's database, migrated to this version, its secrets sealed with these keys.
pub async fn open_pos(settings: &settings::Pos, support: &settings::Support, keys: &Keys) -> Result<Arc<pos::Pos>> {
    let own = pos_settings(settings, support)?;
    pos_over(open(&settings.database).await?, own, keys).await
}

/// The head office over an open database.
pub async fn pos_over(db: Db, own: pos::Settings, keys: &Keys) -> Result<Arc<pos::Pos>> {
    db.migrate(&pos::schema::migrations()).await.context("migrating the head office's database")?;
    let mut place = pos::Pos::new(db, own, shell::clock(), shell::ids(), shell::random_bytes());
    place.keys = keys.clone();
    let place = Arc::new(place);
    pos::linkage::vault::reseal(&place).await.context("the head office's stored secrets")?;
    Ok(place)
}

/// How the head office is set up. What is no address is refused here: nothing could be delivered.
pub fn pos_settings(settings: &settings::Pos, support: &settings::Support) -> Result<pos::Settings> {
    let partner = &settings.partner_url;
    let url: url::Url = partner.parse().with_context(|| format!("pos.partner_url \"{partner}\" is no address"))?;
    if !matches!(url.scheme(), "https" | "http") {
        bail!("pos.partner_url \"{partner}\" is no address of a back office: it begins with https://");
    }
    Ok(pos::Settings {
        allow_private_networks: settings.allow_private_networks,
        secure_cookies: settings.secure_cookies,
        behind_proxy: settings.behind_proxy,
        support: pos::Support {
            pos_phone: support.pos_phone.clone(),
            pos_hours: support.pos_hours.clone(),
            pos_url: support.pos_url.clone(),
            flaro_url: support.flaro_url.clone(),
        },
        ..pos::Settings::new(
            settings.public_url.trim_end_matches('/'),
            partner.trim_end_matches('/'),
            settings.partner_credential.as_str(),
        )
    })
}

/// The mail server of inquiries, if one is set up whole.
fn mail_server(smtp: &settings::Smtp) -> Result<Option<flaro::Smtp>> {
    if smtp.host.is_empty() {
        return Ok(None);
    }
    for (key, address) in [("from", &smtp.from), ("to", &smtp.to)] {
        if !address.contains('@') {
            bail!(
                "smtp.{key} \"{address}\" is no mail address, and smtp.host is set; give an address, or empty smtp.host"
            );
        }
    }
    let security = match smtp.security {
        settings::SmtpSecurity::Starttls => flaro::MailSecurity::StartTls,
        settings::SmtpSecurity::Tls => flaro::MailSecurity::Tls,
        settings::SmtpSecurity::None => flaro::MailSecurity::Plain,
    };
    Ok(Some(flaro::Smtp {
        host: smtp.host.clone(),
        port: smtp.port,
        security,
        user: smtp.user.clone(),
        password: smtp.password.clone(),
        from: smtp.from.clone(),
        to: smtp.to.clone(),
    }))
}

/// Opens the back office's database, migrated to this version, its secrets sealed with these keys.
pub async fn open_flaro(settings: &settings::Flaro, smtp: &settings::Smtp, keys: &Keys) -> Result<Arc<flaro::Flaro>> {
    let own = flaro_settings(settings, smtp)?;
    flaro_over(open(&settings.database).await?, own, keys).await
}

/// The back office over an open database.
pub async fn flaro_over(db: Db, mut own: flaro::Settings, keys: &Keys) -> Result<Arc<flaro::Flaro>> {
    own.keys = keys.clone();
    Ok(flaro::Flaro::open(db, shell::clock(), shell::ids(), shell::random_bytes(), own).await?)
}

/// How the back office is set up.
pub fn flaro_settings(settings: &settings::Flaro, smtp: &settings::Smtp) -> Result<flaro::Settings> {
    let credential = &settings.partner_credential;
    if !credential.is_empty() && credential.chars().count() < CREDENTIAL_CHARS_MIN {
        bail!(
            "flaro.partner_credential has fewer than {CREDENTIAL_CHARS_MIN} characters; make one with `openssl rand -base64 32`"
        );
    }
    let partners = if credential.is_empty() { Vec::new() } else { vec![PartnerCredential::new("pos", credential)] };
    let url = settings.public_url.parse().with_context(|| format!("flaro.public_url \"{}\"", settings.public_url))?;
    let mut own = flaro::Settings::new(url, partners);
    own.secure_cookies = settings.secure_cookies;
    own.behind_proxy = settings.behind_proxy;
    own.smtp = mail_server(smtp)?;
    Ok(own)
}

/// Opens a database; the error says which.
pub async fn open(url: &str) -> Result<Db> {
    open_with(url, Log::Long).await
}

/// Opens a till's database: a few sales a minute, and a machine whose power goes with the shop's.
pub async fn open_till(url: &str) -> Result<Db> {
    open_with(url, Log::Short).await
}

async fn open_with(url: &str, log: Log) -> Result<Db> {
    Db::open_with(url, log).await.with_context(|| format!("opening {}", address::without_password(url)))
}

/// The free bytes of the disk this path is on; none where the system doesn't tell.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let told = rustix::fs::statvfs(path).ok()?;
    told.f_bavail.checked_mul(told.f_frsize)
}

/// Runs the head office: console, till API, delivery; its figures; its key file.
pub async fn run_pos(settings: &Settings, stop: watch::Receiver<bool>) -> Result<()> {
    let own = &settings.pos;
    let opened = keys::open(&settings.key.file, &own.database)?;
    let place = open_pos(own, &settings.support, &opened.keys).await?;
    let listener = listen(&own.listen).await?;
    let watched = Arc::clone(&place);
    let figures = move |mut page: Exposition| {
        let place = Arc::clone(&watched);
        async move {
            pos::metrics::write(&place, &mut page).await;
            page
        }
    };
    let mut parts = Parts::new(stop);
    let door = Door { listen: own.metrics_listen.clone(), token: own.metrics_token.clone() };
    let process = Process { place: "pos", folder: address::folder_of(&own.database) };
    metrics::start(door, process, figures, &mut parts).await?;
    let resealed = Arc::clone(&place);
    let key = opened.watch(async move || pos::linkage::vault::reseal(&resealed).await, parts.stop());
    start_pos(place, listener, &mut parts);
    let (ended, ()) = tokio::join!(parts.ended(), key);
    ended
}

/// Runs the back office: console, partner API, webhook; its figures; its key file.
pub async fn run_flaro(settings: &Settings, stop: watch::Receiver<bool>) -> Result<()> {
    let own = &settings.flaro;
    let opened = keys::open(&settings.key.file, &own.database)?;
    let place = open_flaro(own, &settings.smtp, &opened.keys).await?;
    let listener = listen(&own.listen).await?;
    let watched = Arc::clone(&place);
    let figures = move |mut page: Exposition| {
        let place = Arc::clone(&watched);
        async move {
            flaro::metrics::write(&place, &mut page).await;
            page
        }
    };
    let mut parts = Parts::new(stop);
    let door = Door { listen: own.metrics_listen.clone(), token: own.metrics_token.clone() };
    let process = Process { place: "flaro", folder: address::folder_of(&own.database) };
    metrics::start(door, process, figures, &mut parts).await?;
    let resealed = Arc::clone(&place);
    let key = opened.watch(async move || flaro::reseal(&resealed).await, parts.stop());
    start_flaro(place, listener, &mut parts);
    let (ended, ()) = tokio::join!(parts.ended(), key);
    ended
}

/// Serves an open head office.
pub async fn serve_pos(place: Arc<pos::Pos>, listener: TcpListener, stop: watch::Receiver<bool>) -> Result<()> {
    let mut parts = Parts::new(stop);
    start_pos(place, listener, &mut parts);
    parts.ended().await
}

fn start_pos(place: Arc<pos::Pos>, listener: TcpListener, parts: &mut Parts) {
    let (delivery, stop) = (pos::delivery::run(Arc::clone(&place), parts.stop()), parts.stop());
    parts.start("the delivery", async move { Ok(delivery.await?) });
    parts.start("the head office's pages", serve("head office", pos::server::router(place), listener, stop));
    shell::notify("READY=1");
}

/// Serves an open back office.
pub async fn serve_flaro(place: Arc<flaro::Flaro>, listener: TcpListener, stop: watch::Receiver<bool>) -> Result<()> {
    let mut parts = Parts::new(stop);
    start_flaro(place, listener, &mut parts);
    parts.ended().await
}

fn start_flaro(place: Arc<flaro::Flaro>, listener: TcpListener, parts: &mut Parts) {
    let (shared, until, stop) = (Arc::clone(&place), shell::stopped(parts.stop()), parts.stop());
    // On the heap: it lives as long as the program and is large.
    let rollups = Box::pin(flaro::run(shared, until));
    parts.start("the rollups", async move {
        rollups.await;
        Ok(())
    });
    parts.start("the back office's pages", serve("back office", flaro::server::router(place), listener, stop));
    shell::notify("READY=1");
}

/// Serves a till's screen beside its line, and watches its disk.
pub fn start_till(
    screen: &Arc<register::screen::Screen>,
    line: Arc<register::Uploader>,
    listener: TcpListener,
    parts: &mut Parts,
) {
    let (disk, watching) = (Arc::clone(screen), parts.stop());
    parts.start("the watch over the disk", async move {
        disk.watch(shell::stopped(watching)).await;
        Ok(())
    });
    let until = parts.stop();
    parts.start("the line to head office", async move {
        line.run(shell::stopped(until)).await;
        Ok(())
    });
    parts.start("the till's screen", serve("till", screen.router(), listener, parts.stop()));
    shell::notify("READY=1");
}

/// Binds an address; the error says which.
pub async fn listen(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another shime running there? Use --listen for another address")
    })
}

/// Serves until it is time to stop; requests in flight are answered first.
pub async fn serve(
    name: &'static str,
    router: Router,
    listener: TcpListener,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    tracing::info!(address = %listener.local_addr()?, "{name} listens");
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shell::stopped(stop)).await.context(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_head_office_that_cannot_deliver_ends_with_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let db = open(&format!("sqlite:{}", dir.path().join("pos.db").display())).await.unwrap();
        db.migrate(&pos::schema::migrations()).await.unwrap();
        let own = pos::Settings::new("http://127.0.0.1", "no address", "");
        let place = pos::Pos::new(db, own, shell::clock(), shell::ids(), shell::random_bytes());
        let (_asking, stop) = watch::channel(false);
        let serving = serve_pos(Arc::new(place), listen("127.0.0.1:0").await.unwrap(), stop);
        let ended = tokio::time::timeout(Duration::from_mins(1), serving).await.expect("it ends by itself");
        let said = format!("{:#}", ended.unwrap_err());
        assert!(said.starts_with("the delivery can't go on: ") && said.contains("partner_url"), "{said}");
    }

    #[test]
    fn a_back_office_that_is_no_address_is_refused_before_anything_is_opened() {
        let settings = settings::load(None, Vec::new(), Vec::new()).unwrap();
        for (wrong, why) in [("flaro.example", "no address"), ("localhost:8202", "https://"), ("", "no address")] {
            let own = settings::Pos { partner_url: wrong.to_owned(), ..settings.pos.clone() };
            let said = format!("{:#}", pos_settings(&own, &settings.support).unwrap_err());
            assert!(said.contains("pos.partner_url") && said.contains(why), "{said}");
        }
        assert!(pos_settings(&settings.pos, &settings.support).is_ok(), "the default");
    }
}
