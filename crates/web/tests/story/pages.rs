//! The gallery's pages keep the manners of every page.

use axum::http::StatusCode;
use axum::response::Response;
use web::testing::assert_page;
use web::upload::Fault;
use web::{Flash, Form, ListQuery, Menu, Shell, SignedIn, Upload};

use crate::browser::read;
use crate::page;

async fn text(response: Response) -> String {
    read(response).await.text
}

#[tokio::test]
async fn every_page_of_the_gallery_passes() {
    assert_page(&text(page::overview()).await);
    assert_page(&text(page::form(&page::first_form())).await);
    for query in ["", "q=x&page=3&sort=-amount"] {
        let list = ListQuery::of("/list", query);
        assert_page(&text(page::list(Flash::default(), list).await).await);
    }
    let wrong = Fault::cell(2, "番号", "元の値を入れ直してください");
    assert_page(&text(page::import(&Form::default(), &wrong.into())).await);
    assert_page(&text(page::nothing(&ListQuery::of("/nothing", ""))).await);
}

#[tokio::test]
async fn a_form_with_mistakes_says_so_in_title_summary_and_field() {
    let typed = Form::parse(b"code.1=101&code.2=10000000102&from.1=2026/11/1&from.2=2026/11/23&mail=a").unwrap();
    let answer = read(page::submit(Flash::default(), typed).await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("<title>入力エラー：受け渡しの設定 ｜ 読書室 ｜ 見本</title>"));
    assert!(answer.text.contains(r##"href="#f-code_2""##) && answer.text.contains(r#"value="10000000102""#));
    assert_page(&answer.text);
}

#[tokio::test]
async fn the_shell_has_landmarks_a_skip_link_and_one_current_entry_a_menu() {
    let html = text(page::overview()).await;
    for part in [
        r##"<a class="skip" href="#main">本文へ移動</a>"##,
        r#"<nav class="side" aria-label="メニュー">"#,
        r#"<main id="main" tabindex="-1">"#,
        r#"<form method="post" action="/logout">"#,
        "width=device-width, initial-scale=1",
        web::assets::css(),
        web::assets::js(),
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert_eq!(html.matches(r#"href="/" aria-current="page""#).count(), 2, "the menu at the side and the folded one");
}

#[tokio::test]
async fn whatever_people_are_called_is_escaped() {
    let evil = "<script>alert(1)</script>\"'";
    let menu = Menu::new(evil, "/").group(evil, &[(evil, "/\"x")]);
    let who = SignedIn::for_tests("u", "t", evil, "r");
    let shell = Shell::new(&menu, evil).who(&who).top(evil).lead(evil).crumb(evil, Some("/\"y")).here("/\"x");
    let content = Form::of([("x", evil)]).field("x", evil).hint(evil).input();
    let html = text(shell.frame(&content)).await;
    assert!(!html.contains("<script>alert"));
    assert_page(&html);
}

#[tokio::test]
async fn a_dangerous_action_names_what_happens_and_works_without_script() {
    let html = text(page::form(&page::first_form())).await;
    assert!(html.contains(r##"<a class="btn danger" href="#end" data-dialog="end""##));
    let dialog = html.split("<dialog").nth(1).unwrap();
    for part in
        [r#"id="end" aria-labelledby="end-title""#, "「本館」の", "2件", "キャンセル", r#"name="room" value="1""#]
    {
        assert!(dialog.contains(part), "{part}");
    }
}

#[tokio::test]
async fn a_form_without_its_file_says_so_at_the_field() {
    let answer = read(page::take_in(Flash::default(), Upload::default()).await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains(r#"id="f-list-error""#) && answer.text.contains("本のファイルを選んでください"));
    assert!(answer.text.contains(r#"type="file" name="list" accept=".csv,.xlsx,.txt""#), "{}", answer.text);
    assert_page(&answer.text);
}
