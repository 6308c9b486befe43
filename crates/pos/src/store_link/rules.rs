//! The rules of 登録, judged over all rows of the form at once. Pure.
//!
//! A rule applies to the values that change: an old 連携開始日 doesn't block another edit. Nothing passes unless
//! everything passes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use sales::{FlaroStoreCode, StoreId};
use web::{format, text};

use super::StoreLink;

/// One row of the form, as it was typed.
#[derive(Clone, Debug)]
pub struct Typed {
    /// 店舗
    pub store_id: StoreId,
    /// The version the form was made from; none: whatever it is now.
    pub version: Option<i64>,
    /// FLARO店舗コード
    pub code: String,
    /// 連携開始日
    pub start: String,
    /// 連携終了日
    pub end: String,
    /// 連携状態
    pub enabled: bool,
}

/// A field of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// FLARO店舗コード
    Code,
    /// 連携開始日
    Start,
    /// 連携終了日
    End,
    /// 連携状態
    Enabled,
}

/// What is wrong with a field; the message starts with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The row.
    pub store_id: StoreId,
    /// The field.
    pub column: Column,
    /// In Japanese.
    pub message: String,
}

/// The values of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// FLARO店舗コード
    pub code: Option<FlaroStoreCode>,
    /// 連携開始日
    pub start: Option<Date>,
    /// 連携終了日
    pub end: Option<Date>,
    /// 連携状態
    pub enabled: bool,
}

/// A row that changes, from what to what.
#[derive(Clone, Debug)]
pub struct Change {
    /// As it is.
    pub from: StoreLink,
    /// As it will be.
    pub to: Values,
}

/// Judges the form against what is stored. Rows that don't change are left out of the answer.
pub fn check(current: &[StoreLink], typed: &[Typed], now: Timestamp) -> Result<Vec<Change>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut rows: BTreeMap<StoreId, Values> = current.iter().map(|link| (link.store_id, link.values())).collect();
    for row in typed {
        let Some(link) = current.iter().find(|link| link.store_id == row.store_id) else { continue };
        let mut judge = Judge { link, mistakes: &mut mistakes };
        if let Some(values) = judge.read(row) {
            judge.dates(&values, now);
            judge.complete(&values);
            rows.insert(row.store_id, values);
        }
    }
    twins(current, &rows, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let changed = current.iter().filter_map(|link| {
        let to = rows.remove(&link.store_id)?;
        (to != link.values()).then(|| Change { from: link.clone(), to })
    });
    Ok(changed.collect())
}

struct Judge<'a> {
    link: &'a StoreLink,
    mistakes: &'a mut Vec<Mistake>,
}

impl Judge<'_> {
    fn mistake(&mut self, column: Column, message: impl Into<String>) {
        self.mistakes.push(Mistake { store_id: self.link.store_id, column, message: message.into() });
    }

    /// The typed values; none when one of them can't be read at all.
    fn read(&mut self, row: &Typed) -> Option<Values> {
        let code = self.blank_or(Column::Code, &row.code, |code| code.parse().map_err(|e| format!("{e}")));
        let read_date = |label: &'static str| {
            move |typed: &str| {
                text::date(typed).ok_or_else(|| format!("{label}は 2026/11/01 のように、ある日付を入力してください"))
            }
        };
        let start = self.blank_or(Column::Start, &row.start, read_date("連携開始日"));
        let end = self.blank_or(Column::End, &row.end, read_date("連携終了日"));
        Some(Values { code: code.ok()?, start: start.ok()?, end: end.ok()?, enabled: row.enabled })
    }

    /// A blank field is no value; `Err`: it can't be read, and that is noted.
    fn blank_or<T>(
        &mut self,
        column: Column,
        typed: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ()> {
        if text::narrow(typed).is_empty() {
            return Ok(None);
        }
        read(typed).map(Some).map_err(|message| self.mistake(column, message))
    }

    fn dates(&mut self, to: &Values, now: Timestamp) {
        let today = self.link.today(now);
        let shown = format::date(today);
        let (new_start, new_end) = (to.start != self.link.start, to.end != self.link.end);
        if new_start && to.start.is_some_and(|start| start < today) {
            self.mistake(Column::Start, format!("連携開始日は本日（{shown}）以降の日付を入力してください"));
        }
        if new_end && to.end.is_some_and(|end| end <= today) {
            self.mistake(Column::End, format!("連携終了日は本日（{shown}）より後の日付を入力してください"));
        } else if (new_start || new_end) && to.start.zip(to.end).is_some_and(|(start, end)| end < start) {
            self.mistake(Column::End, "連携終了日は連携開始日以降の日付を入力してください");
        }
    }

    fn complete(&mut self, to: &Values) {
        if !to.enabled {
            return;
        }
        let needed = [
            (to.code.is_none(), Column::Code, "連携状態をオンにするには、FLARO店舗コードを入力してください"),
            (to.start.is_none(), Column::Start, "連携状態をオンにするには、連携開始日を入力してください"),
            (to.end.is_none(), Column::End, "連携状態をオンにするには、連携終了日を入力してください"),
        ];
        for (missing, column, message) in needed {
            if missing {
                self.mistake(column, message);
            }
        }
    }
}

