//! The form at the right: read, judged, registered; refused with every value still there.

use super::{
    Arc, Category, Edited, Failure, Flash, Form, HERE, Html, Icon, IntoResponse, ListQuery, Notice, PageResult, Path,
    Pos, Product, ProductsPage, Redirect, State, Tone, Values, Viewer, failed, find, page, query, ui,
};
use db::{Tx, args};
use sales::TaxMode;

use crate::console::grid::zone;
use crate::console::refusal::{mistaken, outdated};
use crate::products::{rules, save};
use crate::stored::Stored;
use crate::{PosError, categories, tax_rates};

const TAX_MODES: &str = "SELECT DISTINCT tax_mode FROM store WHERE company_id = $1";

/// 登録 of a new product.
pub(super) async fn add(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    mut form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let categories = categories::list(&pos, &viewer.tenant).await?;
    let Some((values, position)) = read(&mut form, &categories) else {
        return page(&pos, &viewer, &flash, &list, form, None).await;
    };
    let name = values.name.clone();
    match save::add(&pos, &viewer.tenant, viewer.name(), values, position).await? {
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Done(_) | Edited::Unchanged | Edited::Stale(_) => {
            flash.set(Notice::done(format!("「{name}」を登録しました。"))).await?;
            return Ok(Redirect::to(&format!("{HERE}{}", query(&list))).into_response());
        }
    }
    page(&pos, &viewer, &flash, &list, form, None).await
}

/// 登録 of a change.
pub(super) async fn change(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let product = find(&pos, &viewer, &id).await?;
    let categories = categories::list(&pos, &viewer.tenant).await?;
    let Some((values, position)) = read(&mut form, &categories) else {
        return page(&pos, &viewer, &flash, &list, form, Some(product)).await;
    };
    let (name, seen) = (values.name.clone(), form.text("version").parse().unwrap_or(product.version));
    let change = move |from: Values| Values {
        position: position.unwrap_or(from.position),
        on_sale: from.on_sale,
        ..values.clone()
    };
    let words = match save::save(&pos, &viewer.tenant, viewer.name(), product.id, seen, change).await.map_err(failed)? {
        Edited::Done(()) => format!("「{name}」を登録しました。"),
        Edited::Unchanged => "変更はありませんでした。".to_owned(),
        Edited::Mistakes(errors) => {
            mistaken(&mut form, &errors);
            return page(&pos, &viewer, &flash, &list, form, Some(product)).await;
        }
        Edited::Stale(stale) => {
            outdated(&mut form, &stale);
            let now = find(&pos, &viewer, &id).await?;
            form.set("version", now.version.to_string());
            return page(&pos, &viewer, &flash, &list, form, Some(now)).await;
        }
    };
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(&format!("{HERE}{}", query(&list))).into_response())
}

/// What was typed, and the 表示順 where one was; the name of a mistake is the name of its field.
fn read(form: &mut Form, categories: &[Category]) -> Option<(Values, Option<i64>)> {
    let name = form.read("name", |typed| rules::name(typed, "商品名"));
    let category = form.read("category", |typed| {
        let chosen = categories.iter().find(|category| category.id.to_string() == typed);
        chosen.map(|category| (category.id, category.name.clone())).ok_or("カテゴリを選んでください")
    });
    let price = form.read("price", |typed| rules::yen(typed, "価格"));
    let cost = form.read("cost", |typed| rules::yen(typed, "原価"));
    let eat_in = form.read("eat_in", |typed| rules::tax(typed, "税区分（イートイン）"));
    let takeout = form.read("takeout", |typed| rules::tax(typed, "税区分（テイクアウト）"));
    let own_parent = form.read("own_parent", rules::own_code);
    let own_child = form.read("own_child", rules::own_code);
    let own_product = form.read("own_product", rules::own_code);
    let position = form.optional("position", rules::position)?;
    let (category, category_name) = category?;
    let values = Values {
        category,
        category_name,
        name: name?,
        price: price?,
        cost: cost?,
        eat_in: eat_in?,
        takeout: takeout?,
        own_parent: own_parent?,
        own_child: own_child?,
        own_product: own_product?,
        position: 0,
        on_sale: true,
    };
    Some((values, position))
}

/// The form of a new product: food as most is, in the category the list is narrowed to.
pub(super) fn blank(list: &ListQuery) -> Form {
    Form::of([("category", list.get("group")), ("eat_in", "標準"), ("takeout", "軽減")])
}

/// The form of a product.
pub(super) fn filled(product: &Product) -> Form {
    let Product { values, version, .. } = product;
    let code = |code: &Option<sales::OwnCode>| code.as_ref().map(sales::OwnCode::to_string).unwrap_or_default();
    Form::of([
        ("version", version.to_string()),
        ("name", values.name.clone()),
        ("category", values.category.to_string()),
        ("price", values.price.0.to_string()),
        ("cost", values.cost.0.to_string()),
        ("eat_in", rules::tax_word(values.eat_in).to_owned()),
        ("takeout", rules::tax_word(values.takeout).to_owned()),
        ("own_parent", code(&values.own_parent)),
        ("own_child", code(&values.own_child)),
        ("own_product", code(&values.own_product)),
        ("position", values.position.to_string()),
    ])
}

/// 税区分 with the rates of today.
pub(super) async fn taxes(pos: &Pos, viewer: &Viewer) -> Result<Vec<(String, String)>, Failure> {
    let rates = tax_rates::list(pos, &viewer.tenant).await?;
    let today = zone().to_datetime(pos.now()).date();
    let option = |(kind, word): (sales::TaxKind, &str)| {
        let label = tax_rates::on(&rates, kind, today).map_or_else(|| word.to_owned(), |rate| format!("{word}{rate}%"));
        (word.to_owned(), label)
    };
    Ok(rules::TAX_KINDS.into_iter().map(option).collect())
}

/// What a price means, as the stores have it.
pub(super) async fn price_label(pos: &Pos, viewer: &Viewer) -> Result<&'static str, Failure> {
    let tenant = viewer.tenant.clone();
    let read = pos.db.read(async move |tx: &mut Tx| -> Result<Vec<TaxMode>, PosError> {
        let rows = tx.fetch_all(TAX_MODES, args![tenant.as_str()]).await?;
        rows.iter().map(|row| row.word("tax_mode")).collect()
    });
    Ok(match read.await?.as_slice() {
        [TaxMode::Added] => "価格（税抜）",
        [_, _, ..] => "価格（内税の店舗では税込、外税の店舗では税抜）",
        _ => "価格（税込）",
    })
}

impl ProductsPage {
    pub(super) fn state(product: &Product) -> Html {
        if product.values.on_sale {
            ui::chip(Tone::Good, rules::STATES[0])
        } else {
            ui::chip_with(Tone::Mute, Icon::Pause, rules::STATES[1])
        }
    }

    pub(super) fn sale_action(&self) -> String {
        match self.action.split_once('?') {
            Some((path, query)) => format!("{path}/sale?{query}"),
            None => format!("{}/sale", self.action),
        }
    }
}
