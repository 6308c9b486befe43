//! The form of a store: read once here, shown by the page of a new store and of one that is there.

use askama::Template;
use sales::{DayRule, RegistrationNumber, Rounding, TaxMode};
use web::Form;
use web::html::Html;

use crate::console::search::{Options, options};
use crate::stores::detail::{Details, cut_over};

const ZONES: [(&str, &str); 16] = [
    ("Asia/Tokyo", "日本（東京）"),
    ("Asia/Seoul", "韓国（ソウル）"),
    ("Asia/Taipei", "台湾（台北）"),
    ("Asia/Hong_Kong", "香港"),
    ("Asia/Shanghai", "中国（上海）"),
    ("Asia/Singapore", "シンガポール"),
    ("Asia/Bangkok", "タイ（バンコク）"),
    ("Asia/Ho_Chi_Minh", "ベトナム（ホーチミン）"),
    ("Asia/Manila", "フィリピン（マニラ）"),
    ("Asia/Jakarta", "インドネシア（ジャカルタ）"),
    ("Australia/Sydney", "オーストラリア（シドニー）"),
    ("Europe/Paris", "フランス（パリ）"),
    ("Europe/London", "イギリス（ロンドン）"),
    ("America/New_York", "アメリカ（ニューヨーク）"),
    ("America/Los_Angeles", "アメリカ（ロサンゼルス）"),
    ("Pacific/Honolulu", "ハワイ（ホノルル）"),
];

#[derive(Template)]
#[template(path = "stores/details.html")]
struct Fields<'a> {
    form: &'a Form,
    zones: Options,
}

/// The fields.
pub(super) fn fields(form: &Form) -> Html {
    let mut zones = options(ZONES);
    let kept = form.raw("zone");
    if !kept.is_empty() && zones.iter().all(|(zone, _)| zone != kept) {
        zones.push((kept.to_owned(), kept.to_owned()));
    }
    Html::of(Fields { form, zones })
}

/// The form as it is first shown.
pub(super) fn first(details: &Details, version: i64) -> Form {
    let mode = if details.tax_mode == TaxMode::Added { "added" } else { "included" };
    let rounding = match details.rounding {
        Rounding::Down => "down",
        Rounding::HalfUp => "half_up",
        Rounding::Up => "up",
    };
    let number = details.registration_number.as_ref().map(ToString::to_string).unwrap_or_default();
    Form::of([
        ("version", version.to_string()),
        ("name", details.name.clone()),
        ("zone", details.zone.clone()),
        ("cut_over", details.cut_over.clone()),
        ("tax_mode", mode.to_owned()),
        ("rounding", rounding.to_owned()),
        ("registration_number", number),
        ("position", details.position.to_string()),
    ])
}

/// What was typed; none while something is wrong with it.
pub(super) fn read(form: &mut Form) -> Option<Details> {
    let name = form.required("name", "店舗名");
    let zone = form.read("zone", |zone| {
        let known = DayRule::new(zone, "00:00").is_ok();
        if known { Ok(zone.to_owned()) } else { Err("タイムゾーンを選択してください") }
    });
    let cut_over = form.read("cut_over", cut_over);
    let tax_mode = form.read("tax_mode", |mode| match mode {
        "included" => Ok(TaxMode::Included),
        "added" => Ok(TaxMode::Added),
        _ => Err("税の計算を選択してください"),
    });
    let rounding = form.read("rounding", |rounding| match rounding {
        "down" => Ok(Rounding::Down),
        "half_up" => Ok(Rounding::HalfUp),
        "up" => Ok(Rounding::Up),
        _ => Err("端数処理を選択してください"),
    });
    let number = form.optional("registration_number", str::parse::<RegistrationNumber>);
    let position = form.integer("position", "表示順", 1..=100_000);
    Some(Details {
        name: name?,
        zone: zone?,
        cut_over: cut_over?,
        tax_mode: tax_mode?,
        rounding: rounding?,
        registration_number: number?,
        position: position?,
    })
}
