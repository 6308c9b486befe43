//! What this back office itself knows of a store: 自社コード, エリア, ブランド, 営業時間. Changed here, never by the POS.

use super::Store;
use crate::{
    Flaro, FlaroError,
    audit::{self, Change, Stamp},
    days, groups,
    tenant::Viewer,
};
use db::{Tx, args};
use sales::{FlaroStoreCode, StoreId};
use web::edits::{self, Mark};

/// 36時: later than anybody closes.
const MINUTES_MAX: u16 = 36 * 60;

/// 営業時間 from Monday to Sunday, in minutes after midnight; none is 定休.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hours(pub [Option<(u16, u16)>; 7]);

/// What a form says of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Details {
    pub own_code: Option<FlaroStoreCode>,
    pub area_id: Option<String>,
    pub brand_id: Option<String>,
    pub hours: Hours,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    Done,
    Unchanged,
    Gone,
    /// Another store has this 自社コード.
    CodeTaken(String),
    Stale(Mark),
}

/// A store with all of it.
#[derive(Clone, Debug)]
pub(crate) struct Detailed {
    pub store: Store,
    pub hours: Hours,
    pub mark: Mark,
}

const HOURS: &str = "SELECT opening_hours FROM store WHERE company_id = $1 AND store_id = $2";
const TAKEN: &str = "SELECT name FROM store WHERE company_id = $1 AND own_code = $3 AND store_id <> $2";
const SAVE: &str = "UPDATE store SET own_code = $3, area_id = $4, brand_id = $5, opening_hours = $6
    WHERE company_id = $1 AND store_id = $2";

impl Hours {
    /// As it is stored.
    pub fn text(&self) -> String {
        let span = |span: &Option<(u16, u16)>| serde_json::json!(span.map(|(open, close)| [clock(open), clock(close)]));
        serde_json::Value::from(self.0.iter().map(span).collect::<Vec<_>>()).to_string()
    }

    fn read(text: &str) -> Result<Self, FlaroError> {
        let broken = |why: String| FlaroError::stored("a store's 営業時間", why);
        let spans: [Option<[String; 2]>; 7] = serde_json::from_str(text).map_err(|why| broken(why.to_string()))?;
        let mut hours = Self::default();
        for (span, slot) in spans.iter().zip(&mut hours.0) {
            if let Some([open, close]) = span {
                let read = |text: &str| minutes(text).map_err(|why| broken(why.to_owned()));
                *slot = Some((read(open)?, read(close)?));
            }
        }
        Ok(hours)
    }

    /// For people.
    pub fn words(&self) -> String {
        if *self == Self::default() {
            return "未設定".to_owned();
        }
        let day = |(name, span): (&str, &Option<(u16, u16)>)| {
            let span =
                span.map_or_else(|| "定休".to_owned(), |(open, close)| format!("{}～{}", clock(open), clock(close)));
            format!("{name} {span}")
        };
        WEEKDAYS.into_iter().zip(&self.0).map(day).collect::<Vec<_>>().join("、")
    }
}

/// From Monday on.
pub(crate) const WEEKDAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];

/// `25:30` as minutes after midnight.
pub(crate) fn minutes(typed: &str) -> Result<u16, &'static str> {
    let wrong = "11:00 のように、24時間の時刻で入力してください（深夜は 25:30）";
    let plain = web::text::digits(typed);
    let (hour, minute) = plain.split_once(':').ok_or(wrong)?;
    let number =
        |part: &str| part.parse::<u16>().ok().filter(|_| part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit()));
    let (hour, minute) = (number(hour).ok_or(wrong)?, number(minute).ok_or(wrong)?);
    let all = hour * 60 + minute;
    if minute < 60 && all <= MINUTES_MAX { Ok(all) } else { Err(wrong) }
}

/// Minutes after midnight as `25:30`.
pub(crate) fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn subject(id: StoreId) -> String {
    format!("store:{id}")
}

