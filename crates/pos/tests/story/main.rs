//! The head office as its tills and its people meet it: over HTTP, on both engines.

mod attack;
mod care;
mod codebook;
mod console;
mod document;
mod house;
mod journal;
mod masters;
mod people;
mod products;
mod products_from_files;
mod tokens;
mod wall;
