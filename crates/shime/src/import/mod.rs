//! `shime import`: a till for a CSV of sold lines. Reads, plans, sells, uploads, asks for 過去分連携 and waits, and
//! says at each step what became of every row.

pub(crate) mod mapping;
mod plan;
mod report;
pub(crate) mod rows;
mod sell;
mod send;

use crate::{cli::ImportArgs, demo::note::Note, settings, shell, till};
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use mapping::Mapping;
use protocol::masters::Masters;
use register::{Till, Uploader};
use report::Counts;
use rows::Sheet;
use sell::Sold;
use std::path::{Path, PathBuf};

/// Runs the import.
pub async fn run(args: ImportArgs, mut settings: settings::Register) -> Result<()> {
    let mapping = Mapping::load(&args.mapping)?;
    let bytes = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let sheet = rows::read(&bytes, &mapping).with_context(|| args.file.display().to_string())?;
    let past = owner(&args, &mut settings)?;
    let (till, uploader) = till::open(&settings).await?;
    let till = till.without_roll_over();
    let masters = masters(&till, &uploader).await?;
    let days = plan::plan(&sheet.tickets, &mapping, &masters)?;
    let dates = days.keys().next().copied().zip(days.keys().next_back().copied());
    let report = args.report.clone().unwrap_or_else(|| beside(&args.file));
    say_rows(&sheet, &report)?;
    if args.dry_run {
        report::write(&report, &sheet.left_out, &[])?;
        println!(
            "dry run: nothing was sold; {} checks on {} business dates are planned",
            sheet.tickets.len(),
            days.len()
        );
        return Ok(());
    }
    let bar = bar("selling", sheet.tickets.len())?;
    let sold = sell::sell(&till, days, shell::now(), &bar).await;
    bar.finish_and_clear();
    let sold = sold?;
    report::write(&report, &sheet.left_out, &sold.conflicts)?;
    say_sold(&sold);
    if let (Some(owner), Some((from, to))) = (&past, dates) {
        send::request_past(&settings.pos_url, owner, masters.store.id, from, to).await?;
    }
    send::upload(&uploader).await?;
    if args.wait {
        send::wait(&settings).await?;
    }
    if sold.conflicts.is_empty() {
        Ok(())
    } else {
        bail!("{} tickets are in conflict: see {}", sold.conflicts.len(), report.display())
    }
}

/// Who asks for 過去分連携; with --demo also which till sells.
fn owner(args: &ImportArgs, settings: &mut settings::Register) -> Result<Option<send::Owner>> {
    if let Some(nth) = args.demo {
        let note = Note::load(&args.data)?;
        let note = note.with_context(|| format!("no demo in {}: start `shime demo` first", args.data.display()))?;
        let register = note.import_registers.get(usize::from(nth) - 1).context("the demo has no such till")?;
        settings.pos_url.clone_from(&note.pos_url);
        settings.register_id = register.to_string();
        settings.token = note.tokens.get(register).cloned().context("the demo's till has no token")?;
        settings.database = format!("sqlite:{}", args.data.join(format!("import-{nth}.db")).display());
        return Ok(Some(send::Owner { login: note.import_login, password: note.import_password }));
    }
    let Some(login) = args.past_login.clone() else { return Ok(None) };
    let password = std::env::var("SHIME_IMPORT_PASSWORD")
        .with_context(|| format!("give the password of {login} in SHIME_IMPORT_PASSWORD"))?;
    Ok(Some(send::Owner { login, password }))
}

/// The newest masters, or with the head office out of reach those the till has.
async fn masters(till: &Till, uploader: &Uploader) -> Result<Masters> {
    let pulled = uploader.pull_masters().await;
    match (till.masters(), pulled) {
        (Some(masters), Ok(_)) => Ok(masters),
        (Some(masters), Err(error)) => {
            eprintln!("the head office gives no masters now ({error}); working with version {}", masters.version);
            Ok(masters)
        }
        (None, Err(error)) => Err(error).context("the till has no masters yet"),
        (None, Ok(_)) => bail!("the head office gave no masters"),
    }
}

fn say_rows(sheet: &Sheet, report: &Path) -> Result<()> {
    let counts = Counts::of(sheet);
    if !counts.add_up() {
        bail!("the rows do not add up: {counts:?}; this is a fault of the program, nothing was sold");
    }
    let Counts { rows, sold, skipped, bad, held_back } = counts;
    println!("rows      {rows} = {sold} sold + {skipped} skipped + {bad} bad + {held_back} held back");
    println!(
        "tickets   {} whole, {} without a sale, {} held back",
        sheet.tickets.len(),
        sheet.empty_tickets,
        sheet.held_tickets
    );
    if skipped + bad + held_back > 0 {
        println!("report    {}", report.display());
    }
    Ok(())
}

fn say_sold(sold: &Sold) {
    let Sold { new, known, closed, revised, conflicts } = sold;
    println!("checks    {new} new, {known} known, {} in conflict", conflicts.len());
    println!("days      {closed} closed, {revised} revised");
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".report.csv");
    file.with_file_name(name)
}

/// A progress bar; on something that is no terminal it stays silent.
fn bar(what: &'static str, length: usize) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{prefix:9} {bar:30} {pos}/{len}  {msg}")?;
    Ok(ProgressBar::new(u64::try_from(length)?).with_style(style).with_prefix(what))
}
