//! What whoever stands at the counter does, request by request, each under its own key; and the book of what the till
//! acknowledged.

use sales::{CheckId, SettlementId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// 定食 and 弁当, and what they come to.
pub const TEISHOKU: u128 = 0x51;
/// A bento.
pub const BENTO: u128 = 0x52;
/// One of each, in yen.
pub const SALE: i64 = 1_100 + 660;
/// Paid by card first; the rest is cash.
const BY_CARD: i64 = 500;
/// 釣銭準備金
pub const FLOAT: i64 = 30_000;
/// 取込コード of cash.
pub const CASH: &str = "00000000000000000001";
/// And of the card.
pub const VISA: &str = "10000000000000000001";

/// Something done at the counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Two taps, a part by card, the rest in cash.
    Sale {
        /// Of the bill.
        id: CheckId,
        /// Requests that were answered.
        done: usize,
    },
    /// 精算
    Close {
        /// Of the session.
        id: SettlementId,
        /// Its checks.
        sales: usize,
        /// Whether it was answered.
        done: usize,
    },
}

/// How a deed went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every request was answered as it should be.
    Acknowledged,
    /// One was answered otherwise.
    Refused {
        /// HTTP
        status: u16,
        /// What the page said.
        text: String,
    },
    /// Nobody answered.
    Gone,
}

/// A request: where, what, and where its answer leads (none: it stays).
pub struct Request {
    /// Path.
    pub path: String,
    /// Form fields.
    pub fields: Vec<(String, String)>,
    /// Where a redirect leads to; none: 200.
    pub leads_to: Option<String>,
}

impl Deed {
    /// A bill that nobody has tapped on yet.
    pub fn sale(nth: u128) -> Self {
        Self::Sale { id: CheckId(Uuid::from_u128(nth)), done: 0 }
    }

    /// 精算 of a session that is not known yet.
    pub fn close(_: u128) -> Self {
        Self::Close { id: SettlementId(Uuid::nil()), sales: 1, done: 0 }
    }

    /// How many of its requests were answered.
    pub fn done(&mut self) -> &mut usize {
        match self {
            Self::Sale { done, .. } | Self::Close { done, .. } => done,
        }
    }

    /// Its requests, in order. The same deed asks with the same keys, however often it is asked.
    pub fn requests(&self) -> Vec<Request> {
        match self {
            Self::Sale { id, .. } => sale(&id.to_string()),
            Self::Close { id, sales, .. } => vec![close(&id.to_string(), *sales)],
        }
    }
}

/// In a word, for the figures.
pub fn name(what: fn(u128) -> Deed) -> &'static str {
    if matches!(what(0), Deed::Sale { .. }) { "sale" } else { "close" }
}

fn sale(id: &str) -> Vec<Request> {
    let tap = |product: u128, key: &str| Request {
        path: format!("/orders/{id}"),
        fields: fields(&[("do", &format!("add:{}", Uuid::from_u128(product))), ("key", key), ("category", "")]),
        leads_to: None,
    };
    let pay = |method: &str, amount: &str, key: &str, to: String| Request {
        path: format!("/orders/{id}/pay"),
        fields: fields(&[("key", key), ("method", method), ("amount", amount)]),
        leads_to: Some(to),
    };
    vec![
        tap(TEISHOKU, "first"),
        tap(BENTO, "second"),
        pay(VISA, &BY_CARD.to_string(), "card", format!("/orders/{id}/pay")),
        pay(CASH, "", "cash", format!("/receipts/{id}?paid=1")),
    ]
}

fn close(id: &str, sales: usize) -> Request {
    let in_drawer = FLOAT + i64::try_from(sales).unwrap() * (SALE - BY_CARD);
    let (notes, coins) = ((in_drawer / 1_000).to_string(), (in_drawer % 1_000 / 10).to_string());
    let fields = fields(&[("session", id), ("do", "settle"), ("count-1000", &notes), ("count-10", &coins)]);
    Request { path: "/settle".to_owned(), fields, leads_to: Some(format!("/settlements/{id}")) }
}

fn fields(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What the till acknowledged, and what it may have done without an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Paid, and said so.
    pub sales: BTreeSet<CheckId>,
    /// Closed, and said so.
    pub closes: BTreeSet<SettlementId>,
    /// Asked for and not answered yet.
    pub doubtful: Option<Deed>,
}

impl Ledger {
    /// Everything that these deeds come to.
    pub fn of(deeds: &[Deed]) -> Self {
        let mut whole = Self::default();
        for deed in deeds {
            whole.acknowledge(deed);
        }
        whole
    }

    /// The last request of a deed was answered. Whether that is new.
    pub fn acknowledge(&mut self, deed: &Deed) -> bool {
        self.doubtful = None;
        match deed {
            Deed::Sale { id, .. } => self.sales.insert(*id),
            Deed::Close { id, .. } => self.closes.insert(*id),
        }
    }
}
