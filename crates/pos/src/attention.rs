//! 要対応: what a person has to look at.
