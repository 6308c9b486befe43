//! The words of a restaurant's sales and what must always be true of them.
//!
//! Everything here is pure: checks are priced, settlements audited and the eight datasets computed
//! from values alone. This crate knows no clock, no randomness, no SQL, no HTTP and no file format;
//! it derives `serde` on its words, and how they are written belongs to `protocol`.
//!
//! Facts (`Settlement` and all inside it) declare their fields in alphabetical order: written as JSON
//! in that order they are the canonical form (RFC 8785) that `facts_sha256` is computed over.

mod audit;
mod check;
mod codes;
mod datasets;
mod day;
mod ids;
mod money;
mod pricing;
mod settlement;
mod tax;

pub use audit::{Invariant, Violation, audit_check, audit_parts, audit_settlement};
pub use check::{
    AdMedium, Check, Discount, Guests, Line, LineKind, MethodRef, Payment, PaymentKind, ProductRef, RateAmounts,
    Service,
};
pub use codes::{CodeError, CompanyCode, FlaroStoreCode, ImportCode, OwnCode, RegistrationNumber};
pub use datasets::{
    CodeSource, Datasets, DiscountSales, DiscountScope, HourlySales, MediaSales, NonSales, OwnCodes, PaymentRate,
    PaymentSales, ProductHourlySales, ProductSales, RateTotals, SettlementTotals, datasets,
};
pub use day::{BusinessHour, DayRule, DayRuleError};
pub use ids::{CategoryId, CheckId, MovementId, ProductId, RegisterId, SettlementId, StoreId};
pub use money::{Amounts, Overflow, Yen, share};
pub use pricing::{
    CheckHead, DiscountOrder, DiscountRate, Draft, DraftLine, PaymentOrder, PricingError, Quote, close_check, quote,
};
pub use settlement::{Cash, CashMovement, CountedCash, Denomination, MovementKind, Settlement, SettlementState};
pub use tax::{Rounding, TaxClass, TaxKind, TaxMode};
