//! The gallery's pages. Also rendered by a test, which holds them to the manners of every page.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use web::chart::{Chart, Drawn, sparkline};
use web::confirm::Confirm;
use web::figures::{Figure, kpis, strip};
use web::html::Html;
use web::ui::{self, Icon, Segment, Tone};
use web::upload::{Column, Faults, TABLES};
use web::{Flash, Form, ListQuery, Menu, Notice, PageResult, Shell, SignedIn, Upload, filters, format, table, text};

/// The menu of the made-up place.
pub fn menu() -> Menu {
    Menu::new("読書室 ｜ 見本", "/")
        .group("", &[("ようす", "/"), ("貸出一覧", "/list"), ("空の一覧", "/nothing")])
        .group(
            "本の管理",
            &[("本の登録", "/books"), ("本の取り込み", "/import"), ("分類", "/classes"), ("書架", "/shelves")],
        )
        .group("設定", &[("受け渡しの設定", "/form"), ("担当者と権限", "/people"), ("変更履歴", "/history")])
}

fn frame<'a>(menu: &'a Menu, title: &str, here: &str) -> Shell<'a> {
    let who = SignedIn::for_tests("u1", "room", "本間さん", "reader");
    Shell::new(menu, title).here(here).who(&who).top("登録番号 0012345　みなと読書室")
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    figures: Html,
    chart: Html,
    rows: Vec<(&'static str, i64, &'static str, Html, Html)>,
}

/// Figures, a chart, things to do, a table.
pub fn overview() -> Response {
    let note = |tone, icon, text: &str, before: &str| Html::text(before).then(&ui::trend(tone, icon, text));
    let figures = kpis(&[
        Figure::new("貸出", "842冊").note(note(Tone::Good, Icon::Up, "104.2%", "目標比 ")),
        Figure::new("来室", "412名").note(note(Tone::Good, Icon::Up, "+31名", "前週同曜日 ")),
        Figure::new("1人あたり", "2.0冊").note(note(Tone::Bad, Icon::Down, "−0.1冊", "前週同曜日 ")),
        Figure::new("延滞", "3件").tone(Tone::Bad).link("/list?state=late"),
    ]);
    let lent = [0, 42, 98, 76, 22, 8, 14, 51, 88, 112, 97, 70, 41, 22, 9].map(|n| Some(n * 1_000));
    let before = [0, 36, 90, 80, 26, 10, 12, 44, 80, 120, 101, 60, 33, 20, 12].map(|n| Some(n * 1_000));
    let hours = (11..26).map(|hour| format!("{hour}時"));
    let chart = Chart::new("hours", "時間帯別の貸出", hours)
        .series("今日", Drawn::Bars, lent)
        .series("前週同曜日", Drawn::Dashed, before)
        .html();
    let spark = |values: &[i64]| sparkline(values, "この13日の貸出。最小と最大は詳細にあります");
    let rows = vec![
        (
            "本館",
            412_480,
            "106.1%",
            spark(&[6, 10, 8, 15, 18, 9, 7, 12, 10, 17, 20, 12, 16]),
            ui::chip(Tone::Good, "受信済み"),
        ),
        (
            "駅前分室",
            -1_200,
            "99.3%",
            spark(&[16, 14, 18, 12, 15, 10, 16, 13, 8, 12, 14, 10, 12]),
            ui::chip_with(Tone::Warn, Icon::Half, "一部（1/2台）"),
        ),
        (
            "児童室",
            161_810,
            "108.7%",
            spark(&[4, 6, 5, 14, 21, 6, 4, 8, 7, 15, 22, 6, 8]),
            ui::chip(Tone::Mute, "未着（開室中）"),
        ),
    ];
    let segments = ["今日", "今月", "期間…"].map(|label| Segment {
        label: label.to_owned(),
        href: "/".to_owned(),
        current: label == "今日",
    });
    frame(&menu(), "2026/11/22（日）のようす", "/")
        .lead("みなと読書室・全3室")
        .actions(ui::segments("期間", &segments))
        .render(Overview { figures, chart, rows })
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage<'a> {
    form: &'a Form,
    strip: Html,
    end: Confirm,
}

/// The form as it is first shown.
pub fn first_form() -> Form {
    Form::of([
        ("code.1", "0000000101"),
        ("from.1", "2026/11/01"),
        ("on.1", "on"),
        ("code.2", "10000000102"),
        ("from.2", "2026/11/23"),
        ("own", "on"),
        ("kind", "b"),
        ("how", "2"),
    ])
}

