//! Whether a settlement goes to FLARO: now, when the store is switched on again, or not at all.
//! Pure; the business date alone is judged against the window, never today.

use jiff::civil::Date;

/// What is known when a settlement is offered to the linkage.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one question, asked by its name")]
pub struct Situation<'a> {
    /// The company's newest generation is linked.
    pub linked: bool,
    /// 連携状態 of the store.
    pub enabled: bool,
    /// 連携開始日 and 連携終了日, both inclusive.
    pub window: Option<(Date, Date)>,
    /// 営業日 of the settlement.
    pub business_date: Date,
    /// Some revision of this settlement was queued or sent before, in whatever generation.
    pub already_sent: bool,
    /// 過去分連携: the ranges that 企業管理者 opened for the store.
    pub past_ranges: &'a [(Date, Date)],
    /// A person discarded this held day.
    pub discarded: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Its event is made and queued now.
    Queue,
    /// 保留: it goes when 連携状態 is on again.
    Hold,
    /// The linkage does not cover it.
    Outside,
}

/// Decides.
pub fn decide(situation: &Situation<'_>) -> Decision {
    let Situation { linked, enabled, window, business_date, already_sent, past_ranges, discarded } = *situation;
    let inside = |(from, to): &(Date, Date)| (*from..=*to).contains(&business_date);
    let covered = window.iter().any(inside) || past_ranges.iter().any(inside);
    // A revision of anything sent goes even after 連携終了日: FLARO must not keep a figure that was corrected.
    let wanted = already_sent || (covered && !discarded);
    match (linked && wanted, enabled) {
        (false, _) => Decision::Outside,
        (true, true) => Decision::Queue,
        (true, false) => Decision::Hold,
    }
}
