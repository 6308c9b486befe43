//! What the package brings: units that give a start its time.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging")
}

#[test]
fn a_place_that_says_when_it_is_ready_has_all_the_time_until_then() {
    let units: Vec<_> = fs::read_dir(packaging().join("systemd")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(units.len(), 3);
    for unit in units {
        let text = fs::read_to_string(&unit).unwrap();
        let set = |line: &str| text.lines().any(|found| found == line);
        assert!(set("Type=notify") && set("TimeoutStartSec=infinity"), "{}", unit.display());
    }
}