/// A store in sight with all of it.
pub(crate) async fn find(tx: &mut Tx, viewer: &Viewer, id: StoreId) -> Result<Option<Detailed>, FlaroError> {
    let Some(store) = days::visible_store(tx, &viewer.scope, id).await? else { return Ok(None) };
    let company = viewer.scope.company.as_str();
    let row = tx.fetch_one(HOURS, args![company, id.to_string()]).await?;
    let hours = row.opt_text("opening_hours")?.map(|text| Hours::read(&text)).transpose()?.unwrap_or_default();
    Ok(Some(Detailed { store, hours, mark: edits::mark(tx, company, &subject(id)).await? }))
}

/// Changes a store in sight. `seen` is the version the form was made from.
pub(crate) async fn save(
    flaro: &Flaro,
    viewer: &Viewer,
    id: StoreId,
    seen: i64,
    to: Details,
) -> Result<Saved, FlaroError> {
    let (stamp, now, viewer) = (Stamp::new(flaro), flaro.now(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Saved, FlaroError> {
        let company = &viewer.scope.company;
        tx.lock(&format!("stores/{}", company.as_str())).await?;
        let Some(was) = find(tx, &viewer, id).await? else { return Ok(Saved::Gone) };
        if was.mark.version != seen {
            return Ok(Saved::Stale(was.mark));
        }
        let from = details_of(&was);
        if from == to {
            return Ok(Saved::Unchanged);
        }
        let code = to.own_code.as_ref().map(ToString::to_string);
        if let Some(taken) = tx.fetch_optional(TAKEN, args![company.as_str(), id.to_string(), code.as_deref()]).await? {
            return Ok(Saved::CodeTaken(taken.text("name")?));
        }
        let row = args![
            company.as_str(),
            id.to_string(),
            code,
            to.area_id.as_deref(),
            to.brand_id.as_deref(),
            to.hours.text()
        ];
        tx.execute(SAVE, row).await?;
        let (before, after) = (words(tx, &viewer, &from).await?, words(tx, &viewer, &to).await?);
        let change = Change {
            who: viewer.who.name(),
            what: "店舗の設定を変更",
            target: &was.store.name,
            before: Some(&before),
            after: Some(&after),
        };
        audit::note(tx, company, stamp, change).await?;
        edits::touch(tx, company.as_str(), &subject(id), viewer.who.name(), now, "店舗の設定").await?;
        Ok(Saved::Done)
    };
    flaro.db.write(unit).await
}

/// As a form would say it.
pub(crate) fn details_of(was: &Detailed) -> Details {
    let store = &was.store;
    Details {
        own_code: store.own_code.clone(),
        area_id: store.area_id.clone(),
        brand_id: store.brand_id.clone(),
        hours: was.hours.clone(),
    }
}

async fn words(tx: &mut Tx, viewer: &Viewer, details: &Details) -> Result<String, FlaroError> {
    let mut names = Vec::new();
    for (kind, id) in [(groups::Kind::Area, &details.area_id), (groups::Kind::Brand, &details.brand_id)] {
        let name = match id {
            Some(id) => groups::one(tx, &viewer.scope.company, kind, id).await?.map(|group| group.name),
            None => None,
        };
        names.push(format!("{} {}", kind.label(), name.unwrap_or_else(|| "なし".to_owned())));
    }
    let code = details.own_code.as_ref().map_or("なし", FlaroStoreCode::as_str);
    Ok(format!("自社コード {code}、{}、営業時間 {}", names.join("、"), details.hours.words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_beyond_midnight_and_kept_as_they_are_shown() {
        assert_eq!(minutes("１１：００"), Ok(660));
        assert_eq!(minutes("25:30").map(clock), Ok("25:30".to_owned()));
        for wild in ["", "11", "11:60", "36:01", "a:b", "1:2:3", "+1:00", "111:00"] {
            assert!(minutes(wild).is_err(), "{wild}");
        }
        let mut hours = Hours::default();
        hours.0[5] = Some((660, 1530));
        assert_eq!(Hours::read(&hours.text()).unwrap(), hours);
        assert!(hours.words().contains("土 11:00～25:30") && hours.words().contains("月 定休"));
    }
}
