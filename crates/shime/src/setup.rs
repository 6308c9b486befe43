//! `shime setup`: a company and its first person, so that somebody can log in.

use crate::{
    cli::{SetupArgs, SetupPlace},
    keys, places,
    settings::Settings,
    shell,
};
use anyhow::{Context, Result};
use flaro::provision::{AccountPlan, CompanyPlan};
use jiff::tz::TimeZone;
use pos::{
    accounts::Role,
    masters::SettingKind,
    provision::{self, NewStore},
};
use sales::{CompanyCode, PaymentKind};

/// Makes them; what is there already stays as it is.
pub async fn run(args: SetupArgs, settings: &Settings) -> Result<()> {
    let code: CompanyCode = args.company_code.parse().context("--company-code")?;
    let password = std::env::var("SHIME_SETUP_PASSWORD").context("give the password in SHIME_SETUP_PASSWORD")?;
    match args.place {
        SetupPlace::Pos => at_pos(&args, &code, &password, settings).await,
        SetupPlace::Flaro => at_flaro(&args, &code, &password, settings).await,
    }
}

async fn at_flaro(args: &SetupArgs, code: &CompanyCode, password: &str, settings: &Settings) -> Result<()> {
    let key = keys::open(&settings.key.file, &settings.flaro.database)?;
    let flaro = places::open_flaro(&settings.flaro, &settings.smtp, &key.keys).await?;
    let administrator = AccountPlan {
        login: args.login.clone(),
        name: args.name.clone(),
        password: password.to_owned(),
        role: flaro::Role::Administrator,
        stores: None,
    };
    let plan = CompanyPlan { code: code.clone(), name: args.company_name.clone(), accounts: vec![administrator] };
    flaro::provision::provision(&flaro, &plan).await?;
    if args.support {
        flaro::provision::support(&flaro, &args.login).await?;
    }
    println!("{code} {} : {} can log in to the back office", args.company_name, args.login);
    Ok(())
}

async fn at_pos(args: &SetupArgs, code: &CompanyCode, password: &str, settings: &Settings) -> Result<()> {
    let key = keys::open(&settings.key.file, &settings.pos.database)?;
    let pos = places::open_pos(&settings.pos, &settings.support, &key.keys).await?;
    let tenant = provision::company(&pos, code, &args.company_name).await?;
    provision::account(&pos, &tenant, &args.login, &args.name, Role::CompanyAdmin, password).await?;
    provision::usual_tax_rates(&pos, &tenant).await?;
    println!("{code} {} : {} can log in to the head office", args.company_name, args.login);
    let cash = provision::payment_method(&pos, &tenant, PaymentKind::Cash, "現金").await?;
    for name in &args.store {
        let store = provision::store(&pos, &tenant, NewStore::new(name)).await?;
        let today = shell::now().to_zoned(TimeZone::get("Asia/Tokyo")?).date();
        let register = provision::register(&pos, &tenant, store, "レジ1", today).await?;
        provision::store_settings(&pos, &tenant, store, SettingKind::Payment, std::slice::from_ref(&cash)).await?;
        println!("store {store} {name} : till {register}");
    }
    Ok(())
}
