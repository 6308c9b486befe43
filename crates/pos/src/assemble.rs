//! Everything about a settlement that can't be right. Pure: what was found is raised by the intake, and never keeps
//! a settlement out.

use protocol::control::SettlementControl;
use protocol::intake::Session;
use sales::{Settlement, audit_settlement};
use web::format::thousands;

use crate::attention::{Kind, violation_in_words};

/// Findings of one sort, a line each.
pub type Findings = Vec<(Kind, Vec<String>)>;

/// Every broken invariant, in words.
pub fn audited(settlement: &Settlement) -> Findings {
    let broken: Vec<String> = audit_settlement(settlement).iter().map(violation_in_words).collect();
    if broken.is_empty() { Vec::new() } else { vec![(Kind::Invariant, broken)] }
}

/// Where the till's own totals are not what its checks come to here.
pub fn compared(stated: &SettlementControl, computed: &SettlementControl) -> Findings {
    let figures = [
        ("会計数", stated.checks, computed.checks),
        ("人数", stated.guests, computed.guests),
        ("売上（税抜）", stated.net.0, computed.net.0),
        ("消費税", stated.tax.0, computed.tax.0),
        ("値引・割引", stated.discounts.0, computed.discounts.0),
        ("支払の合計", stated.payments.0, computed.payments.0),
    ];
    let differs = figures.iter().filter(|(_, till, ours)| till != ours);
    let line =
        |(what, till, ours): &(&str, i64, i64)| format!("{what}：レジ {}、本部 {}", thousands(*till), thousands(*ours));
    let mut lines: Vec<String> = differs.map(line).collect();
    if lines.is_empty() && stated.facts_sha256 != computed.facts_sha256 {
        lines.push("合計は同じですが、内容がレジの控えと異なります".to_owned());
    }
    if lines.is_empty() { Vec::new() } else { vec![(Kind::TotalsDiffer, lines)] }
}

/// Where the 精算 contradicts its own opening.
pub fn contradicted(session: Option<&Session>, settlement: &Settlement) -> Findings {
    let Some(session) = session else {
        return vec![(
            Kind::NotOpened,
            vec![format!("Z{}：開設の記録がないまま精算が届きました", settlement.z_number)],
        )];
    };
    let mut lines = Vec::new();
    if session.business_date != settlement.business_date {
        let (opened, settled) = (session.business_date, settlement.business_date);
        lines.push(format!("営業日：開設時 {opened}、精算 {settled}"));
    }
    let (opened, settled) = (session.opening_float, settlement.cash.opening_float);
    if opened != settled {
        lines.push(format!("釣銭準備金：開設時 {}、精算 {}", thousands(opened.0), thousands(settled.0)));
    }
    if lines.is_empty() { Vec::new() } else { vec![(Kind::SessionConflict, lines)] }
}