/// One code belongs to one store: judged over the rows as they will be, so that two stores may swap.
fn twins(current: &[StoreLink], rows: &BTreeMap<StoreId, Values>, mistakes: &mut Vec<Mistake>) {
    let mut owners = BTreeMap::<&FlaroStoreCode, Vec<&StoreLink>>::new();
    for link in current {
        if let Some(code) = rows.get(&link.store_id).and_then(|values| values.code.as_ref()) {
            owners.entry(code).or_default().push(link);
        }
    }
    for (code, links) in owners.into_iter().filter(|(_, links)| links.len() > 1) {
        for link in &links {
            let others = links.iter().filter(|other| other.store_id != link.store_id);
            let names: Vec<&str> = others.map(|other| other.store_name.as_str()).collect();
            let message = format!("別のコードを入力してください（{code} は「{}」と同じです）", names.join("」「"));
            mistakes.push(Mistake { store_id: link.store_id, column: Column::Code, message });
        }
    }
}

impl StoreLink {
    /// What 登録 can change.
    pub fn values(&self) -> Values {
        Values { code: self.code.clone(), start: self.start, end: self.end, enabled: self.enabled }
    }
}

impl Change {
    /// Which fields change, in words: `FLARO店舗コード・連携状態`.
    pub fn what(&self) -> String {
        let (from, to) = (self.from.values(), &self.to);
        let fields = [
            (from.code != to.code, "FLARO店舗コード"),
            (from.start != to.start, "連携開始日"),
            (from.end != to.end, "連携終了日"),
            (from.enabled != to.enabled, "連携状態"),
        ];
        fields.into_iter().filter(|(differs, _)| *differs).map(|(_, word)| word).collect::<Vec<_>>().join("・")
    }
}

