//! The reports there are: where each is, what it is called, and over what days it is asked for.

use super::{
    Asked, Report, cash, checks, closing, daily, discounts, heat, hours, last_year, media, monthly, payments, products,
    weekdays,
};
use crate::{FlaroError, reports::Behind};
use db::Tx;

/// A report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Kind {
    Daily,
    Monthly,
    Closing,
    Hours,
    Weekdays,
    LastYear,
    Products,
    Heat,
    Payments,
    Media,
    Discounts,
    Cash,
    Checks,
}

/// Which days a report is asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Days {
    One,
    Month,
    Any,
}

impl Kind {
    /// In the order of the list.
    pub const ALL: [Self; 13] = [
        Self::Daily,
        Self::Monthly,
        Self::Closing,
        Self::Hours,
        Self::Weekdays,
        Self::LastYear,
        Self::Products,
        Self::Heat,
        Self::Payments,
        Self::Media,
        Self::Discounts,
        Self::Cash,
        Self::Checks,
    ];

    /// Where it is.
    pub fn path(self) -> &'static str {
        match self {
            Self::Daily => "/reports/daily",
            Self::Monthly => "/reports/monthly",
            Self::Closing => "/reports/closing",
            Self::Hours => "/reports/hours",
            Self::Weekdays => "/reports/weekdays",
            Self::LastYear => "/reports/last-year",
            Self::Products => "/reports/products",
            Self::Heat => "/reports/product-hours",
            Self::Payments => "/reports/payments",
            Self::Media => "/reports/media",
            Self::Discounts => "/reports/discounts",
            Self::Cash => "/reports/cash",
            Self::Checks => "/reports/checks",
        }
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Daily => "売上日報",
            Self::Monthly => "売上月報",
            Self::Closing => "日次決算",
            Self::Hours => "時間帯別売上",
            Self::Weekdays => "曜日別売上",
            Self::LastYear => "前年同曜日対比",
            Self::Products => "商品別売上（ABC分析）",
            Self::Heat => "商品時間帯別売上",
            Self::Payments => "支払方法別売上",
            Self::Media => "広告媒体別売上",
            Self::Discounts => "値引・割引",
            Self::Cash => "現金過不足",
            Self::Checks => "会計明細",
        }
    }

    /// What it answers.
    pub fn about(self) -> &'static str {
        match self {
            Self::Daily => "1日の売上・客数・客単価を店舗ごとに。時間帯、支払、値引、赤伝票も",
            Self::Monthly => "1か月の売上を日ごとに",
            Self::Closing => "広告・フリーの内訳、F（原価）・L（人件費）・A・R・OとFL比率",
            Self::Hours => "どの時間に売れているか",
            Self::Weekdays => "どの曜日に売れているか",
            Self::LastYear => "364日前の同じ曜日と比べる",
            Self::Products => "売れ筋と構成比、累計70%・90%までのA・B・C",
            Self::Heat => "どの商品がどの時間に売れているかを色で",
            Self::Payments => "支払科目ごとの件数と金額",
            Self::Media => "どの広告からお客さまが来たか",
            Self::Discounts => "値引・割引ごとの回数と金額",
            Self::Cash => "精算ごとの現金在高と過不足",
            Self::Checks => "期間の会計を伝票番号・担当者・金額などで探す",
        }
    }

    /// By which days it is asked for.
    pub fn days(self) -> Days {
        match self {
            Self::Daily => Days::One,
            Self::Monthly => Days::Month,
            _ => Days::Any,
        }
    }

    /// Whether 税抜 and 税込 make a difference to it.
    pub fn is_taxed(self) -> bool {
        !matches!(self, Self::Payments | Self::Discounts | Self::Cash | Self::Checks)
    }

    /// Reads and shapes it.
    pub(super) async fn report(self, tx: &mut Tx, asked: &Asked, behind: &Behind) -> Result<Report, FlaroError> {
        match self {
            Self::Daily => daily::report(tx, asked, behind).await,
            Self::Monthly => monthly::report(tx, asked, behind).await,
            Self::Closing => closing::report(tx, asked, behind).await,
            Self::Hours => hours::report(tx, asked).await,
            Self::Weekdays => weekdays::report(tx, asked).await,
            Self::LastYear => last_year::report(tx, asked, behind).await,
            Self::Products => products::report(tx, asked).await,
            Self::Heat => heat::report(tx, asked).await,
            Self::Payments => payments::report(tx, asked).await,
            Self::Media => media::report(tx, asked).await,
            Self::Discounts => discounts::report(tx, asked).await,
            Self::Cash => cash::report(tx, asked).await,
            Self::Checks => checks::report(tx, asked).await,
        }
    }
}
