//! The word of a store's day in the calendar, from what is stored of the day. Pure.
//!
//! What needs a person stands before what goes by itself, and both before what is done.

use jiff::civil::Date;

/// What a day comes to, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// 要対応
    Attention,
    /// 差異あり
    Differs,
    /// 停止中
    Stopped,
    /// 保留: the store's switch is off.
    Held,
    /// 再送待ち
    Retrying,
    /// 送信中
    Sending,
    /// 待ち
    Waiting,
    /// 未精算: a session is open, or nothing was settled though a till is in service.
    Unsettled,
    /// 一部未精算: some tills in service have not settled.
    Partly,
    /// 連携終了: the linkage ended before all of it went.
    Ended,
    /// 送信しない: a person decided so.
    Discarded,
    /// 営業中: the day that runs.
    Running,
    /// 送信済み
    Delivered,
    /// 休業日
    Closed,
    /// 対象外: outside of the window.
    Outside,
    /// Has not come yet, or the store has no till.
    Blank,
}

/// What is stored of a store's day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one question, asked by its name")]
pub struct Facts {
    /// Settlements by their standing revision.
    pub settlements: i64,
    /// Tills that settled.
    pub settled_tills: i64,
    /// Tills in service.
    pub tills: i64,
    /// Sessions that are open.
    pub open: i64,
    /// Events of the standing revisions, by where they stand.
    pub events: Events,
    /// 照合 found a difference.
    pub differs: bool,
    /// A person discarded the day.
    pub discarded: bool,
    /// 休業日
    pub closed: bool,
    /// 過去分連携 covers it.
    pub past: bool,
}

/// Events of a day by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// 送信済み
    pub delivered: i64,
    /// … of which without a 受領証.
    pub no_receipt: i64,
    /// 送信待ち
    pub waiting: i64,
    /// 送信中
    pub sending: i64,
    /// 再送待ち
    pub retrying: i64,
    /// 停止中
    pub stopped: i64,
    /// 要対応
    pub attention: i64,
    /// 送信しない
    pub discarded: i64,
    /// 連携終了
    pub ended: i64,
}

/// How the store is linked, and which day it is there.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// 連携開始日 and 連携終了日 of the linkage that is linked now.
    pub window: Option<(Date, Date)>,
    /// 連携状態
    pub enabled: bool,
    /// The business date that runs.
    pub today: Date,
}

/// The word of a day.
pub fn word(date: Date, facts: &Facts, frame: &Frame) -> Word {
    let Events { waiting, sending, retrying, stopped, attention, .. } = facts.events;
    let covered = facts.past || frame.window.is_some_and(|(from, to)| (from..=to).contains(&date));
    let under_way = [
        (attention > 0, Word::Attention),
        (facts.differs, Word::Differs),
        (stopped > 0, Word::Stopped),
        (unqueued(facts) > 0 && covered && !facts.discarded && !frame.enabled, Word::Held),
        (retrying > 0, Word::Retrying),
        (sending > 0, Word::Sending),
        (waiting > 0 || (unqueued(facts) > 0 && covered && !facts.discarded), Word::Waiting),
    ];
    match under_way.iter().find(|(so, _)| *so) {
        Some((_, word)) => *word,
        None if facts.settlements == 0 => without_settlement(date, facts, frame, covered),
        None => settled(date, facts, frame, covered),
    }
}

/// Settlements that no event stands for.
fn unqueued(facts: &Facts) -> i64 {
    let Events { delivered, waiting, sending, retrying, stopped, attention, discarded, ended, .. } = facts.events;
    facts.settlements - (delivered + waiting + sending + retrying + stopped + attention + discarded + ended)
}

fn without_settlement(date: Date, facts: &Facts, frame: &Frame, covered: bool) -> Word {
    match (date.cmp(&frame.today), covered) {
        (std::cmp::Ordering::Greater, _) => Word::Blank,
        (std::cmp::Ordering::Equal, _) if facts.open > 0 => Word::Running,
        (_, false) => Word::Outside,
        (_, true) if facts.open > 0 => Word::Unsettled,
        (_, true) if facts.closed => Word::Closed,
        (_, true) if facts.tills == 0 => Word::Blank,
        (std::cmp::Ordering::Equal, true) => Word::Running,
        (std::cmp::Ordering::Less, true) => Word::Unsettled,
    }
}

