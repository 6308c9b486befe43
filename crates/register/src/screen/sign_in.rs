//! Signing in: choose a name, type the PIN. Works without a line; guessing is slowed down. Who hasn't got a PIN yet
//! is told where it is set.

use super::{Screen, clerk};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::SignedDuration;
use std::sync::{Arc, PoisonError};
use tower_sessions::Session;
use web::{Form, PageResult, password, text};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Content<'a> {
    form: &'a Form,
    staff: Vec<(String, String)>,
    chosen: String,
}

pub(super) async fn show(State(screen): State<Arc<Screen>>) -> PageResult {
    page(&screen, &Form::default(), StatusCode::OK).await
}

pub(super) async fn enter(State(screen): State<Arc<Screen>>, session: Session, mut form: Form) -> PageResult {
    let code = form.text("code").to_owned();
    if code.is_empty() {
        form.error("code", "担当者を選んでください");
    }
    let pin = text::digits(form.raw("pin"));
    if pin.is_empty() {
        form.error("pin", "PINを入力してください");
    }
    if !form.is_ok() {
        return page(&screen, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    match screen.right_pin(&code, pin).await {
        Ok(()) => {
            clerk::begin(&session, &code).await?;
            Ok(Redirect::to("/").into_response())
        }
        Err(why) => {
            form.error("pin", why);
            page(&screen, &form, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

pub(super) async fn leave(session: Session) -> PageResult {
    session.flush().await?;
    Ok(Redirect::to("/sign-in").into_response())
}

async fn page(screen: &Screen, form: &Form, status: StatusCode) -> PageResult {
    let staff = screen.till.house().map(|house| {
        house.masters.staff.iter().map(|member| (member.code.clone(), member.name.clone())).collect::<Vec<_>>()
    });
    let content = Content { form, staff: staff.unwrap_or_default(), chosen: form.raw("code").to_owned() };
    screen.page_for_nobody("担当者を選んでください", "").status(status).render(content).await
}

impl Screen {
    /// Is this the PIN of this 担当者? If not, why not, in words. Every attempt counts.
    pub(super) async fn right_pin(&self, code: &str, pin: String) -> Result<(), String> {
        let waited = self.throttle.lock().unwrap_or_else(PoisonError::into_inner).attempt(code, None, self.now());
        waited.map_err(too_often)?;
        let member = self.till.house().and_then(|house| {
            house.masters.staff.iter().find(|member| member.code == code).map(|member| member.pin_hash.clone())
        });
        if member == Some(None) {
            return Err("PINがまだ決められていません。本部のレジ担当者の設定で決めてください".to_owned());
        }
        if !password::verify(pin, member.flatten()).await {
            tracing::warn!(staff = code, "a PIN was wrong");
            return Err("PINが違います。もう一度入力してください".to_owned());
        }
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner).succeeded(code, None);
        Ok(())
    }
}

fn too_often(wait: SignedDuration) -> String {
    let seconds = (wait.as_millis() + 999) / 1_000;
    format!("続けて間違えたため、あと{seconds}秒待ってからもう一度入力してください")
}