/// A table of inputs, switches, a dangerous action.
pub fn form(form: &Form) -> Response {
    let strip = strip(&[
        Figure::new("受け渡し", "動作中").tone_with(Tone::Good, Icon::Dot),
        Figure::new("最後の送信", "22:41（3分前）"),
        Figure::new("送信待ち", "0件"),
        Figure::new("要対応", "1件").tone(Tone::Bad).link("/list"),
        Figure::new("照合（直近30日）", "差異なし").tone_with(Tone::Good, Icon::Check),
    ]);
    let end = Confirm::new("end", "「本館」の受け渡しをやめますか？", "/form/end", "受け渡しをやめる")
        .says("送信待ちの 2件 は送られません。")
        .says("履歴は残ります。もう一度始めるには番号の登録が必要です。")
        .sends("room", "1");
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    frame(&menu(), "受け渡しの設定", "/form")
        .crumb("設定", Some("/settings"))
        .crumb("受け渡し", None)
        .status(status)
        .render(FormPage { form, strip, end })
}

/// Reads the form, shows it again with its errors, or says that it is done.
pub async fn submit(flash: Flash, mut typed: Form) -> PageResult {
    for row in 1..=2 {
        typed.read(&format!("code.{row}"), |code| match text::digits(code).len() {
            1..=10 => Ok(()),
            n => Err(format!("数字10桁以内で入力してください（いま{n}桁です）")),
        });
        typed.date(&format!("from.{row}"), "開始日");
    }
    typed.required("mail", "連絡先のメールアドレス");
    if !typed.is_ok() {
        return Ok(form(&typed));
    }
    flash.set(Notice::done("登録しました。")).await?;
    Ok(Redirect::to("/list").into_response())
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage<'a> {
    form: &'a Form,
    faults: Html,
}

/// A file to take in, and what is wrong with the one just sent.
pub fn import(form: &Form, faults: &Faults) -> Response {
    let good = form.is_ok() && faults.is_empty();
    let status = if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ImportPage { form, faults: faults.html() };
    frame(&menu(), "本の取り込み", "/import").status(status).render(page)
}

/// Reads a file of books: number and title.
pub async fn take_in(flash: Flash, mut upload: Upload) -> PageResult {
    let columns = [Column::needed("番号"), Column::needed("書名"), Column::optional("メモ")];
    let Some(file) = upload.file("list", "本のファイル") else {
        return Ok(import(&upload.form, &Faults::default()));
    };
    let grid = match file.grid().await {
        Ok(grid) => grid,
        Err(fault) => return Ok(import(&upload.form, &fault.into())),
    };
    let faults = match grid.columns(&columns) {
        Ok(table) => table.rows().filter_map(|row| row.whole("番号").err()).collect(),
        Err(faults) => faults,
    };
    if !faults.is_empty() {
        return Ok(import(&upload.form, &faults));
    }
    flash.set(Notice::done(format!("{}冊を登録しました。", grid.len()))).await?;
    Ok(Redirect::to("/list").into_response())
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    list: &'a ListQuery,
    form: Form,
    rows: Vec<(String, &'static str, i64, Html)>,
    pager: Html,
}

/// Filters, sorting, paging, a notice, a calendar, progress.
pub async fn list(flash: Flash, list: ListQuery) -> Response {
    let chips = [
        ui::chip(Tone::Good, "送信済み"),
        ui::chip_with(Tone::Mute, Icon::Wait, "送信待ち"),
        ui::chip_with(Tone::Key, Icon::Send, "送信中"),
        ui::chip_with(Tone::Warn, Icon::Retry, "再送待ち"),
        ui::chip(Tone::Bad, "要対応"),
        ui::chip_with(Tone::Warn, Icon::Pause, "停止中"),
    ];
    let day = |n: i8| format::date_weekday(jiff::civil::date(2026, 11, n));
    let rows = (1..).zip(chips).map(|(n, chip)| (day(n), "本館", i64::from(n) * 12_345 - 40_000, chip)).collect();
    let pager = table::pager(&list, 1_234, 50);
    frame(&menu(), "貸出一覧", "/list")
        .flash(flash.take().await.or_else(|| Some(Notice::done("2件を再送の列に入れました。"))))
        .render(ListPage { list: &list, form: list.form(), rows, pager })
}

/// An empty state.
pub fn nothing(list: &ListQuery) -> Response {
    let content =
        table::empty("まだ貸出がありません", "本を登録すると、ここに一覧が出ます。", Some(("本を登録する", "/books")));
    let found = if list.is_filtered() { table::nothing_found(list) } else { content };
    frame(&menu(), "空の一覧", "/nothing").frame(&Html::trusted(format!(r#"<section class="card">{found}</section>"#)))
}
