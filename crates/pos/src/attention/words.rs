//! A broken rule in the words of people who run restaurants.

use sales::{Invariant, Violation};

/// `会計の合計（伝票12）：記録 1,080、計算 1,100`
pub fn violation(found: &Violation) -> String {
    let rule = rule(found.invariant);
    let place = place(&found.place);
    let at = if place.is_empty() { String::new() } else { format!("（{place}）") };
    let number = web::format::thousands;
    format!("{rule}{at}：記録 {}、計算 {}", number(found.stated), number(found.computed))
}

fn rule(invariant: Invariant) -> &'static str {
    match invariant {
        Invariant::LineSign => "明細の数量・単価・順番",
        Invariant::DiscountAmount => "値引・割引の額",
        Invariant::DiscountShare => "会計値引の明細への配分",
        Invariant::LineAmounts => "明細の税抜・消費税・税込",
        Invariant::RateTax => "税率ごとの消費税",
        Invariant::CheckTotal => "会計の合計",
        Invariant::PaymentsSum => "支払の合計",
        Invariant::PaymentChange => "お預り・お釣り",
        Invariant::BusinessDate => "会計の営業日",
        Invariant::DuplicateCheck => "会計の重複",
        Invariant::ReversalMirror => "赤伝票と元の会計",
        Invariant::ExpectedCash => "現金のあるべき額",
        Invariant::CountedCash => "現金在高（金種の合計）",
        Invariant::OverShort => "過不足",
        Invariant::CarryOver => "繰越",
        Invariant::Revision => "精算の改訂",
        Invariant::Overflow => "扱える範囲を超えた金額",
    }
}

/// Slip and line are what people know a bill by; ids are for the evidence.
fn place(place: &str) -> String {
    let slip = place.split_once("(slip ").and_then(|(_, rest)| rest.split_once(')'));
    match slip {
        Some((slip, rest)) => format!("伝票{slip}{}", part(rest)),
        None => part(place.split_once(' ').map_or("", |(_, rest)| rest.split_once(' ').map_or("", |(_, part)| part))),
    }
}

fn part(part: &str) -> String {
    part.replace("line", "明細")
        .replace("payment", "支払")
        .replace("rates", "税率の数")
        .replace("rate", "税率")
        .replace("discounts", "値引・割引")
        .replace("cash", "現金")
        .replace("movement", "入出金")
        .replace("check", "会計")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_names_slip_line_and_both_numbers() {
        let found = |place: &str| Violation {
            invariant: Invariant::LineAmounts,
            place: place.to_owned(),
            stated: 1080,
            computed: -1100,
        };
        let check = "check 018f0000-0000-7000-8000-000000000001 (slip 12) line 3";
        assert_eq!(violation(&found(check)), "明細の税抜・消費税・税込（伝票12 明細 3）：記録 1,080、計算 −1,100");
        let drawer = "settlement 018f0000-0000-7000-8000-000000000001 cash";
        assert_eq!(violation(&found(drawer)), "明細の税抜・消費税・税込（現金）：記録 1,080、計算 −1,100");
    }
}
