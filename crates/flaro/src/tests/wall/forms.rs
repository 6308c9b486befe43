//! The forms on the company's own pages: what a person there would send, with the ids of their own things, and typed
//! so that it changes something.

use std::collections::BTreeMap;

use web::testing::forms::Form;
pub use web::testing::forms::{Fields, forms};

use super::{everything::Everything, routes::Route, town::DAY};
use crate::tests::house::PASSWORD;

/// What a person there would send: fields, or a file.
#[derive(Clone)]
pub enum Sent {
    Fields(Fields),
    File(String),
}

/// By the path they are sent to: the form, and the page that has it.
pub struct Forms(BTreeMap<String, (String, Form)>);

impl Forms {
    /// Those of every page, and those that a page shows only sometimes.
    pub async fn on_pages(own: &Everything, routes: &[Route]) -> Self {
        let nothing = |action: &str| Form { action: action.to_owned(), fields: Vec::new(), takes_a_file: false };
        let usual = "/mapping/subjects/usual";
        let mut found = BTreeMap::from([(usual.to_owned(), ("/mapping/subjects".to_owned(), nothing(usual)))]);
        for route in routes.iter().filter(|route| route.is_a_page() && route.method == "GET") {
            let page = own.town.house.page(&own.admin, &route.path).await;
            for form in forms(&page.text()) {
                found.entry(form.action.clone()).or_insert((route.path.clone(), form));
            }
        }
        Self(found)
    }

    /// What is sent along: out of the owner's page.
    pub fn of_the_owner(&self, own: &Everything, route: &Route) -> Sent {
        filled(own, route, self.found(route).1.clone())
    }

    /// What somebody's own page has now, as it was opened last; the owner's where they have none.
    pub async fn of_ones_own(&self, own: &Everything, route: &Route, cookie: &str) -> Sent {
        let (page, owners) = self.found(route);
        let mine = own.town.house.page(cookie, page).await;
        let mine = forms(&mine.text()).into_iter().find(|form| form.action == route.path);
        filled(own, route, mine.unwrap_or_else(|| owners.clone()))
    }

    fn found(&self, route: &Route) -> &(String, Form) {
        self.0.get(&route.path).unwrap_or_else(|| {
            panic!(
                "no page of the company has a form for {} with the sample ids ({}); if it is shown only sometimes, add \
                 it in `Forms::on_pages`",
                route.name(),
                route.path
            )
        })
    }
}

fn filled(own: &Everything, route: &Route, form: Form) -> Sent {
    if form.takes_a_file {
        return Sent::File(own.file(&route.path));
    }
    let mut fields = form.fields;
    for (name, value) in typed(own, &route.pattern, &fields) {
        fields.retain(|(known, _)| *known != name);
        fields.push((name, value));
    }
    Sent::Fields(fields)
}

/// What a person types into a form that would change nothing as it is opened. A form that is not here is sent as it is:
/// whether that changes anything is tried with the owner's.
fn typed(own: &Everything, pattern: &str, fields: &Fields) -> Fields {
    let first = |prefix: &str| fields.iter().find(|(name, _)| name.starts_with(prefix)).map(|(name, _)| name.clone());
    let new = "あたらしい合言葉2026";
    let words: Vec<(&str, &str)> = match pattern {
        "/budgets/{store}/{month}" => vec![("net-2026-11-05", "777")],
        "/budgets/{store}/{month}/spread" => vec![("month_net", "3,000,001"), ("weight-1", "1")],
        "/contact" => INQUIRY.into(),
        "/costs/{store}/{month}" => vec![("rent", "31,415")],
        "/costs/{store}/{month}/labour" => vec![("cost-2026-11-05", "5,001"), ("hours-2026-11-05", "8:00")],
        "/days/approvals" => vec![("day", own.id("waiting")), ("confirmed", "on")],
        "/mypage" => vec![("current", PASSWORD), ("password", new), ("again", new)],
        "/stores/{store}" => vec![("own_code", "70002")],
        "/support/{inquiry}/state" => vec![("to", "done")],
        _ if NAMED.contains(&pattern) => vec![("name", "べつの名")],
        _ if ADDED.contains(&pattern) => vec![("name", "あたらしい名")],
        _ => Vec::new(),
    };
    let mut all: Fields = words.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    match pattern {
        "/categories" => all.extend(first("kind-").map(|name| (name, "drink".to_owned()))),
        "/mapping" => all.extend(first("s-").map(|name| (name, own.id("subject to assign").to_owned()))),
        "/people/invite" => all.extend(invited(own)),
        _ => {}
    }
    all
}

/// Forms that ask what something is to be called.
const NAMED: [&str; 5] =
    ["/areas/{id}", "/brands/{id}", "/company", "/mapping/subjects/{subject}", "/people/{account_id}"];
/// Forms that ask what something new is to be called.
const ADDED: [&str; 5] = ["/areas", "/bi/views", "/brands", "/mapping/subjects", "/settings/tokens"];

/// Nothing of it is the name of one of the company's things.
const INQUIRY: [(&str, &str); 5] = [
    ("company_name", "べつの会社"),
    ("family_name", "汐見"),
    ("given_name", "次郎"),
    ("mail", "jiro@example.jp"),
    ("body", "べつの話"),
];

fn invited(own: &Everything) -> Fields {
    let store = format!("store-{}", own.id("store"));
    let typed =
        [("login", "jiro@example.jp"), ("name", "次郎"), ("role", "manager"), ("range", "stores"), ("own", "usual")];
    typed.into_iter().chain([(store.as_str(), "on")]).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// As a body.
pub fn encoded(fields: &Fields) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// As somebody would read it.
pub fn as_text(sent: &Sent) -> String {
    match sent {
        Sent::Fields(fields) => fields.iter().flat_map(|(name, value)| [name, "=", value, "\n"]).collect(),
        Sent::File(file) => file.clone(),
    }
}

/// A page asked for plainly, over a year, for the store out of sight, and as a file.
pub fn questions(path: &str, store: &str) -> Vec<String> {
    let year = format!("from=2025/11/22&to={}&date=2026/11/21&month=2026/11", DAY.replace('-', "/"));
    let mut asked = vec![path.to_owned(), format!("{path}?{year}"), format!("{path}?{year}&store={store}")];
    let tables = ["", "stores", "hours", "closing", "drawers"];
    asked.extend(tables.map(|table| format!("{path}?{year}&format=csv&table={table}")));
    asked.push(format!("{path}?{year}&d1=store&d2=day&m=net&m=guests&format=csv"));
    asked
}
