//! The network: messages are lost, doubled, late and out of order; a cut line carries nothing.

use super::{HOUR, Happening, Place, World, pos::Event, sending::Signed, weather::Line};
use jiff::civil::Date;
use protocol::{control::ControlledSettlement, journal::JournalAnswer};
use serde_json::value::RawValue;
use std::rc::Rc;

/// What passes between the places.
#[derive(Clone)]
pub(super) enum Message {
    Batch {
        till: usize,
        boot: u64,
        request: u64,
        entries: Rc<Vec<Box<RawValue>>>,
    },
    BatchAnswer {
        till: usize,
        boot: u64,
        request: u64,
        answer: Rc<JournalAnswer>,
    },
    Event {
        boot: u64,
        request: u64,
        event: Rc<Event>,
        signed: Rc<Signed>,
    },
    EventAnswer {
        boot: u64,
        request: u64,
        status: u16,
    },
    Ask {
        company: usize,
        generation: i64,
        inherit: bool,
    },
    Asked {
        company: usize,
        generation: i64,
        inherit: bool,
        status: u16,
    },
    Table {
        company: usize,
        generation: i64,
    },
    End {
        company: usize,
        generation: i64,
    },
    Told {
        company: usize,
        generation: i64,
        status: u16,
    },
    Totals {
        boot: u64,
        shop: super::Shop,
        day: Date,
        dirty_at: Option<jiff::Timestamp>,
        generation: i64,
    },
    Around {
        boot: u64,
        company: usize,
        generation: i64,
    },
    AroundAnswer {
        boot: u64,
        linkage: (usize, i64),
        days: Rc<Vec<(super::Shop, Date)>>,
    },
    /// FLARO was asked for its totals and answers this instead.
    TotalsRefused {
        boot: u64,
        linkage: (usize, i64),
        status: u16,
    },
    TotalsAnswer {
        boot: u64,
        shop: super::Shop,
        day: Date,
        dirty_at: Option<jiff::Timestamp>,
        theirs: Rc<Vec<ControlledSettlement>>,
    },
}

impl World {
    pub(super) fn post(&mut self, _from: Place, to: Place, line: Line, message: Message) {
        if self.is_quiet() {
            let delay = self.dice.between(5, 100);
            return self.at(delay, Happening::Arrives(to, message));
        }
        if self.weather.is_cut(line, self.now) || self.dice.chance(self.weather.lost) {
            return;
        }
        if self.dice.chance(self.weather.doubled) {
            let delay = self.delay();
            self.at(delay, Happening::Arrives(to, message.clone()));
        }
        let delay = self.delay();
        self.at(delay, Happening::Arrives(to, message));
    }

    fn delay(&mut self) -> i64 {
        if self.dice.chance(self.weather.slow) { self.dice.between(1_000, 3 * HOUR) } else { self.dice.between(5, 400) }
    }

    pub(super) fn arrives(&mut self, place: Place, message: Message) {
        if !self.machine(place).up {
            return;
        }
        self.deliveries += 1;
        match message {
            Message::Batch { till, boot, request, entries } => self.receive_batch(till, boot, request, &entries),
            Message::BatchAnswer { till, boot, request, answer } => {
                self.upload_answered(till, boot, request, (*answer).clone());
            }
            Message::Event { boot, request, event, signed } => self.receive_event(boot, request, &event, &signed),
            Message::EventAnswer { boot, request, status } => self.attempt_answered(boot, request, status),
            Message::Ask { company, generation, inherit } => self.receive_ask(company, generation, inherit),
            Message::Asked { company, generation, inherit, status } => self.asked(company, generation, inherit, status),
            Message::Table { company, generation } => self.receive_told(company, generation, false),
            Message::End { company, generation } => self.receive_told(company, generation, true),
            Message::Told { company, generation, status } => self.partner_told(company, generation, status),
            Message::Totals { boot, shop, day, dirty_at, generation } => {
                if self.knows_linkage(boot, (shop.company, generation)) {
                    self.receive_totals(boot, shop, day, dirty_at);
                }
            }
            Message::Around { boot, company, generation } => self.receive_around(boot, (company, generation)),
            Message::AroundAnswer { boot, linkage, days } => self.looked_around(boot, linkage, days),
            Message::TotalsRefused { boot, linkage, status } => self.totals_refused(boot, linkage, status),
            Message::TotalsAnswer { boot, shop, day, dirty_at, theirs } => {
                self.compared(boot, shop, day, dirty_at, &theirs);
            }
        }
    }
}
