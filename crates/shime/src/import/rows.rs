//! From a CSV to tickets. Every row is accounted for: it becomes a line of a ticket, is skipped by a rule,
//! is bad, or is held back because another row of its ticket is bad. Nothing is dropped without a word.

use super::mapping::Mapping;
use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::DateTime;
use sales::Yen;
use std::collections::HashMap;

/// What a file came to.
#[derive(Debug, Default)]
pub struct Sheet {
    /// Whole tickets, in the order of their first row.
    pub tickets: Vec<Ticket>,
    /// Every row that makes no line, with its reason.
    pub left_out: Vec<LeftOut>,
    /// Data rows in the file.
    pub rows: usize,
    /// Tickets whose rows were all skipped.
    pub empty_tickets: usize,
    /// Tickets held back because of a bad row.
    pub held_tickets: usize,
}

/// One check to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// As the file names it.
    pub key: String,
    /// Local time of its first row.
    pub at: DateTime,
    /// 支払科目名称, where the file says it.
    pub payment: Option<String>,
    /// 広告媒体名称, where the file says it.
    pub medium: Option<String>,
    /// 担当者コード, where the file says it.
    pub staff: Option<String>,
    /// 人数, where the file says it.
    pub guests: Option<i64>,
    /// Its lines in file order.
    pub lines: Vec<SoldLine>,
}

/// One sold line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldLine {
    /// 商品名
    pub product: String,
    /// 商品カテゴリ, where the file says it.
    pub category: Option<String>,
    /// 点数
    pub quantity: i64,
    /// Per unit.
    pub unit_price: Yen,
}

/// A row that makes no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Line in the file, the header being 1.
    pub line: u64,
    /// The ticket it names, if it could be read.
    pub ticket: String,
    /// Why.
    pub why: Why,
}

/// Why a row makes no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A skip rule of the mapping.
    Skipped(String),
    /// It can't be read; the reason names the column and the value.
    Bad(String),
    /// Another row of its ticket is bad: the ticket waits whole, so that no half bill is booked.
    HeldBack(u64),
}

/// Reads a file's bytes. An error means that the file as a whole can't be read; bad rows are not errors.
pub fn read(bytes: &[u8], mapping: &Mapping) -> Result<Sheet> {
    let text = decode(bytes, &mapping.file.encoding)?;
    let delimiter = u8::try_from(mapping.file.delimiter).context("file.delimiter is one ASCII character")?;
    let mut csv = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = Header::find(csv.headers().context("the first line is not a CSV header")?, mapping)?;
    let mut gathered = Gathered::default();
    let mut record = csv::StringRecord::new();
    loop {
        match csv.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                gathered.row(line, header.ticket_of(&record), header.row(&record, mapping));
            }
            Err(error) => bail!("the file cannot be read on as CSV: {error}"),
        }
    }
    Ok(gathered.finish())
}

fn decode(bytes: &[u8], encoding: &str) -> Result<String> {
    if encoding == "shift_jis" {
        let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(bytes);
        if broken {
            bail!("the file is not Shift_JIS; set file.encoding = \"utf-8\" in the mapping");
        }
        return Ok(text.into_owned());
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let line = bytes[..error.utf8_error().valid_up_to()].split(|b| *b == b'\n').count();
        anyhow!("line {line} is not UTF-8; set file.encoding = \"shift_jis\" in the mapping if the file is that")
    })
}

/// Where each wanted column stands.
struct Header {
    ticket: usize,
    date_time: Vec<usize>,
    product: usize,
    quantity: Option<usize>,
    unit_price: Option<usize>,
    category: Option<usize>,
    payment: Option<usize>,
    medium: Option<usize>,
    staff: Option<usize>,
    guests: Option<usize>,
    skip: Vec<usize>,
    width: usize,
}

/// What a row came to.
enum Row {
    Line(Box<Ticket>),
    Skipped(String),
    Bad(String),
}

impl Header {
    fn find(header: &csv::StringRecord, mapping: &Mapping) -> Result<Self> {
        let find = |name: &String| {
            header.iter().position(|column| column.trim() == name).with_context(|| {
                let there: Vec<&str> = header.iter().collect();
                format!("the file has no column \"{name}\"; it has: {}", there.join(", "))
            })
        };
        let optional = |name: &Option<String>| name.as_ref().map(find).transpose();
        let columns = &mapping.columns;
        Ok(Self {
            ticket: find(&columns.ticket)?,
            date_time: columns.date_time.iter().map(find).collect::<Result<_>>()?,
            product: find(&columns.product)?,
            quantity: optional(&columns.quantity)?,
            unit_price: optional(&columns.unit_price)?,
            category: optional(&columns.category)?,
            payment: optional(&columns.payment)?,
            medium: optional(&columns.medium)?,
            staff: optional(&columns.staff)?,
            guests: optional(&columns.guests)?,
            skip: mapping.skip.iter().map(|skip| find(&skip.column)).collect::<Result<_>>()?,
            width: header.len(),
        })
    }

