//! Routes as they were registered, asked for with the ids of things that are there.

use std::collections::BTreeMap;

/// What things are called by: by the parameter's name, or by the path up to it where a name stands for several things.
pub type Ids = BTreeMap<String, String>;

/// A route's path, with ids in place of its parameters.
///
/// # Panics
/// Where no id is known for one; `new` says what to do about it.
pub fn path(pattern: &str, ids: &Ids, new: &str) -> String {
    let mut path = String::new();
    for part in pattern.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            None => path.push_str(part.trim_end_matches('{')),
            // Files of the kit: nobody's.
            Some("hash" | "name") => path.push('x'),
            Some(parameter) => match id(pattern, parameter, ids) {
                Some(id) => path.push_str(id),
                None => panic!("{pattern} has a parameter {{{parameter}}} that is new here: {new}"),
            },
        }
    }
    path
}

fn id<'a>(pattern: &str, parameter: &str, ids: &'a Ids) -> Option<&'a String> {
    let here = format!("{{{parameter}}}");
    let before = pattern.split_once(&here).map_or(pattern, |(before, _)| before);
    ids.get(&format!("{before}{here}")).or_else(|| ids.get(parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_filled_by_the_path_up_to_it_or_else_by_its_name() {
        let ids = [("jar", "7"), ("/jars/{jar}/lids/{id}", "8"), ("/shelves/{id}", "9")];
        let ids = Ids::from(ids.map(|(name, id)| (name.to_owned(), id.to_owned())));
        let filled = |pattern: &str| path(pattern, &ids, "make one");
        assert_eq!(filled("/jars"), "/jars");
        assert_eq!(filled("/jars/{jar}/lids/{id}/edit"), "/jars/7/lids/8/edit");
        assert_eq!(filled("/shelves/{id}"), "/shelves/9");
        assert_eq!(filled("/assets/{hash}/{name}"), "/assets/x/x");
        let why = std::panic::catch_unwind(|| filled("/lids/{id}")).expect_err("no lid has an id");
        let why = why.downcast_ref::<String>().map(String::as_str);
        assert_eq!(why, Some("/lids/{id} has a parameter {id} that is new here: make one"));
    }
}
