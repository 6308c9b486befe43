//! How states are shown: an icon and a word, never colour alone.

use sales::SettlementState;
use web::ui::{Icon, Tone, chip, chip_with};

use super::grid::Cell;
use crate::outbox::standing::Standing;
use crate::settlements::Link;

/// 連携の状態
pub fn link(link: Link) -> Cell {
    let (tone, icon, word) = match link {
        Link::None => (Tone::Mute, Icon::Flat, "連携外"),
        Link::Held => (Tone::Warn, Icon::Pause, "保留"),
        Link::Event(standing) => return event(standing),
    };
    Cell::Shown(chip_with(tone, icon, word), word.to_owned())
}

/// An event by its word.
pub fn event(standing: Standing) -> Cell {
    let (tone, icon) = match standing {
        Standing::Waiting => (Tone::Mute, Icon::Wait),
        Standing::Sending => (Tone::Key, Icon::Send),
        Standing::Retrying => (Tone::Warn, Icon::Retry),
        Standing::Stopped => (Tone::Warn, Icon::Pause),
        Standing::Delivered => (Tone::Good, Icon::Check),
        Standing::Attention => (Tone::Bad, Icon::Alert),
        Standing::Superseded | Standing::Discarded | Standing::Ended => (Tone::Mute, Icon::Flat),
    };
    Cell::Shown(chip_with(tone, icon, standing.label()), standing.label().to_owned())
}

/// 精算済 or 精算取消; and what a person has to look at.
pub fn settlement(state: SettlementState, findings: i64) -> Cell {
    let (tone, word) = match (findings, state) {
        (1.., _) => (Tone::Bad, "要対応"),
        (_, SettlementState::Closed) => (Tone::Good, "精算済"),
        (_, SettlementState::Cancelled) => (Tone::Warn, "精算取消"),
    };
    Cell::Shown(chip(tone, word), word.to_owned())
}

/// 通常, 赤伝票 or 取消済み.
pub fn check(reversal: bool, reversed: bool) -> Cell {
    let (tone, word) = match (reversal, reversed) {
        (true, _) => (Tone::Bad, "赤伝票"),
        (false, true) => (Tone::Warn, "取消済み"),
        (false, false) => (Tone::Mute, "通常"),
    };
    Cell::Shown(chip(tone, word), word.to_owned())
}
