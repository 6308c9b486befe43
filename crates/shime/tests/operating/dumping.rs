//! A server's database is copied by its own tools: what they write is for its owner alone, is read again before it is
//! called a copy, and their command line tells nobody the password.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

/// Writes down how it was called and what the file it was given looks like, and writes something into it.
const PG_DUMP: &str = r#"#!/bin/sh
printf '%s\n%s\n' "$*" "$PGPASSWORD" > "$SEEN"
while [ "$1" != --file ]; do shift; done
stat -c %a "$2" >> "$SEEN"
echo dumped > "$2"
exit "$DUMP_ENDS"
"#;
/// Reads a dump, or finds it broken.
const PG_RESTORE: &str = r#"#!/bin/sh
printf 'flaro\t1\tx\tx\nflaro-web\t1\tx\tx\n'
exit "$READING_ENDS"
"#;

fn dumped(dir: &Path, address: &str, (dump, reading): (u8, u8)) -> Output {
    for (name, text) in [("pg_dump", PG_DUMP), ("pg_restore", PG_RESTORE)] {
        fs::write(dir.join(name), text).unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_shime"));
    let path = format!("{}:{}", dir.display(), std::env::var("PATH").unwrap());
    command.args(["backup", "flaro", "--to"]).arg(dir.join("copies"));
    command.env("PATH", path).env("SEEN", dir.join("seen")).env("SHIME_FLARO_DATABASE", address);
    command.env("DUMP_ENDS", dump.to_string()).env("READING_ENDS", reading.to_string()).output().unwrap()
}

#[test]
fn a_dump_is_for_its_owner_alone_and_no_command_line_has_the_password() {
    for (address, open) in [
        ("postgres://me:p%40s%2Fs@db.invalid/flaro?sslmode=require", "postgres://me@db.invalid/flaro?sslmode=require"),
        ("postgres://me@db.invalid/flaro?password=p%40s%2Fs", "postgres://me@db.invalid/flaro"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let output = dumped(dir.path(), address, (0, 0));
        assert!(output.status.success(), "{output:?}");
        let seen = fs::read_to_string(dir.path().join("seen")).unwrap();
        let [called, password, mode] = seen.lines().collect::<Vec<_>>()[..] else { panic!("{seen}") };
        assert!(called.contains(&format!("--dbname={open} ")), "{called}");
        assert_eq!((password, mode), ("p@s/s", "600"), "while it is written");
        let copies: Vec<_> = fs::read_dir(dir.path().join("copies")).unwrap().map(|entry| entry.unwrap()).collect();
        let [copy] = &copies[..] else { panic!("{copies:?}") };
        assert!(copy.path().extension().is_some_and(|end| end == "dump"), "{copy:?}");
        assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_dump_that_fails_or_cannot_be_read_again_leaves_nothing_behind() {
    for (ends, why) in [((1, 0), "pg_dump failed"), ((0, 1), "reading the copy again")] {
        let dir = tempfile::tempdir().unwrap();
        let output = dumped(dir.path(), "postgres://me@db.invalid/flaro", ends);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{said}");
        assert_eq!(fs::read_dir(dir.path().join("copies")).unwrap().count(), 0, "{said}");
    }
}
