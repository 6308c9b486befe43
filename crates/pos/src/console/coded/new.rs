//! Adding a payment method, a discount or an ad medium: its 取込コード is issued with it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use sales::PaymentKind;
use web::{Flash, Form, Notice, PageResult, text};

use super::{here, payment_kinds};
use crate::Pos;
use crate::accounts::Viewer;
use crate::coded::{Nature, Rate, change};
use crate::console::refusal::{failed, mistaken, outdated};
use crate::console::search::Options;
use crate::console::shell;
use crate::edits::Edited;
use crate::masters::SettingKind;

/// The most yen a 値引 takes off.
const OFF_MAX: i64 = 1_000_000;

#[derive(Template)]
#[template(path = "coded/new.html")]
struct Page<'a> {
    form: &'a Form,
    kind: SettingKind,
    here: &'static str,
    payment_kinds: Options,
}

pub(super) async fn show(pos: &Pos, viewer: Viewer, flash: Flash, kind: SettingKind) -> PageResult {
    viewer.must_be_head_office()?;
    page(pos, &viewer, &flash, kind, &Form::default()).await
}

/// The form comes again after each, with the 支払種目 chosen before: most are added in a row.
pub(super) async fn submit(pos: &Pos, viewer: Viewer, flash: Flash, mut form: Form, kind: SettingKind) -> PageResult {
    viewer.must_be_head_office()?;
    let nature = nature(&mut form, kind);
    let name = form.required("name", kind.name_label());
    let Some((nature, name)) = nature.zip(name) else { return page(pos, &viewer, &flash, kind, &form).await };
    match change::add(pos, &viewer.tenant, viewer.name(), nature, &name).await.map_err(failed)? {
        Edited::Done(code) => {
            let words = format!("「{}」を追加しました。取込コードは {code} です。", name.trim());
            flash.set(Notice::done(words)).await?;
            let to = if form.is_on("again") { format!("{}/new", here(kind)) } else { here(kind).to_owned() };
            return Ok(Redirect::to(&to).into_response());
        }
        Edited::Unchanged => {}
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => outdated(&mut form, &stale),
    }
    page(pos, &viewer, &flash, kind, &form).await
}

fn nature(form: &mut Form, kind: SettingKind) -> Option<Nature> {
    match kind {
        SettingKind::Medium => Some(Nature::Medium),
        SettingKind::Payment => {
            let payment = form.read("pay", |typed| {
                typed.parse().ok().and_then(PaymentKind::from_number).ok_or("支払種目を選択してください")
            });
            payment.map(Nature::Payment)
        }
        SettingKind::Discount => rate(form).map(Nature::Discount),
    }
}

fn rate(form: &mut Form) -> Option<Rate> {
    match form.text("off") {
        "entered" => Some(Rate::Entered),
        "yen" => form.integer("amount", "値引額", 1..=OFF_MAX).map(Rate::Yen),
        "percent" => form.read("percent", percent).map(Rate::Percent),
        _ => {
            form.error("off", "値引区分を選択してください");
            None
        }
    }
}

/// A percentage as people type it: `10`, `10%`, `１０％`.
fn percent(typed: &str) -> Result<u8, String> {
    let plain = text::digits(typed);
    let number = plain.trim_end_matches('%').parse::<u8>().ok().filter(|percent| (1..=100).contains(percent));
    number.ok_or_else(|| "割引率は 1 から 100 までの整数で入力してください".to_owned())
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, kind: SettingKind, form: &Form) -> PageResult {
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("{}を追加", kind.noun());
    let mut payment_kinds = payment_kinds();
    payment_kinds.remove(0);
    let shell = shell(pos, viewer, flash, &title, here(kind)).await?.status(status);
    let shell = shell.crumb("店舗管理", None).crumb(kind.label(), Some(here(kind))).crumb(title, None);
    Ok(shell.render(Page { form, kind, here: here(kind), payment_kinds }))
}
