//! The forms on the company's own pages: what a person there would send, with the ids of their own things.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};

use super::Route;
use super::everything::{Everything, list_of};
use crate::house::House;

/// Field and value.
pub type Fields = Vec<(String, String)>;

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

/// A form of a page that is posted.
#[derive(Debug, PartialEq)]
pub struct Form {
    pub action: String,
    pub fields: Fields,
    pub takes_a_file: bool,
}

/// The forms of a page that are posted.
pub fn forms(page: &str) -> Vec<Form> {
    let bodies = page.split("<form ").skip(1).map(|rest| rest.split("</form>").next().unwrap_or_default());
    let posted = bodies.filter(|body| attribute(body, "method").as_deref() == Some("post"));
    let form = |body: &str| {
        let takes_a_file = attribute(body, "enctype").as_deref() == Some("multipart/form-data");
        Some(Form { action: attribute(body, "action")?, fields: fields(body), takes_a_file })
    };
    posted.filter_map(form).collect()
}

fn fields(form: &str) -> Fields {
    let tags = form.split('<').filter_map(|tag| {
        let name = attribute(tag, "name")?;
        let value = match tag.split([' ', '>']).next()? {
            "input" if matches!(attribute(tag, "type").as_deref(), Some("radio" | "checkbox")) => {
                tag.contains(" checked").then(|| attribute(tag, "value").unwrap_or_default())?
            }
            "input" => attribute(tag, "value").unwrap_or_default(),
            "textarea" => tag.split_once('>')?.1.trim_start_matches('\n').to_owned(),
            "select" => chosen(form, &name),
            _ => return None,
        };
        Some((name, value))
    });
    tags.collect()
}

fn chosen(form: &str, select: &str) -> String {
    let of = form.split("<select ").find(|part| attribute(part, "name").as_deref() == Some(select));
    let options = of.unwrap_or_default().split("</select>").next().unwrap_or_default();
    let mut options = options.split("<option ").skip(1);
    let selected = options.clone().find(|option| option.contains(" selected"));
    selected.or_else(|| options.next()).and_then(|option| attribute(option, "value")).unwrap_or_default()
}

/// Of the first tag in the text.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let head = tag.split('>').next()?;
    let value = head.split_once(&format!("{name}=\""))?.1.split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&#38;", "&").replace("&amp;", "&"))
}

#[test]
fn a_form_is_read_as_a_browser_would_send_it() {
    let page = r#"<form method="get" action="/x"><input name="q" value="1"></form>
        <form method="post" class="card" action="/jars"><input type="hidden" name="id" value="7">
        <input type="checkbox" name="on" value="on" checked><input type="checkbox" name="off" value="on">
        <select name="kind"><option value="a">A</option><option value="b" selected>B</option></select>
        <textarea name="note" rows="6">
plum</textarea><button>登録</button></form>"#;
    let expected = [("id", "7"), ("on", "on"), ("kind", "b"), ("note", "plum")].map(|(n, v)| (n.into(), v.into()));
    let form = Form { action: "/jars".to_owned(), fields: Vec::from(expected), takes_a_file: false };
    assert_eq!(forms(page), [form]);
}

#[test]
fn a_file_comes_back_with_every_name_changed() {
    assert_eq!(changed("店舗,70001 現金\r\n本店,○"), "店舗,70001 現金\r\n本店,");
    assert_eq!(changed("商品ID,商品名\r\n7,茶\r\n8,水"), "商品ID,商品名\r\n7,茶改\r\n8,水改");
}