    fn ticket_of(&self, record: &csv::StringRecord) -> String {
        record.get(self.ticket).unwrap_or("").trim().to_owned()
    }

    fn row(&self, record: &csv::StringRecord, mapping: &Mapping) -> Row {
        if record.len() != self.width {
            return Row::Bad(format!("{} columns where the header has {}", record.len(), self.width));
        }
        let skipped = self.skip.iter().zip(&mapping.skip).find(|(at, skip)| record.get(**at) == Some(&*skip.equals));
        if let Some((_, skip)) = skipped {
            return Row::Skipped(format!("{} is \"{}\": {}", skip.column, skip.equals, skip.reason));
        }
        self.ticket(record, mapping).map_or_else(|error| Row::Bad(format!("{error:#}")), |t| Row::Line(Box::new(t)))
    }

    fn ticket(&self, record: &csv::StringRecord, mapping: &Mapping) -> Result<Ticket> {
        let text = |at: usize| record.get(at).unwrap_or("").trim();
        let given = |at: Option<usize>| at.map(text).filter(|text| !text.is_empty()).map(str::to_owned);
        let joined = self.date_time.iter().map(|at| text(*at)).collect::<Vec<_>>().join(" ");
        let key = self.ticket_of(record);
        if key.is_empty() {
            bail!("{} is empty", mapping.columns.ticket);
        }
        if text(self.product).is_empty() {
            bail!("{} is empty", mapping.columns.product);
        }
        let line = SoldLine {
            product: text(self.product).to_owned(),
            category: given(self.category),
            quantity: match self.quantity {
                Some(at) => quantity(text(at))?,
                None => mapping.defaults.quantity.context("no quantity")?,
            },
            unit_price: match self.unit_price {
                Some(at) => money(text(at), mapping.format.decimals)?,
                None => Yen(mapping.defaults.unit_price.context("no unit price")?),
            },
        };
        Ok(Ticket {
            key,
            at: DateTime::strptime(&mapping.format.date_time, &joined)
                .map_err(|_| anyhow!("\"{joined}\" is not a date and time of the form {}", mapping.format.date_time))?,
            payment: given(self.payment),
            medium: given(self.medium),
            staff: given(self.staff),
            guests: given(self.guests).map(|text| quantity(&text)).transpose()?,
            lines: vec![line],
        })
    }
}

/// Rows gathered by ticket.
#[derive(Default)]
struct Gathered {
    order: Vec<String>,
    tickets: HashMap<String, Gathering>,
    left_out: Vec<LeftOut>,
    rows: usize,
}

#[derive(Default)]
struct Gathering {
    ticket: Option<Ticket>,
    lines: Vec<u64>,
    bad: Option<u64>,
}

impl Gathered {
    fn row(&mut self, line: u64, key: String, row: Row) {
        self.rows += 1;
        if !self.tickets.contains_key(&key) {
            self.order.push(key.clone());
        }
        let gathering = self.tickets.entry(key.clone()).or_default();
        let why = match row {
            Row::Skipped(reason) => Why::Skipped(reason),
            Row::Bad(reason) => {
                gathering.bad.get_or_insert(line);
                Why::Bad(reason)
            }
            Row::Line(row) => match gathering.add(line, *row) {
                Ok(()) => return,
                Err(reason) => {
                    gathering.bad.get_or_insert(line);
                    Why::Bad(reason)
                }
            },
        };
        self.left_out.push(LeftOut { line, ticket: key, why });
    }

    fn finish(mut self) -> Sheet {
        let mut sheet = Sheet { rows: self.rows, ..Sheet::default() };
        for key in self.order {
            let Some(gathering) = self.tickets.remove(&key) else { continue };
            match (gathering.ticket, gathering.bad) {
                (Some(ticket), None) => sheet.tickets.push(ticket),
                (None, None) => sheet.empty_tickets += 1,
                (_, Some(bad)) => {
                    sheet.held_tickets += 1;
                    let held = gathering.lines.into_iter();
                    let ticket = key;
                    self.left_out.extend(held.map(|line| LeftOut {
                        line,
                        ticket: ticket.clone(),
                        why: Why::HeldBack(bad),
                    }));
                }
            }
        }
        self.left_out.sort_by_key(|left| left.line);
        sheet.left_out = self.left_out;
        sheet
    }
}

