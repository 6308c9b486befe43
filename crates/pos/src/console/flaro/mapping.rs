//! マッピング情報: the 取込コード that 店舗管理 has set for a store, as FLARO takes them in. Nothing else is listed.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::{Tx, args};
use protocol::mapping::{DiscountRow, Encoding, MediumRow, PaymentRow, Row, WriteError, write};
use sales::{PaymentKind, StoreId};
use web::download::{Format, Sheet, disposition};
use web::html::Html;
use web::{Failure, Flash, ListQuery, PageResult, ui};

use super::HERE;
use crate::accounts::Viewer;
use crate::console::grid::zone;
use crate::console::shell;
use crate::masters::SettingKind;
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant, stores};

const PAYMENTS: &str = "
    SELECT m.kind, m.name, m.code FROM store_setting s
    JOIN payment_method m ON m.company_id = s.company_id AND m.code = s.code
    WHERE s.company_id = $1 AND s.store_id = $2 AND s.kind = 'payment' ORDER BY m.kind, m.position, m.code";
const DISCOUNTS: &str = "
    SELECT m.percent, m.name, m.code FROM store_setting s
    JOIN discount m ON m.company_id = s.company_id AND m.code = s.code
    WHERE s.company_id = $1 AND s.store_id = $2 AND s.kind = 'discount' ORDER BY m.position, m.code";
const MEDIA: &str = "
    SELECT m.name, m.code FROM store_setting s
    JOIN ad_medium m ON m.company_id = s.company_id AND m.code = s.code
    WHERE s.company_id = $1 AND s.store_id = $2 AND s.kind = 'medium' ORDER BY m.position, m.code";

/// The three tables of a store.
struct Mapping {
    payments: Vec<PaymentRow>,
    discounts: Vec<DiscountRow>,
    media: Vec<MediumRow>,
}

/// One table as it is shown.
struct Table {
    id: &'static str,
    /// The kind of setting it lists.
    kind: &'static str,
    title: &'static str,
    header: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

#[derive(Template)]
#[template(path = "flaro/mapping.html")]
struct MappingPage {
    tables: Vec<Table>,
    store: StoreId,
}

/// The page, or one of its tables as a file (`table` and `format` in the query).
pub(super) async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(store): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let store: StoreId = store.parse().map_err(|_| Failure::not_found())?;
    let names = stores::names(&pos, &viewer.tenant).await?;
    let (_, name) = names.into_iter().find(|(id, _)| *id == store).ok_or_else(Failure::not_found)?;
    let mapping = read(&pos, &viewer.tenant, store).await?;
    let format = Format::of(list.get("format")).unwrap_or_default();
    match list.get("table") {
        "payments" => return file(&pos, &name, "支払種別", &mapping.payments, format),
        "discounts" => return file(&pos, &name, "値引き別情報", &mapping.discounts, format),
        "media" => return file(&pos, &name, "広告媒体", &mapping.media, format),
        _ => {}
    }
    let tables = vec![
        table("payments", SettingKind::Payment, &mapping.payments),
        table("discounts", SettingKind::Discount, &mapping.discounts),
        table("media", SettingKind::Medium, &mapping.media),
    ];
    let shell = shell(&pos, &viewer, &flash, format!("マッピング情報 {name}"), HERE).await?;
    let shell = shell.crumb("設定", None).crumb("外部連携設定", None).crumb("FLARO", Some(HERE));
    Ok(shell.crumb("マッピング情報", None).render(MappingPage { tables, store }))
}

fn table<R: Row>(id: &'static str, kind: SettingKind, rows: &[R]) -> Table {
    Table { id, kind: kind.word(), title: kind.label(), header: R::HEADER, rows: rows.iter().map(Row::cells).collect() }
}

fn file<R: Row>(pos: &Pos, store: &str, content: &str, rows: &[R], format: Format) -> PageResult {
    let encoding = match format {
        Format::CsvShiftJis => Encoding::ShiftJis,
        Format::Xlsx => return workbook(pos, store, content, rows),
        _ => Encoding::Utf8,
    };
    let bytes = write(rows, encoding).map_err(|error| match error {
        WriteError::Character { .. } => Failure::new(StatusCode::UNPROCESSABLE_ENTITY).says(error.to_string()),
        WriteError::Csv(_) => Failure::internal(error),
    })?;
    let kind = match encoding {
        Encoding::Utf8 => "text/csv; charset=utf-8",
        Encoding::ShiftJis => "text/csv; charset=Shift_JIS",
    };
    let stamp = zone().to_datetime(pos.now()).strftime("%Y%m%d%H%M").to_string();
    let name = disposition(store, content, &stamp, "csv");
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, name)];
    let response: Response = (headers, bytes).into_response();
    Ok(response)
}

/// Every cell is text, so that no spreadsheet shortens a code.
fn workbook<R: Row>(pos: &Pos, store: &str, content: &str, rows: &[R]) -> PageResult {
    let mut sheet = Sheet::new(store, content, R::HEADER).for_machines();
    for row in rows {
        sheet.row(row.cells().into_iter().map(Into::into));
    }
    Ok(sheet.download(Format::Xlsx, pos.now(), &zone())?)
}

async fn read(pos: &Pos, tenant: &Tenant, store: StoreId) -> Result<Mapping, PosError> {
    let (company, store) = (tenant.as_str().to_owned(), store.to_string());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Mapping, PosError> {
            let payment = |row: &db::Row| {
                let kind = PaymentKind::from_number(row.int("kind")?);
                let kind = kind.ok_or_else(|| unreadable("payment_method.kind", "no such kind"))?;
                Ok(PaymentRow { kind, name: row.text("name")?, code: row.parse("code")? })
            };
            let discount = |row: &db::Row| {
                let percent = row.opt_int("percent")?.is_some();
                Ok(DiscountRow { percent, name: row.text("name")?, code: row.parse("code")? })
            };
            let medium = |row: &db::Row| Ok(MediumRow { name: row.text("name")?, code: row.parse("code")? });
            let payments = tx.fetch_all(PAYMENTS, args![&company, &store]).await?;
            let discounts = tx.fetch_all(DISCOUNTS, args![&company, &store]).await?;
            let media = tx.fetch_all(MEDIA, args![&company, &store]).await?;
            Ok(Mapping {
                payments: payments.iter().map(payment).collect::<Result<_, PosError>>()?,
                discounts: discounts.iter().map(discount).collect::<Result<_, PosError>>()?,
                media: media.iter().map(medium).collect::<Result<_, PosError>>()?,
            })
        })
        .await
}

impl MappingPage {
    fn icon() -> Html {
        ui::icon(ui::Icon::Download)
    }
}
