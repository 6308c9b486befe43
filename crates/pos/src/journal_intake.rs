//! The journal of a till, received.
