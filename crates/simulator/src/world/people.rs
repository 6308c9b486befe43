//! What people at head office do: start, switch, discard, send the past, end, start again; and look at alarms.

use super::{
    BEGIN_MS, DAY, HOUR, Happening, MINUTE, Place, QUIET, Shop, Then, World, bug::Bug, pos, post::Message,
    weather::Line,
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// What somebody means to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Start {
        company: usize,
        inherit: bool,
    },
    /// 登録 as it is now, but for the switch.
    Switch {
        shop: Shop,
        on: bool,
    },
    /// 登録 with dates from so many days from now on, for so many days.
    Dates {
        shop: Shop,
        from: i64,
        days: i64,
    },
    Discard {
        shop: Shop,
    },
    Past {
        shop: Shop,
    },
    Resend {
        shop: Shop,
    },
    End {
        company: usize,
    },
    /// Looks whether the linkage is paused, and starts it anew if it stays so.
    Alarm {
        company: usize,
    },
    /// At the end of the storm: everything is linked and on.
    Tidy {
        company: usize,
    },
}

/// What was decided, once it is durable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Decision {
    Started { company: usize },
    Saved { shop: Shop, window: (Date, Date), enabled: bool },
    Discarded { shop: Shop, day: Date },
    Past { shop: Shop, range: (Date, Date) },
    Ended { company: usize, generation: i64 },
}

impl World {
    /// A year of somebody's life at head office.
    pub(super) fn plan_deeds(&mut self, company: usize) {
        self.at(MINUTE, Happening::Person(Deed::Start { company, inherit: true }));
        let shops: Vec<Shop> = self.shops.iter().copied().filter(|shop| shop.company == company).collect();
        for _ in 0..self.dice.between(0, 5) {
            let (shop, at) = (shops[self.dice.place(shops.len())], self.dice.between(DAY / 2, QUIET - 2 * DAY));
            let later = at + self.dice.between(HOUR, 2 * DAY);
            match self.dice.place(8) {
                0..=2 => {
                    self.at(at, Happening::Person(Deed::Switch { shop, on: false }));
                    if self.dice.chance(500) {
                        self.at(at.midpoint(later), Happening::Person(Deed::Discard { shop }));
                    }
                    self.at(later, Happening::Person(Deed::Switch { shop, on: true }));
                }
                3 => {
                    let (from, days) = (-2, self.dice.between(1, 2) + 2);
                    self.at(at, Happening::Person(Deed::Dates { shop, from, days }));
                }
                4 => self.at(at, Happening::Person(Deed::Past { shop })),
                5 => self.at(at, Happening::Person(Deed::Resend { shop })),
                _ => {
                    let inherit = self.dice.chance(700);
                    self.at(at, Happening::Person(Deed::End { company }));
                    self.at(later, Happening::Person(Deed::Start { company, inherit }));
                }
            }
        }
        for day in 1..22 {
            self.at(day * DAY, Happening::Person(Deed::Alarm { company }));
        }
        self.at(QUIET + HOUR, Happening::Person(Deed::Tidy { company }));
    }

    pub(super) fn person(&mut self, deed: Deed) {
        if !self.office.machine.up {
            return self.at(HOUR / 2, Happening::Person(deed));
        }
        self.trace.note(self.now, [8, 0, 0], || format!("a person: {deed:?}"));
        match deed {
            Deed::Start { company, inherit } => self.ask(company, inherit),
            Deed::Switch { shop, on } => {
                if let Some(window) = self.window(shop) {
                    self.save(shop, window, on);
                }
            }
            Deed::Dates { shop, from, days } => {
                if let Some(enabled) = self.link(shop).map(|link| link.enabled) {
                    let start =
                        self.link(shop).and_then(|link| link.window).map_or(self.today(from), |(start, _)| start);
                    let end = self.today(from + days).max(start);
                    self.save(shop, (start, end), enabled);
                }
            }
            Deed::Discard { shop } => self.discard(shop),
            Deed::Past { shop } => {
                let range = (self.today(-6), self.today(-3));
                self.decide(pos::Op::Past { shop, range }, Decision::Past { shop, range });
            }
            Deed::Resend { shop } => {
                let (range, at) = ((self.today(-5), self.today(0)), self.clock(Place::Office));
                let (_, written) = self.office.disk.write(pos::Op::Resend { shop, range, at });
                self.commit(Place::Office, written, vec![Then::Look]);
            }
            Deed::End { company } => self.end(company),
            Deed::Alarm { company } => self.look_at_alarm(company),
            Deed::Tidy { company } => self.tidy(company),
        }
    }

    fn link(&self, shop: Shop) -> Option<&pos::Link> {
        let office = &self.office.disk.now;
        office.links.get(&(shop.company, office.linked(shop.company)?, shop.store))
    }

