//! SELF ORDER管理＞商品登録: the products at the left, the one being registered or changed at the right.

mod form;
mod import;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use sales::ProductId;
use web::confirm::Confirm;
use web::download::Format;
use web::html::Html;
use web::ui::{self, Icon, Tone};
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult, Routes, format, table};

use super::grid::{Cell, Grid, figure, text, zone};
use super::refusal::{failed, told};
use super::shell;
use crate::accounts::Viewer;
use crate::categories::{self, Category};
use crate::edits::Edited;
use crate::products::{self, Filter, OwnCodeKind, Product, SORTED_BY, State as Sale, Values, rules, save};
use crate::settlements::{PER_PAGE, Window};
use crate::{Pos, linkage};

/// Where the page is.
pub const HERE: &str = "/products";

/// The pages about products.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(HERE, get(list).post(form::add))
        .route("/products/{product_id}", get(one).post(form::change))
        .route("/products/{product_id}/sale", post(set_sale))
        .merge(import::router())
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    if let Some(asked) = Format::of(list.get("format")) {
        return file(&pos, &viewer, &list, asked).await;
    }
    page(&pos, &viewer, &flash, &list, form::blank(&list), None).await
}

async fn one(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    // The list stands beside the product, and so do its downloads.
    if let Some(asked) = Format::of(list.get("format")) {
        return file(&pos, &viewer, &list, asked).await;
    }
    let product = find(&pos, &viewer, &id).await?;
    page(&pos, &viewer, &flash, &list, form::filled(&product), Some(product)).await
}

async fn file(pos: &Pos, viewer: &Viewer, list: &ListQuery, asked: Format) -> PageResult {
    let (_, found) = products::list(pos, &viewer.tenant, &filter(list), list.sort(&SORTED_BY), Window::File).await?;
    Ok(products::import::sheet(&found).download(asked, pos.now(), &zone())?)
}

/// 販売終了 and 販売再開
async fn set_sale(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let product = find(&pos, &viewer, &id).await?;
    let on_sale = form.text("on_sale") == "yes";
    let seen = form.text("version").parse().unwrap_or(product.version);
    let change = move |from: Values| Values { on_sale, ..from };
    let name = &product.values.name;
    let done = save::save(&pos, &viewer.tenant, viewer.name(), product.id, seen, change).await.map_err(failed)?;
    let notice = match done {
        Edited::Done(()) if on_sale => Notice::done(format!("「{name}」の販売を再開しました。")),
        Edited::Done(()) => Notice::done(format!("「{name}」の販売を終了しました。")),
        Edited::Unchanged => Notice::done("変更はありませんでした。"),
        Edited::Mistakes(errors) => {
            let why = errors.iter().map(|(_, message)| message).collect::<Vec<_>>().join("。");
            Notice::failed(format!("「{name}」の状態は変わっていません。{why}。"))
        }
        Edited::Stale(stale) => {
            Notice::failed(stale.iter().map(told).collect::<String>() + "確認して、もう一度操作してください。")
        }
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("{HERE}/{id}{}", query(&list))).into_response())
}

async fn find(pos: &Pos, viewer: &Viewer, id: &str) -> Result<Product, Failure> {
    let id: ProductId = id.parse().map_err(|_| Failure::not_found())?;
    let tenant = viewer.tenant.clone();
    pos.db.read(async move |tx: &mut db::Tx| products::one(tx, &tenant, id).await).await.map_err(failed)
}

#[derive(Template)]
#[template(path = "products.html")]
struct ProductsPage {
    form: Form,
    warnings: Html,
    grid: Html,
    action: String,
    new: String,
    editing: Option<Product>,
    categories: Vec<(String, String)>,
    taxes: Vec<(String, String)>,
    price_label: &'static str,
    sale: Confirm,
}

