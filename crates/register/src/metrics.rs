//! The figures that whoever looks after tills alarms on: what waits since when, the line, the disk, the clock.

use crate::{
    disk::DiskState,
    screen::Screen,
    status::{Line, Status},
};
use web::metrics::Exposition;

/// Writes all of them.
pub async fn write(screen: &Screen, page: &mut Exposition) {
    let (disk, now) = (screen.disk(), screen.now().as_millisecond());
    let bad = matches!(disk, DiskState::Failing { .. });
    page.gauge("shime_disk_failing", "Whether the disk did not keep the last thing it was given.").is(i64::from(bad));
    let status = screen.status().await;
    if let Err(error) = &status {
        tracing::error!(%error, "the figures could not be read");
    }
    page.gauge("shime_database_up", "Whether the database answered.").is(i64::from(status.is_ok()));
    if let Ok(status) = status {
        stored(&status, page, now);
    }
}

fn stored(status: &Status, page: &mut Exposition, now: i64) {
    page.gauge("shime_entries_waiting", "Entries of the journal that head office has given no receipt for.")
        .is(status.waiting);
    let age = status.waiting_since.map_or(0, |since| (now - since.as_millisecond()).max(0) / 1_000);
    page.gauge("shime_entry_oldest_age_seconds", "Since when the oldest of them waits.").is(age);
    let is = |line: bool| i64::from(line);
    page.gauge("shime_line", "The line to head office: 1 where it stands so.")
        .of(&[("state", "online")], is(status.line == Line::Online))
        .of(&[("state", "offline")], is(matches!(status.line, Line::Offline { .. })))
        .of(&[("state", "refused")], is(matches!(status.line, Line::Refused { .. })))
        .of(&[("state", "unknown")], is(status.line == Line::Unknown));
    page.gauge("shime_masters_version", "The masters the till works with; 0: none yet.")
        .is(status.masters_version.unwrap_or(0));
    if let Some(skew) = status.clock_skew_ms {
        page.gauge("shime_clock_skew_milliseconds", "How far head office's clock is ahead.").is(skew);
    }
}
