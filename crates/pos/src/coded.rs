//! What carries a 取込コード: 支払科目, 値引き, 広告媒体, company-wide. Added, renamed, put in order, retired and restored;
//! never deleted, and neither the code nor what it stands for ever changes.

pub mod change;
pub mod rules;

use db::{Row, Tx, args};
use jiff::Timestamp;
use sales::{ImportCode, PaymentKind, Yen};

use crate::masters::{self, SettingKind};
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant, codes};

/// The most a company has of each kind.
pub const EACH_MAX: usize = 2_000;
/// The first digit of a discount's code; a payment method's is its 支払種目.
const DISCOUNT_SERIES: u8 = 6;
/// The first digit of an ad medium's code.
const MEDIUM_SERIES: u8 = 7;

/// What a discount takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// 値引 of so many yen.
    Yen(i64),
    /// 割引 of so many percent.
    Percent(u8),
    /// 値引 that is entered at the till.
    Entered,
}

/// What a code stands for, apart from its name. It never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// 支払科目 of a 支払種目.
    Payment(PaymentKind),
    /// 値引 or 割引.
    Discount(Rate),
    /// 広告媒体
    Medium,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    /// 取込コード
    pub code: ImportCode,
    /// What it stands for.
    pub nature: Nature,
    /// 名称
    pub name: String,
    /// Since when it is no longer used.
    pub retired_at: Option<Timestamp>,
    /// How many stores use it.
    pub stores: i64,
    /// Of its last change.
    pub version: i64,
}

impl Rate {
    /// A discount as its two columns hold it.
    pub fn of(percent: Option<u8>, amount: Option<Yen>) -> Self {
        match (percent, amount) {
            (Some(percent), _) => Self::Percent(percent),
            (None, Some(amount)) => Self::Yen(amount.0),
            (None, None) => Self::Entered,
        }
    }

    /// 値引区分
    pub fn label(self) -> &'static str {
        if matches!(self, Self::Percent(_)) { "割引" } else { "値引" }
    }

    /// How much, in words.
    pub fn words(self) -> String {
        match self {
            Self::Yen(amount) => web::format::yen(amount),
            Self::Percent(percent) => format!("{percent}%"),
            Self::Entered => "レジで入力".to_owned(),
        }
    }
}

impl Nature {
    /// Of which kind of setting.
    pub fn kind(self) -> SettingKind {
        match self {
            Self::Payment(_) => SettingKind::Payment,
            Self::Discount(_) => SettingKind::Discount,
            Self::Medium => SettingKind::Medium,
        }
    }

    /// The first digit of its codes.
    pub fn series(self) -> u8 {
        match self {
            Self::Payment(kind) => kind.number(),
            Self::Discount(_) => DISCOUNT_SERIES,
            Self::Medium => MEDIUM_SERIES,
        }
    }

    /// What it is, in words: `1 クレジット`, `割引 10%`; nothing for an ad medium.
    pub fn words(self) -> String {
        match self {
            Self::Payment(kind) => format!("{} {}", kind.number(), kind.label()),
            Self::Discount(rate) => format!("{} {}", rate.label(), rate.words()),
            Self::Medium => String::new(),
        }
    }

    /// Names are unique among those with the same value of this: per 支払種目, and among all discounts, all ad media.
    fn family(self) -> (SettingKind, u8) {
        (self.kind(), self.series())
    }
}

/// All of a kind in the company's order, with how many stores use each.
macro_rules! all_of {
    ($table:literal, $word:literal, $columns:literal, $order:literal) => {
        concat!(
            "SELECT m.code, m.name, m.retired_at, ",
            $columns,
            ", (SELECT COUNT(*) FROM store_setting s WHERE s.company_id = m.company_id AND s.kind = '",
            $word,
            "' AND s.code = m.code) AS stores, COALESCE(e.version, 0) AS version FROM ",
            $table,
            " m LEFT JOIN edit_mark e ON e.company_id = m.company_id AND e.subject = 'code:' || m.code
              WHERE m.company_id = $1 ORDER BY ",
            $order,
            "m.position, m.code LIMIT 2000"
        )
    };
}

