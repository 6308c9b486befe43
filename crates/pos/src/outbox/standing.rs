//! The word an event is shown under: 送信待ち, 送信中, 再送待ち, 送信済み, 要対応, 停止中. It follows from what is stored of
//! the event, of its lane and of its linkage, and from nothing else.

use serde::{Deserialize, Serialize};

use super::State;

/// Where an event stands, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 送信待ち
    Waiting,
    /// 送信中: an attempt is on its way.
    Sending,
    /// 再送待ち: it was tried, or a person asked for it again.
    Retrying,
    /// 停止中: the linkage pauses, or the store's switch is off.
    Stopped,
    /// 送信済み
    Delivered,
    /// 要対応
    Attention,
    /// A later revision took its place.
    Superseded,
    /// A person decided that it doesn't go.
    Discarded,
    /// Its linkage ended before it went.
    Ended,
}

/// The word as SQL over `o` (the event), `k` (its lane) and `l` (its linkage); `$now` is the argument that says the time.
macro_rules! standing {
    ($now:literal) => {
        concat!(
            "CASE WHEN o.state <> 'waiting' THEN o.state
                  WHEN k.claimed_event = o.event_id AND k.claimed_until > ",
            $now,
            " THEN 'sending'
                  WHEN l.held_by_person = 1 OR l.paused_until > ",
            $now,
            " OR k.enabled = 0 THEN 'stopped'
                  WHEN o.attempts > 0 OR o.delivered_at IS NOT NULL THEN 'retrying'
                  ELSE 'waiting' END"
        )
    };
}

/// Lane and linkage beside the event `o`.
macro_rules! lane_of_event {
    () => {
        "LEFT JOIN linkage l ON l.company_id = o.company_id AND l.generation = o.generation
         LEFT JOIN store_link k ON k.company_id = o.company_id AND k.generation = o.generation
              AND k.store_id = o.store_id"
    };
}

pub(crate) use {lane_of_event, standing};

impl Standing {
    /// All of them, in the order people look for them.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Sending,
        Self::Retrying,
        Self::Stopped,
        Self::Attention,
        Self::Delivered,
        Self::Superseded,
        Self::Ended,
        Self::Discarded,
    ];

    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "送信待ち",
            Self::Sending => "送信中",
            Self::Retrying => "再送待ち",
            Self::Stopped => "停止中",
            Self::Delivered => "送信済み",
            Self::Attention => "要対応",
            Self::Superseded => "改訂に置換え",
            Self::Discarded => "送信しない",
            Self::Ended => "連携終了",
        }
    }

    /// The stored state it is one of.
    pub fn state(self) -> State {
        match self {
            Self::Waiting | Self::Sending | Self::Retrying | Self::Stopped => State::Waiting,
            Self::Delivered => State::Delivered,
            Self::Attention => State::Attention,
            Self::Superseded => State::Superseded,
            Self::Discarded => State::Discarded,
            Self::Ended => State::Ended,
        }
    }
}
