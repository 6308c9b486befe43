//! Going on from a copy, on either engine: what was there stays until the copy is known to be good.

use db::{Db, DbError, Tx, args, backup, testing};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// A place as its operator sees it: a database, a key file, commands.
struct Office {
    dir: TempDir,
    url: String,
}

impl Office {
    fn new(url: &str) -> Self {
        let office = Self { dir: tempfile::tempdir().expect("a folder"), url: url.to_owned() };
        office.done(&["keys", "new", "--place", "flaro"]);
        office
    }

    /// The same, with its database elsewhere.
    fn at(self, url: String) -> Self {
        Self { url, ..self }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn ran(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shime"));
        let databases = ["POS", "FLARO", "REGISTER"].map(|place| (format!("SHIME_{place}_DATABASE"), &self.url));
        command.args(args).envs(databases).env("SHIME_SETUP_PASSWORD", "a-long-pass-phrase-2026");
        command.env("SHIME_KEY_FILE", self.path("key")).stdin(Stdio::null());
        command.current_dir(self.dir.path()).output().expect("it runs")
    }

    fn done(&self, args: &[&str]) -> String {
        let output = self.ran(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn refused(&self, args: &[&str]) -> String {
        let output = self.ran(args);
        assert!(!output.status.success(), "{args:?}: {output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn copied(&self, place: &str) -> String {
        let said = self.done(&["backup", place, "--to", "copies"]);
        self.path(said.split(' ').next().expect("the copy's name")).display().to_string()
    }

    /// Opens what the settings name.
    async fn db(&self) -> Db {
        Db::open(&self.url).await.expect("its database opens")
    }

    async fn name(&self) -> String {
        let db = self.db().await;
        let sql = "SELECT name FROM company";
        let row = db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![]).await).await.expect("a company");
        db.close().await;
        row.text("name").expect("a name")
    }

    async fn rename(&self, name: &'static str) {
        let db = self.db().await;
        let sql = "UPDATE company SET name = $1";
        db.write(async move |tx: &mut Tx| tx.execute(sql, args![name]).await).await.expect("renamed");
        db.close().await;
    }

    async fn secret(&self) -> String {
        let db = self.db().await;
        let sql = "SELECT secret FROM linkage";
        let row = db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![]).await).await.expect("a linkage");
        db.close().await;
        row.text("secret").expect("a secret")
    }

    /// Nothing half lies beside the database.
    fn tidy(&self) {
        let Some(path) = self.url.strip_prefix("sqlite:") else { return };
        let beside = fs::read_dir(Path::new(path).parent().expect("a folder")).expect("it is read");
        let names: Vec<_> = beside.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!names.iter().any(|name| name.contains("restoring")), "{names:?}");
    }
}

/// A company with a linkage whose secret lies in the clear, as a version without keys left it.
async fn a_linkage(db: &Db, name: &'static str) {
    db.write(async move |tx: &mut Tx| -> Result<u64, DbError> {
        let company = "INSERT INTO company (company_id, code, name, zone, created_at) VALUES ('7', '7', $1, 'Asia/Tokyo', 0)";
        tx.execute(company, args![name]).await?;
        let linkage = "
            INSERT INTO linkage (company_id, linkage_id, partner, generation, company_name, token_sha256, secret, requested_at)
            VALUES ('7', '1', 'pos', 1, $1, 'of a token', 'whsec_in_the_clear', 0)";
        tx.execute(linkage, args![name]).await
    })
    .await
    .expect("a company with a linkage");
}

#[tokio::test]
async fn a_copy_of_an_older_schema_is_brought_up_to_date_and_its_secrets_are_sealed() {
    testing::each_url(async |url| {
        let office = Office::new(&url);
        let all = flaro::migrations();
        let db = office.db().await;
        db.migrate(&all[..all.len() - 1]).await.unwrap();
        a_linkage(&db, "七").await;
        db.close().await;
        let copy = office.copied("flaro");
        let office = office.at(elsewhere(&url, "again").await);
        office.done(&["restore", "flaro", "--from", &copy]);
        let db = office.db().await;
        db.schema(&all).await.expect("this program's schema");
        db.close().await;
        assert!(office.secret().await.starts_with("sealed:"));
        assert_eq!(office.name().await, "七");
        office.tidy();
    })
    .await;
}

