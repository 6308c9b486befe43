//! The binary: command line, settings, wiring. No rule of the business lives here.

mod address;
mod backup;
mod bench;
mod cli;
mod demo;
#[cfg(test)]
mod fuzzed;
mod import;
mod keys;
mod metrics;
mod parts;
mod places;
mod restore;
mod settings;
mod setup;
mod shell;
mod till;

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use cli::{Cli, Command, Place};
use settings::Settings;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shime: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<()> {
    let mut settings = settings::load(cli.config.as_deref(), environment()?, cli.overrides())?;
    if matches!(cli.command, Command::Demo(_) | Command::Import(_) | Command::Bench(_)) && settings.log.filter == "info"
    {
        // Their terminal is for what they tell people; what goes wrong still shows.
        "warn".clone_into(&mut settings.log.filter);
    }
    shell::log(&settings.log)?;
    rustls::crypto::ring::default_provider().install_default().map_err(|_| anyhow!("TLS could not be set up"))?;
    match cli.command {
        Command::Demo(args) => demo::run(args, settings, shell::stop_signal()?).await,
        Command::Pos(_) => places::run_pos(&settings, shell::stop_signal()?).await,
        Command::Flaro(_) => places::run_flaro(&settings, shell::stop_signal()?).await,
        Command::Register(_) => till::run(&settings.register, shell::stop_signal()?).await,
        Command::Import(args) => import::run(args, settings.register).await,
        Command::Migrate(args) => migrate(args.place, &settings).await,
        Command::Setup(args) => setup::run(args, &settings).await,
        Command::Backup(args) => backup::run(args, &settings).await,
        Command::Restore(args) => restore::run(args, &settings).await,
        Command::Keys(args) => keys::run(args, &settings),
        Command::Bench(args) => bench::run(args, settings).await,
        Command::Config => {
            print!("{}", settings::DEFAULTS);
            Ok(())
        }
    }
}

/// The program's own variables. Others may hold what is no text, and are none of its business.
fn environment() -> Result<Vec<(String, String)>> {
    let own = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    own.filter(|(name, _)| name.starts_with("SHIME_"))
        .map(|(name, value)| match value.into_string() {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(anyhow!("{name} is not UTF-8")),
        })
        .collect()
}

async fn migrate(place: Place, settings: &Settings) -> Result<()> {
    let (url, migrations) = match place {
        Place::Pos => (&settings.pos.database, pos::schema::migrations()),
        Place::Flaro => (&settings.flaro.database, flaro::migrations()),
        Place::Register => (&settings.register.database, register::migrations()),
    };
    let db = places::open(url).await?;
    db.migrate(&migrations).await.context("migrating")?;
    db.close().await;
    println!("up to date");
    Ok(())
}
