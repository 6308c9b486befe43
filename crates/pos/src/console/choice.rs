//! The choice above a list: store and period, as it stands in the URL.

use jiff::civil::Date;
use web::{Form, ListQuery, text};

use crate::accounts::Viewer;
use crate::{Pos, PosError, stores};

/// What was chosen, with what is wrong with it.
#[derive(Debug)]
pub struct Choice {
    /// The form above the list.
    pub form: Form,
    /// Stores to choose from, `(id, name)`; empty where the viewer sees only one.
    pub stores: Vec<(String, String)>,
    /// One store.
    pub store: Option<String>,
    /// The first business date.
    pub from: Option<Date>,
    /// The last business date.
    pub to: Option<Date>,
}

impl Choice {
    /// Reads the choice; a viewer who sees one store has chosen it.
    pub async fn of(pos: &Pos, viewer: &Viewer, list: &ListQuery) -> Result<Self, PosError> {
        let mut form = list.form();
        let from = date(&mut form, "from", "開始日");
        let to = date(&mut form, "to", "終了日");
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            form.error("to", "終了日は開始日以後の日付を入力してください");
        }
        if let Some(own) = viewer.store_text() {
            return Ok(Self { form, stores: Vec::new(), store: Some(own), from, to });
        }
        let all = stores::names(pos, &viewer.tenant).await?;
        let mut stores = vec![(String::new(), "すべての店舗".to_owned())];
        stores.extend(all.into_iter().map(|(id, name)| (id.to_string(), name)));
        let store = Some(list.get("store").to_owned()).filter(|store| !store.is_empty());
        Ok(Self { form, stores, store, from, to })
    }

    /// The chosen store's name, for the name of a file.
    pub fn subject(&self) -> String {
        let chosen = self.stores.iter().find(|(id, _)| Some(id) == self.store.as_ref());
        chosen.map_or_else(|| "全店舗".to_owned(), |(_, name)| name.clone())
    }
}

fn date(form: &mut Form, name: &str, label: &str) -> Option<Date> {
    let read = |typed: &str| {
        text::date(typed).ok_or_else(|| format!("{label}は 2026/11/01 のように、ある日付を入力してください"))
    };
    form.optional(name, read).flatten()
}
