//! The chain's own codes: written where 共通設定 asks for them, blanks told, and rows kept by the POS's product.

use crate::kit::{close, draft, head, line, pay, product};
use sales::{
    Cash, CodeSource, Datasets, OwnCode, OwnCodes, PaymentKind, ProductId, Rounding, TaxClass, TaxMode, close_check,
    datasets,
};
use std::collections::BTreeMap;

fn own(code: &str) -> Option<OwnCode> {
    (!code.is_empty()).then(|| code.parse().unwrap())
}

fn codes(product: &str, parent_category: &str, child_category: &str) -> OwnCodes {
    OwnCodes { product: own(product), parent_category: own(parent_category), child_category: own(child_category) }
}

/// Five products: with all codes, without one of each, and one that nobody gave codes.
fn known() -> BTreeMap<ProductId, OwnCodes> {
    let rows = [codes("P", "A", "B"), codes("", "A", "B"), codes("P", "", "B"), codes("P", "A", "")];
    (0..).zip(rows).map(|(n, codes)| (product(n).id, codes)).collect()
}

fn written(products: bool, categories: bool) -> Datasets {
    let lines = (0..5).map(|n| line(n, TaxClass::STANDARD, 100, 1)).collect();
    let order = draft(TaxMode::Included, Rounding::Down, lines);
    let check = close_check(head(1), &order, &[pay(PaymentKind::Cash, 500)]).unwrap();
    let data = datasets(&close(vec![check], Cash::default())).unwrap();
    data.with_own_codes(products, categories, &known())
}

/// Product, parent and child category of every row, and what it says of them.
fn rows(data: &Datasets) -> Vec<(String, CodeSource)> {
    let text = |code: &Option<OwnCode>| code.as_ref().map_or("-", OwnCode::as_str).to_owned();
    let row = |row: &sales::ProductSales| {
        let codes = [&row.own_product_code, &row.own_parent_category_code, &row.own_child_category_code];
        (codes.map(text).concat(), row.code_source)
    };
    data.product_sales.iter().map(row).collect()
}

fn expected(rows: [(&str, CodeSource); 5]) -> Vec<(String, CodeSource)> {
    rows.map(|(codes, source)| (codes.to_owned(), source)).into()
}

#[test]
fn a_row_carries_the_codes_that_are_asked_for_and_says_where_one_is_blank() {
    use CodeSource::{Own, OwnBlank, Pos};
    assert_eq!(rows(&written(false, false)), expected([("---", Pos); 5]));
    let products = [("P--", Own), ("---", OwnBlank), ("P--", Own), ("P--", Own), ("---", OwnBlank)];
    assert_eq!(rows(&written(true, false)), expected(products));
    let categories = [("-AB", Own), ("-AB", Own), ("--B", OwnBlank), ("-A-", OwnBlank), ("---", OwnBlank)];
    assert_eq!(rows(&written(false, true)), expected(categories));
    let both = [("PAB", Own), ("-AB", OwnBlank), ("P-B", OwnBlank), ("PA-", OwnBlank), ("---", OwnBlank)];
    assert_eq!(rows(&written(true, true)), expected(both));
}

#[test]
fn hours_carry_the_products_code_alone() {
    let of_hours = |data: &Datasets| {
        let codes = data.product_hourly_sales.iter().map(|row| row.own_product_code.is_some());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(of_hours(&written(true, false)), [true, false, true, true, false]);
    assert_eq!(of_hours(&written(false, true)), [false; 5]);
}
