//! Where to go after logging in: only ever a path of this very place.
//!
//! A `next` that names another host, a scheme, a protocol-relative or a back-slashed path is dropped, so that a
//! log-in link can't be used to send people elsewhere.

/// The path if it is safe to redirect to.
pub fn safe(next: &str) -> Option<&str> {
    let mut rest = next.chars();
    let rooted = rest.next() == Some('/') && !matches!(rest.next(), Some('/' | '\\'));
    let plain = next.len() <= 2_000 && next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    let elsewhere = !next.starts_with("/login") && !next.starts_with("/logout");
    (rooted && plain && elsewhere).then_some(next)
}

/// The path of the log-in page that leads back to `path`.
pub fn login_path(path: &str) -> String {
    match safe(path) {
        None | Some("/") => "/login".to_owned(),
        Some(path) => {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
            format!("/login?{query}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_place_is_followed() {
        for good in ["/", "/a", "/a/b?c=d&e=%E3%81%82#f", "/a//b"] {
            assert_eq!(safe(good), Some(good));
        }
        let long = format!("/{}", "a".repeat(3_000));
        let bad = [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:x",
            "/a\r\nSet-Cookie: x",
            "/a b",
            "/\t/evil.example",
            "/login",
            "/logout",
            "/あ",
            "/a\\b",
            &long,
        ];
        for bad in bad {
            assert_eq!(safe(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_log_in_page_knows_the_way_back() {
        assert_eq!(login_path("/a?b=c"), "/login?next=%2Fa%3Fb%3Dc");
        assert_eq!(login_path("//evil"), "/login");
    }
}
