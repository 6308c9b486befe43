//! By what figures can be told apart.

/// A dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    Store,
    Area,
    Brand,
    Day,
    Month,
    Weekday,
    Hour,
    Product,
    Category,
    OwnProduct,
    OwnParent,
    OwnChild,
    Payment,
    PaymentKind,
    Medium,
    Discount,
}

impl Dimension {
    /// In the order of the form.
    pub const ALL: [Self; 16] = [
        Self::Store,
        Self::Area,
        Self::Brand,
        Self::Day,
        Self::Month,
        Self::Weekday,
        Self::Hour,
        Self::Product,
        Self::Category,
        Self::OwnProduct,
        Self::OwnParent,
        Self::OwnChild,
        Self::Payment,
        Self::PaymentKind,
        Self::Medium,
        Self::Discount,
    ];

    /// As a URL and the API have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Area => "area",
            Self::Brand => "brand",
            Self::Day => "day",
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Product => "product",
            Self::Category => "category",
            Self::OwnProduct => "own_product_code",
            Self::OwnParent => "own_parent_category_code",
            Self::OwnChild => "own_child_category_code",
            Self::Payment => "payment",
            Self::PaymentKind => "payment_kind",
            Self::Medium => "medium",
            Self::Discount => "discount",
        }
    }

    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Store => "店舗",
            Self::Area => "エリア",
            Self::Brand => "業態・ブランド",
            Self::Day => "営業日",
            Self::Month => "月",
            Self::Weekday => "曜日",
            Self::Hour => "時間帯",
            Self::Product => "商品",
            Self::Category => "商品カテゴリ",
            Self::OwnProduct => "自社商品コード",
            Self::OwnParent => "自社親カテゴリコード",
            Self::OwnChild => "自社子カテゴリコード",
            Self::Payment => "支払科目",
            Self::PaymentKind => "支払種目",
            Self::Medium => "広告媒体",
            Self::Discount => "値引・割引",
        }
    }

    /// Out of a URL.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name)
    }

    /// A thing that is sold.
    pub fn is_product(self) -> bool {
        matches!(self, Self::Product | Self::Category | Self::OwnProduct | Self::OwnParent | Self::OwnChild)
    }

    /// A way of paying.
    pub fn is_payment(self) -> bool {
        matches!(self, Self::Payment | Self::PaymentKind)
    }

    /// Something of a store.
    pub fn is_place(self) -> bool {
        matches!(self, Self::Store | Self::Area | Self::Brand)
    }
}
