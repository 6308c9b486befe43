//! What can be measured.

use crate::rollup::{Figures, Part};

/// A measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Net,
    Tax,
    Total,
    Guests,
    Checks,
    PerGuest,
    Quantity,
    Gross,
    Discounts,
    Cost,
    Margin,
    Voids,
    Count,
    Paid,
}

impl Measure {
    /// In the order of the form.
    pub const ALL: [Self; 14] = [
        Self::Net,
        Self::Tax,
        Self::Total,
        Self::Guests,
        Self::Checks,
        Self::PerGuest,
        Self::Quantity,
        Self::Gross,
        Self::Discounts,
        Self::Cost,
        Self::Margin,
        Self::Voids,
        Self::Count,
        Self::Paid,
    ];

    /// As a URL and the API have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Tax => "tax",
            Self::Total => "total",
            Self::Guests => "guests",
            Self::Checks => "checks",
            Self::PerGuest => "net_per_guest",
            Self::Quantity => "quantity",
            Self::Gross => "gross",
            Self::Discounts => "discounts",
            Self::Cost => "cost",
            Self::Margin => "margin",
            Self::Voids => "voids",
            Self::Count => "count",
            Self::Paid => "paid",
        }
    }

    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Net => "売上（税抜）",
            Self::Tax => "消費税",
            Self::Total => "売上（税込）",
            Self::Guests => "客数",
            Self::Checks => "会計数",
            Self::PerGuest => "客単価（税抜）",
            Self::Quantity => "点数",
            Self::Gross => "総売上（値引前）",
            Self::Discounts => "値引・割引額",
            Self::Cost => "原価",
            Self::Margin => "粗利（税抜）",
            Self::Voids => "赤伝票",
            Self::Count => "件数・回数",
            Self::Paid => "支払額（税込）",
        }
    }

    /// Out of a URL.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// Yen, or how many.
    pub fn is_money(self) -> bool {
        !matches!(self, Self::Guests | Self::Checks | Self::Quantity | Self::Voids | Self::Count)
    }

    /// Whether a part of the sums has it.
    pub fn is_of(self, part: Part) -> bool {
        use Measure as M;
        match part {
            Part::Day => !matches!(self, M::Quantity | M::Count | M::Paid),
            Part::Hour | Part::Medium => {
                matches!(self, M::Net | M::Tax | M::Total | M::Guests | M::Checks | M::PerGuest)
            }
            Part::Product => {
                matches!(self, M::Net | M::Tax | M::Total | M::Quantity | M::Gross | M::Discounts | M::Cost | M::Margin)
            }
            Part::ProductHour => matches!(self, M::Net | M::Tax | M::Total | M::Quantity),
            Part::Payment => matches!(self, M::Count | M::Paid),
            Part::Discount => matches!(self, M::Count | M::Discounts),
        }
    }

    /// The figure; none where there is none (客単価 of nobody).
    pub fn of(self, figures: &Figures) -> Option<i64> {
        Some(match self {
            Self::Net => figures.net,
            Self::Tax => figures.tax,
            Self::Total | Self::Paid => figures.total,
            Self::Guests => figures.guests,
            Self::Checks => figures.checks,
            Self::PerGuest => return crate::console::yen_per_guest(figures.net, figures.guests),
            Self::Quantity | Self::Voids | Self::Count => figures.count,
            Self::Gross => figures.gross,
            Self::Discounts => figures.discount,
            Self::Cost => figures.cost,
            Self::Margin => figures.net.saturating_sub(figures.cost),
        })
    }
}
