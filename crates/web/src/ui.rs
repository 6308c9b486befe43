//! Small pieces every page uses: tone, icon, chip, trend.
//!
//! State is always an icon *and* a word; colour only repeats it. Icons are inline SVG with presentation attributes,
//! hidden from screen readers because the word beside them says the same.

use crate::html::{Html, escape};

/// What a thing's state means for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Look at it some time.
    Warn,
    /// Do something.
    Bad,
    /// Nothing to judge.
    Mute,
    /// News.
    Key,
}

impl Tone {
    /// The class that carries the tone.
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Mute => "mute",
            Self::Key => "key",
        }
    }

    /// The icon used when none is chosen.
    pub fn icon(self) -> Icon {
        match self {
            Self::Good => Icon::Check,
            Self::Warn => Icon::Warning,
            Self::Bad => Icon::Alert,
            Self::Mute => Icon::Ring,
            Self::Key => Icon::Info,
        }
    }
}

/// The icons of the kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the pictures")]
pub enum Icon {
    Check,
    Dot,
    Half,
    Ring,
    Alert,
    Warning,
    Info,
    Pause,
    Wait,
    Retry,
    Send,
    Up,
    Down,
    Flat,
    Gear,
    Menu,
    Search,
    Download,
    Print,
    Copy,
    Calendar,
    Person,
}

impl Icon {
    /// What is drawn, on a 16 by 16 field with a 2 px round stroke in the colour of the text.
    fn drawing(self) -> &'static str {
        match self {
            Self::Check => r#"<path d="M3 8.5 6.5 12 13 4.5"/>"#,
            Self::Dot => r#"<circle cx="8" cy="8" r="5" fill="currentColor"/>"#,
            Self::Half => {
                r#"<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" stroke="none"/>"#
            }
            Self::Ring => r#"<circle cx="8" cy="8" r="5.5"/>"#,
            Self::Alert => r#"<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5v4M8 11.2v.1"/>"#,
            Self::Warning => r#"<path d="M8 2 15 14H1zM8 6.5v3M8 11.8v.1"/>"#,
            Self::Info => r#"<circle cx="8" cy="8" r="6.5"/><path d="M8 7.5v4M8 4.7v.1"/>"#,
            Self::Pause => r#"<path d="M5.5 3v10M10.5 3v10" stroke-width="3"/>"#,
            Self::Wait => r#"<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5V8l2.5 2"/>"#,
            Self::Retry => r#"<path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5V5H10"/>"#,
            Self::Send => r#"<path d="M2 8h11M9 3.5 13.5 8 9 12.5"/>"#,
            Self::Up => r#"<path d="M8 3 14 13H2z" fill="currentColor"/>"#,
            Self::Down => r#"<path d="M8 13 14 3H2z" fill="currentColor"/>"#,
            Self::Flat => r#"<path d="M2.5 8h11"/>"#,
            Self::Gear => {
                r#"<path d="M6.4 2.9L6.6 0.8L9.4 0.8L9.6 2.9L10.5 3.3L12.1 2.0L14.0 3.9L12.7 5.5L13.1 6.4L15.2 6.6L15.2 9.4L13.1 9.6L12.7 10.5L14.0 12.1L12.1 14.0L10.5 12.7L9.6 13.1L9.4 15.2L6.6 15.2L6.4 13.1L5.5 12.7L3.9 14.0L2.0 12.1L3.3 10.5L2.9 9.6L0.8 9.4L0.8 6.6L2.9 6.4L3.3 5.5L2.0 3.9L3.9 2.0L5.5 3.3zM8 5.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 1 0 0-4.8z" fill="currentColor" fill-rule="evenodd" stroke="none"/>"#
            }
            Self::Menu => r#"<path d="M2 4h12M2 8h12M2 12h12"/>"#,
            Self::Search => r#"<circle cx="7" cy="7" r="4.5"/><path d="M10.5 10.5 14 14"/>"#,
            Self::Download => r#"<path d="M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11"/>"#,
            Self::Print => r#"<path d="M4.5 6V2h7v4M4.5 12H2V6h12v6h-2.5M4.5 9.5h7v4.5h-7z"/>"#,
            Self::Copy => r#"<path d="M6 5h8v9H6zM3.5 11H2V2h8v1.5"/>"#,
            Self::Calendar => r#"<path d="M2 4h12v10H2zM2 7.5h12M5 2v3M11 2v3"/>"#,
            Self::Person => {
                r#"<circle cx="8" cy="5" r="3"/><path d="M2.5 14.5c.6-3 2.7-4.5 5.5-4.5s4.9 1.5 5.5 4.5"/>"#
            }
        }
    }
}

