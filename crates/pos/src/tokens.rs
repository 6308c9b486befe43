//! A register's token.
