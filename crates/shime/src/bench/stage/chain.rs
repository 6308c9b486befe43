//! A chain at the head office, linked, with a till in every store; through the place's own functions, before any process
//! has its database.

use super::{Plan, Till};
use crate::{bench::payload::FIRST_DAY, places, settings};
use anyhow::{Context, Result, bail};
use db::Keys;
use jiff::{Timestamp, tz::TimeZone};
use pos::{
    Pos, Tenant, linkage,
    provision::{self, NewStore},
    store_link::{
        rules::Typed,
        save::{Saved, save},
    },
    tokens,
};
use sales::CompanyCode;
use std::{process::Stdio, sync::Arc};
use tokio::task::JoinSet;

const COMPANY: &str = "0077777";
const COMPANY_NAME: &str = "計測株式会社";
/// Who logs in at the back office.
pub const ADMINISTRATOR: &str = "bench@bench.example";
/// Their password, for the time of a run.
pub const PASSWORD: &str = "shime-bench-2026";
const WHO: &str = "計測";
/// Stores made at a time: they share commits.
const AT_ONCE: usize = 16;

/// Makes the chain and links it.
pub async fn make(settings: &settings::Pos, support: &settings::Support, keys: &Keys, plan: Plan) -> Result<Vec<Till>> {
    let place = places::open_pos(settings, support, keys).await?;
    // Linked since the first business date there will be.
    let first = midday()?;
    let place = Arc::new(Pos { clock: Arc::new(move || first), ..(*place).clone() });
    let tenant = provision::company(&place, &code()?, COMPANY_NAME).await?;
    let mut made = Vec::new();
    for from in (0..plan.stores).step_by(AT_ONCE) {
        made.extend(stores(&place, &tenant, from..(from + AT_ONCE).min(plan.stores)).await?);
    }
    made.sort_by_key(|(number, ..)| *number);
    link(&place, &tenant, &made).await?;
    if plan.held {
        linkage::set_held(&place, &tenant, WHO, true).await?;
    }
    place.db.clone().close().await;
    Ok(made.into_iter().map(|(.., till)| till).collect())
}

type Made = (usize, sales::StoreId, Till);

async fn stores(place: &Arc<Pos>, tenant: &Tenant, numbers: std::ops::Range<usize>) -> Result<Vec<Made>> {
    let mut making = JoinSet::new();
    for number in numbers {
        let (place, tenant) = (place.clone(), tenant.clone());
        making.spawn(async move {
            let store = provision::store(&place, &tenant, NewStore::new(format!("計測{number}号店"))).await?;
            let register = provision::register(&place, &tenant, store, "レジ1", FIRST_DAY).await?;
            let token = tokens::issue(&place, &tenant, register, WHO).await?;
            Ok::<_, pos::PosError>((number, store, Till { register, store, token }))
        });
    }
    let mut made = Vec::new();
    while let Some(one) = making.join_next().await {
        made.push(one.context("making stores broke down")??);
    }
    Ok(made)
}

async fn link(place: &Pos, tenant: &Tenant, made: &[Made]) -> Result<()> {
    linkage::start::start(place, tenant, WHO, false).await.context("starting the linkage")?;
    let row = |(number, store, _): &Made| Typed {
        store_id: *store,
        version: None,
        code: format!("{:010}", number + 1),
        start: FIRST_DAY.to_string(),
        end: "2099-12-31".to_owned(),
        enabled: true,
    };
    match save(place, tenant, WHO, None, made.iter().map(row).collect()).await? {
        Saved::Done(_) => Ok(()),
        refused => bail!("the stores could not be linked: {refused:?}"),
    }
}

/// The company at the back office, by the command that an operator uses.
pub async fn company_at_flaro(env: &[(&'static str, String)]) -> Result<()> {
    let mut setup = tokio::process::Command::new(std::env::current_exe()?);
    setup.args(["setup", "flaro", "--company-code", COMPANY, "--company-name", COMPANY_NAME]);
    setup.args(["--login", ADMINISTRATOR]).envs(env.iter().map(|(name, value)| (*name, value)));
    setup.env("SHIME_SETUP_PASSWORD", PASSWORD).stdin(Stdio::null());
    let output = setup.output().await.context("setting up the back office")?;
    if !output.status.success() {
        bail!("setting up the back office: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn code() -> Result<CompanyCode> {
    Ok(COMPANY.parse()?)
}

fn midday() -> Result<Timestamp> {
    Ok(FIRST_DAY.at(12, 0, 0, 0).to_zoned(TimeZone::get("Asia/Tokyo")?)?.timestamp())
}
