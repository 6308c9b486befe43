//! A form that is read: typed values come out, mistakes are collected, nothing typed is lost.

use web::Form;

fn typed(body: &str) -> Form {
    Form::parse(body.as_bytes()).unwrap()
}

#[test]
fn values_come_out_typed() {
    let mut form = typed(
        "name=+%E6%9C%AC%E9%A4%A8+&count=%EF%BC%91%EF%BC%8C%EF%BC%90%EF%BC%90%EF%BC%90&day=2026-11-2&on=on&tag=a&tag=b",
    );
    assert_eq!(form.required("name", "名前").as_deref(), Some("本館"));
    assert_eq!(form.integer("count", "数", 0..=2_000), Some(1_000));
    assert_eq!(form.date("day", "日付"), Some(jiff::civil::date(2026, 11, 2)));
    assert_eq!(form.read("count", |text| text.chars().next().ok_or("空です")), Some('１'));
    assert_eq!(form.optional("absent", str::parse::<i64>), Some(None));
    assert!(form.is_on("on") && !form.is_on("off"));
    assert_eq!(form.all("tag").collect::<Vec<_>>(), ["a", "b"]);
    assert!(form.is_ok() && form.summary().is_empty());
}

#[test]
fn every_mistake_is_collected_in_order() {
    let mut form = typed("name=&count=3000&day=2026%2F02%2F30&code=x");
    assert_eq!(form.required("name", "名前"), None);
    assert_eq!(form.integer("count", "数", 0..=2_000), None);
    assert_eq!(form.date("day", "日付"), None);
    assert_eq!(form.optional("code", |_| Err::<(), _>("数字で入力してください")), None);
    form.error("", "終了日は開始日よりあとにしてください");
    let messages: Vec<_> = form.errors().iter().collect();
    assert_eq!(
        messages,
        [
            ("name", "名前を入力してください"),
            ("count", "数は 0 から 2,000 までの整数で入力してください"),
            ("day", "日付は 2026/11/01 のように、ある日付を入力してください"),
            ("code", "数字で入力してください"),
            ("", "終了日は開始日よりあとにしてください"),
        ]
    );
    let summary = form.summary();
    assert!(summary.as_str().contains("（5件）") && summary.as_str().contains(r#"role="alert""#));
    assert!(summary.as_str().contains(r##"<a href="#f-name">名前を入力してください</a>"##));
    assert!(summary.as_str().contains("<li>終了日は"));
}

#[test]
fn a_field_is_shown_again_with_what_was_typed_and_its_error() {
    let mut form = typed("row.1%5Bx%5D=%3Cb%3E%22");
    form.error("row.1[x]", "数字で入力してください <x>");
    let field = form.field("row.1[x]", "番号").required().hint("例）0000000101").digits();
    let html = field.as_str();
    assert!(html.contains(r#"<label for="f-row_1_x_">番号<span class="must">※必須</span></label>"#), "{html}");
    assert!(html.contains(r#"value="&#60;b&#62;&#34;""#), "{html}");
    assert!(html.contains(r#"aria-describedby="f-row_1_x_-hint f-row_1_x_-error" aria-invalid="true""#), "{html}");
    assert!(html.contains(r#"id="f-row_1_x_-error""#) && html.contains("&#60;x&#62;"), "{html}");
    assert!(html.contains(r#"inputmode="numeric""#) && !html.contains("placeholder"), "{html}");
}

#[test]
fn choices_keep_what_was_chosen_and_a_password_is_never_shown() {
    let form = typed("kind=b&how=2&own=on&secret=himitsu&memo=%0Aline");
    let select = form.field("kind", "種類").select(&[("a", "全員"), ("b", "担当者")]);
    assert!(select.as_str().contains(r#"<option value="b" selected>"#));
    let radios = form.field("how", "知らせ方").radios(&[("1", "すぐに"), ("2", "1日1回")]);
    assert!(radios.as_str().contains("<legend>知らせ方</legend>") && radios.as_str().contains(r#"value="2" checked"#));
    let switch = form.field("own", "使う").switch();
    assert!(switch.as_str().contains(r#"role="switch" name="own" value="on" checked"#));
    assert!(!form.field("secret", "パスワード").password().as_str().contains("himitsu"));
    // The parser of a browser drops the first line break of a textarea.
    assert!(form.field("memo", "メモ").area().as_str().contains(">\n\nline</textarea>"));
}

#[test]
fn forms_are_bounded() {
    let many = "a=b&".repeat(5_001);
    assert_eq!(Form::parse(many.as_bytes()).unwrap_err().status().as_u16(), 413);
}
