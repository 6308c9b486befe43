//! Settlements, asked for by people.
