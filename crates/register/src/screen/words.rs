//! What the till refused, in the words of whoever stands at the counter: what happened, and what to do.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand their fields over by reference")]

use super::Screen;
use crate::{TillError, clock, order::OrderError};
use axum::http::StatusCode;
use db::DbError;
use jiff::civil::Date;
use sales::{CheckId, LineKind, PricingError, Service, TaxClass, TaxKind, Yen};
use std::sync::PoisonError;
use web::format::{self, yen as yen_text};

/// A refusal as it is shown.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub status: StatusCode,
    pub text: String,
}

impl Screen {
    /// Says it, and remembers what it says about the disk.
    pub(super) fn told(&self, error: &TillError) -> Told {
        if let TillError::Db(why) = error {
            tracing::error!(error = %why, "the till's disk refused");
            if why.is_unavailable() {
                let reason = why.to_string();
                let failing = crate::DiskState::Failing { reason, free: None };
                *self.disk.write().unwrap_or_else(PoisonError::into_inner) = failing;
            }
        }
        let status = match error {
            TillError::Db(why) if why.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
            TillError::Db(_) | TillError::Damaged { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Told { status, text: in_words(error) }
    }
}

fn in_words(error: &TillError) -> String {
    match error {
        TillError::Db(why) => disk(why).to_owned(),
        TillError::Pricing(why) => pricing(why),
        TillError::Order(why) => order(why),
        TillError::NoMasters => "本部からまだ商品を受け取っていません。一度ネットワークにつないでください。".to_owned(),
        TillError::NoSession => "レジが開いていません。「レジ開設」から始めてください。".to_owned(),
        TillError::SessionOpen { business_date } => {
            format!("{}のレジがまだ開いています。先に精算してください。", format::date(*business_date))
        }
        TillError::NotOrdered(_) => "この伝票はもう開いていません。伝票一覧で確認してください。".to_owned(),
        TillError::PaidAlready(_) => {
            "この伝票は会計が済んでいます。直すときは伝票一覧から取り消すか訂正してください。".to_owned()
        }
        TillError::TooManyOpen(most) => {
            format!("開いたままの伝票が{most}件あります。会計するか取り消してから始めてください。")
        }
        TillError::AlreadyVoided { .. } => "この会計はすでに取り消されています。".to_owned(),
        TillError::IsReversal(_) => "赤伝票は取り消せません。正しい内容で新しく会計してください。".to_owned(),
        TillError::CheckUnknown(_) => {
            "この会計はこのレジのものではありません。会計したレジで操作してください。".to_owned()
        }
        TillError::CheckConflict(_) => "同じ伝票が別の内容で会計されています。伝票一覧で確認してください。".to_owned(),
        TillError::Deposit { in_drawer, .. } => {
            format!("銀行預入は、いま現金がある{}までにしてください。", yen_text(in_drawer.0))
        }
        TillError::Negative { .. } => "金額は0円以上で入力してください。".to_owned(),
        TillError::LaterClosed(_) => {
            "このあとの精算が済んでいるため取り消せません。本部で訂正してください。".to_owned()
        }
        TillError::Revised(_) => "本部で訂正された精算は取り消せません。もう一度本部で訂正してください。".to_owned(),
        TillError::NotOpen(_) => "この営業日はもう精算されています。".to_owned(),
        TillError::NotSettled(_) => "この営業日はまだ精算されていません。".to_owned(),
        TillError::NotManager { .. } => "店長の承認が必要です。".to_owned(),
        TillError::Damaged { .. } => {
            "レジの記録に傷みが見つかりました。このレジでの会計をやめて、サポートにご連絡ください。".to_owned()
        }
        other => {
            tracing::error!(error = %other, "the till refused");
            "この操作は行えませんでした。何も記録していません。画面を開き直してもう一度お試しください。".to_owned()
        }
    }
}

fn disk(why: &DbError) -> &'static str {
    match why {
        DbError::DiskFull { .. } => {
            "記録できませんでした（ディスクの空きがありません）。この操作は行われていません。不要なファイルを消して空きを作ってください。"
        }
        DbError::ReadOnly { .. } => {
            "記録できませんでした（ディスクに書き込めません）。この操作は行われていません。会計をやめて、サポートにご連絡ください。"
        }
        DbError::CommitUnknown { .. } => {
            "記録できたかどうか分かりません。伝票一覧を開いて、この会計があるか確認してください。"
        }
        _ => {
            "記録できませんでした。この操作は行われていません。もう一度お試しください。続くときはサポートにご連絡ください。"
        }
    }
}

fn order(why: &OrderError) -> String {
    match why {
        OrderError::Tendered => {
            "一部のお支払いを受け取っています。そのお支払いを取り消してから変更してください。".to_owned()
        }
        OrderError::Gone => "ほかの操作で内容が変わっていました。もう一度確認してください。".to_owned(),
        OrderError::TooMany(_, most) => format!("入力できるのは{most}までです。"),
        OrderError::NotReceived => "金額は1円以上で入力してください。".to_owned(),
        OrderError::OneSided => "両方の伝票に1点以上残るように分けてください。".to_owned(),
    }
}

fn pricing(why: &PricingError) -> String {
    match why {
        PricingError::Empty => "商品を選んでください。".to_owned(),
        PricingError::DiscountTooLarge { name, amount, base } => {
            format!("「{name}」{}は、残りの{}より大きいため使えません。", yen_text(amount.0), yen_text(base.0))
        }
        PricingError::Overpaid { method, over } => {
            format!("「{method}」はおつりを出せません。{}減らしてください。", yen_text(over.0))
        }
        PricingError::Unpaid { paid, total } => {
            format!("お支払いの合計{}が、会計{}に足りません。", yen_text(paid.0), yen_text(total.0))
        }
        PricingError::PaymentSign => "金額は0円以上で入力してください。".to_owned(),
        PricingError::DiscountRange(_) | PricingError::LineSign(_) | PricingError::NonSale(_) => {
            "数量・金額・割引を確認してください。".to_owned()
        }
        PricingError::Overflow(_) => "金額が大きすぎます。".to_owned(),
    }
}

/// `10%`, `8%※` or `非課税`, as it stands on a bill.
pub(super) fn rate(class: TaxClass) -> String {
    match class.kind {
        TaxKind::Standard => format!("{}%", class.percent),
        TaxKind::Reduced => format!("{}%※", class.percent),
        TaxKind::Exempt => "非課税".to_owned(),
        TaxKind::OutOfScope => "不課税".to_owned(),
    }
}

/// What a line is, whether it is turnover or not.
pub(super) fn received(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Sale => "売上",
        LineKind::GiftCard => "商品券販売",
        LineKind::Deposit => "預り金",
        LineKind::CreditCollection => "掛売回収",
    }
}

