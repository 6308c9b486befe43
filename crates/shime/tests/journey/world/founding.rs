//! The company is made at both places, and its store linked.

use super::{COMPANY, COMPANY_NAME, OWNER, PASSWORD, World};
use crate::{
    processes::command,
    shell::{self, Shop},
};
use jiff::civil::date;
use pos::{
    accounts::Role,
    masters::SettingKind,
    provision::{self, NewStore},
};
use sales::{PaymentKind, TaxKind};

impl World {
    /// The back office's side, through its command.
    pub(super) fn setup_flaro(&self) {
        let args = ["setup", "flaro", "--company-code", COMPANY, "--company-name", COMPANY_NAME, "--login", OWNER];
        let ended = command(&args, &self.env()).status().expect("setup runs");
        assert!(ended.success());
    }

    /// The head office's side, through its own functions, while no process has its database.
    pub(super) async fn setup_pos(&mut self) {
        let pos = self.head_office().await;
        let tenant = provision::company(&pos, &COMPANY.parse().unwrap(), COMPANY_NAME).await.unwrap();
        provision::account(&pos, &tenant, OWNER, "企業管理者", Role::CompanyAdmin, PASSWORD).await.unwrap();
        provision::tax_rate(&pos, &tenant, TaxKind::Reduced, date(2000, 1, 1), 8).await.unwrap();
        let Shop { store, register, token } = shell::shop(&pos, &tenant, NewStore::new("本店"), date(2017, 1, 1)).await;
        let cash = provision::payment_method(&pos, &tenant, PaymentKind::Cash, "現金").await.unwrap();
        provision::store_settings(&pos, &tenant, store, SettingKind::Payment, &[cash]).await.unwrap();
        (self.register, self.token) = (register, token);
        shell::link(&pos, &tenant, &[(store, "0000000001".to_owned())]).await;
        let row =
            pos.db.read(async |tx: &mut db::Tx| tx.fetch_one("SELECT linkage_id FROM linkage", db::args![]).await);
        self.linkage_id = row.await.unwrap().text("linkage_id").unwrap();
        pos.db.close().await;
    }
}
