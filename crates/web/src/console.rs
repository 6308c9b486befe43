//! A place's console in one call: its pages inside sessions, log-in, assets and hardening.

use db::Db;
use jiff::SignedDuration;

use crate::assets::{self, Asset};
use crate::harden::{Settings, harden};
use crate::{Accounts, Clock, Routes, Sessions, login};

/// What a console is made of.
pub struct Console<A> {
    /// Its name and how it is exposed.
    pub settings: Settings,
    /// Where its sessions are kept; [`crate::migrations`] made the table.
    pub db: Db,
    /// What time it is.
    pub clock: Clock,
    /// Who may log in.
    pub accounts: A,
    /// The session cookie's name; another one in every place.
    pub cookie: &'static str,
    /// A session ends after this long without a request.
    pub idle: SignedDuration,
    /// A session ends this long after log-in.
    pub absolute: SignedDuration,
    /// Files of the place's own, served beside the kit's.
    pub assets: Vec<Asset>,
}

impl<A: Accounts> Console<A> {
    /// A console with sessions of a working day.
    pub fn new(settings: Settings, db: Db, clock: Clock, accounts: A, cookie: &'static str) -> Self {
        let (idle, absolute) = (SignedDuration::from_hours(4), SignedDuration::from_hours(24));
        Self { settings, db, clock, accounts, cookie, idle, absolute, assets: Vec::new() }
    }

    /// Its sessions: to end those of a user, and to sweep.
    pub fn sessions(&self) -> Sessions {
        let secure = self.settings.https;
        Sessions::new(self.db.clone(), self.clock.clone(), self.cookie, secure).limits(self.idle, self.absolute)
    }
}

/// Puts the pages inside the console. Merge routers made with [`crate::harden_api`] afterwards.
pub fn console<A: Accounts>(pages: Routes, console: Console<A>) -> Routes {
    let sessions = console.sessions();
    let Console { settings, clock, accounts, assets, .. } = console;
    let doors = login::router(accounts, clock, settings.clone());
    let inside = pages.merge(doors).around(|router| router.layer(sessions.layer()));
    harden(inside.merge(assets::router_with(assets)), &settings)
}
