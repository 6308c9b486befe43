//! 連携画面: how the linkage stands, each store's code, dates and switch, 共通設定, 連携解除.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use sales::FlaroStoreCode;
use web::confirm::Confirm;
use web::figures::{Figure, strip};
use web::html::Html;
use web::ui::{self, Icon, Tone};
use web::{Flash, Form, Notice, PageResult, format};

use super::{HERE, end, secret};
use crate::accounts::{Role, Viewer};
use crate::console::grid::zone;
use crate::console::{past, shell};
use crate::linkage::overview::{Overview, overview};
use crate::linkage::{self, masked};
use crate::store_link::StoreLink;
use crate::store_link::badge::badge;
use crate::store_link::rules::{Column, Typed};
use crate::store_link::save::{Saved, save};
use crate::{Pos, PosError};

#[derive(Template)]
#[template(path = "flaro/linked.html")]
struct LinkedPage<'a> {
    form: &'a Form,
    generation: i64,
    alerts: Vec<String>,
    strip: Html,
    rows: Vec<Row>,
    blank: (i64, i64),
    requests: Vec<Html>,
    url: String,
    held_by_person: bool,
    may_change: bool,
    secret: Confirm,
    end: Confirm,
}

/// A store's row: the names of its fields, and what is only shown.
struct Row {
    id: String,
    name: String,
    note: String,
    badge: Html,
    held: i64,
}

/// The page.
pub(super) async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, overview: &Overview, form: &Form) -> PageResult {
    let now = pos.now();
    let row = |link: &StoreLink| {
        let held = overview.held.get(&link.store_id).copied().unwrap_or_default();
        Row {
            id: link.store_id.to_string(),
            name: link.store_name.clone(),
            note: format!("レジ{}台・日付切替 {}", link.registers, link.cut_over.trim_start_matches('0')),
            badge: badge(link, link.today(now)).html(held),
            held,
        }
    };
    let page = LinkedPage {
        form,
        generation: overview.linkage.generation,
        alerts: alerts(overview),
        strip: figures(overview, now),
        rows: overview.stores.iter().map(row).collect(),
        blank: overview.blank,
        requests: overview.requests.iter().filter(|request| request.done_at.is_none()).map(past::progress).collect(),
        url: overview.linkage.endpoint.as_deref().map(masked).unwrap_or_default(),
        held_by_person: overview.linkage.held_by_person,
        may_change: viewer.role == Role::CompanyAdmin,
        secret: secret::question(),
        end: end::question(overview),
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, "FLARO連携", HERE).await?;
    Ok(shell.crumb("設定", None).crumb("外部連携設定", None).crumb("FLARO", None).status(status).wide().render(page))
}

fn alerts(overview: &Overview) -> Vec<String> {
    let linkage = &overview.linkage;
    let mut alerts = Vec::new();
    if let Some(pause) = linkage.pause {
        let why = pause.sentence();
        alerts.push(format!("送信を止めています：{why}。15分ごとに自動で確かめます。送信待ちの分は失われません。"));
    }
    if let Some(error) = &linkage.table_error {
        alerts.push(format!("店舗の設定をFLAROへ伝えられていません。自動で送り直しています（{error}）"));
    }
    alerts
}

fn figures(overview: &Overview, now: jiff::Timestamp) -> Html {
    let (linkage, compared) = (&overview.linkage, overview.compared);
    let state = match (linkage.held_by_person, linkage.paused_until.is_some(), linkage.table_sent) {
        (true, _, _) => Figure::new("連携状態", "一時停止中").tone_with(Tone::Warn, Icon::Pause),
        (_, true, _) => Figure::new("連携状態", "停止中").tone(Tone::Bad),
        (_, _, 0) => Figure::new("連携状態", "FLAROの確認待ち").tone_with(Tone::Mute, Icon::Wait),
        _ => Figure::new("連携状態", "連携中").tone_with(Tone::Good, Icon::Dot),
    };
    let sent = overview
        .last_delivered_at
        .map_or("―".to_owned(), |at| format!("{}（{}）", format::time(at, &zone()), format::ago(at, now, &zone())));
    let attention = Figure::new("要対応", format!("{}件", overview.attention)).link("/deliveries?state=attention");
    let attention = if overview.attention > 0 { attention.tone(Tone::Bad) } else { attention };
    let comparison = match (compared.differs, compared.unchecked, compared.matched) {
        (0, 0, 0) => Figure::new("照合（直近30日）", "―"),
        (0, 0, _) => Figure::new("照合（直近30日）", "差異なし").tone_with(Tone::Good, Icon::Check),
        (0, unchecked, _) => {
            Figure::new("照合（直近30日）", format!("未照合 {unchecked}日")).tone_with(Tone::Mute, Icon::Wait)
        }
        (differs, _, _) => Figure::new("照合（直近30日）", format!("差異あり {differs}日"))
            .tone(Tone::Bad)
            .link("/deliveries/comparison"),
    };
    strip(&[
        state,
        Figure::new("最後の送信", sent),
        Figure::new("送信待ち", format!("{}件", overview.waiting)).link("/deliveries?state=waiting"),
        attention,
        comparison,
    ])
}