    fn window(&self, shop: Shop) -> Option<(Date, Date)> {
        self.link(shop)?.window
    }

    /// The calendar on the wall.
    fn today(&self, days: i64) -> Date {
        let now = Timestamp::from_millisecond(BEGIN_MS + self.now).expect("a time of this century");
        TimeZone::UTC.to_datetime(now).date().saturating_add(days.days())
    }

    fn decide(&mut self, op: pos::Op, decision: Decision) {
        let (out, written) = self.office.disk.write(op);
        if let pos::Out::Done(true) = out {
            self.commit(Place::Office, written, vec![Then::Decided(decision), Then::Look]);
        } else {
            self.commit(Place::Office, written, Vec::new());
        }
    }

    fn save(&mut self, shop: Shop, window: (Date, Date), enabled: bool) {
        self.decide(pos::Op::Save { shop, window, enabled }, Decision::Saved { shop, window, enabled });
    }

    /// One of the days that are held now.
    fn discard(&mut self, shop: Shop) {
        let off = self.link(shop).is_some_and(|link| !link.enabled);
        if off {
            let ago = self.dice.between(0, 1);
            let day = self.today(-ago);
            self.decide(pos::Op::Discard { shop, day }, Decision::Discarded { shop, day });
        }
    }

    fn end(&mut self, company: usize) {
        let at = self.clock(Place::Office);
        let (out, written) = self.office.disk.write(pos::Op::End { company, at });
        if let pos::Out::Generation(Some(generation)) = out {
            self.commit(
                Place::Office,
                written,
                vec![Then::Decided(Decision::Ended { company, generation }), Then::Look],
            );
        } else {
            self.commit(Place::Office, written, Vec::new());
        }
    }

    /// 連携開始, again and again until there is an answer.
    fn ask(&mut self, company: usize, inherit: bool) {
        let (out, written) = self.office.disk.write(pos::Op::Reserve { company });
        let pos::Out::Generation(Some(generation)) = out else {
            return self.commit(Place::Office, written, Vec::new());
        };
        let message = Message::Ask { company, generation, inherit };
        self.commit(Place::Office, written, vec![Then::Post(Place::Back, Line::Flaro, message)]);
        let soon = self.dice.between(10 * MINUTE, 2 * HOUR);
        self.at(soon, Happening::Person(Deed::Start { company, inherit }));
    }

    pub(super) fn asked(&mut self, company: usize, generation: i64, inherit: bool, status: u16) {
        if status == 409 {
            if self.bugs.has(Bug::SameGeneration) {
                return;
            }
            let (_, written) = self.office.disk.write(pos::Op::Taken { company, generation });
            return self.commit(Place::Office, written, Vec::new());
        }
        let stores = self.shops.iter().filter(|shop| shop.company == company).map(|shop| shop.store).collect();
        let at = self.clock(Place::Office);
        self.decide(pos::Op::Granted { company, generation, inherit, stores, at }, Decision::Started { company });
    }

    pub(super) fn decided(&mut self, decision: Decision) {
        let now = self.now;
        self.trace.note(now, [9, 0, 0], || format!("decided: {decision:?}"));
        match decision {
            Decision::Started { company } => self.switch_all_on(company),
            Decision::Saved { shop, window, enabled } => self.model.saved(shop, window, enabled, now),
            Decision::Discarded { shop, day } => self.model.discarded(shop, day),
            Decision::Past { shop, range } => self.model.past(shop, range),
            Decision::Ended { company, generation } => self.model.ended(company, generation),
        }
    }

    fn switch_all_on(&mut self, company: usize) {
        let shops: Vec<Shop> = self.shops.iter().copied().filter(|shop| shop.company == company).collect();
        for shop in shops {
            let from = if self.dice.chance(200) { 2 } else { 0 };
            self.save(shop, (self.today(from), self.today(60)), true);
        }
    }

    /// A linkage that FLARO refuses does not come back by itself.
    fn look_at_alarm(&mut self, company: usize) {
        let office = &self.office.disk.now;
        let paused = office.latest(company).is_some_and(|(_, linkage)| linkage.paused_until.is_some());
        if paused {
            self.end(company);
            self.at(HOUR, Happening::Person(Deed::Start { company, inherit: true }));
        }
    }

    fn tidy(&mut self, company: usize) {
        if self.office.disk.now.linked(company).is_none() {
            return self.ask(company, true);
        }
        let shops: Vec<Shop> = self.shops.iter().copied().filter(|shop| shop.company == company).collect();
        for shop in shops {
            let from = self.today(0);
            let window = self.window(shop).unwrap_or((from, self.today(60)));
            self.save(shop, window, true);
        }
    }
}
