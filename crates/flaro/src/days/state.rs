//! A business day's state, derived from what is expected, what came, what is wrong with it and what was approved.
//! Received and approved are kept apart: a revision after approval is received, and shown as such.

use super::Day;
use crate::stores::{Expected, Store};
use jiff::{Timestamp, civil::Date};
use web::{
    Html,
    ui::{self, Icon, Tone},
};

/// 営業日の状態
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayState {
    /// 未着: nothing came yet; `open` while the day is under way.
    Missing { open: bool },
    /// 一部: some tills of those expected.
    Partial { came: usize, expected: usize },
    /// 受信済
    Received,
    /// 差異あり
    Differs { findings: i64 },
    /// 承認済
    Approved,
    /// 承認後変更
    ChangedAfterApproval,
    /// 休業日
    Closed,
    /// 対象外: outside the store's dates.
    Outside,
}

impl DayState {
    /// Derives the state of a store's date.
    pub fn of(store: &Store, date: Date, day: Option<&Day>, now: Timestamp) -> Self {
        if let Some((approved, _)) = day.and_then(|day| day.approved.as_ref()) {
            let same = day.is_some_and(|day| day.digest == *approved);
            return if same { Self::Approved } else { Self::ChangedAfterApproval };
        }
        if let Some(findings) = day.map(|day| day.findings).filter(|findings| *findings > 0) {
            return Self::Differs { findings };
        }
        let received: &[String] = day.map_or(&[], |day| &day.registers);
        match store.expected(date) {
            Expected::Registers(tills) => {
                let came = tills.iter().filter(|till| received.contains(&till.id.to_string())).count();
                match (came, tills.len()) {
                    (0, _) if received.is_empty() => Self::Missing { open: date >= store.today(now) },
                    (came, expected) if came < expected => Self::Partial { came, expected },
                    _ => Self::Received,
                }
            }
            _ if !received.is_empty() => Self::Received,
            Expected::Closed => Self::Closed,
            Expected::Outside => Self::Outside,
        }
    }

    /// As a filter in a URL has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Partial { .. } => "partial",
            Self::Received => "received",
            Self::Differs { .. } => "differs",
            Self::Approved => "approved",
            Self::ChangedAfterApproval => "changed",
            Self::Closed => "closed",
            Self::Outside => "outside",
        }
    }

    /// Filter and word of every state a list can be narrowed to.
    pub const FILTERS: [(&'static str, &'static str); 7] = [
        ("missing", "未着"),
        ("partial", "一部"),
        ("received", "受信済"),
        ("differs", "差異あり"),
        ("approved", "承認済"),
        ("changed", "承認後変更"),
        ("closed", "休業日"),
    ];

    /// The word.
    pub fn word(self) -> String {
        match self {
            Self::Missing { open: true } => "未着（営業中）".to_owned(),
            Self::Missing { open: false } => "未着".to_owned(),
            Self::Partial { came, expected } => format!("一部（{came}/{expected}台）"),
            Self::Received => "受信済".to_owned(),
            Self::Differs { findings } => format!("差異あり（{findings}件）"),
            Self::Approved => "承認済".to_owned(),
            Self::ChangedAfterApproval => "承認後変更".to_owned(),
            Self::Closed => "休業日".to_owned(),
            Self::Outside => "対象外".to_owned(),
        }
    }

    /// Icon and word.
    pub fn chip(self) -> Html {
        let (tone, icon) = match self {
            Self::Missing { open: true } | Self::Closed | Self::Outside => (Tone::Mute, Icon::Ring),
            Self::Missing { open: false } => (Tone::Warn, Icon::Ring),
            Self::Partial { .. } => (Tone::Warn, Icon::Half),
            Self::Received | Self::Approved => (Tone::Good, Icon::Check),
            Self::Differs { .. } => (Tone::Bad, Icon::Alert),
            Self::ChangedAfterApproval => (Tone::Warn, Icon::Warning),
        };
        ui::chip_with(tone, icon, &self.word())
    }
}
