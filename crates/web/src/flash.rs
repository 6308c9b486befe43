//! A notice that outlives one redirect: what was just done, shown once on the next page.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::html::{Html, escape};
use crate::ui::{self, Tone};

const KEY: &str = "flash";

/// What just happened, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    good: bool,
    text: String,
}

impl Notice {
    /// It worked.
    pub fn done(text: impl Into<String>) -> Self {
        Self { good: true, text: text.into() }
    }

    /// It didn't, and nothing was changed.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { good: false, text: text.into() }
    }

    /// As markup; read out when the page opens.
    pub fn html(&self) -> Html {
        let tone = if self.good { Tone::Good } else { Tone::Bad };
        let role = if self.good { "status" } else { "alert" };
        let icon = ui::icon(tone.icon());
        Html::trusted(format!(
            r#"<div class="flash {}" role="{role}">{icon}<p>{}</p></div>"#,
            tone.class(),
            escape(&self.text)
        ))
    }
}

/// The session's one notice. Without a session there is none, and setting one does nothing.
#[derive(Clone, Debug, Default)]
pub struct Flash {
    session: Option<Session>,
    refresh: bool,
}

impl Flash {
    /// Leaves a notice for the next page.
    pub async fn set(&self, notice: Notice) -> Result<(), tower_sessions::session::Error> {
        match &self.session {
            Some(session) => session.insert(KEY, notice).await,
            None => Ok(()),
        }
    }

    /// Takes the notice, if there is one. A page that only refreshes a part of itself leaves it for the next.
    pub async fn take(&self) -> Option<Notice> {
        let session = self.session.as_ref().filter(|_| !self.refresh)?;
        let taken = async {
            let notice = session.get::<Notice>(KEY).await?;
            // Only where there is one: taking out is a write, and every page asks.
            if notice.is_some() {
                session.remove_value(KEY).await?;
            }
            Ok::<_, tower_sessions::session::Error>(notice)
        };
        taken.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a notice could not be taken; the page is shown without it");
            None
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Flash {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let refresh = parts.headers.contains_key("x-refresh");
        Ok(Self { session: parts.extensions.get::<Session>().cloned(), refresh })
    }
}
