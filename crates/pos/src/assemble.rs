//! From a session's checks to its settlement.
