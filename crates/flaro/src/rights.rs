//! 機能権限: which functions an account may use. Without a list of its own it may what its role usually may;
//! 企業管理者 may everything, always, so that nobody can lock a company out of itself.

use crate::{FlaroError, Role};

/// A function that not everybody may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// 日次の承認
    Approve,
    /// 予算
    Budgets,
    /// 経費・人件費
    Costs,
    /// 店舗・エリア・ブランド・商品カテゴリ
    Stores,
    /// 外部連携・マッピング
    Linkage,
    /// 担当者と権限
    People,
    /// 変更履歴
    History,
    /// 企業設定・APIトークン
    Company,
}

impl Right {
    /// In the order of the form.
    pub const ALL: [Self; 8] = [
        Self::Approve,
        Self::Budgets,
        Self::Costs,
        Self::Stores,
        Self::Linkage,
        Self::People,
        Self::History,
        Self::Company,
    ];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Budgets => "budgets",
            Self::Costs => "costs",
            Self::Stores => "stores",
            Self::Linkage => "linkage",
            Self::People => "people",
            Self::History => "history",
            Self::Company => "company",
        }
    }

    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Approve => "日次の承認",
            Self::Budgets => "予算の登録",
            Self::Costs => "経費・人件費の登録",
            Self::Stores => "店舗・エリア・ブランド・商品カテゴリの登録",
            Self::Linkage => "外部連携・マッピング",
            Self::People => "担当者と権限",
            Self::History => "変更履歴",
            Self::Company => "企業設定・APIトークン",
        }
    }

    /// Whether it reaches over all stores at once: only somebody who sees them all may use it.
    pub fn is_company_wide(self) -> bool {
        matches!(self, Self::People | Self::History | Self::Company)
    }

    /// What an account may: its own list, or its role's.
    pub fn of(role: Role, stored: Option<&str>) -> Result<Vec<Self>, FlaroError> {
        match stored.filter(|_| role != Role::Administrator) {
            Some(stored) => Self::listed(stored),
            None => Ok(usual(role)),
        }
    }

    /// Those of a stored list; what nobody knows any more is left out.
    pub fn listed(stored: &str) -> Result<Vec<Self>, FlaroError> {
        let names: Vec<String> =
            serde_json::from_str(stored).map_err(|why| FlaroError::stored("an account's rights", why))?;
        Ok(Self::ALL.into_iter().filter(|right| names.iter().any(|name| name == right.name())).collect())
    }

    /// A list as it is stored.
    pub fn text(rights: &[Self]) -> String {
        serde_json::Value::from(rights.iter().map(|right| right.name()).collect::<Vec<_>>()).to_string()
    }
}

/// What a role may when nothing else is said.
pub(crate) fn usual(role: Role) -> Vec<Right> {
    match role {
        Role::Administrator => Right::ALL.to_vec(),
        Role::Headquarters => {
            vec![Right::Approve, Right::Budgets, Right::Costs, Right::Stores, Right::Linkage, Right::History]
        }
        Role::Manager => vec![Right::Budgets, Right::Costs],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_its_own_replaces_the_roles_and_an_administrator_cannot_be_locked_out() {
        assert_eq!(Right::of(Role::Manager, Some(r#"["approve","gone"]"#)).unwrap(), [Right::Approve]);
        assert_eq!(Right::of(Role::Manager, None).unwrap(), [Right::Budgets, Right::Costs]);
        assert_eq!(Right::of(Role::Administrator, Some("[]")).unwrap(), Right::ALL);
        assert!(Right::of(Role::Manager, Some("approve")).is_err());
    }
}
