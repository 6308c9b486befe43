//! FLARO's partner API, called.
