//! What must hold of a disk, whatever happened to the machine; and the screen that goes on from there.

use crate::{
    deed::{Deed, Ledger, SALE},
    disk,
};
use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use register::{HeadOffice, Till, Uploader, screen};
use sales::{CheckId, SettlementState, Yen};
use std::{collections::BTreeSet, path::Path, sync::Arc};
use tower::ServiceExt;

/// Reads a disk with the till's own code: its chain holds, everything acknowledged is there once, nothing else is, and
/// Z numbers run without a gap.
pub async fn judge(folder: &Path, ledger: &Ledger) -> Result<(), String> {
    let till = disk::try_open(folder).await.map_err(|error| format!("it does not open: {error}"))?;
    let judged = held_against(&till, ledger).await;
    till.db().clone().close().await;
    judged
}

async fn held_against(till: &Till, ledger: &Ledger) -> Result<(), String> {
    let proof = till.verify().await.map_err(|error| format!("its journal is no proof: {error}"))?;
    let (sold, closed) = kept(till).await?;
    let (may_sell, may_close) = match &ledger.doubtful {
        Some(Deed::Sale { id, .. }) => (Some(*id), None),
        Some(Deed::Close { id, .. }) => (None, Some(*id)),
        None => (None, None),
    };
    let ids: BTreeSet<CheckId> = sold.iter().map(|(id, _)| *id).collect();
    if let Some(lost) = ledger.sales.difference(&ids).next() {
        return Err(format!("acknowledged check {lost} is missing"));
    }
    if let Some(lost) = ledger.closes.iter().find(|id| !closed.contains(id)) {
        return Err(format!("acknowledged close {lost} is missing"));
    }
    let allowed = |id: &CheckId| ledger.sales.contains(id) || may_sell == Some(*id);
    if sold.len() != ids.len() || !ids.iter().all(allowed) || proof.sales != sold.len() as u64 {
        return Err(format!("{} sales in {} entries, {} were asked for", sold.len(), proof.sales, ledger.sales.len()));
    }
    if !closed.iter().all(|id| ledger.closes.contains(id) || may_close == Some(*id)) {
        return Err(format!("{} closes, {} were asked for", closed.len(), ledger.closes.len()));
    }
    match sold.iter().find(|(_, total)| *total != Yen(SALE)) {
        Some((id, total)) => Err(format!("check {id} comes to {total}")),
        None => Ok(()),
    }
}

type Kept = (Vec<(CheckId, Yen)>, BTreeSet<sales::SettlementId>);

/// All checks with their totals, and all closed sessions; each close is right in itself.
async fn kept(till: &Till) -> Result<Kept, String> {
    let said = |error: register::TillError| error.to_string();
    let mut filed = till.settlements(1_000).await.map_err(said)?;
    filed.sort_by_key(|settlement| settlement.z_number);
    for (nth, settlement) in filed.iter().enumerate() {
        let right = settlement.z_number as usize == nth + 1
            && (settlement.revision, settlement.state) == (1, SettlementState::Closed)
            && settlement.over_short == Some(Yen::ZERO);
        if !right {
            return Err(format!("close {} of {}: {settlement:?}", nth + 1, filed.len()));
        }
        till.settlement(settlement.id).await.map_err(said)?;
    }
    let closed: BTreeSet<_> = filed.iter().map(|settlement| settlement.id).collect();
    let mut sold = Vec::new();
    let open = till.open_sessions().await.map_err(said)?;
    for id in closed.iter().copied().chain(open.iter().map(|session| session.id)) {
        sold.extend(till.checks(id).await.map_err(said)?.into_iter().map(|check| (check.id, check.total)));
    }
    Ok((sold, closed))
}

/// Starts a till on a disk and repeats what had no answer, with its own keys, until everything is done.
pub async fn go_on(folder: &Path, cookie: &str, deeds: &mut [Deed], ledger: &mut Ledger) -> Result<(), String> {
    let till = disk::try_open(folder).await.map_err(|error| format!("it does not open again: {error}"))?;
    let done = repeat(&till, cookie, deeds, ledger).await;
    till.db().clone().close().await;
    done
}

async fn repeat(till: &Till, cookie: &str, deeds: &mut [Deed], ledger: &mut Ledger) -> Result<(), String> {
    let office = HeadOffice::new("http://127.0.0.1:9".parse().unwrap(), "a-token".parse().unwrap());
    let uploader = Arc::new(Uploader::new(till.clone(), &office, disk::clock()).unwrap());
    let settings = screen::Settings {
        secure_cookies: false,
        segments: Vec::new(),
        discount_percent_max: 30,
        disk: None,
        disk_low_below: 0,
    };
    let router = screen::Screen::new(till.clone(), uploader, disk::clock(), settings).router();
    for deed in deeds {
        for request in deed.requests().into_iter().skip(*deed.done()) {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.fields).finish();
            let sent = Request::builder()
                .method("POST")
                .uri(&request.path)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::COOKIE, cookie)
                .header("sec-fetch-site", "same-origin");
            let sent = if request.leads_to.is_none() { sent.header("x-part", "1") } else { sent };
            let answer = router.clone().oneshot(sent.body(Body::from(body)).unwrap()).await.unwrap();
            let leads = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
            let right = match (&request.leads_to, &leads) {
                (None, None) => answer.status().is_success(),
                (Some(wanted), Some(leads)) => leads.starts_with(wanted.as_str()),
                _ => false,
            };
            if !right {
                let status = answer.status();
                let text = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
                let text = String::from_utf8_lossy(&text).into_owned();
                return Err(format!("{} asked again: {status} {leads:?} {text}", request.path));
            }
            *deed.done() += 1;
        }
        ledger.acknowledge(deed);
    }
    Ok(())
}
