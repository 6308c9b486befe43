//! A name that would like to be markup, and the proof that a page shows it as the name it is.

use crate::harden::CONTENT_SECURITY_POLICY;

/// Closes an attribute in either quotes, closes a tag, opens one that runs: shorter than any name's limit.
pub const NAME: &str = r#"zq"'><img onerror=zq>"#;

/// Fails where the name stands as markup, and where a page comes without the policy that would stop it. Says whether
/// the name stands there at all.
pub fn assert_shown_as_text(what: &str, kind: &str, policy: &str, page: &str) -> bool {
    if !kind.starts_with("text/html") {
        return false;
    }
    assert_eq!(policy, CONTENT_SECURITY_POLICY, "{what}");
    for raw in ["<img onerror", "zq\"", "zq'", "onerror=zq>"] {
        let at = page.find(raw).map(|at| page[..at].chars().rev().take(200).collect::<Vec<_>>());
        let before: Option<String> = at.map(|before| before.into_iter().rev().collect());
        assert!(before.is_none(), "{what} has {raw} after {before:?}");
    }
    super::forms::plain(page).contains(NAME)
}

/// The same facts with the name in every text that is free: whatever the type still takes.
pub fn with_free_texts(facts: &serde_json::Value, takes: &dyn Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let mut changed = facts.clone();
    let mut places = Vec::new();
    texts(facts, String::new(), &mut places);
    for place in places {
        let before = changed.clone();
        if let Some(serde_json::Value::String(text)) = changed.pointer_mut(&place) {
            NAME.clone_into(text);
        }
        if !takes(&changed) {
            changed = before;
        }
    }
    changed
}

fn texts(value: &serde_json::Value, at: String, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(_) => found.push(at),
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| texts(item, format!("{at}/{n}"), found));
        }
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| texts(field, format!("{at}/{name}"), found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_quotes_or_in_a_tag_is_found() {
        let shown = |page: &str| assert_shown_as_text("a page", "text/html", CONTENT_SECURITY_POLICY, page);
        assert!(shown(&format!("<p>{}</p>", crate::html::escape(NAME))));
        assert!(!shown("<p>plum</p>"));
        for bad in [format!("<p>{NAME}</p>"), format!("<p title='{}'>", NAME.replace('<', "&#60;"))] {
            assert!(std::panic::catch_unwind(|| shown(&bad)).is_err(), "{bad}");
        }
        let inline = std::panic::catch_unwind(|| assert_shown_as_text("a page", "text/html", "script-src *", "<p>"));
        assert!(inline.is_err());
    }

    #[test]
    fn only_free_texts_are_changed() {
        let facts = serde_json::json!({"code": "1", "names": [{"name": "a"}, {"name": "b"}]});
        let changed = with_free_texts(&facts, &|facts| facts["code"] == "1");
        assert_eq!(changed, serde_json::json!({"code": "1", "names": [{"name": NAME}, {"name": NAME}]}));
    }
}
