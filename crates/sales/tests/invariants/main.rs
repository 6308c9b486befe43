//! What must always be true, one module per numbered invariant of the domain, on generated settlements.
//! Expected figures come from `plain`, which shares no code with the product.

mod audit;
mod cash;
mod codes;
mod datasets_agree;
mod day_and_hour;
mod days;
mod discounts;
mod drawer;
mod findings;
mod guests;
mod ids;
mod kit;
mod overflow;
mod own_codes;
mod payment_rates;
mod payments;
mod plain;
mod revisions;
mod sharing;
mod tax;
mod voids;
