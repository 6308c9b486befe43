//! A form with a file in it: the file, bounded, and the other fields as an ordinary [`Form`].
//!
//! The same guards stand before it as before every form (a request from another site never gets here). What was
//! chosen wrongly is an error under the field; the file's rows are read by [`File::grid`], whatever program wrote it.

mod fault;
mod grid;
mod text;
mod workbook;

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;

use crate::failure::Failure;
use crate::form::Form;
use crate::text::typed;

pub use fault::{Fault, Faults};
pub use grid::{Column, Grid, Row, Table};

/// The largest file taken in.
pub const FILE_BYTES_MAX: usize = 8 << 20;
/// The largest body read. A file beyond [`FILE_BYTES_MAX`] is read past and thrown away up to here, because a browser
/// shows an answer only after it has sent everything.
pub const BODY_BYTES_MAX: usize = 4 * FILE_BYTES_MAX;
/// What the fields beside the file may hold together.
const FIELDS_BYTES_MAX: usize = 1 << 20;
/// More fields than any form with a file has.
const FIELDS_MAX: usize = 200;
/// What a table may be called, for the file dialog of a browser.
pub const TABLES: &str = ".csv,.xlsx,.txt";

/// A submitted form with a file.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    /// The other fields; errors go here.
    pub form: Form,
    chosen: Chosen,
}

#[derive(Clone, Debug, Default)]
enum Chosen {
    #[default]
    Nothing,
    TooLarge,
    TooMany,
    One(File),
}

/// A file that was sent.
#[derive(Clone, Debug)]
pub struct File {
    /// What it is called, for people.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

impl Upload {
    /// The file; when there is none to use, the reason becomes the error of the field `name`.
    pub fn file(&mut self, name: &str, label: &str) -> Option<File> {
        let wrong = match &self.chosen {
            Chosen::One(file) if !file.bytes.is_empty() => return Some(file.clone()),
            Chosen::One(file) => format!("中身のあるファイルを選んでください（「{}」は空です）", file.name),
            Chosen::Nothing => format!("{label}を選んでください"),
            Chosen::TooMany => format!("{label}は1つだけ選んでください"),
            Chosen::TooLarge => format!("{label}は{}MBまでです。行を分けて、小さくしてください", FILE_BYTES_MAX >> 20),
        };
        self.form.error(name, wrong);
        None
    }

    fn choose(&mut self, name: String, bytes: Option<Vec<u8>>) {
        self.chosen = match (&self.chosen, bytes) {
            (Chosen::Nothing, Some(bytes)) => Chosen::One(File { name, bytes: bytes.into() }),
            (Chosen::Nothing, None) => Chosen::TooLarge,
            _ => Chosen::TooMany,
        };
    }
}

impl File {
    /// Its rows. Read beside the other work of the place: a large workbook takes a while.
    pub async fn grid(&self) -> Result<Grid, Fault> {
        let bytes = self.bytes.clone();
        tokio::task::spawn_blocking(move || Grid::read(&bytes)).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a file could not be read");
            Err(Fault::no_table())
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Failure;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Failure> {
        DefaultBodyLimit::max(BODY_BYTES_MAX).apply(&mut request);
        let mut parts = Multipart::from_request(request, state)
            .await
            .map_err(|_| Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE))?;
        let (mut upload, mut values, mut left) = (Self::default(), Vec::new(), FIELDS_BYTES_MAX);
        while let Some(part) = parts.next_field().await.map_err(|error| refused(&error))? {
            let name = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(short) {
                // A browser sends a nameless file where none was chosen.
                Some(file) if file.is_empty() => {}
                Some(file) => upload.choose(file, read(part, FILE_BYTES_MAX).await?),
                None => {
                    let bytes = read(part, left).await?.filter(|_| values.len() < FIELDS_MAX).ok_or_else(too_large)?;
                    left -= bytes.len();
                    values.push((name, typed(&String::from_utf8_lossy(&bytes))));
                }
            }
        }
        upload.form = Form::of(values);
        Ok(upload)
    }
}

/// A part's bytes; none when there are more than `most`, all of them read past.
async fn read(mut part: Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Some(Vec::new());
    while let Some(chunk) = part.chunk().await.map_err(|error| refused(&error))? {
        bytes = bytes.filter(|held: &Vec<u8>| held.len() + chunk.len() <= most).map(|mut held| {
            held.extend_from_slice(&chunk);
            held
        });
    }
    Ok(bytes)
}

/// A file's name without folders and unprintable signs, and no longer than a screen takes.
fn short(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(100).collect()
}

fn refused(error: &MultipartError) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { Failure::new(error.status()) }
}

fn too_large() -> Failure {
    let most = FILE_BYTES_MAX >> 20;
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE)
        .says(format!("ファイルは{most}MBまでです。行を分けて、小さくしてから、もう一度送ってください。"))
}
