//! The masters the till works with: the last version it was given, kept on its disk, so that it opens and
//! sells without a line. Masters whose time zone or cut-over can't be read are refused; the last ones stay.

use crate::{
    error::TillError,
    journal::{content, json},
    till::Till,
};
use db::{Tx, args};
use protocol::masters::Masters;
use sales::DayRule;
use std::sync::Arc;

/// The masters, and the store's day rule read from them once.
pub(crate) struct House {
    pub masters: Masters,
    pub rule: DayRule,
}

impl House {
    fn new(masters: Masters) -> Result<Self, TillError> {
        let rule = DayRule::new(&masters.store.zone, &masters.store.cut_over)?;
        Ok(Self { masters, rule })
    }

    pub async fn load(tx: &mut Tx) -> Result<Option<Self>, TillError> {
        let row = tx.fetch_optional("SELECT content FROM masters", args![]).await?;
        row.map(|row| Self::new(content(&row, "content")?)).transpose()
    }

    /// Refuses what only a manager may do.
    pub fn manager(&self, staff: &str, action: &'static str) -> Result<(), TillError> {
        let manager = self.masters.staff.iter().any(|member| member.code == staff && member.manager);
        if manager { Ok(()) } else { Err(TillError::NotManager { action, staff: staff.to_owned() }) }
    }
}

impl Till {
    /// The masters the till works with now.
    pub fn masters(&self) -> Option<Masters> {
        self.house().map(|house| house.masters.clone())
    }

    /// Takes new masters: from here on everything is sold by them. What was sold keeps its names and codes.
    pub async fn store_masters(&self, masters: Masters) -> Result<(), TillError> {
        if masters.register.id != self.register {
            return Err(TillError::OtherMasters { found: masters.register.id, asked: self.register });
        }
        let (version, text) = (masters.version, json(&masters));
        let house = Arc::new(House::new(masters)?);
        self.db
            .write(async move |tx: &mut Tx| -> Result<(), TillError> {
                tx.execute(
                    "INSERT INTO masters (one, version, content) VALUES (1, $1, $2)
                     ON CONFLICT (one) DO UPDATE SET version = excluded.version, content = excluded.content",
                    args![version, text],
                )
                .await?;
                Ok(())
            })
            .await?;
        *self.house.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(house);
        Ok(())
    }

    pub(crate) fn house(&self) -> Option<Arc<House>> {
        self.house.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}
