//! What passes between the places: its form to the byte, and every decision about it.

mod canonical;
mod control;
mod delivery;
mod events;
mod examples;
mod fits;
mod frames;
mod inbox;
mod journal;
mod kit;
mod linkage;
mod mapping;
mod network;
mod outage;
mod published;
mod reconcile;
mod restored;
mod security;
mod signature;
mod upload;
mod watermark;
