//! A store as its form holds it, and the words in which a change of it is told.

use db::{Row, Tx, args};
use sales::{DayRule, RegistrationNumber, Rounding, StoreId, TaxMode};

use crate::stored::{Stored, unreadable};
use crate::{PosError, Tenant};

/// What can be changed about a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// 店舗名
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// 日付切替時刻 `HH:MM`
    pub cut_over: String,
    /// 内税 or 外税
    pub tax_mode: TaxMode,
    /// 端数処理
    pub rounding: Rounding,
    /// 登録番号
    pub registration_number: Option<RegistrationNumber>,
    /// 表示順, from 1.
    pub position: i64,
}

/// The most characters of a store's name.
pub const NAME_CHARACTERS_MAX: usize = 60;

const ONE: &str = "SELECT name, zone, cut_over, tax_mode, rounding, registration_number, position
                   FROM store WHERE company_id = $1 AND store_id = $2";

/// One store; none where the company has no such.
pub async fn read(tx: &mut Tx, tenant: &Tenant, store: StoreId) -> Result<Option<Details>, PosError> {
    let row = tx.fetch_optional(ONE, args![tenant.as_str(), store.to_string()]).await?;
    row.as_ref().map(details).transpose()
}

fn details(row: &Row) -> Result<Details, PosError> {
    let (zone, cut_over) = (row.text("zone")?, row.text("cut_over")?);
    DayRule::new(&zone, &cut_over).map_err(|error| unreadable("store.zone", error))?;
    Ok(Details {
        name: row.text("name")?,
        zone,
        cut_over,
        tax_mode: row.word("tax_mode")?,
        rounding: row.word("rounding")?,
        registration_number: row.opt_parse("registration_number")?,
        position: row.int("position")?,
    })
}

/// A time of day as it is kept, `05:00`, out of `5:00` or full-width digits.
pub fn cut_over(typed: &str) -> Result<String, String> {
    let plain = web::text::digits(typed);
    let time = plain.split_once(':').and_then(|(hour, minute)| {
        let plain = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let small = |text: &str, max: u8| text.parse::<u8>().ok().filter(|n| plain(text) && *n <= max);
        (minute.len() == 2).then_some(())?;
        Some((small(hour, 23)?, small(minute, 59)?))
    });
    let wrong = "日付切替時刻は 05:00 のように、00:00 から 23:59 までの時刻で入力してください";
    time.map(|(hour, minute)| format!("{hour:02}:{minute:02}")).ok_or_else(|| wrong.to_owned())
}

/// 内税 or 外税
pub fn tax_mode(mode: TaxMode) -> &'static str {
    match mode {
        TaxMode::Included => "内税",
        TaxMode::Added => "外税",
    }
}

/// 端数処理
pub fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Down => "切捨",
        Rounding::HalfUp => "四捨五入",
        Rounding::Up => "切上",
    }
}

impl Details {
    /// Label and value of everything.
    fn values(&self) -> [(&'static str, String); 7] {
        [
            ("店舗名", self.name.clone()),
            ("タイムゾーン", self.zone.clone()),
            ("日付切替時刻", self.cut_over.clone()),
            ("税の計算", tax_mode(self.tax_mode).to_owned()),
            ("端数処理", rounding(self.rounding).to_owned()),
            ("登録番号", self.registration_number.as_ref().map_or_else(|| "なし".to_owned(), ToString::to_string)),
            ("表示順", self.position.to_string()),
        ]
    }

    /// Everything in words, for a store that is new.
    pub fn words(&self) -> String {
        told(self.values())
    }

    /// What differs, and it before and after, in words. Nothing when nothing does.
    pub fn difference(&self, to: &Self) -> Option<Difference> {
        let pairs = self.values().into_iter().zip(to.values()).filter(|(from, to)| from != to);
        let (from, to): (Vec<_>, Vec<_>) = pairs.unzip();
        let what = to.iter().map(|(label, _)| *label).collect::<Vec<_>>().join("・");
        (!what.is_empty()).then(|| Difference { what, before: told(from), after: told(to) })
    }
}

/// A change in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `店舗名・日付切替時刻`
    pub what: String,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

fn told(values: impl IntoIterator<Item = (&'static str, String)>) -> String {
    values.into_iter().map(|(label, value)| format!("{label}：{value}")).collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_over_is_read_as_people_write_it() {
        for (typed, kept) in [("5:00", "05:00"), ("０５：３０", "05:30"), ("23:59", "23:59")] {
            assert_eq!(cut_over(typed).as_deref(), Ok(kept), "{typed}");
        }
        for typed in ["", "5", "24:00", "5:60", "5:0", "05:00:00", "+5:00"] {
            assert!(cut_over(typed).unwrap_err().contains("05:00"), "{typed}");
        }
    }

    #[test]
    fn a_difference_tells_only_what_differs() {
        let from = Details {
            name: "本店".to_owned(),
            zone: "Asia/Tokyo".to_owned(),
            cut_over: "05:00".to_owned(),
            tax_mode: TaxMode::Included,
            rounding: Rounding::Down,
            registration_number: None,
            position: 1,
        };
        assert_eq!(from.difference(&from.clone()), None);
        let to = Details { cut_over: "06:00".to_owned(), rounding: Rounding::Up, ..from.clone() };
        let told = from.difference(&to).unwrap();
        assert_eq!(told.what, "日付切替時刻・端数処理");
        assert_eq!(told.before, "日付切替時刻：05:00、端数処理：切捨");
        assert_eq!(told.after, "日付切替時刻：06:00、端数処理：切上");
    }
}