fn settled(date: Date, facts: &Facts, frame: &Frame, covered: bool) -> Word {
    let missing = facts.open > 0 || (facts.settled_tills < facts.tills && !facts.closed);
    match facts.events {
        Events { ended: 1.., .. } => Word::Ended,
        _ if covered && missing && date == frame.today => Word::Running,
        _ if covered && facts.open > 0 => Word::Unsettled,
        _ if covered && missing => Word::Partly,
        Events { delivered: 1.., .. } => Word::Delivered,
        Events { discarded: 1.., .. } => Word::Discarded,
        _ if covered && facts.discarded => Word::Discarded,
        _ => Word::Outside,
    }
}

impl Word {
    /// All of them, as a legend shows them.
    pub const ALL: [Self; 16] = [
        Self::Delivered,
        Self::Waiting,
        Self::Sending,
        Self::Retrying,
        Self::Stopped,
        Self::Attention,
        Self::Differs,
        Self::Held,
        Self::Unsettled,
        Self::Partly,
        Self::Running,
        Self::Closed,
        Self::Outside,
        Self::Discarded,
        Self::Ended,
        Self::Blank,
    ];

    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Attention => "要対応",
            Self::Differs => "差異あり",
            Self::Stopped => "停止中",
            Self::Held => "保留",
            Self::Retrying => "再送待ち",
            Self::Sending => "送信中",
            Self::Waiting => "待ち",
            Self::Unsettled => "未精算",
            Self::Partly => "一部未精算",
            Self::Ended => "連携終了",
            Self::Discarded => "送信しない",
            Self::Running => "営業中",
            Self::Delivered => "送信済み",
            Self::Closed => "休業日",
            Self::Outside => "対象外",
            Self::Blank => "―",
        }
    }

    /// One character of it, for a table of many days; its icon stands beside it.
    pub fn short(self) -> &'static str {
        match self {
            Self::Attention => "要",
            Self::Differs => "差",
            Self::Stopped => "停",
            Self::Held => "保",
            Self::Retrying => "再",
            Self::Sending => "送",
            Self::Waiting => "待",
            Self::Unsettled => "未",
            Self::Partly => "部",
            Self::Ended => "終",
            Self::Discarded => "止",
            Self::Running => "営",
            Self::Delivered => "済",
            Self::Closed => "休",
            Self::Outside => "外",
            Self::Blank => "―",
        }
    }

    /// What it means, and what a person does.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Attention => "FLAROが受け付けていません。日を開いて応答を確認してください",
            Self::Differs => "FLAROの内容と合っていません。照合を開いてください",
            Self::Stopped => "送信が止まっています。FLARO連携で再開してください",
            Self::Held => "連携状態がオフです。オンにすると送ります",
            Self::Retrying => "もう一度送る順番を待っています",
            Self::Sending => "いま送っています",
            Self::Waiting => "送る順番を待っています",
            Self::Unsettled => "精算が届いていません。店舗に確認してください",
            Self::Partly => "精算が届いていないレジがあります",
            Self::Ended => "送る前に連携が解除されました",
            Self::Discarded => "送らないと決めた日です",
            Self::Running => "営業中の日です",
            Self::Delivered => "すべてFLAROに届いています",
            Self::Closed => "休業日です",
            Self::Outside => "連携の期間の外です",
            Self::Blank => "まだ来ていない日、またはレジのない日です",
        }
    }

    /// The day is missing at FLARO and somebody has to do something about it.
    pub fn is_missing(self) -> bool {
        matches!(
            self,
            Self::Attention | Self::Differs | Self::Stopped | Self::Held | Self::Unsettled | Self::Partly | Self::Ended
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const FRAME: Frame =
        Frame { window: Some((date(2026, 11, 10), date(2026, 11, 30))), enabled: true, today: date(2026, 11, 22) };
    const SENT: Facts = Facts {
        settlements: 1,
        settled_tills: 1,
        tills: 1,
        open: 0,
        events: Events { delivered: 1, ..NO_EVENTS },
        differs: false,
        discarded: false,
        closed: false,
        past: false,
    };
    const NO_EVENTS: Events = Events {
        delivered: 0,
        no_receipt: 0,
        waiting: 0,
        sending: 0,
        retrying: 0,
        stopped: 0,
        attention: 0,
        discarded: 0,
        ended: 0,
    };

    fn at(day: i8, facts: Facts) -> Word {
        word(date(2026, 11, day), &facts, &FRAME)
    }

    fn events(events: Events) -> Facts {
        Facts { events, ..SENT }
    }

    #[test]
    fn what_needs_a_person_stands_before_what_goes_by_itself() {
        let all = Events { delivered: 1, waiting: 1, sending: 1, retrying: 1, stopped: 1, attention: 1, ..NO_EVENTS };
        let six = Facts { settlements: 6, differs: true, ..events(all) };
        assert_eq!(at(20, six), Word::Attention);
        let six = Facts { events: Events { attention: 0, ..all }, settlements: 5, ..six };
        assert_eq!(at(20, six), Word::Differs);
        assert_eq!(at(20, Facts { differs: false, ..six }), Word::Stopped);
        let moving = |stopped: i64, retrying: i64, sending: i64, waiting: i64| {
            let events = Events { waiting, sending, retrying, stopped, ..NO_EVENTS };
            at(20, Facts { settlements: stopped + retrying + sending + waiting, events, ..SENT })
        };
        assert_eq!(moving(0, 1, 1, 1), Word::Retrying);
        assert_eq!(moving(0, 0, 1, 1), Word::Sending);
        assert_eq!(moving(0, 0, 0, 1), Word::Waiting);
    }

    #[test]
    fn a_settlement_without_an_event_waits_is_held_or_lies_outside() {
        let unqueued = events(NO_EVENTS);
        assert_eq!(at(20, unqueued), Word::Waiting);
        let off = Frame { enabled: false, ..FRAME };
        assert_eq!(word(date(2026, 11, 20), &unqueued, &off), Word::Held);
        assert_eq!(word(date(2026, 11, 9), &unqueued, &off), Word::Outside);
        assert_eq!(at(9, unqueued), Word::Outside);
        assert_eq!(at(9, Facts { past: true, ..unqueued }), Word::Waiting);
        assert_eq!(at(20, Facts { discarded: true, ..unqueued }), Word::Discarded);
        assert_eq!(at(20, events(Events { discarded: 1, ..NO_EVENTS })), Word::Discarded);
        assert_eq!(at(20, events(Events { ended: 1, ..NO_EVENTS })), Word::Ended);
        assert_eq!(at(9, SENT), Word::Delivered);
    }

    #[test]
    fn a_day_that_is_not_settled_is_missing_unless_the_store_was_closed() {
        let nothing = Facts { tills: 2, ..Facts::default() };
        assert_eq!(at(21, nothing), Word::Unsettled);
        assert_eq!(at(21, Facts { closed: true, ..nothing }), Word::Closed);
        assert_eq!(at(21, Facts { closed: true, open: 1, ..nothing }), Word::Unsettled);
        assert_eq!(at(21, Facts { tills: 0, ..nothing }), Word::Blank);
        assert_eq!(at(9, nothing), Word::Outside);
        assert_eq!(at(22, nothing), Word::Running);
        assert_eq!(at(23, nothing), Word::Blank);
        assert_eq!(at(21, Facts { tills: 2, ..SENT }), Word::Partly);
        assert_eq!(at(22, Facts { tills: 2, ..SENT }), Word::Running);
        assert_eq!(at(21, Facts { open: 1, ..SENT }), Word::Unsettled);
        assert_eq!(at(21, SENT), Word::Delivered);
    }
}
