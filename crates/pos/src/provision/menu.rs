//! Categories, products and tax rates.

use db::{Tx, args};
use jiff::civil::{Date, date};
use sales::{CategoryId, OwnCode, ProductId, TaxKind, Yen};

use crate::stored::{Stored, word_of};
use crate::{Pos, PosError, Tenant, masters};

/// 商品, to be made.
#[derive(Clone, Debug)]
pub struct NewProduct {
    /// Its category.
    pub category: CategoryId,
    /// 商品名, unique in the category.
    pub name: String,
    /// With tax where stores are 内税.
    pub price: Yen,
    /// 原価
    pub cost: Yen,
    /// 税区分 when eaten in.
    pub eat_in: TaxKind,
    /// 税区分 when taken out.
    pub takeout: TaxKind,
    /// 自社商品コード
    pub own_product_code: Option<OwnCode>,
    /// 自社親カテゴリコード
    pub own_parent_category_code: Option<OwnCode>,
    /// 自社子カテゴリコード
    pub own_child_category_code: Option<OwnCode>,
}

impl NewProduct {
    /// Food as most is: 10% eaten in, 8% taken out, no own codes.
    pub fn new(category: CategoryId, name: impl Into<String>, price: Yen, cost: Yen) -> Self {
        Self {
            category,
            name: name.into(),
            price,
            cost,
            eat_in: TaxKind::Standard,
            takeout: TaxKind::Reduced,
            own_product_code: None,
            own_parent_category_code: None,
            own_child_category_code: None,
        }
    }
}

const CATEGORY_ID: &str = "SELECT category_id FROM category WHERE company_id = $1 AND name = $2";
const CATEGORY: &str = "INSERT INTO category (company_id, category_id, name, position)
                        SELECT $1, $2, $3, 1 + COALESCE(MAX(position), 0) FROM category WHERE company_id = $1";
const PRODUCT_ID: &str = "SELECT product_id FROM product WHERE company_id = $1 AND category_id = $2 AND name = $3";
const PRODUCT: &str = "INSERT INTO product (company_id, product_id, category_id, name, price, cost, eat_in, takeout,
        own_product_code, own_parent_category_code, own_child_category_code, position)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1 + COALESCE(MAX(position), 0)
    FROM product WHERE company_id = $1";
const TAX_RATE: &str = "INSERT INTO tax_rate (company_id, kind, from_date, percent) VALUES ($1, $2, $3, $4)
                        ON CONFLICT (company_id, kind, from_date) DO UPDATE SET percent = excluded.percent
                        WHERE tax_rate.percent <> excluded.percent";

/// The company's category with this name; made at the end of the menu if it isn't there.
pub async fn category(pos: &Pos, tenant: &Tenant, name: &str) -> Result<CategoryId, PosError> {
    let (id, tenant, name) = (CategoryId(pos.new_id()), tenant.clone(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<CategoryId, PosError> {
            let company = tenant.as_str();
            tx.lock(&format!("provision:{company}")).await?;
            if let Some(row) = tx.fetch_optional(CATEGORY_ID, args![company, &name]).await? {
                return row.parse("category_id");
            }
            tx.execute(CATEGORY, args![company, id.to_string(), name]).await?;
            masters::bump(tx, &tenant).await?;
            Ok(id)
        })
        .await
}

/// The category's product with this name; made at the end of the menu if it isn't there.
pub async fn product(pos: &Pos, tenant: &Tenant, new: NewProduct) -> Result<ProductId, PosError> {
    let (id, tenant) = (ProductId(pos.new_id()), tenant.clone());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<ProductId, PosError> {
            let (company, category) = (tenant.as_str(), new.category.to_string());
            tx.lock(&format!("provision:{company}")).await?;
            if let Some(row) = tx.fetch_optional(PRODUCT_ID, args![company, &category, &new.name]).await? {
                return row.parse("product_id");
            }
            let (eat_in, takeout) = (word_of(new.eat_in), word_of(new.takeout));
            let own = [new.own_product_code, new.own_parent_category_code, new.own_child_category_code];
            let [code, parent, child] = own.map(|code| code.map(String::from));
            let (price, cost) = (new.price.0, new.cost.0);
            let product = id.to_string();
            let values = args![company, product, category, new.name, price, cost, eat_in, takeout, code, parent, child];
            tx.execute(PRODUCT, values).await?;
            masters::bump(tx, &tenant).await?;
            Ok(id)
        })
        .await
}

/// The rate of a tax kind from this business date on.
pub async fn tax_rate(pos: &Pos, tenant: &Tenant, kind: TaxKind, from: Date, percent: u8) -> Result<(), PosError> {
    let tenant = tenant.clone();
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            if tx.execute(TAX_RATE, args![tenant.as_str(), word_of(kind), from.to_string(), percent]).await? > 0 {
                masters::bump(tx, &tenant).await?;
            }
            Ok(())
        })
        .await
}

/// 標準10% and 軽減8% as they have been since 2019-10-01.
pub async fn usual_tax_rates(pos: &Pos, tenant: &Tenant) -> Result<(), PosError> {
    let since = date(2019, 10, 1);
    tax_rate(pos, tenant, TaxKind::Standard, since, 10).await?;
    tax_rate(pos, tenant, TaxKind::Reduced, since, 8).await
}
