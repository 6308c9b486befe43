//! A store: what USENレジ knows of it, what is changed here, and where its budgets, costs and days are.

use super::linkage;
use crate::{
    Flaro, FlaroError,
    console::{choose::Groups, in_path, shell},
    groups::Kind,
    months::Month,
    rights::Right,
    stores::details::{self, Detailed, Details, Hours, Saved, WEEKDAYS, clock, minutes},
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use sales::{FlaroStoreCode, StoreId};
use std::sync::Arc;
use web::{Failure, Flash, Form, Html, Notice, PageResult, format, ui};

#[derive(Template)]
#[template(path = "stores/one.html")]
struct Page<'a> {
    form: &'a Form,
    facts: Vec<(&'static str, Html)>,
    links: Vec<(&'static str, String)>,
    action: String,
    may: bool,
    areas: Vec<(String, String)>,
    brands: Vec<(String, String)>,
    hours: Vec<(String, String, &'static str, String, String)>,
    words: String,
}

type Seen = (Detailed, Groups);

async fn see(flaro: &Flaro, viewer: &Viewer, id: StoreId) -> Result<Seen, Failure> {
    let viewer = viewer.clone();
    let unit = async move |tx: &mut Tx| -> Result<Option<Seen>, FlaroError> {
        let Some(detailed) = details::find(tx, &viewer, id).await? else { return Ok(None) };
        Ok(Some((detailed, Groups::of(tx, &viewer.scope.company).await?)))
    };
    flaro.db.read(unit).await?.ok_or_else(Failure::not_found)
}

/// The page.
pub(in crate::console) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    let seen = see(&flaro, &viewer, in_path(&id)?).await?;
    let form = filled(&seen.0);
    page(&flaro, &viewer, &flash, &seen, &form, StatusCode::OK).await
}

/// 登録.
pub(in crate::console) async fn save(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::Stores)?;
    let id: StoreId = in_path(&id)?;
    let seen = see(&flaro, &viewer, id).await?;
    let version = form.text("version").parse().unwrap_or(-1);
    let Some(to) = read(&mut form, &seen.1) else {
        return page(&flaro, &viewer, &flash, &seen, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let notice = match details::save(&flaro, &viewer, id, version, to).await? {
        Saved::Done => Notice::done("登録しました。"),
        Saved::Unchanged => Notice::done("変更はありません。"),
        Saved::Gone => return Err(Failure::not_found()),
        Saved::CodeTaken(name) => {
            form.error("own_code", format!("ほかの自社コードを入力してください（「{name}」が使っています）"));
            return page(&flaro, &viewer, &flash, &seen, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        Saved::Stale(mark) => {
            let at = format::date_time(mark.at, &viewer.zone);
            let words = format!(
                "{at}に{}さんが{}を変更しました。いまの内容を確かめて、もう一度登録してください",
                mark.by, mark.what
            );
            form.error("", words);
            form.set("version", mark.version.to_string());
            return page(&flaro, &viewer, &flash, &seen, &form, StatusCode::CONFLICT).await;
        }
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("/stores/{id}")).into_response())
}

fn filled(seen: &Detailed) -> Form {
    let store = &seen.store;
    let mut values = vec![
        ("version".to_owned(), seen.mark.version.to_string()),
        ("own_code".to_owned(), store.own_code.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("area".to_owned(), store.area_id.clone().unwrap_or_default()),
        ("brand".to_owned(), store.brand_id.clone().unwrap_or_default()),
    ];
    for (day, span) in seen.hours.0.iter().enumerate() {
        if let Some((open, close)) = span {
            values.push((format!("open-{day}"), clock(*open)));
            values.push((format!("close-{day}"), clock(*close)));
        }
    }
    Form::of(values)
}

fn read(form: &mut Form, groups: &Groups) -> Option<Details> {
    let own_code = form.optional("own_code", |typed| {
        let code: Result<FlaroStoreCode, _> = web::text::digits(typed).parse();
        code.map_err(|_| "自社コードは1〜10桁の数字で入力してください（例：0000000101）")
    });
    let mut group = |field: &str, kind: Kind| {
        form.optional(field, |id| {
            if groups.has(kind, id) {
                Ok(id.to_owned())
            } else {
                Err(format!("{}を選び直してください", kind.label()))
            }
        })
    };
    let (area_id, brand_id) = (group("area", Kind::Area), group("brand", Kind::Brand));
    let hours = hours(form);
    Some(Details { own_code: own_code?, area_id: area_id?, brand_id: brand_id?, hours: hours? })
}

fn hours(form: &mut Form) -> Option<Hours> {
    let mut hours = Hours::default();
    let mut whole = true;
    for (day, name) in WEEKDAYS.iter().enumerate() {
        let (open, close) = (format!("open-{day}"), format!("close-{day}"));
        let from = form.optional(&open, minutes);
        let until = form.optional(&close, minutes);
        match (from, until) {
            (Some(None), Some(None)) => {}
            (Some(Some(from)), Some(Some(until))) if from < until => hours.0[day] = Some((from, until)),
            (Some(Some(_)), Some(Some(_))) => {
                form.error(&close, format!("{name}曜の閉店は開店より後の時刻を入力してください（深夜0時は 24:00）"));
                whole = false;
            }
            (Some(_), Some(_)) => {
                form.error(&close, format!("{name}曜は開店と閉店の両方を入力してください。定休日は両方を空にします"));
                whole = false;
            }
            _ => whole = false,
        }
    }
    whole.then_some(hours)
}

async fn page(
    flaro: &Flaro,
    viewer: &Viewer,
    flash: &Flash,
    (seen, groups): &Seen,
    form: &Form,
    status: StatusCode,
) -> PageResult {
    let store = &seen.store;
    let (id, now) = (store.id, flaro.now());
    let hour = |day: usize| {
        let name = WEEKDAYS[day];
        (format!("open-{day}"), format!("close-{day}"), name, format!("{name}曜の開店"), format!("{name}曜の閉店"))
    };
    let month = Month::of(store.today(now));
    let mut links = vec![("営業日", format!("/days?store={id}")), ("予算", format!("/budgets/{id}/{month}"))];
    links.push(("経費・人件費", format!("/costs/{id}/{month}")));
    let content = Page {
        form,
        facts: facts(seen, groups, now),
        links,
        action: format!("/stores/{id}"),
        may: viewer.may(Right::Stores),
        areas: groups.options(Kind::Area, "なし", store.area_id.as_deref()),
        brands: groups.options(Kind::Brand, "なし", store.brand_id.as_deref()),
        hours: (0..7).map(hour).collect(),
        words: seen.hours.words(),
    };
    let shell = shell(viewer, store.name.clone(), "/stores").status(status).flash(flash.take().await);
    Ok(shell.crumb("店舗一覧", Some("/stores")).crumb(store.name.clone(), None).render(content))
}

fn facts(seen: &Detailed, groups: &Groups, now: jiff::Timestamp) -> Vec<(&'static str, Html)> {
    let store = &seen.store;
    let (tone, icon, word) = linkage(store, now);
    let or_none = |text: &str| Html::text(if text.is_empty() { "なし" } else { text });
    let date = |date: Option<jiff::civil::Date>| Html::text(&date.map_or_else(|| "未設定".to_owned(), format::date));
    let tills: Vec<&str> = store.registers.iter().map(|till| till.name.as_str()).collect();
    vec![
        ("連携", ui::chip_with(tone, icon, word)),
        ("自社コード", or_none(store.code().map_or("", FlaroStoreCode::as_str))),
        ("USENレジのFLARO店舗コード", or_none(store.flaro_store_code.as_ref().map_or("", FlaroStoreCode::as_str))),
        ("エリア", or_none(groups.name(store.area_id.as_deref()))),
        ("ブランド", or_none(groups.name(store.brand_id.as_deref()))),
        ("連携開始日", date(store.start)),
        ("連携終了日", date(store.end)),
        ("レジ", or_none(&tills.join("・"))),
    ]
}
