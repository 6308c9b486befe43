//! What goes in comes out, of the same kind, on both engines; what isn't of the kind is named.

use db::{Args, Db, DbError, Migration, Row, Sql, Tx, args};

const KINDS: Migration = Migration::both(
    "kinds",
    1,
    "one column of each",
    "CREATE TABLE kinds (id TEXT PRIMARY KEY, text TEXT, number BIGINT, bytes BLOB)",
);

async fn on_each<F: AsyncFn(Db)>(story: F) {
    db::testing::each_engine(async |db: Db| {
        db.migrate(&[KINDS]).await.expect("migrated");
        story(db).await;
    })
    .await;
}

async fn row_of(db: &Db, sql: impl Into<Sql>, args: Args) -> Result<Row, DbError> {
    let sql = sql.into();
    db.write(async move |tx: &mut Tx| -> Result<Row, DbError> { tx.fetch_one(sql, args).await }).await
}

const INSERT: &str =
    "INSERT INTO kinds (id, text, number, bytes) VALUES ($1, $2, $3, $4) RETURNING text, number, bytes";

#[tokio::test]
async fn each_kind_comes_back_as_it_went_in() {
    on_each(async |db: Db| {
        let row = row_of(&db, INSERT, args!["a", "締め ¥1,200", i64::MIN, vec![0_u8, 255]]).await.expect("stored");
        assert_eq!(row.text("text").expect("text"), "締め ¥1,200");
        assert_eq!(row.int("number").expect("number"), i64::MIN);
        assert_eq!(row.bytes("bytes").expect("bytes"), [0, 255]);

        let row = row_of(&db, INSERT, args!["b", "00012345678901234567", i64::MAX, &[][..]]).await.expect("stored");
        assert_eq!(row.text("text").expect("text"), "00012345678901234567", "a code of digits stays text");
        assert_eq!(row.int("number").expect("number"), i64::MAX);
        assert_eq!(row.opt_bytes("bytes").expect("bytes"), Some(vec![]), "empty isn't NULL");
    })
    .await;
}

#[tokio::test]
async fn nulls_keep_their_kind() {
    on_each(async |db: Db| {
        let nulls = args!["a", None::<&str>, None::<i64>, None::<Vec<u8>>];
        let row = row_of(&db, INSERT, nulls).await.expect("stored");
        assert_eq!(row.opt_text("text").expect("text"), None);
        assert_eq!(row.opt_int("number").expect("number"), None);
        assert_eq!(row.opt_bytes("bytes").expect("bytes"), None);
        assert_eq!(row.opt_flag("number").expect("number"), None);
        let error = row.int("number").expect_err("NULL where there must be a number");
        assert_eq!(error.to_string(), "column `number` must be BIGINT and not NULL, found NULL");

        // Where nothing but the argument says which type is meant.
        let sql = "SELECT COALESCE($1, 'none') AS text, $2 AS number, $3 AS bytes";
        let row = row_of(&db, sql, args![None::<String>, None::<i64>, None::<Vec<u8>>]).await.expect("typed");
        assert_eq!(row.text("text").expect("text"), "none");
        assert_eq!((row.opt_int("number").expect("int"), row.opt_bytes("bytes").expect("bytes")), (None, None));
    })
    .await;
}

#[tokio::test]
async fn some_is_the_value_and_flags_are_numbers() {
    on_each(async |db: Db| {
        let row = row_of(&db, INSERT, args!["a", Some(String::from("x")), true, Some(vec![7_u8])]).await;
        let row = row.expect("stored");
        assert_eq!(row.opt_text("text").expect("text").as_deref(), Some("x"));
        assert!(row.flag("number").expect("flag"));
        assert_eq!(row.bytes("bytes").expect("bytes"), [7]);

        let row = row_of(&db, "SELECT 1 = 2 AS no, EXISTS (SELECT 1) AS yes", args![]).await.expect("a row");
        assert_eq!((row.flag("no").expect("no"), row.flag("yes").expect("yes")), (false, true));
        let row = row_of(&db, "SELECT 2 AS two", args![]).await.expect("a row");
        assert_eq!(row.flag("two").expect_err("no flag").to_string(), "column `two` must be 0 or 1, found 2");
    })
    .await;
}

