//! Which stores a list shows: a word, an area, a brand; the same choice on every list of stores.

use crate::{
    Company, FlaroError,
    groups::{self, Group, Kind},
    stores::Store,
};
use askama::Template;
use db::Tx;
use std::collections::HashMap;
use web::{
    Html, ListQuery, text,
    ui::{self, Icon},
};

/// Rows of a page.
pub(super) const PER_PAGE: u64 = 50;

/// The areas and brands of a company.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    areas: Vec<Group>,
    brands: Vec<Group>,
    names: HashMap<String, String>,
}

/// The choice as a form; `month` where the list is of one.
#[derive(Template)]
#[template(path = "choose.html")]
struct Filters<'a> {
    form: &'a web::Form,
    path: &'a str,
    month: bool,
    areas: Vec<(String, String)>,
    brands: Vec<(String, String)>,
}

impl Groups {
    pub async fn of(tx: &mut Tx, company: &Company) -> Result<Self, FlaroError> {
        let areas = groups::list(tx, company, Kind::Area).await?;
        let brands = groups::list(tx, company, Kind::Brand).await?;
        let names = areas.iter().chain(&brands).map(|group| (group.id.clone(), group.name.clone())).collect();
        Ok(Self { areas, brands, names })
    }

    /// A name, empty where there is none.
    pub fn name(&self, id: Option<&str>) -> &str {
        id.and_then(|id| self.names.get(id)).map_or("", String::as_str)
    }

    /// To choose from: those in use, and the one that is chosen already.
    pub fn options(&self, kind: Kind, first: &str, chosen: Option<&str>) -> Vec<(String, String)> {
        let all = if kind == Kind::Area { &self.areas } else { &self.brands };
        let usable = all.iter().filter(|group| !group.retired || Some(group.id.as_str()) == chosen);
        let none = (String::new(), first.to_owned());
        std::iter::once(none).chain(usable.map(|group| (group.id.clone(), group.name.clone()))).collect()
    }

    /// Is there such a group that may be chosen?
    pub fn has(&self, kind: Kind, id: &str) -> bool {
        let all = if kind == Kind::Area { &self.areas } else { &self.brands };
        all.iter().any(|group| group.id == id)
    }

    /// The choice as markup.
    pub fn filters(&self, query: &ListQuery, form: &web::Form, month: bool) -> Html {
        Html::of(Filters {
            form,
            path: query.path(),
            month,
            areas: self.options(Kind::Area, "すべて", None),
            brands: self.options(Kind::Brand, "すべて", None),
        })
    }

    /// The stores that a list asks for, in its order.
    pub fn chosen(&self, mut stores: Vec<Store>, query: &ListQuery) -> Vec<Store> {
        let word = text::narrow(query.get("q")).to_lowercase();
        let (area, brand) = (query.get("area"), query.get("brand"));
        let says = |text: &str| text::narrow(text).to_lowercase().contains(&word);
        stores.retain(|store| {
            (word.is_empty() || says(&store.name) || store.code().is_some_and(|code| says(code.as_str())))
                && (area.is_empty() || store.area_id.as_deref() == Some(area))
                && (brand.is_empty() || store.brand_id.as_deref() == Some(brand))
        });
        let key = |store: &Store, by: &str| match by {
            "name" => store.name.clone(),
            "code" => store.code().map(ToString::to_string).unwrap_or_default(),
            "area" => self.name(store.area_id.as_deref()).to_owned(),
            _ => self.name(store.brand_id.as_deref()).to_owned(),
        };
        if let Some((by, descending)) = query.sort(&["name", "code", "area", "brand"]) {
            stores.sort_by_cached_key(|store| key(store, by));
            if descending {
                stores.reverse();
            }
        }
        stores
    }
}

/// The rows of the page that is asked for; all of them for a file.
pub(super) fn page_of<T>(rows: Vec<T>, query: &ListQuery) -> (Vec<T>, u64) {
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    if !query.get("format").is_empty() {
        return (rows, total);
    }
    let from = usize::try_from(web::table::offset(query, total, PER_PAGE)).unwrap_or(0);
    (rows.into_iter().skip(from).take(usize::try_from(PER_PAGE).unwrap_or(50)).collect(), total)
}
