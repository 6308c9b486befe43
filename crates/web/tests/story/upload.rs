//! A form with a file: the fields come as in every form, the file is bounded, and other sites are refused.

use axum::http::StatusCode;
use axum::routing::post;
use web::Routes;
use web::upload::{BODY_BYTES_MAX, FILE_BYTES_MAX};
use web::{Settings, Upload, harden};

use crate::browser::Browser;

async fn take(mut upload: Upload) -> String {
    let memo = upload.form.text("memo").to_owned();
    match upload.file("list", "棚のファイル") {
        Some(file) => format!("{memo}|{}|{}", file.name, file.bytes.len()),
        None => format!("{memo}|{}", upload.form.errors().of("list").unwrap()),
    }
}

fn place() -> Browser {
    let settings = Settings { body_bytes_max: 1_000, ..Settings::new("見本の場所") };
    Browser::new(harden(Routes::new().route("/", post(take)), &settings))
}

#[tokio::test]
async fn the_file_and_the_fields_come_through() {
    let mut browser = place();
    let answer = browser.upload("/", &[("memo", "秋の棚")], &[("C:\\棚\\一覧.csv", &[b'a'; 2_000])]).await;
    assert_eq!(answer.text, "秋の棚|一覧.csv|2000");
}

#[tokio::test]
async fn what_was_chosen_wrongly_is_an_error_of_the_field_and_nothing_typed_is_lost() {
    let mut browser = place();
    let memo = [("memo", "m")];
    for (files, words) in [
        (vec![], "m|棚のファイルを選んでください"),
        (vec![("", &b""[..])], "m|棚のファイルを選んでください"),
        (vec![("a.csv", &b""[..])], "m|中身のあるファイルを選んでください（「a.csv」は空です）"),
        (vec![("a.csv", &b"x"[..]), ("b.csv", b"y")], "m|棚のファイルは1つだけ選んでください"),
        (
            vec![("a.csv", &vec![b'x'; FILE_BYTES_MAX + 1][..])],
            "m|棚のファイルは8MBまでです。行を分けて、小さくしてください",
        ),
    ] {
        assert_eq!(browser.upload("/", &memo, &files).await.text, words);
    }
    let largest = vec![b'x'; FILE_BYTES_MAX];
    assert_eq!(browser.upload("/", &memo, &[("a.csv", &largest)]).await.text, format!("m|a.csv|{FILE_BYTES_MAX}"));
}

#[tokio::test]
async fn bodies_and_fields_are_bounded() {
    let mut browser = place();
    let answer = browser.upload("/", &[], &[("a.csv", &vec![b'x'; BODY_BYTES_MAX])]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let long = "x".repeat((1 << 20) + 1);
    assert_eq!(browser.upload("/", &[("memo", &long)], &[]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let many = vec![("memo", "x"); 201];
    assert_eq!(browser.upload("/", &many, &[]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn other_sites_and_other_bodies_are_refused() {
    let mut browser = place();
    assert_eq!(browser.post("/", "memo=x").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    browser.headers = vec![("host", "place.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(browser.upload("/", &[], &[("a.csv", b"x")]).await.status, StatusCode::FORBIDDEN);
}
