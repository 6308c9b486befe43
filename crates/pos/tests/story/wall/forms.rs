//! The forms on the company's own pages: what a person there would send, with the ids of their own things.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
pub use web::testing::forms::{Fields, forms};

use super::Route;
use super::everything::Everything;
use super::masters::list_of;
use crate::house::House;

/// What a person there would send: fields, or a file.
pub enum Sent {
    Fields(Fields),
    File(String),
}

/// By the path they are sent to.
pub struct Forms(BTreeMap<String, Sent>);

impl Forms {
    /// Those of every page, and those that a page shows only after a question was answered.
    pub async fn on_pages(house: &House, own: &Everything, routes: &[Route]) -> Self {
        let admin = house.log_in("admin.0012345").await;
        let later = own.asked_later().into_iter();
        let mut found: BTreeMap<String, Sent> = later.map(|(action, fields)| (action, Sent::Fields(fields))).collect();
        for route in routes.iter().filter(|route| route.method == Method::GET) {
            let page = house.get(&route.path, &admin).await;
            if page.status == StatusCode::OK {
                for form in forms(&page.text) {
                    let sent = if form.takes_a_file {
                        Sent::File(changed(&house.get(&list_of(&form.action), &admin).await.text))
                    } else {
                        Sent::Fields(form.fields)
                    };
                    found.insert(form.action, sent);
                }
            }
        }
        Self(found)
    }

    /// What is sent along.
    pub fn of(&self, route: &Route) -> &Sent {
        self.0.get(&route.path).unwrap_or_else(|| {
            panic!(
                "no page of the company has a form for {} with the sample ids ({}); if it is shown only after a \
                 question, add its fields to `Everything::asked_later`",
                route.name(),
                route.path
            )
        })
    }
}

/// As a body.
pub fn encoded(fields: &Fields) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The same table with every name another one and every 使う taken away: a file that changes nothing proves nothing.
fn changed(csv: &str) -> String {
    let name = csv.lines().next().unwrap_or_default().split(',').position(|head| head.contains('名'));
    let line = |(row, line): (usize, &str)| {
        let cells = line.split(',').enumerate();
        let cells = cells.map(|(n, cell)| match cell {
            _ if row == 0 => cell.to_owned(),
            "○" => String::new(),
            cell if Some(n) == name => format!("{cell}改"),
            cell => cell.to_owned(),
        });
        cells.collect::<Vec<_>>().join(",")
    };
    csv.lines().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
}

#[test]
fn a_file_comes_back_with_every_name_changed() {
    assert_eq!(changed("店舗,70001 現金\r\n本店,○"), "店舗,70001 現金\r\n本店,");
    assert_eq!(changed("商品ID,商品名\r\n7,茶\r\n8,水"), "商品ID,商品名\r\n7,茶改\r\n8,水改");
}
