//! 名前 and 権限 in a form.

use sales::StoreId;
use web::Form;
use web::html::Html;

use super::super::search::{Options, options};
use crate::accounts::Role;
use crate::people::login::{NAME_CHARACTERS_MAX, name};
use crate::{Pos, PosError, Tenant, stores};

/// The fields with what is needed to show them.
pub(super) struct Details<'a> {
    pub form: &'a Form,
    pub stores: Options,
}

impl<'a> Details<'a> {
    pub async fn of(pos: &Pos, tenant: &Tenant, form: &'a Form) -> Result<Self, PosError> {
        let mut all = vec![(String::new(), "選択してください".to_owned())];
        all.extend(stores::names(pos, tenant).await?.into_iter().map(|(id, name)| (id.to_string(), name)));
        Ok(Self { form, stores: all })
    }

    /// As markup.
    pub fn fields(&self) -> Html {
        let roles = options([
            ("company_admin", "企業管理者：すべての設定と、担当者の管理ができます"),
            ("head_office", "本部：全店舗を見て、店舗や商品の設定ができます"),
            ("store", "店舗：選んだ1店舗だけを見られます"),
        ]);
        let name = self.form.field("name", "名前").required().length_max(NAME_CHARACTERS_MAX);
        let store = self.form.field("store", "店舗").hint("権限が「店舗」のときに選びます");
        name.input().then(&self.form.field("role", "権限").required().radios(&roles)).then(&store.select(&self.stores))
    }
}

/// What was typed.
pub(super) fn read(form: &mut Form) -> Option<(String, Role)> {
    let named = form.read("name", name);
    let role = match form.text("role") {
        "company_admin" => Some(Role::CompanyAdmin),
        "head_office" => Some(Role::HeadOffice),
        "store" => {
            form.read("store", |typed| typed.parse::<StoreId>().map_err(|_| "店舗を選択してください")).map(Role::Store)
        }
        _ => {
            form.error("role", "権限を選択してください");
            None
        }
    };
    Some((named?, role?))
}

/// A role as the form shows it.
pub(super) fn filled(name: &str, role: Role) -> Form {
    let store = match role {
        Role::Store(store) => store.to_string(),
        Role::CompanyAdmin | Role::HeadOffice => String::new(),
    };
    Form::of([("name", name.to_owned()), ("role", role.word().to_owned()), ("store", store)])
}