impl Values {
    /// In words, for 変更履歴.
    pub fn words(&self) -> String {
        let date = |date: Option<Date>| date.map_or("―".to_owned(), format::date);
        format!(
            "コード {}、開始 {}、終了 {}、{}",
            self.code.as_ref().map_or("―", FlaroStoreCode::as_str),
            date(self.start),
            date(self.end),
            if self.enabled { "オン" } else { "オフ" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use uuid::Uuid;

    fn link(n: u128, code: &str, start: Option<Date>, end: Option<Date>, enabled: bool) -> StoreLink {
        StoreLink {
            store_id: StoreId(Uuid::from_u128(n)),
            store_name: format!("{n}号店"),
            zone: TimeZone::get("Asia/Tokyo").unwrap(),
            cut_over: "05:00".into(),
            registers: 1,
            code: code.parse().ok(),
            start,
            end,
            enabled,
            version: 1,
            updated_by: String::new(),
            updated_at: Timestamp::UNIX_EPOCH,
            updated_what: String::new(),
        }
    }

    fn typed(n: u128, code: &str, start: &str, end: &str, enabled: bool) -> Typed {
        let [code, start, end] = [code, start, end].map(ToOwned::to_owned);
        Typed { store_id: StoreId(Uuid::from_u128(n)), version: None, code, start, end, enabled }
    }

    /// 22 November in Tokyo, 21 November in UTC.
    fn now() -> Timestamp {
        "2026-11-21T16:00:00Z".parse().unwrap()
    }

    fn refused(current: &[StoreLink], row: Typed) -> Vec<(Column, String)> {
        let mistakes = check(current, &[row], now()).unwrap_err();
        mistakes.into_iter().map(|mistake| (mistake.column, mistake.message)).collect()
    }

    #[test]
    fn every_refusal_stands_beside_its_field() {
        let new = [link(1, "", None, None, false)];
        let only = |row: Typed, column, words: &str| {
            let found = refused(&new, row);
            assert!(found.len() == 1 && found[0].0 == column && found[0].1.contains(words), "{found:?}");
        };
        only(typed(1, "10000000102", "", "", false), Column::Code, "数字10桁以内で入力してください（いま11桁です）");
        only(typed(1, "12a", "", "", false), Column::Code, "数字だけ");
        only(typed(1, "1", "2026/02/30", "", false), Column::Start, "ある日付");
        only(typed(1, "1", "2026/11/21", "", false), Column::Start, "本日（2026/11/22）以降");
        only(typed(1, "1", "", "2026/11/22", false), Column::End, "より後");
        only(typed(1, "1", "2026/12/02", "2026/12/01", false), Column::End, "連携開始日以降");
        only(typed(1, "", "2026/11/22", "2026/12/31", true), Column::Code, "オンにするには");
        only(typed(1, "1", "", "2026/12/31", true), Column::Start, "オンにするには");
        only(typed(1, "1", "2026/11/22", "", true), Column::End, "オンにするには");
    }

    #[test]
    fn what_is_whole_passes_and_full_width_is_read() {
        let new = [link(1, "", None, None, false)];
        let changes = check(&new, &[typed(1, "００１", "２０２６/11/22", "2099/12/31", true)], now()).unwrap();
        let to = &changes[0].to;
        assert_eq!(to.code.as_ref().unwrap().as_str(), "001");
        assert_eq!((to.start, to.end), (Some(date(2026, 11, 22)), Some(date(2099, 12, 31))));
        assert_eq!(changes[0].what(), "FLARO店舗コード・連携開始日・連携終了日・連携状態");
    }

    #[test]
    fn values_that_stay_are_not_judged_again() {
        let old = [link(1, "1", Some(date(2026, 1, 1)), Some(date(2026, 6, 30)), true)];
        let renamed = check(&old, &[typed(1, "2", "2026/01/01", "2026/06/30", true)], now()).unwrap();
        assert_eq!(renamed.len(), 1);
        assert_eq!(check(&old, &[typed(1, "1", "2026/01/01", "2026/06/30", true)], now()).unwrap().len(), 0);
        let longer = check(&old, &[typed(1, "1", "2026/01/01", "2026/11/23", true)], now()).unwrap();
        assert_eq!(longer[0].what(), "連携終了日");
    }

    #[test]
    fn a_code_belongs_to_one_store_but_two_may_swap() {
        let both = [link(1, "101", None, None, false), link(2, "102", None, None, false)];
        let mistakes = check(&both, &[typed(1, "102", "", "", false)], now()).unwrap_err();
        assert_eq!(mistakes.len(), 2);
        assert!(mistakes[0].message.contains("「2号店」"), "{mistakes:?}");
        let swapped = check(&both, &[typed(1, "102", "", "", false), typed(2, "101", "", "", false)], now()).unwrap();
        assert_eq!(swapped.len(), 2);
        let zeros = check(&both, &[typed(1, "0102", "", "", false)], now());
        assert_eq!(zeros.unwrap().len(), 1, "leading zeros are significant");
    }
}
