//! What the engine is asked for a page, how long each question took and by which plan SQLite answers it.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use db::{Args, DbError, Engine, Kind, Tx, Value};
use pos::Pos;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Statements and their seconds, as the database's seam reports them.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<Statement>>>);

/// One question.
#[derive(Clone, Default)]
pub struct Statement {
    pub sql: String,
    pub seconds: f64,
}

impl Statements {
    /// Listens from now on.
    pub fn listen() -> Result<Self, tracing::subscriber::SetGlobalDefaultError> {
        let here = Self::default();
        let only = filter_fn(|about| about.target() == "db::statement").with_max_level_hint(LevelFilter::DEBUG);
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(here.clone().with_filter(only)))?;
        Ok(here)
    }

    /// Those since it was last asked, the slowest first.
    pub fn take(&self) -> Vec<Statement> {
        let mut all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        all.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        all
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
    }
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            value.trim().clone_into(&mut self.sql);
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_secs" {
            self.seconds = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// How SQLite goes about a statement, a step a line; nothing for what is no query, and on PostgreSQL.
pub async fn plan(pos: &Pos, statement: &Statement) -> Result<String, DbError> {
    let asked = statement.sql.trim_start();
    if !(asked.starts_with("SELECT") || asked.starts_with("WITH")) {
        return Ok(String::new());
    }
    // The text of a statement is a constant of the program: a bench may leak the few it looks at.
    let explain: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {asked}").into_boxed_str());
    let arguments = (1..=99).rev().find(|n| asked.contains(&format!("${n}"))).unwrap_or(0);
    let steps = pos
        .db
        .read(async move |tx: &mut Tx| -> Result<Vec<db::Row>, DbError> {
            if tx.engine() == Engine::Postgres {
                return Ok(Vec::new());
            }
            tx.fetch_all(explain, Args::from(vec![Value::Null(Kind::Text); arguments])).await
        })
        .await?;
    let mut text = String::new();
    for step in &steps {
        let _ = writeln!(text, "      {}", step.text("detail")?);
    }
    Ok(text)
}
