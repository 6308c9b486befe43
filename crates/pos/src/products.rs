//! 商品: what the company sells. Registered, changed, taken off sale and brought back; never deleted, because what was
//! sold refers to it. The tills get every change with their next masters.

pub mod import;
pub mod rules;
pub mod save;

use db::{Row, Tx, args};
use sales::{CategoryId, OwnCode, ProductId, TaxKind, Yen};
use serde::Serialize;

use crate::settlements::Window;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// The most products of a company, those off sale included.
pub const PRODUCTS_MAX: i64 = 20_000;
/// What a list of products is sorted by.
pub const SORTED_BY: [&str; 5] = ["position", "name", "price", "cost", "code"];

/// Everything about a product that a person decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Values {
    /// カテゴリ
    pub category: CategoryId,
    /// Its name, for people.
    pub category_name: String,
    /// 商品名
    pub name: String,
    /// With tax where stores are 内税.
    pub price: Yen,
    /// 原価
    pub cost: Yen,
    /// 税区分 when eaten in.
    pub eat_in: TaxKind,
    /// 税区分 when taken out.
    pub takeout: TaxKind,
    /// 自社親カテゴリコード
    pub own_parent: Option<OwnCode>,
    /// 自社子カテゴリコード
    pub own_child: Option<OwnCode>,
    /// 自社商品コード
    pub own_product: Option<OwnCode>,
    /// 表示順
    pub position: i64,
    /// Not 販売終了.
    pub on_sale: bool,
}

/// 商品
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// 商品ID
    pub id: ProductId,
    /// What was decided.
    pub values: Values,
    /// Of its last change.
    pub version: i64,
}

/// What narrows a list of products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One product.
    pub id: Option<ProductId>,
    /// Part of a name or of an own code.
    pub words: String,
    /// One category, by id.
    pub category: String,
    /// On sale, or off sale, or both.
    pub state: State,
    /// Only those without an own code.
    pub without: Option<OwnCodeKind>,
}

/// 状態 as a list is narrowed by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// 販売中
    #[default]
    OnSale,
    /// 販売終了
    OffSale,
    /// Both.
    All,
}

/// The codes that 共通設定 sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnCodeKind {
    /// 自社商品コード
    Product,
    /// 自社親カテゴリコード or 自社子カテゴリコード
    Category,
}

/// `$1` to `$7`.
macro_rules! narrowed {
    () => {
        "FROM product p
         JOIN category c ON c.company_id = p.company_id AND c.category_id = p.category_id
         LEFT JOIN edit_mark e ON e.company_id = p.company_id AND e.subject = 'product:' || p.product_id
         WHERE p.company_id = $1 AND ($2 = '' OR p.product_id = $2) AND ($3 = '' OR p.category_id = $3)
           AND ($4 = 'all' OR ($4 = 'off' AND p.retired_at IS NOT NULL) OR ($4 = 'on' AND p.retired_at IS NULL))
           AND ($5 = '' OR ($5 = 'product' AND p.own_product_code IS NULL)
                OR ($5 = 'category' AND (p.own_parent_category_code IS NULL OR p.own_child_category_code IS NULL)))
           AND ($6 = '' OR LOWER(p.name) LIKE $6 ESCAPE '!' OR LOWER(p.name) LIKE $7 ESCAPE '!'
                OR LOWER(COALESCE(p.own_product_code, '')) LIKE $7 ESCAPE '!'
                OR LOWER(COALESCE(p.own_parent_category_code, '')) LIKE $7 ESCAPE '!'
                OR LOWER(COALESCE(p.own_child_category_code, '')) LIKE $7 ESCAPE '!')"
    };
}

const COUNT: &str = concat!("SELECT COUNT(*) AS n ", narrowed!());
const LIST: &str = concat!(
    "SELECT p.product_id, p.category_id, c.name AS category_name, p.name, p.price, p.cost, p.eat_in, p.takeout,
            p.own_parent_category_code, p.own_child_category_code, p.own_product_code, p.position, p.retired_at,
            COALESCE(e.version, 0) AS version ",
    narrowed!(),
    " ORDER BY $9 * CASE $8 WHEN 'price' THEN p.price WHEN 'cost' THEN p.cost WHEN 'position' THEN p.position ELSE 0 END,
               CASE WHEN $9 < 0 THEN '' WHEN $8 = 'name' THEN p.name WHEN $8 = 'code' THEN COALESCE(p.own_product_code, '')
                    ELSE '' END,
               CASE WHEN $9 > 0 THEN '' WHEN $8 = 'name' THEN p.name WHEN $8 = 'code' THEN COALESCE(p.own_product_code, '')
                    ELSE '' END DESC,
               c.position, p.position, p.product_id LIMIT $10 OFFSET $11"
);

