//! Taps on a bill: each is one commit, and answers with the bill as it is now. A form posted without a script leads
//! back to the page; a script gets the bill alone.

use super::{
    Screen,
    approve::Ask,
    clerk::{Clerk, Part},
    frame::fragment,
    panel::{Extra, Panel},
    sell,
    wish::Wish,
    words,
};
use crate::{
    Deed, OpenCheck, Tap, TillError,
    menu::{Menu, MenuError},
    order::{Event, Seat},
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use sales::{CheckId, Guests, LineKind, Yen};
use std::sync::Arc;
use web::{Failure, Flash, Form, Html, ListQuery, Notice, PageResult, text};

/// The most of a deposit, gift card or debt at once.
const RECEIVED_MAX: i64 = 9_999_999;
/// The longest 摘要.
const MEMO_CHARS_MAX: usize = 30;

pub(super) async fn tap(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    part: Part,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    let id: CheckId = id.parse().map_err(|_| Failure::not_found())?;
    let wish: Wish = form.text("do").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))?;
    let (status, extra) = match asked(&screen, &clerk, id, &wish, &mut form).await? {
        Asked::Do(event) => done(&screen, &clerk, id, event, &form).await?,
        Asked::Wrong if matches!(wish, Wish::Receive(_)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Extra { receive: form, ..Extra::default() })
        }
        Asked::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, Extra { form, ..Extra::default() }),
        Asked::Dialog(ask) => (StatusCode::UNPROCESSABLE_ENTITY, Extra { ask, ..Extra::default() }),
        Asked::Refused(text) => (StatusCode::UNPROCESSABLE_ENTITY, Extra::says(text)),
    };
    let category = extra.category.clone();
    if part.0 {
        return fragment(status, Panel::read(&screen, id, extra).await?);
    }
    if status == StatusCode::OK {
        return Ok(Redirect::to(&sell::address(id, &category)).into_response());
    }
    sell::page(&screen, &clerk, id, &ListQuery::default(), extra, status, None).await
}

/// 伝票取消: takes an unpaid bill away.
pub(super) async fn drop(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    let id = id.parse().map_err(|_| Failure::not_found())?;
    let deed = Deed {
        staff: clerk.code,
        approved_by: None,
        action: "未会計の伝票を取り消し".to_owned(),
        detail: String::new(),
    };
    match screen.till.drop_check(id, deed, screen.now()).await {
        Ok(()) => flash.set(Notice::done("伝票を取り消しました。")).await?,
        Err(error) => {
            flash.set(Notice::failed(screen.told(&error).text)).await?;
            return Ok(Redirect::to(&sell::address(id, "")).into_response());
        }
    }
    Ok(Redirect::to("/").into_response())
}

/// What a button comes to before it is done.
enum Asked {
    Do(Event),
    /// The form says what is wrong.
    Wrong,
    /// A manager is asked for.
    Dialog(Html),
    Refused(String),
}

async fn done(
    screen: &Screen,
    clerk: &Clerk,
    id: CheckId,
    event: Event,
    form: &Form,
) -> Result<(StatusCode, Extra), Failure> {
    let tap = Tap { staff: clerk.code.clone(), key: form.text("key").to_owned() };
    let category = form.text("category").to_owned();
    match screen.till.tap(id, event, tap, screen.now()).await {
        Ok(_) => Ok((StatusCode::OK, Extra { category, ..Extra::default() })),
        Err(error) => {
            let told = screen.told(&error);
            Ok((told.status, Extra { category, ..Extra::says(told.text) }))
        }
    }
}

async fn asked(screen: &Screen, clerk: &Clerk, id: CheckId, wish: &Wish, form: &mut Form) -> Result<Asked, Failure> {
    let house = screen.house()?;
    let date = screen.till.selling_date(screen.now()).await?;
    let menu = Menu::new(&house.masters, date);
    Ok(match wish {
        Wish::Add(product) => match menu.dish(*product) {
            Ok(dish) => Asked::Do(Event::Add(dish)),
            Err(_) => Asked::Refused("この商品は販売を終えました。画面を開き直してください。".to_owned()),
        },
        Wish::Quantity(no, quantity) => Asked::Do(Event::Quantity(*no, *quantity)),
        Wish::Serve(no, service) => Asked::Do(Event::Serve(*no, *service)),
        Wish::ServeAll(service) => Asked::Do(Event::ServeAll(*service)),
        Wish::Unoff(on, nth) => Asked::Do(Event::Undiscount(*on, *nth)),
        Wish::Sit => match seat(&menu, form) {
            Some(seat) => Asked::Do(Event::Sit(seat)),
            None => Asked::Wrong,
        },
        Wish::Receive(kind) => match received(*kind, form) {
            Some(event) => Asked::Do(event),
            None => Asked::Wrong,
        },
        Wish::Off(on, code) => {
            let entered = text::integer(form.raw(&format!("amount:{code}"))).map(Yen);
            match menu.discount(code, entered) {
                Ok(order) => off(screen, clerk, id, Event::Discount(*on, order), form).await?,
                Err(MenuError::AmountMissing(name)) => Asked::Refused(format!("「{name}」の金額を入力してください。")),
                Err(_) => Asked::Refused("この値引は使えなくなりました。".to_owned()),
            }
        }
    })
}

