//! The linkage to FLARO: start, confirm, end.
