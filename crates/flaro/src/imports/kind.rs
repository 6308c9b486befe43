//! What may be taken in as a file, its columns, and who may send it.

use crate::{mapping::What, rights::Right};
use web::upload::Column;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Budgets,
    Costs,
    Labour,
    Categories,
    Mapping(What),
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Budgets,
        Self::Costs,
        Self::Labour,
        Self::Categories,
        Self::Mapping(What::Payment),
        Self::Mapping(What::Discount),
        Self::Mapping(What::Media),
    ];

    /// As it stands in a path and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Budgets => "budgets",
            Self::Costs => "costs",
            Self::Labour => "labour",
            Self::Categories => "categories",
            Self::Mapping(what) => what.name(),
        }
    }

    /// Out of a path.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Budgets => "予算",
            Self::Costs => "経費",
            Self::Labour => "人件費",
            Self::Categories => "商品カテゴリの区分",
            Self::Mapping(What::Payment) => "マッピング（支払種別）",
            Self::Mapping(What::Discount) => "マッピング（値引き別情報）",
            Self::Mapping(What::Media) => "マッピング（広告媒体）",
        }
    }

    /// Its columns in their order.
    pub fn heads(self) -> &'static [&'static str] {
        match self {
            Self::Budgets => &["自社コード", "店舗名", "営業日", "売上予算（税抜）", "客数予算"],
            Self::Costs => &["自社コード", "店舗名", "年月", "広告宣伝費", "家賃", "その他経費"],
            Self::Labour => &["自社コード", "店舗名", "営業日", "人件費", "労働時間"],
            Self::Categories => &["カテゴリID", "カテゴリ名", "区分"],
            Self::Mapping(What::Payment) => &["支払種目", "支払科目名称", "取込コード"],
            Self::Mapping(What::Discount) => &["値引区分", "値引名称", "取込コード"],
            Self::Mapping(What::Media) => &["広告媒体名称", "取込コード"],
        }
    }

    /// Columns that must have kept every digit.
    pub fn codes(self) -> &'static [&'static str] {
        match self {
            Self::Budgets | Self::Costs | Self::Labour => &["自社コード"],
            Self::Categories => &["カテゴリID"],
            Self::Mapping(_) => &["取込コード"],
        }
    }

    /// The columns as a file is read by; what only names a row for people may be left out.
    pub fn columns(self) -> Vec<Column> {
        let may_lack = ["店舗名", "カテゴリ名", "客数予算", "労働時間"];
        let column = |head: &&'static str| {
            if may_lack.contains(head) { Column::optional(head) } else { Column::needed(head) }
        };
        self.heads().iter().map(column).collect()
    }

    /// Who may send it.
    pub fn right(self) -> Right {
        match self {
            Self::Budgets => Right::Budgets,
            Self::Costs | Self::Labour => Right::Costs,
            Self::Categories => Right::Stores,
            Self::Mapping(_) => Right::Linkage,
        }
    }

    /// The page it belongs to: menu entry, where it leads back to, and what that is called.
    pub fn home(self) -> (&'static str, String, &'static str) {
        match self {
            Self::Budgets => ("/budgets", "/budgets".to_owned(), "予算"),
            Self::Costs | Self::Labour => ("/costs", "/costs".to_owned(), "経費・人件費"),
            Self::Categories => ("/categories", "/categories".to_owned(), "商品カテゴリ"),
            Self::Mapping(what) => ("/mapping", format!("/mapping?what={}", what.name()), "マッピング"),
        }
    }

    /// What to know before filling in a file.
    pub fn hints(self) -> &'static [&'static str] {
        match self {
            Self::Budgets => &[
                "1行が1店舗の1営業日です。営業日は 2026/11/01 のように入力します。",
                "売上予算と客数予算の両方が空の行は、何も変えません。",
                "ファイルにない店舗や日は変わりません。",
            ],
            Self::Costs => &[
                "1行が1店舗の1か月です。年月は 2026/11 のように入力します。",
                "空の欄は「未入力」になります。金額のない月は 0 を入力してください。",
            ],
            Self::Labour => &[
                "1行が1店舗の1営業日です。労働時間は 38:30 のように時間と分で入力します（省けます）。",
                "人件費と労働時間の両方が空の行は、何も変えません。",
            ],
            Self::Categories => &[
                "区分は「フード」「ドリンク」「その他」「未分類」のどれかです。",
                "カテゴリIDは書き換えないでください。カテゴリ名は確かめるためのもので、変わりません。",
            ],
            Self::Mapping(_) => &[
                "USENレジの「設定＞外部連携設定＞FLARO」で、店舗の設定アイコンから「CSVダウンロード」したファイルをそのまま選んでください。",
                "Excelで開いて保存し直すと、20桁の取込コードの桁が失われることがあります。そのときは行を示して取り込みません。",
                "ファイルにないコードは変わりません。",
            ],
        }
    }
}
