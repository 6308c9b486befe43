//! Charts: a title, readable axes, the same numbers in a table.

use web::chart::{Chart, Drawn, sparkline};
use web::format;

fn chart() -> Chart {
    Chart::new("c", "時間帯別 <税抜>", ["11時", "12時", "25時"])
        .written(format::yen)
        .series("今日", Drawn::Bars, [Some(42_000), Some(-8_000), None])
        .series("前週", Drawn::Dashed, [Some(30_000), None, Some(10_000)])
}

#[test]
fn the_picture_is_named_and_its_numbers_are_in_a_table() {
    let html = chart().html().to_string();
    assert!(html.contains(r#"role="img" aria-labelledby="c-title""#));
    assert!(html.contains(r#"<title id="c-title">時間帯別 &#60;税抜&#62;</title>"#), "{html}");
    assert!(html.contains(r#"<th scope="row">12時</th><td class="num">−¥8,000</td><td class="num">―</td>"#), "{html}");
    assert!(html.contains("<title>11時 今日 ¥42,000</title>"));
    assert!(html.contains(">4万</text>") && html.contains(">−1万</text>"), "{html}");
    assert!(!html.contains("style"));
}

#[test]
fn bars_stand_on_zero_and_a_line_has_a_gap_where_there_is_nothing() {
    let html = chart().html().to_string();
    let zero = html.split(r#"class="grid zero" d="M48 "#).nth(1).unwrap().split('H').next().unwrap();
    assert!(html.contains(&format!(r#" y="{zero}" width="#)), "the bar below zero begins at zero");
    let line = html.split(r#"class="line dashed s1" d=""#).nth(1).unwrap().split('"').next().unwrap();
    assert_eq!((line.matches('M').count(), line.matches('L').count()), (2, 0), "{line}");
}

#[test]
fn nothing_and_too_much_are_drawn_without_trouble() {
    let none: [&str; 0] = [];
    assert!(Chart::new("e", "空", none).html().as_str().contains("<svg"));
    let many = Chart::new("m", "多い", (0..2_000).map(|n| n.to_string()));
    let wide = (0..2_000).map(|n| Some((n - 1_000) * (i64::MAX / 1_000)));
    assert!(many.series("x", Drawn::Line, wide).html().as_str().len() > 2_000);
    assert!(sparkline(&[], "空").as_str().contains(r#"d="""#));
    assert!(sparkline(&[i64::MIN, i64::MAX], "端").as_str().contains(r#"d="M2 22L118 2""#));
}
