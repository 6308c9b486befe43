//! Everything the network may ask.
