//! Whole settlements as one document.
