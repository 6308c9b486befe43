//! The back office from the outside: a POS of our own makes up facts, signs and sends them, people look at pages.

mod approving;
mod forgery;
mod handshake;
mod hostile;
mod house;
mod management;
mod mapped;
mod openapi;
mod pages;
mod people;
mod pos;
mod receiving;
mod reports;
mod rollups;
mod scope;
mod wall;
mod watched;