impl Gathering {
    fn add(&mut self, line: u64, mut row: Ticket) -> Result<(), String> {
        if let Some(ticket) = &mut self.ticket {
            if ticket.at != row.at {
                return Err(format!("ticket {} has two times: {} and {}", row.key, ticket.at, row.at));
            }
            ticket.lines.append(&mut row.lines);
        } else {
            self.ticket = Some(row);
        }
        self.lines.push(line);
        Ok(())
    }
}

fn quantity(text: &str) -> Result<i64> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let quantity: i64 = whole.parse().map_err(|_| anyhow!("\"{text}\" is not a whole number of items"))?;
    match quantity {
        1..=1_000_000 => Ok(quantity),
        _ => bail!("a quantity of {quantity}: it must be 1 to 1,000,000; giving money back is a reversal at the till"),
    }
}

/// `"0.5"` with 2 decimals is 50. Digits beyond them are an error, not a rounding.
fn money(text: &str, decimals: u32) -> Result<Yen> {
    let wrong = || anyhow!("\"{text}\" is not an amount with at most {decimals} decimals");
    let plain = text.replace(',', "");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let places = usize::try_from(decimals)?;
    if whole.is_empty() || whole.len() > 12 || fraction.len() > places || !digits(whole) || !digits(fraction) {
        return Err(wrong());
    }
    format!("{whole}{fraction:0<places$}").parse().map(Yen).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takeaway(rows: &str) -> Sheet {
        let mapping = Mapping::load("takeaway").unwrap();
        read(format!("invoice,Order Date,description,Quantity,Product Price\n{rows}").as_bytes(), &mapping).unwrap()
    }

    fn reasons(sheet: &Sheet) -> Vec<String> {
        sheet.left_out.iter().map(|left| format!("{}: {:?}", left.line, left.why)).collect()
    }

    #[test]
    fn rows_in_any_order_become_tickets() {
        let sheet = takeaway("7,31/12/17 2:05,Naan,2,2.2\n8,30/12/17 19:00,Rice,1,3\n7,31/12/17 2:05,Dal,1,0.5\n");
        assert_eq!(sheet.tickets.len(), 2);
        assert_eq!(sheet.tickets[0].at, jiff::civil::date(2017, 12, 31).at(2, 5, 0, 0));
        let prices: Vec<i64> = sheet.tickets[0].lines.iter().map(|line| line.unit_price.0).collect();
        assert_eq!(prices, [220, 50]);
        assert!(sheet.left_out.is_empty());
    }

    #[test]
    fn a_bad_row_is_named_and_its_ticket_waits_whole() {
        let sheet = takeaway("7,31/12/17 20:05,Naan,x,2.2\n7,31/12/17 20:05,Dal,1,0.5\n8,30/12/17 19:00,Rice,1,3\n");
        assert_eq!(sheet.tickets.len(), 1);
        assert_eq!((sheet.rows, sheet.held_tickets), (3, 1));
        assert_eq!(reasons(&sheet), ["2: Bad(\"\\\"x\\\" is not a whole number of items\")", "3: HeldBack(2)"]);
    }

    #[test]
    fn nonsense_is_bad_and_never_rounded() {
        let rows = "1,31/13/17 20:05,A,1,1\n2,31/12/17 20:05,A,0,1\n3,31/12/17 20:05,A,1,1.005\n4,31/12/17 20:05,,1,1\n\
                    5,31/12/17 20:05,A,1,-1\n6,31/12/17 20:05,A,1\n,31/12/17 20:05,A,1,1\n7,31/12/17 20:05,A,1,1e9\n";
        let sheet = takeaway(rows);
        assert_eq!(sheet.tickets, []);
        assert_eq!(sheet.left_out.len(), 8);
        assert!(sheet.left_out.iter().all(|left| matches!(left.why, Why::Bad(_))));
    }

    #[test]
    fn a_ticket_whose_rows_are_all_skipped_makes_no_check_and_is_counted() {
        let mapping = Mapping::load("bread-basket").unwrap();
        let text = "Date,Time,Transaction,Item\n2016-10-30,09:58:11,1,NONE\n2016-10-30,10:05:34,2,Bread\n2016-10-30,10:05:34,2,NONE\n";
        let sheet = read(text.as_bytes(), &mapping).unwrap();
        assert_eq!((sheet.tickets.len(), sheet.empty_tickets, sheet.left_out.len()), (1, 1, 2));
    }

    #[test]
    fn a_file_that_is_something_else_says_so() {
        let mapping = Mapping::load("takeaway").unwrap();
        let error = read(b"a,b\n1,2\n", &mapping).unwrap_err();
        assert!(error.to_string().contains("no column \"invoice\"; it has: a, b"), "{error}");
        let error = read(b"invoice\n\xff\xfe\n", &mapping).unwrap_err();
        assert!(error.to_string().contains("line 2 is not UTF-8"), "{error}");
    }
}