#[tokio::test]
async fn a_column_of_another_kind_is_named() {
    on_each(async |db: Db| {
        let row = row_of(&db, INSERT, args!["a", "x", 1, vec![7_u8]]).await.expect("stored");
        for (error, expected) in [
            (row.text("number").map(drop), "column `number` must be TEXT, found BIGINT"),
            (row.bytes("text").map(drop), "column `text` must be BLOB/BYTEA, found TEXT"),
            (row.text("bytes").map(drop), "column `bytes` must be TEXT, found BLOB/BYTEA"),
            (row.text("colour").map(drop), "the row has no column `colour`; it has text, number, bytes"),
        ] {
            assert_eq!(error.expect_err(expected).to_string(), expected);
        }
        let row = row_of(&db, "SELECT 1.5 AS half", args![]).await.expect("a row");
        let error = row.int("half").expect_err("not whole").to_string();
        assert!(error.contains("`half` must be BIGINT") && error.contains("CAST"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_row_error_leaves_the_unit_well() {
    on_each(async |db: Db| {
        let outcome = db.write(async |tx: &mut Tx| -> Result<bool, DbError> {
            let none = tx.fetch_one("SELECT id FROM kinds", args![]).await;
            assert!(matches!(none, Err(DbError::NoRow { .. })), "{none:?}");
            let row = tx.fetch_one("SELECT 1 AS one", args![]).await?;
            Ok(row.text("one").is_err())
        });
        assert!(outcome.await.expect("no statement failed"));
    })
    .await;
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_refused_on_both_engines() {
    on_each(async |db: Db| {
        for (sql, args, expected) in [
            ("SELECT $1 AS a, $2 AS b", args!["one"], "asks for 2, 1 given"),
            ("SELECT $1 AS a", args!["one", "two"], "asks for 1, 2 given"),
            ("SELECT $1 AS a", args!["nul\0"], "$1 is a text with a NUL character"),
        ] {
            let error = row_of(&db, sql, args).await.expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_error_shows_the_statement_and_never_its_arguments() {
    on_each(async |db: Db| {
        let error = row_of(&db, "SELECT nonsense(\n   $1)", args!["a guest's name"]).await.expect_err("no function");
        let shown = error.to_string();
        assert!(shown.contains("`SELECT nonsense( $1)`") && !shown.contains("guest"), "{shown}");
        assert!(!error.is_unavailable() && !error.is_retryable());
    })
    .await;
}

#[tokio::test]
async fn many_rows_go_in_as_one_json_array() {
    const INSERT_MANY: Sql = Sql {
        sqlite: "INSERT INTO kinds (id, number) SELECT value ->> 'id', value ->> 'number' FROM json_each($1)",
        postgres: "INSERT INTO kinds (id, number) SELECT value ->> 'id', CAST(value ->> 'number' AS BIGINT)
                   FROM jsonb_array_elements(CAST($1 AS JSONB))",
    };
    on_each(async |db: Db| {
        let rows: Vec<String> =
            (0..1000).map(|number| format!(r#"{{"id": "{number:020}", "number": {number}}}"#)).collect();
        let rows = format!("[{}]", rows.join(","));
        let stored =
            db.write(async move |tx: &mut Tx| -> Result<u64, DbError> { tx.execute(INSERT_MANY, args![rows]).await });
        assert_eq!(stored.await.expect("stored"), 1000);
        let sum = "SELECT CAST(SUM(number) AS BIGINT) AS total, MAX(id) AS last FROM kinds";
        let row = row_of(&db, sql_of(sum), args![]).await.expect("a row");
        assert_eq!(row.int("total").expect("total"), 499_500);
        assert_eq!(row.text("last").expect("last"), "00000000000000000999");
    })
    .await;
}

fn sql_of(both: &'static str) -> Sql {
    both.into()
}
