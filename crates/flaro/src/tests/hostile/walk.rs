//! Pages found as people find them: from link to link.

use super::safe;
use crate::{server, tests::house::House};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use web::testing::forms::{Form, forms, plain};

/// So many pages of one kind are looked at.
const OF_A_KIND_MAX: usize = 4;

/// The pattern a path was made of.
pub fn kind<'a>(patterns: &'a [String], path: &str) -> Option<&'a str> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &&String| {
        let own: Vec<&str> = pattern.split('/').collect();
        own.len() == parts.len() && own.iter().zip(&parts).all(|(own, part)| own.starts_with('{') || own == part)
    };
    let exact = patterns.iter().find(|pattern| pattern.as_str() == path);
    exact.or_else(|| patterns.iter().find(fits)).map(String::as_str)
}

/// What a walk over all links met.
pub struct Walk {
    /// The first form of each kind.
    pub forms: BTreeMap<String, Form>,
    /// The patterns of the pages.
    pub met: BTreeSet<String>,
    /// Pages that show the name.
    pub shown: usize,
}

/// Walks from the first page over all links.
pub async fn walk(house: &House, cookie: &str) -> Walk {
    let patterns: Vec<String> = server::routes(house.flaro.clone()).paths().map(ToOwned::to_owned).collect();
    let mut walk = Walk { forms: BTreeMap::new(), met: BTreeSet::new(), shown: 0 };
    let (mut ahead, mut asked) = (VecDeque::from(["/".to_owned()]), BTreeMap::<String, BTreeSet<String>>::new());
    while let Some(link) = ahead.pop_front() {
        let Some(pattern) = kind(&patterns, link.split('?').next().unwrap_or_default()) else { continue };
        let of_a_kind = asked.entry(pattern.to_owned()).or_default();
        if pattern.starts_with("/assets") || of_a_kind.len() >= OF_A_KIND_MAX || !of_a_kind.insert(link.clone()) {
            continue;
        }
        let answer = house.page(cookie, &link).await;
        walk.shown += usize::from(safe(&answer, &link));
        walk.met.insert(pattern.to_owned());
        let page = answer.text();
        for form in forms(&page) {
            let to = form.action.split('?').next().unwrap_or_default();
            walk.forms.entry(kind(&patterns, to).unwrap_or(to).to_owned()).or_insert(form);
        }
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(plain);
        ahead.extend(links.filter(|link| link.starts_with('/')).map(|link| link.split('#').next().unwrap().to_owned()));
    }
    walk
}
