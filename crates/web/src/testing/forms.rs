//! The forms of a page, read as a browser would send them.

/// Field and value.
pub type Fields = Vec<(String, String)>;

/// A form of a page that is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// What is filled in already.
    pub fields: Fields,
    /// Whether it has a file in it.
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
            "textarea" => plain(tag.split_once('>')?.1.trim_start_matches('\n')),
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
    Some(plain(head.split_once(&format!("{name}=\""))?.1.split('"').next()?))
}

/// The text that was escaped.
pub fn plain(escaped: &str) -> String {
    let signs = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<")];
    let signs = signs.into_iter().chain([("&gt;", ">"), ("&#38;", "&"), ("&amp;", "&")]);
    signs.fold(escaped.to_owned(), |text, (sign, c)| text.replace(sign, c))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
