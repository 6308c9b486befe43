//! Masters, built from their tables.
