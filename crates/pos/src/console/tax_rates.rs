//! SELF ORDER管理＞税率: what 標準 and 軽減 mean from which business date on.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use jiff::civil::Date;
use protocol::masters::TaxRate;
use sales::TaxKind;
use web::confirm::Confirm;
use web::html::Html;
use web::ui::{self, Icon, Tone};
use web::{Flash, Form, ListQuery, Notice, PageResult, Routes, format, table};

use super::grid::{Cell, Grid, figure, text, zone};
use super::refusal::mistaken;
use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::edits::Edited;
use crate::products::rules::tax_word;
use crate::stored::word_of;
use crate::tax_rates;

const HERE: &str = "/tax-rates";
/// The kinds that have a rate.
const TAXED: [TaxKind; 2] = [TaxKind::Standard, TaxKind::Reduced];

/// The page.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new().route(HERE, get(list).post(add)).route("/tax-rates/withdraw", post(withdraw))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    page(&pos, &viewer, &flash, &list, Form::default()).await
}

async fn add(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery, mut form: Form) -> PageResult {
    viewer.must_be_admin()?;
    let kind = form.read("kind", |typed| kind(typed).ok_or("税区分を選んでください"));
    let percent = form.integer("percent", "税率", 0..=100).and_then(|percent| u8::try_from(percent).ok());
    let from = form.date("from", "開始日");
    let (Some(kind), Some(percent), Some(from)) = (kind, percent, from) else {
        return page(&pos, &viewer, &flash, &list, form).await;
    };
    let rate = TaxRate { kind, percent, from };
    if let Edited::Mistakes(errors) = tax_rates::add(&pos, &viewer.tenant, viewer.name(), rate, &zone()).await? {
        mistaken(&mut form, &errors);
        return page(&pos, &viewer, &flash, &list, form).await;
    }
    let words = format!("{}の税率を、{}の営業日から{percent}%にします。", tax_word(kind), format::date(from));
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(HERE).into_response())
}

async fn withdraw(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, form: Form) -> PageResult {
    viewer.must_be_admin()?;
    let asked = kind(form.text("kind")).zip(form.text("from").parse::<Date>().ok());
    let done = match asked {
        Some((kind, from)) => tax_rates::withdraw(&pos, &viewer.tenant, viewer.name(), kind, from, &zone()).await?,
        None => false,
    };
    let notice = if done {
        Notice::done("予定していた税率を取り消しました。")
    } else {
        Notice::failed("取り消せる税率はありません。始まった税率は取り消せません。")
    };
    flash.set(notice).await?;
    Ok(Redirect::to(HERE).into_response())
}

fn kind(word: &str) -> Option<TaxKind> {
    TAXED.into_iter().find(|kind| word_of(*kind) == word)
}

#[derive(Template)]
#[template(path = "tax_rates.html")]
struct TaxRatesPage {
    form: Form,
    grid: Html,
    dialogs: Html,
    kinds: Vec<(String, &'static str)>,
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, list: &ListQuery, form: Form) -> PageResult {
    let rates = tax_rates::list(pos, &viewer.tenant).await?;
    let today = zone().to_datetime(pos.now()).date();
    let columns = vec![text("税区分"), figure("税率（%）"), text("開始日（営業日）"), text("状態"), text("操作")];
    let mut grid = Grid::new("tax_rates", "税率", columns).rows(rates.iter().map(|rate| row(&rates, rate, today)));
    if let Some(file) = grid.file(pos, list, "全店舗") {
        return file;
    }
    let next = "税率がないあいだ、レジは消費税を0円で計算します。下の欄で追加してください。";
    grid.empty = table::empty("まだ税率がありません", next, None);
    let dialogs = rates.iter().filter(|rate| rate.from > today).map(|rate| question(rate).dialog()).collect();
    let kinds = TAXED.into_iter().map(|kind| (word_of(kind), tax_word(kind))).collect();
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let content = TaxRatesPage { form, grid: grid.html(list), dialogs, kinds };
    let shell = shell(pos, viewer, flash, "税率", HERE).await?;
    Ok(shell.crumb("SELF ORDER管理", None).crumb("税率", None).status(status).render(content))
}

fn row(rates: &[TaxRate], rate: &TaxRate, today: Date) -> Vec<Cell> {
    let now = rates.iter().filter(|other| other.kind == rate.kind && other.from <= today).map(|other| other.from).max();
    let (chip, word) = if rate.from > today {
        (ui::chip_with(Tone::Key, Icon::Wait, "予定"), "予定")
    } else if Some(rate.from) == now {
        (ui::chip(Tone::Good, "適用中"), "適用中")
    } else {
        (ui::chip(Tone::Mute, "終わり"), "終わり")
    };
    let action = if rate.from > today { question(rate).trigger("取り消す…") } else { Html::default() };
    vec![
        Cell::text(tax_word(rate.kind)),
        Cell::Count(i64::from(rate.percent)),
        Cell::text(format::date(rate.from)),
        Cell::Shown(chip, word.to_owned()),
        Cell::Shown(action, String::new()),
    ]
}

fn question(rate: &TaxRate) -> Confirm {
    let (word, from) = (tax_word(rate.kind), format::date(rate.from));
    let title = format!("{word}の{from}からの税率 {}% を取り消しますか？", rate.percent);
    Confirm::new(&format!("withdraw-{}-{}", word_of(rate.kind), rate.from), title, "/tax-rates/withdraw", "取り消す")
        .says("この日からも、その前の税率のままになります。")
        .says("レジには次の通信で伝わります。")
        .sends("kind", word_of(rate.kind))
        .sends("from", rate.from.to_string())
}
