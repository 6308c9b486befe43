//! A day: who comes when, in parties, with the peaks of the kind and the day of the week.

use crate::{kind::Habits, order::chance, restaurant::Restaurant};
use jiff::{SignedDuration, Timestamp, civil::Date};
use rand::{Rng, RngExt};
use sales::{AdMedium, CheckHead, CheckId, DayRule, Draft, Guests, PaymentOrder, Service};

/// What one party (or one part of a split bill) orders, pays, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Visit {
    /// From 1, in the order of the day.
    pub number: u32,
    /// 営業日
    pub business_date: Date,
    /// When the table sat down.
    pub opened_at: Timestamp,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// 卓; none for takeout.
    pub table: Option<String>,
    /// 人数; zero on all parts of a split bill but the first.
    pub guests: Guests,
    /// 客層
    pub segment: Option<String>,
    /// 担当者コード
    pub staff: String,
    /// 広告媒体
    pub ad_medium: Option<AdMedium>,
    /// What is ordered.
    pub draft: Draft,
    /// How it is paid. Covers the draft.
    pub payments: Vec<PaymentOrder>,
    /// What happens then.
    pub then: After,
}

/// What becomes of a paid check.
#[derive(Clone, Debug)]
pub enum After {
    /// It stays.
    Nothing,
    /// Voided before 精算: 赤伝票 in the same session.
    Voided {
        /// When.
        at: Timestamp,
    },
    /// Paid by the wrong method: reversed and entered again, as one action.
    Corrected {
        /// When.
        at: Timestamp,
        /// How it was really paid.
        payments: Vec<PaymentOrder>,
    },
    /// Voided on the next business date, after 精算: belongs to that day's session.
    VoidedNextDay {
        /// When.
        at: Timestamp,
    },
}

impl Visit {
    /// The head of its check, with the id and slip number the till gives it.
    pub fn head(&self, id: CheckId, slip: u32, rule: &DayRule) -> CheckHead {
        CheckHead {
            id,
            slip,
            business_date: self.business_date,
            hour: rule.business_hour(self.paid_at, self.business_date),
            opened_at: self.opened_at,
            paid_at: self.paid_at,
            table: self.table.clone(),
            guests: self.guests,
            segment: self.segment.clone(),
            staff: self.staff.clone(),
            ad_medium: self.ad_medium.clone(),
        }
    }
}

impl Restaurant {
    /// Everybody who comes on a business date, in the order they pay. The same date gives the same visits.
    pub fn day(&self, business_date: Date, rule: &DayRule) -> Vec<Visit> {
        let weekday = usize::try_from(business_date.weekday().to_monday_zero_offset()).unwrap_or(0);
        let usual = u64::from(self.kind.habits().parties[weekday]) * u64::from(self.size);
        let luck = self.rng(0, business_date).random_range(85..=115);
        self.visits(business_date, rule, usize::try_from(usual * luck / 10_000).unwrap_or(usize::MAX))
    }

    /// So many parties; a split bill makes several visits of one.
    pub(crate) fn visits(&self, date: Date, rule: &DayRule, parties: usize) -> Vec<Visit> {
        let habits = self.kind.habits();
        let mut rng = self.rng(1, date);
        let mut visits: Vec<Visit> = Vec::with_capacity(parties * 5 / 4);
        for _ in 0..parties {
            let paid_at = moment(&mut rng, &habits, date, rule);
            visits.extend(self.party(&mut rng, &habits, date, paid_at));
        }
        // A cut-over in the middle of the night ends the day there.
        visits.retain(|visit| rule.business_date(visit.paid_at) == date);
        visits.sort_by_key(|visit| visit.paid_at);
        for (visit, number) in visits.iter_mut().zip(1..) {
            visit.number = number;
        }
        visits
    }

    fn party(&self, rng: &mut impl Rng, habits: &Habits, date: Date, paid_at: Timestamp) -> Vec<Visit> {
        let size = weighted(rng, &habits.party_sizes) + 1;
        let takeout = chance(rng, habits.takeout);
        let split = !takeout && size >= 3 && chance(rng, habits.split);
        let parts = if split { rng.random_range(2..=size.min(4)) } else { 1 };
        let stay = SignedDuration::from_mins(rng.random_range(habits.stay_minutes.0..=habits.stay_minutes.1));
        let table = (!takeout).then(|| format!("{}", rng.random_range(1..=habits.tables)));
        let guests = guests(rng, size);
        let ad_medium = self.medium(rng, habits);
        let staff = &self.masters.staff[rng.random_range(0..self.masters.staff.len())].code;
        let service = if takeout { Service::Takeout } else { Service::EatIn };
        let segment = chance(rng, 40).then(|| ["家族", "学生", "会社員", "シニア"][rng.random_range(0..4)].to_owned());
        let part = |n: u32| {
            let draft = self.order(rng, habits, date, (size / parts).max(1), service);
            let payments = self.tender(rng, &draft);
            let paid_at = paid_at + SignedDuration::from_mins(n.into());
            Visit {
                number: 0,
                business_date: date,
                opened_at: paid_at - if takeout { SignedDuration::from_mins(4) } else { stay },
                paid_at,
                table: table.clone(),
                guests: if n == 0 { guests } else { Guests::default() },
                segment: segment.clone(),
                staff: staff.clone(),
                ad_medium: ad_medium.clone(),
                then: self.then(rng, paid_at, &draft),
                draft,
                payments,
            }
        };
        (0..parts).map(part).collect()
    }

    fn then(&self, rng: &mut impl Rng, paid_at: Timestamp, draft: &Draft) -> After {
        let later = |minutes: i64| paid_at + SignedDuration::from_mins(minutes);
        match rng.random_range(0..1_000) {
            0..8 => After::Voided { at: later(rng.random_range(1..20)) },
            8..14 => After::Corrected { at: later(rng.random_range(1..6)), payments: self.tender(rng, draft) },
            14..17 => After::VoidedNextDay { at: later(24 * 60) },
            _ => After::Nothing,
        }
    }

    fn medium(&self, rng: &mut impl Rng, habits: &Habits) -> Option<AdMedium> {
        let media = &self.masters.media;
        let medium = (!media.is_empty() && chance(rng, habits.media)).then(|| &media[rng.random_range(0..media.len())]);
        medium.map(|medium| AdMedium { code: medium.code.clone(), name: medium.name.clone() })
    }
}

fn moment(rng: &mut impl Rng, habits: &Habits, date: Date, rule: &DayRule) -> Timestamp {
    let hour = i64::from(weighted(rng, &habits.hours));
    let seconds = rng.random_range(0..3_600);
    let local = date.at(0, 0, 0, 0) + SignedDuration::from_secs(hour * 3_600 + seconds);
    local.to_zoned(rule.zone().clone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

fn weighted(rng: &mut impl Rng, weights: &[u32]) -> u32 {
    let mut left = rng.random_range(0..weights.iter().sum());
    for (weight, n) in weights.iter().zip(0..) {
        if left < *weight {
            return n;
        }
        left -= weight;
    }
    0
}

fn guests(rng: &mut impl Rng, size: u32) -> Guests {
    let mut guests = Guests::default();
    for _ in 0..size {
        match rng.random_range(0..20) {
            0..9 => guests.female += 1,
            9..18 => guests.male += 1,
            _ => guests.unknown += 1,
        }
    }
    guests
}
