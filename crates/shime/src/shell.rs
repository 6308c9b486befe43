//! The outermost shell: the only place that asks the machine for the time and for randomness, the log, and the
//! signal to stop. Everything further in gets them as parameters.

use crate::settings::{Log, LogFormat};
use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use std::{
    ffi::OsStr,
    io::IsTerminal as _,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    },
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

/// The machine's clock, to the millisecond: what is stored in milliseconds reads back the same.
#[allow(clippy::disallowed_methods, reason = "this is the shell that the others get their time from")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The clock as a parameter.
pub fn clock() -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    Arc::new(now)
}

/// The time since the machine was switched on, asleep or not, as a parameter: nobody can set it.
pub fn ticks() -> register::Ticks {
    Arc::new(|| {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(u64::try_from(since.tv_sec).unwrap_or(0), u32::try_from(since.tv_nsec).unwrap_or(0))
    })
}

/// A new id: UUIDs of version 7, so that ids made later sort later.
#[allow(clippy::disallowed_methods, reason = "this is the shell that the others get their randomness from")]
pub fn id() -> Uuid {
    Uuid::now_v7()
}

/// Ids as a parameter.
pub fn ids() -> Arc<dyn Fn() -> Uuid + Send + Sync> {
    Arc::new(id)
}

/// Starts logging to standard error.
pub fn log(settings: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&settings.filter).with_context(|| format!("log filter \"{}\"", settings.filter))?;
    // Colours are for a person who looks on, not for a file or a journal.
    let colours = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match settings.format {
        LogFormat::Text => builder.with_target(true).try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(|error| anyhow!("logging: {error}"))
}

/// Becomes true when the process is asked to stop (Ctrl-C or SIGTERM).
pub fn stop_signal() -> Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        notify("STOPPING=1");
        sender.send_replace(true);
    });
    Ok(receiver)
}

/// Tells the service manager how this process stands (`READY=1`, `STOPPING=1`); where none asked, nobody is told.
pub fn notify(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = notified(&socket, state) {
        tracing::warn!(state, %error, "the service manager was not told");
    }
}

fn notified(address: &OsStr, state: &str) -> std::io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    match address.as_bytes().strip_prefix(b"@") {
        Some(name) => socket.send_to_addr(state.as_bytes(), &SocketAddr::from_abstract_name(name)?)?,
        None => socket.send_to(state.as_bytes(), address)?,
    };
    Ok(())
}

/// Resolves when it is time to stop.
pub async fn stopped(mut stop: watch::Receiver<bool>) {
    // The sender lives as long as the process; should it be gone, stopping is right too.
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::warn!("the stop signal is gone");
    }
}

/// Unguessable bytes as a parameter, from the operating system.
pub fn random_bytes() -> Arc<dyn Fn() -> [u8; 32] + Send + Sync> {
    use ring::rand::{SecureRandom, SystemRandom};
    let system = SystemRandom::new();
    Arc::new(move || {
        let mut bytes = [0; 32];
        system.fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    })
}
