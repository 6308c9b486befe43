//! One day of 照合: each settlement that differs with both sides' figures, which of them differ, and the ways out.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use jiff::civil::Date;
use protocol::control::ControlledSettlement;
use protocol::reconcile::Found;
use sales::StoreId;
use web::format::{date_weekday, thousands, yen};
use web::html::Html;
use web::{Failure, Flash, ListQuery, Notice, PageResult, filters};

use super::{PATH, resend_day, word_cell};
use crate::accounts::Viewer;
use crate::console::deliveries::{HERE, tabs};
use crate::console::grid::{Cell, Grid, text};
use crate::console::shell;
use crate::reconcile::days::{self, Day, Word};
use crate::{Pos, PosError};

#[derive(Template)]
#[template(path = "deliveries/comparison/day.html")]
struct DayPage {
    day: Day,
    settlements: Vec<(String, &'static str, Html)>,
}

/// The day.
pub(in super::super) async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(of): Path<(String, String)>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let day = find(&pos, &viewer, of).await?;
    let grids: Vec<Grid> = day.differences.iter().enumerate().map(|(n, found)| figures(n, found)).collect();
    let subject = format!("{}_{}", day.store, day.business_date);
    if let Some(file) = grids.iter().find_map(|grid| grid.file(&pos, &list, &subject)) {
        return file;
    }
    let shown = |(found, grid): (&Found, &Grid)| (settlement(found), what(found), grid.html(&list));
    let settlements = day.differences.iter().zip(&grids).map(shown).collect();
    let title = format!("照合 {} {}", day.store, date_weekday(day.business_date));
    let shell = shell(&pos, &viewer, &flash, title, HERE).await?;
    let shell = shell.crumb("連携状況", Some(HERE)).crumb("照合", Some(PATH)).crumb(day.store.clone(), None);
    Ok(shell.wide().render(DayPage { day, settlements }))
}

/// もう一度照合
pub(in super::super) async fn again(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(of): Path<(String, String)>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let day = find(&pos, &viewer, of).await?;
    let notice = match days::again(&pos, &viewer.tenant, viewer.name(), &day).await {
        Ok(()) => Notice::done("FLAROにもう一度問い合わせます。しばらくしてから、このページを開き直してください。"),
        Err(PosError::NotFound(_)) => Notice::failed("FLAROと連携していないため、照合できません。"),
        Err(error) => return Err(error.into()),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("{PATH}/{}/{}", day.store_id, day.business_date)).into_response())
}

async fn find(pos: &Pos, viewer: &Viewer, (store, date): (String, String)) -> Result<Day, Failure> {
    let store: StoreId = store.parse().map_err(|_| Failure::not_found())?;
    let date: Date = date.parse().map_err(|_| Failure::not_found())?;
    days::one(pos, &viewer.tenant, store, date).await?.ok_or_else(Failure::not_found)
}

fn settlement(found: &Found) -> String {
    found.ours.or(found.theirs).map(|side| side.settlement_id.to_string()).unwrap_or_default()
}

/// What happened, and the way out of it.
fn what(found: &Found) -> &'static str {
    match (&found.ours, &found.theirs) {
        (Some(_), None) => "FLAROにありません。再送すると、同じ内容がもう一度届きます。",
        (None, Some(_)) => {
            "こちらから送った記録がありません。FLAROに手入力や別のPOSからの取込がないか確認し、もう一度照合してください。"
        }
        (Some(ours), Some(theirs)) if ours.revision > theirs.revision => {
            "FLAROの改訂が古いままです。再送すると、新しい改訂が届きます。"
        }
        (Some(ours), Some(theirs)) if ours.revision < theirs.revision => {
            "FLAROの改訂のほうが新しくなっています。精算の改訂を確認し、もう一度照合してください。"
        }
        (Some(_), Some(_)) => {
            "同じ改訂で数字が違います。精算の内容を確認してください。再送しても違うときは、FLAROに問い合わせてください。"
        }
        (None, None) => "",
    }
}

/// Both sides' figures side by side.
fn figures(n: usize, found: &Found) -> Grid {
    let columns = vec![text("項目"), text("こちらから送った内容"), text("FLAROの内容"), text("比較")];
    let rows = FIGURES.iter().map(|(label, figure)| {
        let side = |side: &Option<ControlledSettlement>| side.as_ref().map_or("ありません".to_owned(), figure);
        let (ours, theirs) = (side(&found.ours), side(&found.theirs));
        let same = ours == theirs;
        let chip = if same {
            web::ui::chip(web::ui::Tone::Good, "同じ")
        } else {
            web::ui::chip(web::ui::Tone::Bad, "違う")
        };
        let word = if same { "同じ" } else { "違う" };
        vec![Cell::text(*label), Cell::text(ours), Cell::text(theirs), Cell::Shown(chip, word.to_owned())]
    });
    Grid::new(TABLES[n.min(TABLES.len() - 1)], format!("精算の数字（{}件目）", n + 1), columns).rows(rows)
}

/// Names of the tables of a day; more settlements than that share the last one.
const TABLES: [&str; 8] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

type FigureOf = fn(&ControlledSettlement) -> String;

const FIGURES: [(&str, FigureOf); 8] = [
    ("改訂", |side| side.revision.to_string()),
    ("会計数", |side| thousands(side.control.checks)),
    ("客数", |side| thousands(side.control.guests)),
    ("売上（税抜）", |side| yen(side.control.net.0)),
    ("消費税", |side| yen(side.control.tax.0)),
    ("値引・割引", |side| yen(side.control.discounts.0)),
    ("支払合計", |side| yen(side.control.payments.0)),
    ("内容の指紋", |side| side.control.facts_sha256.to_string().chars().take(12).collect()),
];

impl DayPage {
    fn tabs() -> Html {
        tabs(PATH)
    }

    fn word(&self) -> Html {
        let Cell::Shown(chip, _) = word_cell(self.day.word) else { return Html::default() };
        chip
    }

    fn checked_at(&self) -> String {
        self.day.checked_at.map_or("まだ照合していません".to_owned(), super::at)
    }

    fn resend(&self) -> String {
        resend_day(&self.day)
    }

    fn matched(&self) -> bool {
        self.day.word == Word::Matched
    }
}
