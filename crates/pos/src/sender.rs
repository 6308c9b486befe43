//! The loop that keeps deliveries running.
