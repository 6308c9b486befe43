//! Sending what was sold: the till's own upload, 過去分連携 in the name of a 企業管理者, and waiting until the back
//! office has it and both ends agree.

use crate::settings;
use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use protocol::{progress::RegisterProgress, refusal::Refusal};
use register::{Step, Uploader};
use sales::StoreId;
use std::time::Duration;

/// A 企業管理者.
pub struct Owner {
    /// Log-in
    pub login: String,
    /// Password
    pub password: String,
}

/// How long to pause before the head office is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// Uploads until nothing waits, through any outage of the head office.
pub async fn upload(uploader: &Uploader) -> Result<()> {
    let bar = super::bar("uploading", 0)?;
    let mut told = false;
    loop {
        let waiting = uploader.status().await?.waiting;
        bar.set_length(bar.position() + waiting);
        match uploader.step().await? {
            Step::Idle => break,
            Step::Sent | Step::Rechained => bar.inc(waiting.saturating_sub(uploader.status().await?.waiting)),
            Step::Failed { reason, .. } => {
                if !told {
                    eprintln!("the head office is not there: {reason}. Everything is kept; this goes on by itself");
                    told = true;
                }
                tokio::time::sleep(ASK_AGAIN).await;
            }
            Step::Refused { reason } => bail!("the head office refuses this till: {reason}. Everything is kept"),
        }
    }
    bar.finish_and_clear();
    println!("uploaded  everything, with receipt");
    Ok(())
}

/// Asks for 過去分連携 of the imported days.
pub async fn request_past(pos_url: &str, owner: &Owner, store: StoreId, from: Date, to: Date) -> Result<()> {
    let body = serde_json::json!({ "store_id": store, "from": from, "to": to });
    let url = format!("{}/api/v1/past-linkages", pos_url.trim_end_matches('/'));
    let mut told = false;
    let answer = loop {
        let request = client()?.post(&url).basic_auth(&owner.login, Some(&owner.password)).json(&body);
        match request.send().await {
            Ok(answer) if answer.status().is_server_error() => {}
            Ok(answer) => break answer,
            Err(_) if !told => {
                eprintln!("the head office is not there; 過去分連携 is asked for as soon as it is");
                told = true;
            }
            Err(_) => {}
        }
        tokio::time::sleep(ASK_AGAIN).await;
    };
    if answer.status().is_success() {
        println!("past      {from} to {to} asked for (過去分連携)");
        return Ok(());
    }
    let status = answer.status();
    let refusal: Refusal = answer.json().await.with_context(|| format!("過去分連携 was answered {status}"))?;
    bail!("過去分連携 was refused ({status}): {}", refusal.error.message)
}

/// Waits until every settlement of the till is delivered and its days compared.
pub async fn wait(settings: &settings::Register) -> Result<()> {
    let bar = super::bar("arriving", 0)?;
    let url = format!("{}/api/v1/registers/{}/progress", settings.pos_url.trim_end_matches('/'), settings.register_id);
    let progress = loop {
        if let Some(progress) = ask(&url, &settings.token).await? {
            bar.set_length(u64::try_from(progress.settlements)?);
            bar.set_position(u64::try_from(progress.delivered)?);
            bar.set_message(format!("{} days compared", progress.days_agreed));
            if progress.is_settled() {
                break progress;
            }
        }
        tokio::time::sleep(ASK_AGAIN).await;
    };
    bar.finish_and_clear();
    let RegisterProgress { settlements, delivered, needs_attention, days, days_agreed, days_differing, .. } = progress;
    println!("delivered {delivered} of {settlements} settlements, {needs_attention} need attention (要対応)");
    println!("compared  {days_agreed} of {days} days agree (照合済), {days_differing} differ (差異あり)");
    if needs_attention + days_differing > 0 {
        bail!("not everything arrived as it was sent: see 連携状況");
    }
    Ok(())
}

async fn ask(url: &str, token: &str) -> Result<Option<RegisterProgress>> {
    match client()?.get(url).bearer_auth(token).send().await {
        Ok(answer) if answer.status().is_success() => Ok(Some(answer.json().await?)),
        Ok(answer) if answer.status().is_client_error() => bail!("the head office answers {}", answer.status()),
        Ok(_) | Err(_) => Ok(None),
    }
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .build()?)
}