const METHODS: &str = all_of!(
    "payment_method",
    "payment",
    "m.kind, CAST(NULL AS BIGINT) AS percent, CAST(NULL AS BIGINT) AS amount",
    "m.kind, "
);
const DISCOUNTS: &str = all_of!("discount", "discount", "CAST(NULL AS BIGINT) AS kind, m.percent, m.amount", "");
const MEDIA: &str = all_of!(
    "ad_medium",
    "medium",
    "CAST(NULL AS BIGINT) AS kind, CAST(NULL AS BIGINT) AS percent, CAST(NULL AS BIGINT) AS amount",
    ""
);

const METHOD: &str = "INSERT INTO payment_method (company_id, code, name, kind, position)
    SELECT $1, $2, $3, $4, 1 + COALESCE(MAX(position), 0) FROM payment_method WHERE company_id = $1";
const DISCOUNT: &str = "INSERT INTO discount (company_id, code, name, percent, amount, position)
    SELECT $1, $2, $3, $4, $5, 1 + COALESCE(MAX(position), 0) FROM discount WHERE company_id = $1";
const MEDIUM: &str = "INSERT INTO ad_medium (company_id, code, name, position)
    SELECT $1, $2, $3, 1 + COALESCE(MAX(position), 0) FROM ad_medium WHERE company_id = $1";

/// All of a kind, in the company's order.
pub async fn all(tx: &mut Tx, tenant: &Tenant, kind: SettingKind) -> Result<Vec<Coded>, PosError> {
    let sql = match kind {
        SettingKind::Payment => METHODS,
        SettingKind::Discount => DISCOUNTS,
        SettingKind::Medium => MEDIA,
    };
    tx.fetch_all(sql, args![tenant.as_str()]).await?.iter().map(|row| read(row, kind)).collect()
}

/// The same, in a transaction of its own.
pub async fn list(pos: &Pos, tenant: &Tenant, kind: SettingKind) -> Result<Vec<Coded>, PosError> {
    let tenant = tenant.clone();
    pos.db.read(async move |tx: &mut Tx| all(tx, &tenant, kind).await).await
}

/// The one with this name, retired or not.
pub fn named<'a>(all: &'a [Coded], nature: Nature, name: &str) -> Option<&'a Coded> {
    all.iter().find(|coded| coded.nature.family() == nature.family() && coded.name == name)
}

/// Makes a new one at the end of its kind, with a new code. Under the company's lock; names are the caller's to judge.
pub(crate) async fn insert(tx: &mut Tx, tenant: &Tenant, nature: Nature, name: &str) -> Result<ImportCode, PosError> {
    let code = codes::issue(tx, tenant, nature.series()).await?;
    let (company, text) = (tenant.as_str(), code.as_str());
    match nature {
        Nature::Payment(kind) => tx.execute(METHOD, args![company, text, name, kind.number()]).await?,
        Nature::Medium => tx.execute(MEDIUM, args![company, text, name]).await?,
        Nature::Discount(rate) => {
            let (percent, amount) = match rate {
                Rate::Percent(percent) => (Some(percent), None),
                Rate::Yen(amount) => (None, Some(amount)),
                Rate::Entered => (None, None),
            };
            tx.execute(DISCOUNT, args![company, text, name, percent, amount]).await?
        }
    };
    masters::bump(tx, tenant).await?;
    Ok(code)
}

fn read(row: &Row, kind: SettingKind) -> Result<Coded, PosError> {
    let nature = match kind {
        SettingKind::Payment => {
            let number = row.int("kind")?;
            let kind = PaymentKind::from_number(number);
            Nature::Payment(kind.ok_or_else(|| unreadable("payment_method.kind", number))?)
        }
        SettingKind::Discount => {
            let percent = row.opt_int("percent")?.map(u8::try_from).transpose();
            let percent = percent.map_err(|error| unreadable("discount.percent", error))?;
            Nature::Discount(Rate::of(percent, row.opt_int("amount")?.map(Yen)))
        }
        SettingKind::Medium => Nature::Medium,
    };
    Ok(Coded {
        code: row.parse("code")?,
        nature,
        name: row.text("name")?,
        retired_at: row.opt_at("retired_at")?,
        stores: row.int("stores")?,
        version: row.int("version")?,
    })
}