/// A discount that takes more off than staff may give needs a manager.
async fn off(screen: &Screen, clerk: &Clerk, id: CheckId, event: Event, form: &Form) -> Result<Asked, Failure> {
    let now = screen.now();
    let open = screen.till.open_check(id).await?.unwrap_or_else(|| OpenCheck::blank(id, now));
    let after = match open.order.after(event.clone()) {
        Ok(order) => order,
        Err(error) => return Ok(Asked::Refused(screen.told(&error.into()).text)),
    };
    let quote = match screen.till.quote(&after, screen.till.selling_date(now).await?) {
        Ok(quote) => quote,
        Err(error) => return Ok(Asked::Refused(screen.told(&error).text)),
    };
    let most = screen.settings.discount_percent_max;
    if !takes_more_than(&quote, most).map_err(TillError::from)? {
        return Ok(Asked::Do(event));
    }
    let what = format!("値引・割引が合わせて{most}%を超えます。");
    let (action, back) = (format!("/orders/{id}"), sell::address(id, form.text("category")));
    match screen.approved(clerk, form, &Ask { what: &what, action: &action, back: &back }).await {
        Ok(by) => {
            screen.write_down(clerk, &by, "値引・割引", format!("伝票 {id}")).await?;
            Ok(Asked::Do(event))
        }
        Err(dialog) => Ok(Asked::Dialog(dialog)),
    }
}

/// Whether discounts take more than so many percent off what was ordered.
fn takes_more_than(quote: &sales::Quote, percent: u8) -> Result<bool, sales::Overflow> {
    let mut gross = Yen::ZERO;
    let mut taken = Yen::ZERO;
    for line in quote.lines.iter().filter(|line| line.kind == LineKind::Sale) {
        gross = gross.plus(line.gross()?)?;
        taken = taken.plus(line.discount()?)?;
    }
    Ok(taken.times(100)? > gross.times(percent.into())?)
}

/// Money that is no turnover, as it was typed: how much, and for whom or what.
fn received(kind: LineKind, form: &mut Form) -> Option<Event> {
    let memo = text::narrow(form.text("memo"));
    if memo.chars().count() > MEMO_CHARS_MAX {
        form.error("memo", format!("摘要は{MEMO_CHARS_MAX}文字以内で入力してください"));
    }
    let amount = form.integer("received", "金額", 1..=RECEIVED_MAX);
    let name = words::received(kind);
    let name = if memo.is_empty() { name.to_owned() } else { format!("{name}　{memo}") };
    Some(Event::Receive(kind, name, Yen(amount?))).filter(|_| form.is_ok())
}

/// 卓, 人数, 客層, 広告媒体 as they were typed.
fn seat(menu: &Menu<'_>, form: &mut Form) -> Option<Seat> {
    let table = Some(text::narrow(form.text("table"))).filter(|table| !table.is_empty());
    if table.as_ref().is_some_and(|table| table.chars().count() > crate::order::TABLE_CHARS_MAX) {
        form.error("table", format!("卓は{}文字以内で入力してください", crate::order::TABLE_CHARS_MAX));
    }
    let male = guests(form, "male", "男性");
    let female = guests(form, "female", "女性");
    let unknown = guests(form, "unknown", "人数（性別なし）");
    let medium = form.optional("medium", |code| {
        let code = code.parse().map_err(|_| "広告媒体を選び直してください")?;
        menu.medium(&code).map_err(|_| "この広告媒体は使えなくなりました。選び直してください")
    });
    let segment = Some(form.text("segment").to_owned()).filter(|segment| !segment.is_empty());
    let seat =
        Seat { table, guests: Guests { female: female?, male: male?, unknown: unknown? }, segment, medium: medium? };
    form.is_ok().then_some(seat)
}

fn guests(form: &mut Form, name: &str, label: &str) -> Option<i64> {
    if form.text(name).is_empty() {
        return Some(0);
    }
    form.integer(name, label, 0..=crate::order::GUESTS_MAX)
}
