//! Around a table: headings that sort, a pager that keeps the question, an empty list that helps.

use web::ListQuery;
use web::table::{empty, nothing_found, offset, pager, sort_heading};

#[test]
fn the_pager_says_which_rows_and_keeps_the_filters() {
    let list = ListQuery::of("/list", "q=a%26b&page=3");
    let pager = pager(&list, 1_234, 50);
    let html = pager.as_str();
    assert!(html.contains("101〜150件（全1,234件）"), "{html}");
    assert!(html.contains(r#"href="/list?q=a%26b&#38;page=2" rel="prev""#), "{html}");
    assert!(html.contains(r#"<span aria-current="page" aria-label="3ページ">3</span>"#), "{html}");
    assert!(html.contains(r#"aria-label="25ページ""#) && !html.contains(r#"aria-label="6ページ""#), "{html}");
    assert_eq!(offset(&list, 1_234, 50), 100);
}

#[test]
fn a_page_beyond_the_end_is_the_last_and_a_short_list_has_no_pages() {
    let list = ListQuery::of("/list", "page=99");
    assert!(pager(&list, 60, 50).as_str().contains("51〜60件（全60件）"));
    assert_eq!((offset(&list, 60, 50), offset(&list, 0, 50)), (50, 0));
    let short = pager(&ListQuery::of("/list", ""), 0, 50);
    assert!(short.as_str().contains("0〜0件（全0件）") && !short.as_str().contains("<ul>"));
}

#[test]
fn headings_tell_how_the_list_is_sorted() {
    let list = ListQuery::of("/list", "sort=-amount");
    let sorted = sort_heading(&list, "amount", "金額", true);
    assert!(sorted.as_str().contains(r#"class="num" aria-sort="descending""#));
    assert!(sorted.as_str().contains(r#"href="/list?sort=amount""#));
    assert!(!sort_heading(&list, "day", "日付", false).as_str().contains("aria-sort"));
}

#[test]
fn an_empty_list_says_what_to_do_next() {
    assert!(
        empty("まだありません", "登録してください。", Some(("登録する", "/new"))).as_str().contains(r#"href="/new""#)
    );
    let list = ListQuery::of("/list", "q=x&sort=day");
    assert!(list.is_filtered() && nothing_found(&list).as_str().contains(r#"href="/list""#));
}
