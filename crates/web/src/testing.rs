//! What tests of pages ask of every page.

pub mod forms;
pub mod hostile;
pub mod log;
pub mod openapi;
pub mod routes;

/// Fails when the page would break the Content-Security-Policy or the kit's manners: inline style or script, an event
/// handler in an attribute, something from another host, no `lang`, no `main`, not exactly one `h1`, an id twice, a
/// table that scrolls and can't be reached by keyboard.
pub fn assert_page(html: &str) {
    let found = faults(html);
    assert!(found.is_empty(), "{found:?} in\n{html}");
}

fn faults(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids = std::collections::HashSet::new();
    for tag in tags(html) {
        let lower = tag.to_ascii_lowercase();
        if lower.starts_with("<style") || (lower.starts_with("<script") && !lower.contains(" src=")) {
            found.push(format!("inline: {tag}"));
        }
        if lower.contains(r#"class="table-wrap""#)
            && !(lower.contains(r#"tabindex="0""#) && lower.contains("aria-label="))
        {
            found.push(format!("a table that scrolls can't be reached by keyboard: {tag}"));
        }
        for (name, value) in attributes(&tag) {
            let foreign = matches!(name.as_str(), "src" | "href" | "action")
                && (value.contains("://") || value.starts_with("//"));
            let script = name.starts_with("on") || value.trim_start().to_ascii_lowercase().starts_with("javascript:");
            if name == "style" || script || (foreign && !lower.starts_with("<a ")) {
                found.push(format!("{name} in {tag}"));
            }
            if name == "id" && !ids.insert(value.clone()) {
                found.push(format!("id {value} twice"));
            }
        }
    }
    for (needed, count) in [("<html lang=\"ja\"", 1), ("<main ", 1), ("<h1", 1)] {
        if html.matches(needed).count() != count {
            found.push(format!("{needed} must be there {count} time"));
        }
    }
    found
}

fn tags(html: &str) -> Vec<String> {
    html.split('<').skip(1).map(|rest| format!("<{}", rest.split('>').next().unwrap_or_default())).collect()
}

/// Name and value of every quoted attribute. Our templates quote them all.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut parts = tag.split('"');
    let mut found = Vec::new();
    while let (Some(before), Some(value)) = (parts.next(), parts.next()) {
        let name = before.trim_end_matches('=').rsplit(char::is_whitespace).next().unwrap_or_default();
        found.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"<html lang="ja"><main id="main"><h1>x</h1><a href="https://e.example">y</a></main></html>"#;

    #[test]
    fn a_good_page_passes_and_each_fault_is_found() {
        assert_page(GOOD);
        for bad in [
            r#"<p style="color:red">"#,
            "<style>p{}</style>",
            "<script>x()</script>",
            r#"<button onclick="x()">"#,
            r#"<img src="https://e.example/x.png">"#,
            r#"<a href="javascript:x()">"#,
            r#"<p id="main">"#,
            "<h1>again</h1>",
            r#"<div class="table-wrap">"#,
        ] {
            assert_eq!(faults(&format!("{GOOD}{bad}")).len(), 1, "{bad}");
        }
    }
}
