//! 連携の状態: where the event of a settlement's revision stands, as lists show it.

use db::Row;

use crate::PosError;
use crate::outbox::State;
use crate::stored::Stored;

/// Where the events of a settlement's standing revision stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// No event, and none is due: outside of every linkage.
    None,
    /// Inside the window while 連携状態 is off.
    Held,
    /// In the outbox.
    Event {
        /// Where it stands.
        state: State,
        /// It was tried before.
        tried: bool,
    },
}

/// From the columns `event`, `attempts`, `held`.
pub(super) fn link(row: &Row) -> Result<Link, PosError> {
    if row.opt_text("event")?.is_some() {
        return Ok(Link::Event { state: row.word("event")?, tried: row.int("attempts")? > 0 });
    }
    Ok(if row.flag("held")? { Link::Held } else { Link::None })
}
