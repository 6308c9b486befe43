//! What codes are called on a screen, and what to do about a finding.

use crate::webhook::Kind;
use sales::{CodeSource, DiscountScope, LineKind, Service, TaxClass, TaxKind};

pub(super) fn tax_class(class: TaxClass) -> String {
    match class.kind {
        TaxKind::Standard => format!("標準{}%", class.percent),
        TaxKind::Reduced => format!("軽減{}%", class.percent),
        TaxKind::Exempt => "非課税".to_owned(),
        TaxKind::OutOfScope => "不課税".to_owned(),
    }
}

pub(super) fn service(service: Service) -> &'static str {
    match service {
        Service::EatIn => "店内",
        Service::Takeout => "持ち帰り",
    }
}

pub(super) fn line_kind(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Sale => "売上",
        LineKind::GiftCard => "商品券販売",
        LineKind::Deposit => "預り金",
        LineKind::CreditCollection => "掛売回収",
    }
}

pub(super) fn discount_scope(scope: DiscountScope) -> &'static str {
    match scope {
        DiscountScope::Line => "明細",
        DiscountScope::Check => "会計",
    }
}

pub(super) fn code_source(source: CodeSource) -> &'static str {
    match source {
        CodeSource::Pos => "",
        CodeSource::Own => "自社コード",
        CodeSource::OwnBlank => "自社コード未登録あり",
    }
}

/// What became of an event, as a list filters by it and as people call it.
pub(super) const VERDICTS: [(&str, &str); 5] = [
    ("stands", "反映済み"),
    ("late", "古い訂正（反映なし）"),
    ("repeated", "同じ内容（反映なし）"),
    ("conflict", "内容の食い違い"),
    ("test", "テスト送信"),
];

pub(super) fn verdict(name: &str) -> &'static str {
    VERDICTS.iter().find(|(key, _)| *key == name).map_or("不明", |(_, word)| word)
}

pub(super) fn event_type(name: &str) -> &'static str {
    match name {
        "settlement.closed" => "精算",
        "settlement.revised" => "訂正",
        "settlement.cancelled" => "精算取消",
        "linkage.test" => "テスト送信",
        _ => "不明",
    }
}

/// What is wrong, in one sentence.
pub(super) fn finding(kind: Kind, what: &str) -> String {
    match kind {
        Kind::UnknownStore => "連携画面に登録されていない店舗から届きました".to_owned(),
        Kind::UnknownRegister => "店舗の一覧にないレジから届きました".to_owned(),
        Kind::TotalsDiffer => format!("{}が会計の合計と合いません", figure(what)),
        Kind::FactsDiffer => "内容が、送信元が示した照合番号と合いません".to_owned(),
        Kind::Invariant => format!("会計の計算が合いません（{}）", rule(what)),
        Kind::Contradicts => "同じ精算がほかの店舗からも届いています".to_owned(),
        Kind::Conflict => "同じ精算・同じ訂正番号で、内容の違うものが届きました".to_owned(),
        Kind::Version => "この画面がまだ知らない形式で届きました".to_owned(),
    }
}

/// The way out.
pub(super) fn way_out(kind: Kind) -> &'static str {
    match kind {
        Kind::UnknownStore | Kind::UnknownRegister => {
            "USENレジの外部連携設定で、この店舗とレジを登録してください。登録すると、この表示は自動で消えます。"
        }
        Kind::TotalsDiffer | Kind::FactsDiffer | Kind::Invariant => {
            "USENレジでこの精算を確認し、訂正してください。訂正が届くと、この表示は自動で消えます。"
        }
        Kind::Contradicts => "USENレジの精算一覧で、どちらの店舗の精算が正しいかを確認してください。",
        Kind::Conflict => "両方の内容を見比べ、USENレジで正しい内容の訂正を送ってください。",
        Kind::Version => "FLAROの更新が必要です。お問い合わせください。届いた内容は保存されています。",
    }
}

fn figure(what: &str) -> &'static str {
    match what {
        "checks" => "会計数",
        "guests" => "客数",
        "net" => "売上（税抜）",
        "tax" => "消費税",
        "discounts" => "値引",
        "payments" => "支払合計",
        "settlement" => "精算情報",
        "hourly_sales" => "時間帯別売上",
        "product_sales" => "商品別売上",
        "product_hourly_sales" => "商品時間帯別売上",
        "payment_sales" => "支払方法別売上",
        "media_sales" => "広告媒体別売上",
        _ => "値引・割引情報",
    }
}

fn rule(what: &str) -> &'static str {
    match what.split(' ').next().unwrap_or_default() {
        "line.sign" => "明細の数量・単価",
        "discount.amount" | "discount.share" => "値引の計算",
        "line.amounts" | "check.total" => "明細の合計",
        "rate.tax" => "税率ごとの消費税",
        "payments.sum" | "payments.change" => "支払とお釣り",
        "check.business_date" => "会計の営業日",
        "check.duplicate" => "同じ会計が2つ",
        "reversal.mirror" => "赤伝票と元の会計",
        "cash.expected" | "cash.counted" | "cash.over_short" | "cash.carry_over" => "現金の過不足",
        "settlement.revision" => "訂正番号",
        _ => "金額の範囲",
    }
}
