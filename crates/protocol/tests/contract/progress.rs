//! When what a till closed is said to have arrived.

use protocol::progress::RegisterProgress;

#[test]
fn a_till_is_settled_when_nothing_waits_and_every_day_was_compared() {
    let done = RegisterProgress {
        settlements: 5,
        delivered: 5,
        days: 3,
        days_agreed: 2,
        days_differing: 1,
        ..Default::default()
    };
    assert!(done.is_settled() && RegisterProgress::default().is_settled());
    assert!(RegisterProgress { needs_attention: 1, ..done }.is_settled(), "a person's turn is not its way");
    assert!(!RegisterProgress { waiting: 1, ..done }.is_settled());
    assert!(!RegisterProgress { not_queued: 1, ..done }.is_settled());
    assert!(!RegisterProgress { days: 4, ..done }.is_settled(), "a day that nobody compared yet");
    assert!(RegisterProgress { days: 2, days_differing: 0, ..done }.is_settled());
    assert!(!RegisterProgress { waiting: 1, days: 4, ..done }.is_settled());
}