async fn page(
    pos: &Pos,
    viewer: &Viewer,
    flash: &Flash,
    list: &ListQuery,
    form: Form,
    editing: Option<Product>,
) -> PageResult {
    let filter = filter(list);
    let window = Window::Page(list.clone());
    let (total, found) = products::list(pos, &viewer.tenant, &filter, list.sort(&SORTED_BY), window).await?;
    let categories = categories::list(pos, &viewer.tenant).await?;
    let mut grid = columns(filter.state).rows(found.iter().map(|product| row(product, list, filter.state)));
    grid.above =
        Html::of(Filters { form: list.form(), categories: options(&categories, "すべてのカテゴリ", true) });
    grid.below = table::pager(list, total.unsigned_abs(), PER_PAGE);
    grid.empty = nothing(list);
    let current = editing.as_ref().map(|product| product.values.category.to_string()).unwrap_or_default();
    let usable: Vec<_> =
        categories.into_iter().filter(|c| c.retired_at.is_none() || c.id.to_string() == current).collect();
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let query = query(list);
    let content = ProductsPage {
        form,
        warnings: warnings(pos, viewer).await?,
        grid: grid.html(list),
        action: editing.as_ref().map_or_else(|| format!("{HERE}{query}"), |p| format!("{HERE}/{}{query}", p.id)),
        new: format!("{HERE}{query}#edit"),
        sale: sale(editing.as_ref(), &query),
        editing,
        categories: options(&usable, "選んでください", false),
        taxes: form::taxes(pos, viewer).await?,
        price_label: form::price_label(pos, viewer).await?,
    };
    let shell = shell(pos, viewer, flash, "商品登録", HERE).await?;
    let import = Html::trusted(r#"<a class="btn sub" href="/products/import">ファイルから取り込む</a>"#);
    Ok(shell
        .crumb("SELF ORDER管理", None)
        .crumb("商品登録", None)
        .actions(import)
        .status(status)
        .wide()
        .render(content))
}

fn options(categories: &[Category], none: &str, retired_too: bool) -> Vec<(String, String)> {
    let word = |category: &Category| match category.retired_at {
        Some(_) => format!("{}（使用終了）", category.name),
        None => category.name.clone(),
    };
    let shown = categories.iter().filter(|category| retired_too || category.retired_at.is_none());
    let none = (String::new(), none.to_owned());
    std::iter::once(none).chain(shown.map(|category| (category.id.to_string(), word(category)))).collect()
}

fn filter(list: &ListQuery) -> Filter {
    Filter {
        id: None,
        words: list.get("q").to_owned(),
        category: list.get("group").to_owned(),
        state: match list.get("state") {
            "off" => Sale::OffSale,
            "all" => Sale::All,
            _ => Sale::OnSale,
        },
        without: match list.get("without") {
            "product" => Some(OwnCodeKind::Product),
            "category" => Some(OwnCodeKind::Category),
            _ => None,
        },
    }
}

/// The choice that stands in the URL, to be kept while a product is changed.
fn query(list: &ListQuery) -> String {
    let whole = list.with("format", "");
    whole.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default()
}

/// The state has a column where it is not the same in every row.
fn columns(state: Sale) -> Grid {
    let mut columns = vec![
        text("商品名").sorts("name"),
        text("カテゴリ"),
        figure("価格").sorts("price"),
        text("自社商品コード").sorts("code"),
    ];
    if state == Sale::All {
        columns.push(text("状態"));
    }
    Grid::new("products", "商品一覧", columns)
}

fn row(product: &Product, list: &ListQuery, shown: Sale) -> Vec<Cell> {
    let Product { id, values, .. } = product;
    let mut cells = vec![
        Cell::Link(values.name.clone(), format!("{HERE}/{id}{}#edit", query(list))),
        Cell::text(&values.category_name),
        Cell::Yen(values.price.0),
        Cell::text(values.own_product.as_ref().map_or("―", |code| code.as_str())),
    ];
    if shown == Sale::All {
        let word = rules::STATES[usize::from(!values.on_sale)];
        cells.push(Cell::Shown(ProductsPage::state(product), word.to_owned()));
    }
    cells
}

fn nothing(list: &ListQuery) -> Html {
    if list.is_filtered() {
        return table::nothing_found(&ListQuery::of(HERE, query(list).trim_start_matches('?')));
    }
    let next = "右の欄で1つずつ登録するか、ファイルからまとめて取り込みます。";
    table::empty("まだ商品がありません", next, Some(("ファイルから取り込む", "/products/import")))
}

/// While 共通設定 sends the chain's own codes: how many products have none.
async fn warnings(pos: &Pos, viewer: &Viewer) -> Result<Html, Failure> {
    let tenant = viewer.tenant.clone();
    let counts = pos.db.read(async move |tx: &mut db::Tx| -> Result<(i64, i64), crate::PosError> {
        let Some(linkage) = linkage::linked(tx, &tenant).await? else { return Ok((0, 0)) };
        let mut counts = (0, 0);
        if linkage.own_product_codes {
            counts.0 = products::without(tx, &tenant, OwnCodeKind::Product).await?;
        }
        if linkage.own_category_codes {
            counts.1 = products::without(tx, &tenant, OwnCodeKind::Category).await?;
        }
        Ok(counts)
    });
    let (product, category) = counts.await?;
    let warning = |count: i64, what: &str, filter: &str| {
        if count == 0 {
            return Html::default();
        }
        Html::trusted(format!(
            r#"<div class="flash warn" role="status">{}<p>FLARO連携で{what}を使う設定ですが、{what}のない商品が{}点あります。空のまま送られます。<a href="/products?without={filter}">商品を見る</a></p></div>"#,
            ui::icon(Icon::Warning),
            format::thousands(count)
        ))
    };
    Ok(warning(product, "自社商品コード", "product").then(&warning(category, "自社カテゴリコード", "category")))
}

/// The question before 販売終了.
fn sale(editing: Option<&Product>, query: &str) -> Confirm {
    let (name, id, version) = editing.map_or_else(Default::default, |product| {
        (product.values.name.clone(), product.id.to_string(), product.version.to_string())
    });
    Confirm::new(
        "off-sale",
        format!("「{name}」の販売を終了しますか？"),
        format!("{HERE}/{id}/sale{query}"),
        "販売を終了する",
    )
    .says("すべての店舗のレジから、この商品のボタンが消えます。")
    .says("これまでの売上の記録は変わりません。あとで販売を再開できます。")
    .sends("on_sale", "no")
    .sends("version", version)
}

#[derive(Template)]
#[template(path = "products/filters.html")]
struct Filters {
    form: Form,
    categories: Vec<(String, String)>,
}

impl Filters {
    fn icon() -> Html {
        ui::icon(Icon::Search)
    }
}
