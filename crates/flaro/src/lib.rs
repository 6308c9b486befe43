//! flaro
