//! Who reads a layer: anyone, a browser with a session, or a program with a token.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use store::{Scope, Viewer};

use super::door::Carried;
use crate::edge::reach::Reach;
use crate::problem::{Kind, Problem, kinds};
use crate::session::Session;
use crate::state::AppState;

/// Somebody who looks at layers. For reading only: nothing that changes anything asks for one.
pub struct Visitor {
    who: Who,
    prefix: String,
}

enum Who {
    Browser(Session),
    Program(Scope),
}

impl Visitor {
    /// Who makes a request.
    ///
    /// # Errors
    ///
    /// `token-refused` for a token that opens nothing, `sign-in-needs-tls` for one that was sent in
    /// the open; the database.
    pub async fn of(state: &AppState, parts: &Parts) -> Result<Self, Problem> {
        let carried = parts.extensions.get::<Carried>();
        let prefix = carried.map(Carried::prefix).unwrap_or_default();
        let token = carried.map(|token| token.0.as_str());
        let Some(token) = token.or_else(|| bearer(&parts.headers)) else {
            let session = Session::of(state, &parts.headers, &parts.extensions).await?;
            return Ok(Self {
                who: Who::Browser(session),
                prefix,
            });
        };
        if Reach::of(&state.settings, &parts.headers, &parts.extensions) == Reach::Exposed {
            return Err(Problem::new(&kinds::SIGN_IN_NEEDS_TLS).with_detail(
                "访问令牌通过未加密的 HTTP 从另一台设备发来，可能被他人看到，因此不予接受。请让管理员用 --lan 或证书启动，再用 https:// 地址。",
                "The access token came by plain HTTP from another machine, where others could read it, so it is not taken. Ask the administrator to start the server with --lan or a certificate, then use the https:// address.",
            ));
        }
        let scope = state.tokens.scope(&state.store, token).await?;
        Ok(Self {
            who: Who::Program(scope),
            prefix,
        })
    }

    /// Whether a request says by a token who makes it.
    pub fn brings_token(parts: &Parts) -> bool {
        parts.extensions.get::<Carried>().is_some() || bearer(&parts.headers).is_some()
    }

    /// The same person as the store knows them.
    pub fn viewer(&self) -> Viewer {
        match &self.who {
            Who::Browser(session) => session.viewer(),
            Who::Program(scope) => Viewer::SignedIn(scope.clone()),
        }
    }

    /// What somebody with an account may see, or why nobody is one.
    ///
    /// # Errors
    ///
    /// `not-signed-in`, `session-expired`.
    pub fn scope(self) -> Result<Scope, Problem> {
        match self.who {
            Who::Browser(session) => Ok(session.require()?.scope),
            Who::Program(scope) => Ok(scope),
        }
    }

    /// Why something is not shown: a session that ended is a better reason than "not there".
    pub fn refuse(&self, kind: &'static Kind) -> Problem {
        match &self.who {
            Who::Browser(session) => session.refuse(kind),
            Who::Program(_) => Problem::new(kind),
        }
    }

    /// Whether the token is in the path: addresses in documents then begin with it.
    pub fn is_in_path(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// Where the reader reached us: the origin, and the prefix of a token in the path.
    pub fn origin(&self, state: &AppState, headers: &HeaderMap) -> String {
        format!("{}{}", state.settings.origin(headers), self.prefix)
    }
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
