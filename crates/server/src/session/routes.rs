//! `/api/v1/session`: signing in, asking who one is, signing out.

use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, RequestExt as _};
use serde::{Deserialize, Serialize};
use store::account::{self, Account};
use store::{Scope, area};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cookie::{self, Token};
use super::{Session, SignedIn};
use crate::areas::AreaName;
use crate::edge::reach::{Reach, peer};
use crate::password;
use crate::problem::{Problem, ProblemBody, kinds};
use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(sign_in, who, sign_out))
}

/// What is typed to sign in.
#[derive(Deserialize, ToSchema)]
struct Credentials {
    /// Login, as given by the administrator.
    #[schema(example = "li.daping")]
    login: String,
    /// Password.
    password: String,
}

/// Who is signed in and what they are here for.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// The account.
    pub account: AccountBody,
    /// The areas they are responsible for; what lies under these is theirs too.
    pub areas: Vec<AreaName>,
    /// Whether this is the demo village.
    pub demo: bool,
}

/// An account, without anything secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountBody {
    /// Login.
    pub login: String,
    /// The name others read.
    pub name: String,
    /// `administrator`, `planner` or `official`.
    #[schema(value_type = String, example = "official")]
    pub role: account::Role,
}

/// Signs in and sets the session's cookie. The answer to a wrong login and to a wrong password is
/// the same, and takes the same time.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Credentials, responses(
    (status = 200, description = "Signed in", body = SessionBody),
    (status = 401, description = "`sign-in-refused`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "`sign-in-needs-tls`: plain HTTP from another machine", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "`too-many-attempts`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn sign_in(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    // Before the body is read: a password that arrives in the open is not even looked at.
    if Reach::of(&state.settings, request.headers(), request.extensions()) == Reach::Exposed {
        return Err(Problem::new(&kinds::SIGN_IN_NEEDS_TLS));
    }
    let earlier = cookie::session_digest(&state.settings, request.headers());
    let address = peer(request.extensions());
    let Json(credentials) = request
        .extract::<Json<Credentials>, _>()
        .await
        .map_err(|_rejection| Problem::new(&kinds::BAD_REQUEST))?;

    let attempt = state.gate.attempt(&credentials.login, address)?;
    let account = check(&state, credentials).await?;
    attempt.succeeded();
    if let Some(earlier) = earlier {
        store::session::delete(&state.store, &earlier).await?;
    }
    // Now and then is often enough, and nobody signs in more often than sessions end.
    store::session::delete_expired(&state.store).await?;
    let token = Token::random();
    store::session::create(&state.store, account.id, &token.digest()).await?;
    let scope = account::scope(&state.store, &account).await?;
    let body = describe(&state, &account, &scope).await?;
    tracing::info!(account = account.id, "signed in");
    let seconds = store::session::ABSOLUTE.num_seconds();
    Ok((set(token.set_cookie(&state.settings, seconds)), Json(body)).into_response())
}

/// The account of right credentials; the same refusal in the same time for everything else.
async fn check(state: &AppState, credentials: Credentials) -> Result<Account, Problem> {
    let Credentials { login, password } = credentials;
    // A login no account can have needs no query, but still its time.
    let known = if login.len() <= 128 {
        account::by_login(&state.store, login.trim())
            .await?
            .filter(|account| !account.disabled)
    } else {
        None
    };
    let hash = known.as_ref().map(|account| account.password_hash.clone());
    let _turn = state.gate.turn().await?;
    let right = tokio::task::spawn_blocking(move || match hash {
        Some(hash) => password::verify(&password, &hash),
        None => password::verify_nobody(&password),
    })
    .await
    .map_err(|cause| Problem::internal(&cause))?;
    known
        .filter(|_| right)
        .ok_or_else(|| Problem::new(&kinds::SIGN_IN_REFUSED))
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses(
    (status = 200, description = "Somebody is signed in", body = SessionBody),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn who(
    State(state): State<AppState>,
    person: SignedIn,
) -> Result<Json<SessionBody>, Problem> {
    describe(&state, &person.account, &person.scope)
        .await
        .map(Json)
}

/// Signs out; nobody signed in is no error.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses(
    (status = 204, description = "Nobody is signed in any more"),
))]
async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, Problem> {
    if let Session::Live(person) = Session::of(&state, &headers, &extensions).await? {
        store::session::delete(&state.store, &person.token).await?;
    }
    Ok((set(cookie::forget(&state.settings)), StatusCode::NO_CONTENT).into_response())
}

async fn describe(
    state: &AppState,
    account: &Account,
    scope: &Scope,
) -> Result<SessionBody, Problem> {
    let areas = match scope {
        Scope::Areas(ids) => area::by_ids(&state.store, ids).await?,
        // An administrator is responsible for whatever lies under nothing else.
        Scope::Everything => {
            let mut areas = area::list(&state.store, scope).await?;
            areas.retain(|area| area.parent.is_none());
            areas
        }
    };
    Ok(SessionBody {
        account: AccountBody {
            login: account.login.clone(),
            name: account.name.clone(),
            role: account.role,
        },
        areas: areas.iter().map(AreaName::of).collect(),
        demo: state.settings.demo,
    })
}

fn set(cookie: Option<HeaderValue>) -> HeaderMap {
    cookie
        .into_iter()
        .map(|value| (SET_COOKIE, value))
        .collect()
}
