//! The console of a chain's head office.

pub mod deliveries;
pub mod flaro;
pub mod past;
