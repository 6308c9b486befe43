//! 照合: what was sent is what FLARO shows.
