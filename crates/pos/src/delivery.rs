//! Delivery: due events go out, their answers come back into the outbox.