#[tokio::test]
async fn a_head_office_and_a_till_go_on_from_an_older_copy_and_know_it() {
    testing::each_url(async |url| {
        for (place, all) in [("pos", pos::schema::migrations()), ("register", register::migrations())] {
            let office = Office::new(&elsewhere(&url, place).await);
            let db = office.db().await;
            db.migrate(&all[..all.len() - 1]).await.unwrap();
            if place == "pos" {
                db.write(async |tx: &mut Tx| -> Result<u64, DbError> {
                    let company = "INSERT INTO company (company_id, code, name, created_at) VALUES ('7', '7', '七', 0)";
                    tx.execute(company, args![]).await?;
                    let day = "INSERT INTO reconciliation
                                 (company_id, store_id, business_date, state, checked_at, again_at)
                               VALUES ('7', '1', '2026-11-01', 'matched', 99, 3600099)";
                    tx.execute(day, args![]).await
                })
                .await
                .unwrap();
            }
            db.close().await;
            let copy = office.copied(place);
            let office = office.at(elsewhere(&url, &format!("{place}-again")).await);
            office.done(&["restore", place, "--from", &copy]);
            let db = office.db().await;
            db.schema(&all).await.expect("this program's schema");
            if place == "pos" {
                let sql = "SELECT again_at, (SELECT COUNT(*) FROM audit) AS told FROM reconciliation";
                let row = db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![]).await).await.unwrap();
                let found = (row.int("again_at").unwrap(), row.int("told").unwrap());
                assert_eq!(found, (0, 1), "the day is compared at once, and the change log tells why");
            }
            db.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_there_stays_until_the_copy_is_known_to_be_good() {
    testing::each_url(async |url| {
        let office = Office::new(&url);
        let db = office.db().await;
        db.migrate(&flaro::migrations()).await.unwrap();
        a_linkage(&db, "前").await;
        db.close().await;
        // Opened as the place does, which seals.
        office.done(&["setup", "flaro", "--company-code", "7", "--company-name", "前", "--login", "owner"]);
        assert!(office.secret().await.starts_with("sealed:"));
        let copy = office.copied("flaro");
        office.rename("後").await;

        let bytes = fs::read(&copy).unwrap();
        let cut = office.path("cut").display().to_string();
        fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        fs::rename(office.path("key"), office.path("right")).unwrap();
        office.done(&["keys", "new", "--place", "flaro"]);
        for (copy, why) in [(&cut, ""), (&copy, "is sealed with key")] {
            let why = if url.starts_with("sqlite:") { why } else { "the old one stays" };
            let said = office.refused(&["restore", "flaro", "--from", copy, "--force"]);
            // A copy that is cut off is refused before anything else is looked at.
            assert!(said.contains(why) || *copy == cut, "{said}");
            assert_eq!(office.name().await, "後", "{said}");
            office.tidy();
        }

        let was = office.url.clone();
        let office = office.at(if url.starts_with("sqlite:") { was.clone() } else { elsewhere(&url, "again").await });
        if office.url != was {
            for (copy, why) in [(&cut, "pg_restore"), (&copy, "is sealed with key")] {
                let said = office.refused(&["restore", "flaro", "--from", copy]);
                assert!(said.contains(why), "{said}");
                let db = office.db().await;
                assert!(backup::is_empty(&db).await.unwrap(), "{said}");
                db.close().await;
            }
        }
        fs::rename(office.path("right"), office.path("key")).unwrap();
        let said = office.done(&["restore", "flaro", "--from", &copy, "--force"]);
        assert_eq!(office.name().await, "前");
        office.tidy();
        let aside = said.lines().find_map(|line| line.strip_prefix("what was there is kept as "));
        let office = office.at(aside.map_or(was, |aside| format!("sqlite:{aside}")));
        assert_eq!(office.name().await, "後", "the old one is kept");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_nobody_named_is_not_made_for_a_copy_that_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::new(&format!("sqlite:{}", dir.path().join("first.db").display()));
    let db = office.db().await;
    db.migrate(&flaro::migrations()).await.unwrap();
    a_linkage(&db, "七").await;
    db.close().await;
    office.done(&["setup", "flaro", "--company-code", "7", "--company-name", "七", "--login", "owner"]);
    let copy = office.copied("flaro");
    let fresh = dir.path().join("fresh");
    let mut command = Command::new(env!("CARGO_BIN_EXE_shime"));
    command.args(["restore", "flaro", "--from", &copy]).env_remove("SHIME_KEY_FILE");
    let url = format!("sqlite:{}", fresh.join("flaro.db").display());
    let output = command.env("SHIME_FLARO_DATABASE", url).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("is sealed with key"), "{said}");
    let left: Vec<_> = fs::read_dir(&fresh).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["flaro.db.lock"], "only the lock that was held");
}

/// A database that nothing is in.
async fn elsewhere(url: &str, name: &str) -> String {
    if url.starts_with("sqlite:") { format!("{url}.{name}") } else { testing::postgres_url().await }
}
