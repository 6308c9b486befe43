//! Many rows in one statement, on either engine: a JSON array goes in as `$2`, the company as `$1`.

/// `INSERT … ON CONFLICT DO UPDATE` of a table whose key is the company and `keys`.
macro_rules! upsert_rows {
    ($table:literal, keys: $($key:literal $key_kind:literal),+; values: $($column:literal $kind:literal),+) => {
        db::Sql {
            sqlite: concat!(
                "INSERT INTO ", $table, " (company_id", $(", ", $key,)+ $(", ", $column,)+ ") SELECT $1",
                $(", value ->> '", $key, "'",)+ $(", value ->> '", $column, "'",)+ " FROM json_each($2) WHERE true",
                " ON CONFLICT (company_id", $(", ", $key,)+ ") DO UPDATE SET company_id = excluded.company_id",
                $(", ", $column, " = excluded.", $column,)+
            ),
            postgres: concat!(
                "INSERT INTO ", $table, " (company_id", $(", ", $key,)+ $(", ", $column,)+ ") SELECT $1",
                $(", CAST(value ->> '", $key, "' AS ", $key_kind, ")",)+
                $(", CAST(value ->> '", $column, "' AS ", $kind, ")",)+
                " FROM jsonb_array_elements(CAST($2 AS JSONB)) AS rows (value)",
                " ON CONFLICT (company_id", $(", ", $key,)+ ") DO UPDATE SET company_id = excluded.company_id",
                $(", ", $column, " = excluded.", $column,)+
            ),
        }
    };
}
pub(crate) use upsert_rows;
