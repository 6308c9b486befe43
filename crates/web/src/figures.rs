//! Key figures: a strip of states on top of a page, or cards with a large number and what it is compared with.

use askama::Template;

use crate::html::Html;
use crate::ui::{self, Icon, Tone};

/// One figure with its label.
#[derive(Clone, Debug)]
pub struct Figure {
    label: String,
    value: String,
    tone: Option<Tone>,
    icon: Html,
    note: Html,
    href: Option<String>,
}

impl Figure {
    /// A figure in the plain colour of the text.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            tone: None,
            icon: Html::default(),
            note: Html::default(),
            href: None,
        }
    }

    /// With a judgement: the tone's colour and icon.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Self {
        self.tone_with(tone, tone.icon())
    }

    /// With a judgement and an icon of your choice.
    #[must_use]
    pub fn tone_with(mut self, tone: Tone, icon: Icon) -> Self {
        self.tone = Some(tone);
        self.icon = ui::icon(icon);
        self
    }

    /// A small line below: what the figure is compared with.
    #[must_use]
    pub fn note(mut self, note: Html) -> Self {
        self.note = note;
        self
    }

    /// Where the figure can be looked into.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    fn tone_class(&self) -> &'static str {
        self.tone.map_or("", Tone::class)
    }
}

#[derive(Template)]
#[template(path = "figures.html")]
struct Figures<'a> {
    class: &'static str,
    figures: &'a [Figure],
}

/// Figures in one framed row.
pub fn strip(figures: &[Figure]) -> Html {
    Html::of(Figures { class: "strip", figures })
}

/// Figures as cards.
pub fn kpis(figures: &[Figure]) -> Html {
    Html::of(Figures { class: "kpis", figures })
}
