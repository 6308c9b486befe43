//! Companies, stores and masters, made.
