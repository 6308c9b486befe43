//! 連携の状態: where the event of a settlement's revision stands, as lists show it.

use db::Row;

use crate::PosError;
use crate::outbox::standing::Standing;
use crate::stored::Stored;

/// Where the event of a settlement's standing revision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// No event, and none is due: outside of every linkage.
    None,
    /// Inside the window while 連携状態 is off.
    Held,
    /// In the outbox.
    Event(Standing),
}

/// From the columns `standing`, `held`.
pub(super) fn link(row: &Row) -> Result<Link, PosError> {
    if row.opt_text("standing")?.is_some() {
        return Ok(Link::Event(row.word("standing")?));
    }
    Ok(if row.flag("held")? { Link::Held } else { Link::None })
}
