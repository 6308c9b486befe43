//! 税率: the percentage of 標準 and 軽減 from a business date on. A rate to come is added, and taken back before it
//! begins; one that has begun stays for ever, because what was sold was taxed by it.

use db::{Tx, args};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use protocol::masters::TaxRate;
use sales::TaxKind;

use crate::edits::Edited;
use crate::products::rules::tax_word;
use crate::stored::{Stored, unreadable, word_of};
use crate::{Pos, PosError, Tenant, audit, codes, masters};

const ALL: &str = "SELECT kind, from_date, percent FROM tax_rate WHERE company_id = $1
                   ORDER BY kind DESC, from_date DESC LIMIT 1000";
const ADD: &str = "INSERT INTO tax_rate (company_id, kind, from_date, percent) VALUES ($1, $2, $3, $4)";
const WITHDRAW: &str = "DELETE FROM tax_rate WHERE company_id = $1 AND kind = $2 AND from_date = $3";

/// All rates, those of one kind together, the newest first.
pub async fn all(tx: &mut Tx, tenant: &Tenant) -> Result<Vec<TaxRate>, PosError> {
    let rows = tx.fetch_all(ALL, args![tenant.as_str()]).await?;
    let read = |row: &db::Row| {
        let percent = u8::try_from(row.int("percent")?).map_err(|error| unreadable("tax_rate.percent", error))?;
        Ok(TaxRate { kind: row.word("kind")?, percent, from: row.parse("from_date")? })
    };
    rows.iter().map(read).collect()
}

/// The same, in a transaction of its own.
pub async fn list(pos: &Pos, tenant: &Tenant) -> Result<Vec<TaxRate>, PosError> {
    let tenant = tenant.clone();
    pos.db.read(async move |tx: &mut Tx| all(tx, &tenant).await).await
}

/// The percentage on a day; none for what is not taxed.
pub fn on(rates: &[TaxRate], kind: TaxKind, day: Date) -> Option<u8> {
    rates
        .iter()
        .filter(|rate| rate.kind == kind && rate.from <= day)
        .max_by_key(|rate| rate.from)
        .map(|rate| rate.percent)
}

/// Adds a rate that begins after today.
pub async fn add(pos: &Pos, tenant: &Tenant, who: &str, rate: TaxRate, zone: &TimeZone) -> Result<Edited, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    let today = zone.to_datetime(pos.now()).date();
    if rate.from <= today {
        return Ok(Edited::mistake("from", "明日以降の日付を入力してください。始まった税率は変えられません"));
    }
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Edited, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = all(tx, &tenant).await?;
            if present.iter().any(|other| (other.kind, other.from) == (rate.kind, rate.from)) {
                let says = "別の日付を入力してください（この日からの税率はすでにあります。直すときは取り消してから追加してください）";
                return Ok(Edited::mistake("from", says));
            }
            if on(&present, rate.kind, rate.from) == Some(rate.percent) {
                return Ok(Edited::mistake("percent", "その日の税率と違う税率を入力してください"));
            }
            let (kind, from) = (word_of(rate.kind), rate.from.to_string());
            tx.execute(ADD, args![tenant.as_str(), kind, from, i64::from(rate.percent)]).await?;
            audit::note(tx, &shared, &tenant, &who, "税率を追加", tax_word(rate.kind), None, Some(&words(&rate))).await?;
            masters::bump(tx, &tenant).await.map(Edited::Done)
        })
        .await
}

/// Takes back a rate that has not begun. False: there is none, or it has begun.
pub async fn withdraw(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    kind: TaxKind,
    from: Date,
    zone: &TimeZone,
) -> Result<bool, PosError> {
    let (shared, tenant, who) = (pos.clone(), tenant.clone(), who.to_owned());
    let today = zone.to_datetime(pos.now()).date();
    pos.db
        .write(async move |tx: &mut Tx| -> Result<bool, PosError> {
            codes::lock(tx, &tenant).await?;
            let present = all(tx, &tenant).await?;
            let Some(rate) = present.into_iter().find(|rate| (rate.kind, rate.from) == (kind, from) && from > today)
            else {
                return Ok(false);
            };
            tx.execute(WITHDRAW, args![tenant.as_str(), word_of(kind), from.to_string()]).await?;
            audit::note(tx, &shared, &tenant, &who, "税率を取り消し", tax_word(kind), Some(&words(&rate)), None)
                .await?;
            masters::bump(tx, &tenant).await?;
            Ok(true)
        })
        .await
}

fn words(rate: &TaxRate) -> String {
    format!("{}から {}%", web::format::date(rate.from), rate.percent)
}
