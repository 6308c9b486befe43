//! How states are shown: an icon and a word, never colour alone.

use sales::SettlementState;
use web::ui::{Icon, Tone, chip, chip_with};

use super::grid::Cell;
use crate::outbox::State;
use crate::settlements::Link;

/// 連携の状態
pub fn link(link: Link) -> Cell {
    let (tone, icon, word) = match link {
        Link::None => (Tone::Mute, Icon::Flat, "連携外"),
        Link::Held => (Tone::Warn, Icon::Pause, "保留"),
        Link::Event { state: State::Waiting, tried: true } => (Tone::Warn, Icon::Retry, "再送待ち"),
        Link::Event { state: State::Waiting, .. } => (Tone::Mute, Icon::Wait, "送信待ち"),
        Link::Event { state: State::Delivered, .. } => (Tone::Good, Icon::Check, "送信済み"),
        Link::Event { state: State::Attention, .. } => (Tone::Bad, Icon::Alert, "要対応"),
        Link::Event { state: State::Superseded, .. } => (Tone::Mute, Icon::Flat, "改訂に置換え"),
        Link::Event { state: State::Discarded, .. } => (Tone::Mute, Icon::Flat, "送信しない"),
        Link::Event { state: State::Ended, .. } => (Tone::Mute, Icon::Flat, "連携終了"),
    };
    Cell::Shown(chip_with(tone, icon, word), word.to_owned())
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
