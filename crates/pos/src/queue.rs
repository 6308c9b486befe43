//! What waits for its turn to be queued.