/// The form as it is first shown.
pub(super) fn first_form(overview: &Overview) -> Form {
    let mut values = vec![];
    let date = |date: Option<jiff::civil::Date>| date.map(format::date).unwrap_or_default();
    for link in &overview.stores {
        let id = link.store_id;
        values.push((format!("version.{id}"), link.version.to_string()));
        values.push((format!("code.{id}"), link.code.as_ref().map(FlaroStoreCode::to_string).unwrap_or_default()));
        values.push((format!("start.{id}"), date(link.start)));
        values.push((format!("end.{id}"), date(link.end)));
        if link.enabled {
            values.push((format!("enabled.{id}"), "on".to_owned()));
        }
    }
    let mut form = Form::of(values);
    set_common(&mut form, overview);
    form
}

fn set_common(form: &mut Form, overview: &Overview) {
    let switches =
        [("own_products", overview.linkage.own_product_codes), ("own_categories", overview.linkage.own_category_codes)];
    for (name, _) in switches.into_iter().filter(|(_, on)| *on) {
        form.set(name, "on");
    }
}

/// 登録
pub(super) async fn save_stores(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    mut form: Form,
) -> PageResult {
    viewer.must_be_admin()?;
    let Some(before) = overview(&pos, &viewer.tenant).await? else { return Ok(Redirect::to(HERE).into_response()) };
    let rows: Vec<Typed> = before.stores.iter().filter_map(|link| typed(&form, link)).collect();
    let generation = form.text("generation").parse().ok();
    let saved = match save(&pos, &viewer.tenant, viewer.name(), generation, rows).await {
        // Ended meanwhile.
        Err(PosError::NotFound(_)) => return Ok(Redirect::to(HERE).into_response()),
        saved => saved?,
    };
    match saved {
        Saved::Done(changed) => {
            let words = if changed == 0 {
                "変更はありませんでした。".to_owned()
            } else {
                format!("登録しました（{changed}店舗）。")
            };
            flash.set(Notice::done(words)).await?;
            return Ok(Redirect::to(HERE).into_response());
        }
        Saved::Mistakes(mistakes) => {
            for mistake in mistakes {
                form.error(&format!("{}.{}", field(mistake.column), mistake.store_id), mistake.message);
            }
        }
        Saved::Stale(words) => {
            for word in words {
                form.error(
                    "",
                    format!("{word}。入力した内容はまだ登録されていません。確認して、もう一度「登録」を押してください"),
                );
            }
            before
                .stores
                .iter()
                .for_each(|link| form.set(&format!("version.{}", link.store_id), link.version.to_string()));
        }
    }
    set_common(&mut form, &before);
    page(&pos, &viewer, &flash, &before, &form).await
}

/// A row as it was typed; none if the form did not have the store.
fn typed(form: &Form, link: &StoreLink) -> Option<Typed> {
    let id = link.store_id;
    let version = form.text(&format!("version.{id}")).parse().ok()?;
    Some(Typed {
        store_id: id,
        version: Some(version),
        code: form.raw(&format!("code.{id}")).to_owned(),
        start: form.raw(&format!("start.{id}")).to_owned(),
        end: form.raw(&format!("end.{id}")).to_owned(),
        enabled: form.is_on(&format!("enabled.{id}")),
    })
}

fn field(column: Column) -> &'static str {
    match column {
        Column::Code => "code",
        Column::Start => "start",
        Column::End => "end",
        Column::Enabled => "enabled",
    }
}

/// 共通設定
pub(super) async fn save_common(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, form: Form) -> PageResult {
    viewer.must_be_admin()?;
    let (products, categories) = (form.is_on("own_products"), form.is_on("own_categories"));
    linkage::set_common(&pos, &viewer.tenant, viewer.name(), products, categories).await?;
    flash.set(Notice::done("共通設定を登録しました。次の精算から反映されます。")).await?;
    Ok(Redirect::to(HERE).into_response())
}

/// 一時停止, 再開
pub(super) async fn set_held(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let held = form.text("held") == "yes";
    linkage::set_held(&pos, &viewer.tenant, viewer.name(), held).await?;
    let words = if held {
        "送信を一時停止しました。精算は送信待ちにたまります。"
    } else {
        "送信を再開しました。"
    };
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(HERE).into_response())
}

impl LinkedPage<'_> {
    fn gear() -> Html {
        ui::icon(Icon::Gear)
    }
}