/// One page of what a filter finds; and how many it finds.
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    filter: &Filter,
    sorting: Option<(&str, bool)>,
    window: Window,
) -> Result<(i64, Vec<Product>), PosError> {
    let (tenant, filter) = (tenant.clone(), filter.clone());
    let sorting = sorting.map(|(column, descending)| (column.to_owned(), descending));
    pos.db.read(async move |tx: &mut Tx| find(tx, &tenant, &filter, sorting.clone(), &window).await).await
}

/// All products, those off sale included.
pub async fn all(tx: &mut Tx, tenant: &Tenant) -> Result<Vec<Product>, PosError> {
    Ok(find(tx, tenant, &Filter { state: State::All, ..Filter::default() }, None, &Window::File).await?.1)
}

/// One product.
pub async fn one(tx: &mut Tx, tenant: &Tenant, id: ProductId) -> Result<Product, PosError> {
    let filter = Filter { id: Some(id), state: State::All, ..Filter::default() };
    find(tx, tenant, &filter, None, &Window::File).await?.1.pop().ok_or(PosError::NotFound("product"))
}

/// How many products on sale have no code of this kind.
pub async fn without(tx: &mut Tx, tenant: &Tenant, kind: OwnCodeKind) -> Result<i64, PosError> {
    let filter = Filter { without: Some(kind), ..Filter::default() };
    let [id, category, state, without, words, narrow] = filter.texts();
    let values = args![tenant.as_str(), id, category, state, without, words, narrow];
    Ok(tx.fetch_one(COUNT, values).await?.int("n")?)
}

async fn find(
    tx: &mut Tx,
    tenant: &Tenant,
    filter: &Filter,
    sorting: Option<(String, bool)>,
    window: &Window,
) -> Result<(i64, Vec<Product>), PosError> {
    let [id, category, state, without, words, narrow] = filter.texts();
    let counted = args![tenant.as_str(), &id, &category, &state, &without, &words, &narrow];
    let total = tx.fetch_one(COUNT, counted).await?.int("n")?;
    let (limit, offset) = window.limit_offset(total);
    let (column, descending) = sorting.unwrap_or_default();
    let direction = if descending { -1_i64 } else { 1 };
    let listed = args![tenant.as_str(), id, category, state, without, words, narrow, column, direction, limit, offset];
    let rows = tx.fetch_all(LIST, listed).await?;
    Ok((total, rows.iter().map(read).collect::<Result<_, _>>()?))
}

impl Filter {
    /// `$2` to `$7`.
    fn texts(&self) -> [String; 6] {
        let state = match self.state {
            State::OnSale => "on",
            State::OffSale => "off",
            State::All => "all",
        };
        let without = self.without.map(|kind| match kind {
            OwnCodeKind::Product => "product",
            OwnCodeKind::Category => "category",
        });
        let id = self.id.map(|id| id.to_string()).unwrap_or_default();
        let (typed, narrow) = (self.words.trim(), web::text::narrow(&self.words));
        [
            id,
            self.category.clone(),
            state.to_owned(),
            without.unwrap_or_default().to_owned(),
            like(typed),
            like(&narrow),
        ]
    }
}

/// A pattern that finds the text anywhere; nothing for no text.
fn like(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let plain = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{plain}%")
}

fn read(row: &Row) -> Result<Product, PosError> {
    Ok(Product {
        id: row.parse("product_id")?,
        values: Values {
            category: row.parse("category_id")?,
            category_name: row.text("category_name")?,
            name: row.text("name")?,
            price: Yen(row.int("price")?),
            cost: Yen(row.int("cost")?),
            eat_in: row.word("eat_in")?,
            takeout: row.word("takeout")?,
            own_parent: row.opt_parse("own_parent_category_code")?,
            own_child: row.opt_parse("own_child_category_code")?,
            own_product: row.opt_parse("own_product_code")?,
            position: row.int("position")?,
            on_sale: row.opt_int("retired_at")?.is_none(),
        },
        version: row.int("version")?,
    })
}
