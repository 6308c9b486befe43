//! 名前, 権限, 閲覧範囲 and 機能権限 in a form.

use crate::{
    Company, Flaro, FlaroError, Role,
    console::choose::Groups,
    days,
    groups::Kind,
    people::{Grant, Range},
    rights::Right,
    stores::Store,
    tenant::{Scope, Viewer},
};
use askama::Template;
use db::Tx;
use web::{
    Form, Html,
    person::{NAME_CHARACTERS_MAX, name},
};

/// What a range may be made of.
pub(super) struct Choices {
    stores: Vec<Store>,
    groups: Groups,
    admin: bool,
}

#[derive(Template)]
#[template(path = "people/form.html")]
struct Fields<'a> {
    form: &'a Form,
    roles: Vec<(&'static str, String)>,
    ranges: Vec<(&'static str, &'static str)>,
    areas: Vec<Tick>,
    stores: Vec<Tick>,
    rights: Vec<Tick>,
    own: Vec<(&'static str, &'static str)>,
}

struct Tick {
    name: String,
    label: String,
    on: bool,
}

impl Choices {
    pub async fn of(flaro: &Flaro, viewer: &Viewer) -> Result<Self, FlaroError> {
        let (company, admin): (Company, bool) = (viewer.scope.company.clone(), viewer.role == Role::Administrator);
        let everything = Scope { all_stores: true, ..viewer.scope.clone() };
        let unit = async move |tx: &mut Tx| -> Result<Self, FlaroError> {
            let stores = days::visible_stores(tx, &everything).await?;
            Ok(Self { stores, groups: Groups::of(tx, &company).await?, admin })
        };
        flaro.db.read(unit).await
    }

    /// The fields as markup.
    pub fn fields(&self, form: &Form) -> Html {
        let tick = |name: String, label: &str| Tick { on: form.is_on(&name), name, label: label.to_owned() };
        let areas = self.groups.options(Kind::Area, "", None);
        let areas = areas.iter().filter(|(id, _)| !id.is_empty());
        let roles = Role::ALL.into_iter().filter(|role| self.admin || *role != Role::Administrator);
        Html::of(Fields {
            form,
            roles: roles.map(|role| (role.name(), format!("{}：{}", role.label(), says(role)))).collect(),
            ranges: vec![("all", "全店舗"), ("areas", "エリアを選ぶ"), ("stores", "店舗を選ぶ")],
            areas: areas.map(|(id, name)| tick(format!("area-{id}"), name)).collect(),
            stores: self.stores.iter().map(|store| tick(format!("store-{}", store.id), &store.name)).collect(),
            rights: Right::ALL.iter().map(|right| tick(format!("right-{}", right.name()), right.label())).collect(),
            own: vec![("usual", "権限の標準にする"), ("own", "機能を選ぶ")],
        })
    }

    /// What was typed.
    pub fn read(&self, form: &mut Form) -> Option<Grant> {
        let named = form.read("name", name);
        let role = form.read("role", |typed| Role::read(typed).ok_or("権限を選択してください"));
        let range = self.range(form);
        let rights = match form.text("own") {
            "own" => {
                let on = |right: &&Right| form.is_on(&format!("right-{}", right.name()));
                Some(Right::ALL.iter().filter(on).copied().collect())
            }
            _ => None,
        };
        if role == Some(Role::Administrator) && range.as_ref().is_some_and(|range| *range != Range::All) {
            form.error("range", "企業管理者の閲覧範囲は「全店舗」を選択してください");
            return None;
        }
        Some(Grant { name: named?, role: role?, range: range?, rights })
    }

    fn range(&self, form: &mut Form) -> Option<Range> {
        match form.text("range") {
            "all" => Some(Range::All),
            "areas" => {
                let areas = self.groups.options(Kind::Area, "", None);
                let on = |id: &String| !id.is_empty() && form.is_on(&format!("area-{id}"));
                let areas: Vec<String> = areas.into_iter().map(|(id, _)| id).filter(on).collect();
                if areas.is_empty() {
                    form.error("range", "見られるエリアを1つ以上選択してください");
                    return None;
                }
                Some(Range::Areas(areas))
            }
            "stores" => {
                let on = |store: &&Store| form.is_on(&format!("store-{}", store.id));
                let stores: Vec<_> = self.stores.iter().filter(on).map(|store| store.id).collect();
                if stores.is_empty() {
                    form.error("range", "見られる店舗を1つ以上選択してください");
                    return None;
                }
                Some(Range::Stores(stores))
            }
            _ => {
                form.error("range", "閲覧範囲を選択してください");
                None
            }
        }
    }
}

fn says(role: Role) -> &'static str {
    match role {
        Role::Administrator => "すべての機能と、担当者の管理ができます",
        Role::Headquarters => "予算・経費・店舗・連携の登録と、日次の承認ができます",
        Role::Manager => "見られる店舗の予算と経費を登録できます",
    }
}

/// A grant as the form shows it.
pub(super) fn filled(grant: &Grant) -> Form {
    let mut values = vec![
        ("name".to_owned(), grant.name.clone()),
        ("role".to_owned(), grant.role.name().to_owned()),
        ("own".to_owned(), if grant.rights.is_some() { "own" } else { "usual" }.to_owned()),
    ];
    let mut on = |name: String| values.push((name, "on".to_owned()));
    let range = match &grant.range {
        Range::All => "all",
        Range::Areas(areas) => {
            for id in areas {
                on(format!("area-{id}"));
            }
            "areas"
        }
        Range::Stores(stores) => {
            for id in stores {
                on(format!("store-{id}"));
            }
            "stores"
        }
    };
    for right in grant.may() {
        on(format!("right-{}", right.name()));
    }
    values.push(("range".to_owned(), range.to_owned()));
    Form::of(values)
}
