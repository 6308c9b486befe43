//! 帳票: what was sold, over the stores and the days somebody asks for. Every figure comes from the rollups, which are
//! provably what the checks come to; a day whose rollup is behind is named (集計中). Whoever asks sees their 閲覧範囲
//! only: it stands in every query here.

mod cash;
mod checks;
mod entered;
mod groups;
mod labels;
mod period;
mod product_hours;
mod range;
mod state;
mod store_days;
mod totals;

pub(crate) use cash::{Drawer, DrawerSums, drawer_sums, drawers};
pub(crate) use checks::{COUNTED_MAX, Found, Search, search};
pub(crate) use entered::{Entered, EnteredBy, entered, kinds};
pub(crate) use groups::{Groups, groups};
pub(crate) use labels::{Labels, labels};
pub(crate) use period::{DAYS_MAX, Period};
pub(crate) use range::{Range, over};
pub(crate) use state::{Behind, behind};
pub(crate) use store_days::{StoreDay, store_days, whole_days, whole_stores};
pub(crate) use totals::{By, Grain, Sum, totals};
