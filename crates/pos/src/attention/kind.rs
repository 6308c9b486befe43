//! The sorts of finding, each with what it means and what a person does about it.

/// What sort of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The journal's chain split: the till was copied or restored.
    Fork,
    /// One check id with two contents.
    CheckConflict,
    /// One settlement revision with two contents.
    SettlementConflict,
    /// A settlement id that another till has.
    OtherRegister,
    /// What the session said at its opening is not what its 精算 says.
    SessionConflict,
    /// A check for a session that was settled already.
    LateCheck,
    /// A check or a 精算 of a session that was never opened.
    NotOpened,
    /// The till's own totals are not what its checks come to.
    TotalsDiffer,
    /// An invariant of checks, drawer or revision is broken.
    Invariant,
    /// An entry that can't be read.
    Unreadable,
    /// A figure left 64 bits: the settlement can't be sent.
    NotComputable,
    /// 精算取消 after a later session of the till had closed.
    ReopenedLate,
}

/// Where a person looks into a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The settlement with its revisions, checks and what was sent of it.
    Settlement,
    /// The checks of the day.
    Checks,
    /// The stores and tills, with their keys.
    Till,
}

impl Kind {
    /// Where a person looks into it.
    pub fn place(self) -> Place {
        match self {
            Self::Fork | Self::OtherRegister | Self::Unreadable => Place::Till,
            Self::CheckConflict | Self::LateCheck | Self::NotOpened => Place::Checks,
            Self::SettlementConflict
            | Self::SessionConflict
            | Self::TotalsDiffer
            | Self::Invariant
            | Self::NotComputable
            | Self::ReopenedLate => Place::Settlement,
        }
    }

    /// All sorts.
    pub const ALL: [Self; 12] = [
        Self::Fork,
        Self::CheckConflict,
        Self::SettlementConflict,
        Self::OtherRegister,
        Self::SessionConflict,
        Self::LateCheck,
        Self::NotOpened,
        Self::TotalsDiffer,
        Self::Invariant,
        Self::Unreadable,
        Self::NotComputable,
        Self::ReopenedLate,
    ];

    /// The word in `attention.kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::CheckConflict => "check_conflict",
            Self::SettlementConflict => "settlement_conflict",
            Self::OtherRegister => "other_register",
            Self::SessionConflict => "session_conflict",
            Self::LateCheck => "late_check",
            Self::NotOpened => "not_opened",
            Self::TotalsDiffer => "totals_differ",
            Self::Invariant => "invariant",
            Self::Unreadable => "unreadable",
            Self::NotComputable => "not_computable",
            Self::ReopenedLate => "reopened_late",
        }
    }

    /// The sort with that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What happened, in a few words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Fork => "レジの記録が枝分かれ",
            Self::CheckConflict => "同じ会計に2つの内容",
            Self::SettlementConflict => "同じ精算に2つの内容",
            Self::OtherRegister => "ほかのレジの精算と同じ番号",
            Self::SessionConflict => "開設と精算の内容が不一致",
            Self::LateCheck => "精算後に届いた会計",
            Self::NotOpened => "開設の記録がない",
            Self::TotalsDiffer => "レジの合計と不一致",
            Self::Invariant => "金額の計算が不一致",
            Self::Unreadable => "読み取れない記録",
            Self::NotComputable => "集計できない金額",
            Self::ReopenedLate => "後の精算があるのに精算取消",
        }
    }

    /// What a person does about it.
    pub fn way_out(self) -> &'static str {
        match self {
            Self::Fork => {
                "レジを入れ替えた、または複製したかを店舗に確認してください。記録は新しい続きとして届き直し、二重には数えません。"
            }
            Self::CheckConflict => {
                "先に届いた内容を集計しています。レシートの控えと見比べ、違うときはレジで精算を訂正してください。"
            }
            Self::SettlementConflict => {
                "先に届いた内容を集計しています。正しい内容をレジから改訂として送り直してください。"
            }
            Self::OtherRegister => {
                "この精算は集計していません。レジのデータが複製されていないか、店舗に確認してください。"
            }
            Self::SessionConflict => "精算の内容を集計しています。営業日と釣銭準備金を店舗に確認してください。",
            Self::LateCheck => "この会計はまだ精算に入っていません。レジで精算を取り消して、もう一度精算してください。",
            Self::NotOpened => "精算の内容を集計しています。レジの入れ替えがなかったか、店舗に確認してください。",
            Self::TotalsDiffer => {
                "本部で計算した合計を集計・送信しています。届いていない会計がないか、レジの精算レシートと見比べてください。"
            }
            Self::Invariant => {
                "届いたとおりに集計・送信しています。該当の会計をレシートの控えと見比べ、違うときはレジで訂正してください。"
            }
            Self::Unreadable => {
                "この記録は保管していますが、集計には入っていません。レジの更新が必要か、サポートに確認してください。"
            }
            Self::NotComputable => "集計できないため、送信していません。レジで精算を訂正してください。",
            Self::ReopenedLate => {
                "この精算は取り消されたまま集計しています。レジで精算の改訂として入れ直してください。"
            }
        }
    }
}
