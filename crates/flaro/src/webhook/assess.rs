//! What is wrong with a signed event, found by computing everything again from its checks. It is kept all the same:
//! a finding marks the day and names the two numbers that disagree.

use super::open::Opened;
use protocol::{
    control::SettlementControl,
    event::{Event, EventType, Frame, VERSION},
    facts::facts_sha256,
    hash::Sha256,
};
use sales::{CodeSource, Datasets, Settlement, audit_parts, datasets};

/// The most findings that are kept of one event.
const FINDINGS_MAX: usize = 100;

/// An event, read and computed again.
#[derive(Debug)]
pub(crate) struct Assessed {
    pub event: Box<Event>,
    pub frame: Frame,
    pub body_bytes: usize,
    pub facts_sha256: Sha256,
    /// What the checks come to, whatever the event states.
    pub control: SettlementControl,
    pub findings: Vec<Found>,
}

/// What sort of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The store is not in the store table.
    UnknownStore,
    /// The till is not in the store table.
    UnknownRegister,
    /// A stated figure or dataset is not what the checks come to.
    TotalsDiffer,
    /// The stated hash is not that of the facts.
    FactsDiffer,
    /// An invariant does not hold.
    Invariant,
    /// The settlement's id is another store's, too.
    Contradicts,
    /// Another version of the same revision came.
    Conflict,
    /// The event's shape is of a version that this program doesn't know.
    Version,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub kind: Kind,
    /// Which figure, dataset, rule or id.
    pub what: String,
    pub stated: Option<i64>,
    pub computed: Option<i64>,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::UnknownStore,
        Self::UnknownRegister,
        Self::TotalsDiffer,
        Self::FactsDiffer,
        Self::Invariant,
        Self::Contradicts,
        Self::Conflict,
        Self::Version,
    ];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownStore => "unknown_store",
            Self::UnknownRegister => "unknown_register",
            Self::TotalsDiffer => "totals_differ",
            Self::FactsDiffer => "facts_differ",
            Self::Invariant => "invariant",
            Self::Contradicts => "contradicts",
            Self::Conflict => "conflict",
            Self::Version => "version",
        }
    }

    /// Out of a column.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Found {
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), stated: None, computed: None }
    }

    fn figures(kind: Kind, what: impl Into<String>, stated: i64, computed: i64) -> Self {
        Self { stated: Some(stated), computed: Some(computed), ..Self::new(kind, what) }
    }
}

/// Computes the event's figures again and notes every difference.
pub(super) fn assess(opened: Opened) -> Assessed {
    let Opened { mut event, frame, body_bytes } = opened;
    // The checks are most of it: they are lent to the facts, not copied.
    let checks = std::mem::take(&mut event.data.checks);
    let facts = Settlement { checks, ..event.facts() };
    let facts_sha256 = facts_sha256(&facts);
    let mut findings = Vec::new();
    if event.version != VERSION {
        findings.push(Found::figures(Kind::Version, "version", event.version.into(), VERSION.into()));
    }
    let computed =
        datasets(&facts).and_then(|all| Ok((SettlementControl::hashed(&facts, &all.settlement, facts_sha256)?, all)));
    let control = match computed {
        Ok((control, all)) => {
            controls_differ(&event.totals, &control, &mut findings);
            datasets_differ(&event, &all, &mut findings);
            control
        }
        // The stated figures stand in, under the hash of the facts as they are.
        Err(overflow) => {
            findings.push(Found::new(Kind::Invariant, format!("overflow {overflow}")));
            SettlementControl { facts_sha256, ..event.totals }
        }
    };
    if event.totals.facts_sha256 != facts_sha256 {
        findings.push(Found::new(Kind::FactsDiffer, event.totals.facts_sha256.to_string()));
    }
    if event.event_type != EventType::Test {
        let broken = audit_parts(&facts);
        findings.extend(broken.iter().map(|v| {
            Found::figures(Kind::Invariant, format!("{} {}", v.invariant.name(), v.place), v.stated, v.computed)
        }));
    }
    event.data.checks = facts.checks;
    findings.truncate(FINDINGS_MAX);
    Assessed { event, frame, body_bytes, facts_sha256, control, findings }
}

fn controls_differ(stated: &SettlementControl, computed: &SettlementControl, findings: &mut Vec<Found>) {
    let figures = [
        ("checks", stated.checks, computed.checks),
        ("guests", stated.guests, computed.guests),
        ("net", stated.net.0, computed.net.0),
        ("tax", stated.tax.0, computed.tax.0),
        ("discounts", stated.discounts.0, computed.discounts.0),
        ("payments", stated.payments.0, computed.payments.0),
    ];
    let differ = figures.into_iter().filter(|(_, stated, computed)| stated != computed);
    findings.extend(differ.map(|(what, stated, computed)| Found::figures(Kind::TotalsDiffer, what, stated, computed)));
}

/// Each dataset against what the checks come to. Own codes are not facts: they are taken as stated.
fn datasets_differ(event: &Event, computed: &Datasets, findings: &mut Vec<Found>) {
    let data = &event.data;
    let mut products = data.product_sales.clone();
    for row in &mut products {
        (row.own_product_code, row.own_parent_category_code, row.own_child_category_code) = (None, None, None);
        row.code_source = CodeSource::Pos;
    }
    let mut product_hours = data.product_hourly_sales.clone();
    for row in &mut product_hours {
        row.own_product_code = None;
    }
    let same = [
        ("settlement", data.settlement == computed.settlement),
        ("hourly_sales", data.hourly_sales == computed.hourly_sales),
        ("product_sales", products == computed.product_sales),
        ("product_hourly_sales", product_hours == computed.product_hourly_sales),
        ("payment_sales", data.payment_sales == computed.payment_sales),
        ("media_sales", data.media_sales == computed.media_sales),
        ("discounts", data.discounts == computed.discounts),
    ];
    let differ = same.into_iter().filter(|(_, same)| !same);
    findings.extend(differ.map(|(what, _)| Found::new(Kind::TotalsDiffer, what)));
}
