//! `/api/v1/tokens`: making, listing and revoking one's own access tokens.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use store::access_token::{self, AccessToken};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Problem, ProblemBody, kinds};
use crate::session::SignedIn;
use crate::session::cookie::Token;
use crate::state::AppState;

/// How long a token lives when nothing is said.
const DAYS: u16 = 365;
/// How long one may live: three years.
const MOST_DAYS: u16 = 1096;
/// Characters of a name.
const NAME_LENGTH: usize = 100;
/// Tokens of one account.
const MOST_TOKENS: usize = 50;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
}

/// An access token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
struct TokenBody {
    /// Its number.
    id: i64,
    /// What its owner calls it.
    name: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    used_at: Option<DateTime<Utc>>,
    /// From when on it opens nothing.
    expires_at: DateTime<Utc>,
}

impl From<AccessToken> for TokenBody {
    fn from(token: AccessToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            created_at: token.created_at,
            used_at: token.used_at,
            expires_at: token.expires_at,
        }
    }
}

/// One's own tokens.
#[derive(Debug, Serialize, ToSchema)]
struct TokensBody {
    /// The newest first; expired ones too.
    tokens: Vec<TokenBody>,
}

/// What a token shall be.
#[derive(Debug, Deserialize, ToSchema)]
struct NewToken {
    /// What to call it, such as the program it is for.
    #[schema(example = "QGIS, 办公室")]
    name: String,
    /// Days it lives, 1 to 1096.
    #[serde(default = "a_year")]
    #[schema(default = 365)]
    days: u16,
}

fn a_year() -> u16 {
    DAYS
}

/// A token that was just made. Its secret is shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct MadeToken {
    /// The secret, for `Authorization: Bearer`.
    token: String,
    /// The address to paste into a desktop GIS for every layer as WMTS; the secret is in it.
    wmts: String,
    /// The same as OGC API.
    ogc: String,
    /// What is known of it from now on.
    about: TokenBody,
}

/// One's own access tokens.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "list_tokens", tag = "session", responses(
    (status = 200, description = "The tokens, without their secrets", body = TokensBody),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn list(
    State(state): State<AppState>,
    person: SignedIn,
) -> Result<Json<TokensBody>, Problem> {
    let tokens = access_token::list(&state.store, person.account.id).await?;
    Ok(Json(TokensBody {
        tokens: tokens.into_iter().map(TokenBody::from).collect(),
    }))
}

/// Makes an access token: for reading what its owner may see of tiles, WMTS and OGC API, and
/// nothing else.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "create_token", tag = "session", request_body = NewToken, responses(
    (status = 201, description = "The token with its secret, shown this once", body = MadeToken),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "`too-many-tokens`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "`invalid-field`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn create(
    State(state): State<AppState>,
    person: SignedIn,
    headers: HeaderMap,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME_LENGTH {
        return Err(Problem::new(&kinds::INVALID_FIELD).with_detail(
            format!("请给令牌起一个名称，最多 {NAME_LENGTH} 字。"),
            format!("Give the token a name of up to {NAME_LENGTH} characters."),
        ));
    }
    if !(1..=MOST_DAYS).contains(&new.days) {
        return Err(Problem::new(&kinds::INVALID_FIELD).with_detail(
            format!("有效期须为 1 到 {MOST_DAYS} 天。"),
            format!("A token lives from 1 to {MOST_DAYS} days."),
        ));
    }
    let account = person.account.id;
    if access_token::list(&state.store, account).await?.len() >= MOST_TOKENS {
        return Err(Problem::new(&kinds::TOO_MANY_TOKENS));
    }
    let secret = Token::random();
    let expires_at = Utc::now() + TimeDelta::days(i64::from(new.days));
    let made =
        access_token::create(&state.store, account, name, &secret.digest(), expires_at).await?;
    tracing::info!(account, token = made.id, "made an access token");
    let token = secret.reveal();
    let address = format!("{}/t/{token}", state.settings.origin(&headers));
    Ok((
        StatusCode::CREATED,
        Json(MadeToken {
            wmts: format!("{address}/wmts"),
            ogc: format!("{address}/ogc"),
            token,
            about: made.into(),
        }),
    ))
}

/// Revokes one of one's own tokens: it opens nothing any more (by another server of the same
/// database, after two seconds).
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", operation_id = "revoke_token", tag = "session",
    params(("id" = i64, Path, description = "Number of the token")), responses(
    (status = 204, description = "It opens nothing any more"),
    (status = 401, description = "`not-signed-in` or `session-expired`", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "`not-found`", body = ProblemBody, content_type = "application/problem+json"),
))]
async fn revoke(
    State(state): State<AppState>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    let account = person.account.id;
    if !access_token::revoke(&state.store, account, id).await? {
        return Err(Problem::new(&kinds::NOT_FOUND));
    }
    state.tokens.forget();
    tracing::info!(account, token = id, "revoked an access token");
    Ok(StatusCode::NO_CONTENT)
}