/// 店内 or 持ち帰り.
pub(super) fn service(service: &Service) -> &'static str {
    match service {
        Service::EatIn => "店内",
        Service::Takeout => "持ち帰り",
    }
}

/// How wrong the clock is; nothing where it is right.
pub(super) fn clock_warning(state: clock::ClockState) -> Option<String> {
    match state {
        clock::ClockState::Right => None,
        clock::ClockState::Apart { ms } => {
            let way = if ms > 0 { "遅れて" } else { "進んで" };
            Some(format!("時計が{}{way}います", span(ms)))
        }
        clock::ClockState::Jumped { ms } => {
            let way = if ms > 0 { "進められ" } else { "戻され" };
            Some(format!("時計が{}{way}ました", span(ms)))
        }
        clock::ClockState::Behind { .. } => Some("時計が最後の記録より前です".to_owned()),
        clock::ClockState::LongAgo { .. } => Some("最後の記録から日がたっています".to_owned()),
    }
}

fn span(ms: i64) -> String {
    let minutes = ms.saturating_abs() / 60_000;
    match minutes {
        ..120 => format!("約{minutes}分"),
        120..2_880 => format!("約{}時間", minutes / 60),
        _ => format!("約{}日", minutes / 1_440),
    }
}

// Templates hand their fields over by reference.

/// `¥1,234`
pub(super) fn yen(amount: &Yen) -> String {
    yen_text(amount.0)
}

/// What was taken off: `−¥300`.
pub(super) fn minus(amount: &Yen) -> String {
    yen_text(amount.0.saturating_neg())
}

/// `2026/11/22（日）`
pub(super) fn date_weekday(date: &Date) -> String {
    format::date_weekday(*date)
}

/// `11/22（日）`
pub(super) fn month_day(date: &Date) -> String {
    format::month_day(*date)
}

/// Where an unpaid bill is shown.
pub(super) fn bill(id: &CheckId) -> String {
    super::sell::address(*id, "")
}
