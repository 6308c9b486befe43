//! 照合: day by day, whether FLARO has what was sent; a difference with both sides' figures.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use jiff::Timestamp;
use protocol::control::ControlledSettlement;
use web::format::{date_time, yen};
use web::html::Html;
use web::ui::{Icon, Tone, chip, chip_with};
use web::{Flash, ListQuery, PageResult, filters, table};

use super::{HERE, PER_PAGE, tabs};
use crate::Pos;
use crate::accounts::Viewer;
use crate::console::grid::zone;
use crate::console::shell;
use crate::reconcile::days::{Day, Word, list};
use protocol::reconcile::Found;

pub(super) const PATH: &str = "/deliveries/comparison";

#[derive(Template)]
#[template(path = "deliveries/comparison.html")]
struct ComparisonPage {
    form: web::Form,
    days: Vec<Day>,
    pager: Html,
    nothing: Html,
}

/// The page.
pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, query: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let asked = query.clone();
    let part = move |count| (PER_PAGE, table::offset(&asked, count, PER_PAGE));
    let (count, days) = list(&pos, &viewer.tenant, query.get("state"), part).await?;
    let nothing = if query.is_filtered() {
        table::nothing_found(&query)
    } else {
        table::empty("まだ照合した日がありません", "精算がFLAROへ届くと、自動で照合します。", None)
    };
    let page = ComparisonPage { form: query.form(), days, pager: table::pager(&query, count, PER_PAGE), nothing };
    Ok(shell(&pos, &viewer, &flash, "照合", HERE).await?.crumb("連携状況", Some(HERE)).crumb("照合", None).render(page))
}

impl ComparisonPage {
    fn tabs() -> Html {
        tabs(PATH)
    }

    fn chip(word: Word) -> Html {
        match word {
            Word::Matched => chip(Tone::Good, "照合済"),
            Word::Unchecked => chip_with(Tone::Mute, Icon::Wait, "未照合"),
            Word::Differs => chip(Tone::Bad, "差異あり"),
        }
    }

    fn at(at: &Timestamp) -> String {
        date_time(*at, &zone())
    }

    /// One difference, in a sentence.
    fn sentence(found: &Found) -> String {
        let figures = |side: &ControlledSettlement| {
            let control = side.control;
            format!("改訂{}・{}会計・{}（税抜）", side.revision, control.checks, yen(control.net.0))
        };
        match (&found.ours, &found.theirs) {
            (Some(ours), None) => format!("FLAROにありません（送った内容：{}）", figures(ours)),
            (None, Some(theirs)) => format!("送った記録がありません（FLAROの内容：{}）", figures(theirs)),
            (Some(ours), Some(theirs)) => {
                format!("内容が違います（送った内容：{}、FLARO：{}）", figures(ours), figures(theirs))
            }
            (None, None) => String::new(),
        }
    }

    fn settlement(found: &Found) -> String {
        found.ours.or(found.theirs).map(|side| side.settlement_id.to_string()).unwrap_or_default()
    }
}
