//! On what a measurement stores: a file made for it, or schemas made for it on a PostgreSQL server.

use anyhow::{Context, Result, bail};
use db::{Db, Tx, args};
use std::{fmt, path::Path};
use url::Url;

/// A database engine to measure on.
#[derive(Clone, Debug)]
pub struct Engine {
    server: Option<Url>,
    first: bool,
}

/// The engines that were asked for.
pub fn asked(postgres: Option<&str>, no_sqlite: bool) -> Result<Vec<Engine>> {
    let mut engines = Vec::new();
    if !no_sqlite {
        engines.push(Engine { server: None, first: true });
    }
    if let Some(text) = postgres.filter(|text| !text.is_empty()) {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
        let Some(url) = url else {
            bail!("--postgres takes postgres://USER:PASSWORD@HOST:PORT/DATABASE; leave it out to measure SQLite only");
        };
        let first = engines.is_empty();
        engines.push(Engine { server: Some(url), first });
    }
    Ok(engines)
}

impl Engine {
    /// What doesn't depend on the engine is measured with this one.
    pub fn is_first(&self) -> bool {
        self.first
    }

    /// The address of an empty database of this name, for what runs in `dir`.
    pub async fn fresh(&self, dir: &Path, name: &str) -> Result<String> {
        let Some(server) = &self.server else {
            return Ok(format!("sqlite:{}", dir.join(format!("{name}.db")).display()));
        };
        let schema = schema(name);
        self.statements(&[format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), format!("CREATE SCHEMA {schema}")])
            .await?;
        let mut url = server.clone();
        url.query_pairs_mut().append_pair("options[search_path]", &schema);
        Ok(url.into())
    }

    /// Deletes what [`Engine::fresh`] made on a server; files go with their folder.
    pub async fn forget(&self, name: &str) -> Result<()> {
        self.statements(&[format!("DROP SCHEMA IF EXISTS {} CASCADE", schema(name))]).await
    }

    async fn statements(&self, texts: &[String]) -> Result<()> {
        let Some(server) = &self.server else { return Ok(()) };
        let db = Db::open(server.as_str()).await.context("opening the server of --postgres")?;
        // Statements are constants everywhere else; these few live as long as the run.
        let texts: Vec<&'static str> = texts.iter().map(|text| &*text.clone().leak()).collect();
        let unit = async move |tx: &mut Tx| -> Result<(), db::DbError> {
            for text in texts {
                tx.execute(text, args![]).await?;
            }
            Ok(())
        };
        db.write(unit).await.context("making schemas on the server of --postgres")?;
        db.close().await;
        Ok(())
    }
}

fn schema(name: &str) -> String {
    format!("shime_bench_{name}")
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.server.is_some() { "postgresql" } else { "sqlite" })
    }
}
