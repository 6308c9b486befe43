//! A store's badge: one word for whether its sales reach FLARO.

use jiff::civil::Date;
use web::Html;
use web::ui::{Icon, Tone, chip, chip_with};

use super::StoreLink;

/// The words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    /// Saved, on and inside its dates.
    Linked,
    /// Something is missing.
    Unset,
    /// Switched off.
    Stopped,
    /// Today is outside its dates.
    OutOfWindow,
}

/// Judges a store on its today.
pub fn badge(link: &StoreLink, today: Date) -> Badge {
    match (link.code.as_ref().and(link.window()), link.enabled) {
        (None, _) => Badge::Unset,
        (Some(_), false) => Badge::Stopped,
        (Some((start, end)), true) if (start..=end).contains(&today) => Badge::Linked,
        (Some(_), true) => Badge::OutOfWindow,
    }
}

impl Badge {
    /// As markup; `held` settlements wait for the switch.
    pub fn html(self, held: i64) -> Html {
        let with_held = |word: &str| if held > 0 { format!("{word}・保留{held}件") } else { word.to_owned() };
        match self {
            Self::Linked => chip(Tone::Good, "連携済"),
            Self::Unset => chip(Tone::Mute, &with_held("未設定")),
            Self::Stopped => chip_with(Tone::Warn, Icon::Pause, &with_held("停止中")),
            Self::OutOfWindow => chip_with(Tone::Mute, Icon::Calendar, &with_held("期間外")),
        }
    }
}
