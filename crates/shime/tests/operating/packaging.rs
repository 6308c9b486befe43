//! What the package brings: units that give a start its time, and scripts that don't fail an installation over what an
//! operator can mend afterwards.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
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

/// Runs the package's script after an upgrade, in a system whose other programs only say that they were called.
fn configured(root: &Path) -> Output {
    let programs = root.join("programs");
    fs::create_dir_all(&programs).unwrap();
    fs::create_dir_all(root.join("run/systemd/system")).unwrap();
    fs::create_dir_all(root.join("etc/shime")).unwrap();
    for name in ["getent", "adduser", "install", "chgrp", "shime", "systemctl", "deb-systemd-invoke"] {
        let ends = u8::from(name == "deb-systemd-invoke");
        fs::write(programs.join(name), format!("#!/bin/sh\necho {name} \"$@\"\nexit {ends}\n")).unwrap();
        fs::set_permissions(programs.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.arg(packaging().join("deb/postinst")).args(["configure", "0.0.1-1"]).env("DPKG_ROOT", root);
    command.env("PATH", path).output().unwrap()
}

#[test]
fn an_upgrade_is_installed_though_a_place_does_not_start_again() {
    let root = tempfile::tempdir().unwrap();
    let bare = configured(root.path());
    assert!(bare.status.success(), "without any settings: {bare:?}");
    let said = String::from_utf8_lossy(&bare.stderr).into_owned();
    assert!(said.contains("did not start again") && said.contains("systemctl status"), "{said}");
    assert!(!String::from_utf8_lossy(&bare.stdout).contains("chgrp"), "there is nothing to hand over: {bare:?}");

    let settings = root.path().join("etc/shime/pos.toml");
    fs::write(&settings, "").unwrap();
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o644)).unwrap();
    let output = configured(root.path());
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(&format!("chgrp shime {}", settings.display())), "{said}");
    assert_eq!(fs::metadata(&settings).unwrap().permissions().mode() & 0o777, 0o640);
}
