//! Each store's link: code, window, state.