/// An icon, hidden from screen readers: put a word beside it.
pub fn icon(icon: Icon) -> Html {
    Html::trusted(format!(
        r#"<svg class="icon" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>"#,
        icon.drawing()
    ))
}

/// A state, with the tone's own icon.
pub fn chip(tone: Tone, word: &str) -> Html {
    chip_with(tone, tone.icon(), word)
}

/// A state, with an icon of your choice.
pub fn chip_with(tone: Tone, picture: Icon, word: &str) -> Html {
    Html::trusted(format!(r#"<span class="chip {}">{}{}</span>"#, tone.class(), icon(picture), escape(word)))
}

/// Better, worse or the same than what it is compared with.
pub fn trend(tone: Tone, direction: Icon, word: &str) -> Html {
    Html::trusted(format!(r#"<span class="trend {}">{}{}</span>"#, tone.class(), icon(direction), escape(word)))
}

/// A button that copies `value`, with the value in sight and selectable without JavaScript.
pub fn copyable(id: &str, label: &str, value: &str) -> Html {
    let (id, label, value) = (escape(id), escape(label), escape(value));
    Html::trusted(format!(
        r#"<div class="copyable"><label for="{id}">{label}</label><div class="copy-row"><input id="{id}" type="text" readonly value="{value}"><button type="button" class="btn sub needs-js" data-copy="{id}" data-done="コピーしました">{}コピー<span class="sr">（{label}）</span></button></div></div>"#,
        icon(Icon::Copy)
    ))
}

/// How far long work has come; it can be left and looked at again.
pub fn progress(label: &str, done: u64, total: u64) -> Html {
    let (label, top) = (escape(label), total.max(1));
    let percent = done.min(top) * 100 / top;
    Html::trusted(format!(
        r#"<div class="progress"><span>{label}</span><progress max="{top}" value="{done}" aria-label="{label}">{percent}%</progress><span class="num">{done} / {total}（{percent}%）</span></div>"#
    ))
}

/// One segment of a switch between views of the same page.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Is it the one shown?
    pub current: bool,
}

/// Views side by side, one of them current: a link each.
pub fn segments(label: &str, segments: &[Segment]) -> Html {
    let link = |segment: &Segment| {
        let current = if segment.current { r#" aria-current="true""# } else { "" };
        format!(r#"<a href="{}"{current}>{}</a>"#, escape(&segment.href), escape(&segment.label))
    };
    let links = segments.iter().map(link).collect::<Vec<_>>().concat();
    Html::trusted(format!(r#"<nav class="segments" aria-label="{}">{links}</nav>"#, escape(label)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_says_its_state_in_a_word_beside_a_hidden_icon() {
        let chip = chip(Tone::Good, "送信済み<");
        assert!(chip.as_str().starts_with(r#"<span class="chip good"><svg"#));
        assert!(chip.as_str().contains(r#"aria-hidden="true""#));
        assert!(chip.as_str().ends_with("送信済み&lt;</span>"));
    }

    #[test]
    fn progress_of_nothing_is_not_a_division_by_zero() {
        assert!(progress("再送", 0, 0).as_str().contains("0 / 0（0%）"));
    }
}
