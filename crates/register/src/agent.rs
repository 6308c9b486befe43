//! A till with its line: what the program runs on the machine at the counter.

use crate::{
    courier::HeadOffice,
    till::Till,
    upload::{Clock, UploadError, Uploader},
};

/// The till and its uploader over one disk.
pub struct Agent {
    /// What the screen sells with.
    pub till: Till,
    /// What tells head office.
    pub uploader: Uploader,
}

impl Agent {
    /// Joins a till to its head office.
    pub fn new(till: Till, office: &HeadOffice, clock: Clock) -> Result<Self, UploadError> {
        let uploader = Uploader::new(till.clone(), office, clock)?;
        Ok(Self { till, uploader })
    }

    /// Uploads and pulls masters until `shutdown` is done. What is not sent then goes after the next start.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        self.uploader.run(shutdown).await;
    }
}
