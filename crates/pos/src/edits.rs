//! Optimistic concurrency of the masters: every change leaves a mark with a version, and a form that was made from an
//! older version is refused, naming who changed what. Marks are read and left in the transaction of the change.

use std::collections::BTreeMap;
use std::fmt;

use db::Tx;
use sales::{CategoryId, ImportCode, ProductId, RegisterId, StoreId};
use web::FieldErrors;

use crate::masters::SettingKind;
use crate::{Pos, PosError, Tenant};

/// What can be changed by a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// 店舗
    Store(StoreId),
    /// レジ
    Register(RegisterId),
    /// 支払科目, 値引き, 広告媒体
    Coded(ImportCode),
    /// Which codes of a kind a store uses.
    Setting(StoreId, SettingKind),
    /// 担当者, by store and code.
    Staff(StoreId, String),
    /// 商品
    Product(ProductId),
    /// 商品カテゴリ
    Category(CategoryId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(id) => write!(f, "store:{id}"),
            Self::Register(id) => write!(f, "register:{id}"),
            Self::Coded(code) => write!(f, "code:{code}"),
            Self::Setting(store, kind) => write!(f, "setting:{}:{store}", kind.word()),
            Self::Staff(store, code) => write!(f, "staff:{store}:{code}"),
            Self::Product(id) => write!(f, "product:{id}"),
            Self::Category(id) => write!(f, "category:{id}"),
        }
    }
}

pub use web::edits::Mark;

/// Somebody else was quicker: what, and how it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The thing's name.
    pub name: String,
    /// The change that the form did not know.
    pub mark: Mark,
}

/// What came of a change that was asked for.
#[derive(Clone, Debug)]
#[must_use]
pub enum Edited<T = ()> {
    /// It is made.
    Done(T),
    /// Everything is as it was asked for already.
    Unchanged,
    /// Nothing changed: what is wrong with which fields.
    Mistakes(FieldErrors),
    /// Nothing changed: the form was made before somebody else's change.
    Stale(Vec<Stale>),
}

impl<T> Edited<T> {
    /// Refused for one field.
    pub(crate) fn mistake(field: &str, message: impl Into<String>) -> Self {
        let mut errors = FieldErrors::default();
        errors.add(field, message);
        Self::Mistakes(errors)
    }
}

/// The last change of each subject that was ever changed, by the subject's text.
pub async fn marks(tx: &mut Tx, tenant: &Tenant, of: &[Subject]) -> Result<BTreeMap<String, Mark>, PosError> {
    let subjects: Vec<String> = of.iter().map(Subject::to_string).collect();
    Ok(web::edits::marks(tx, tenant.as_str(), &subjects).await?)
}

/// The last change of a subject.
pub async fn mark(tx: &mut Tx, tenant: &Tenant, of: &Subject) -> Result<Mark, PosError> {
    Ok(web::edits::mark(tx, tenant.as_str(), &of.to_string()).await?)
}

/// What a form that saw version `seen` did not know; nothing when it knew everything, or was made by no form.
pub async fn unseen(
    tx: &mut Tx,
    tenant: &Tenant,
    of: &Subject,
    seen: Option<i64>,
    name: &str,
) -> Result<Option<Stale>, PosError> {
    let Some(seen) = seen else { return Ok(None) };
    let mark = mark(tx, tenant, of).await?;
    Ok((mark.version != seen).then(|| Stale { name: name.to_owned(), mark }))
}

/// Leaves a mark. `what` is a noun for people: `店舗名・日付切替時刻`.
pub async fn touch(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    subject: &Subject,
    what: &str,
) -> Result<(), PosError> {
    Ok(web::edits::touch(tx, tenant.as_str(), &subject.to_string(), who, pos.now(), what).await?)
}
