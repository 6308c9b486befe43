//! Masters, handed to tills.
