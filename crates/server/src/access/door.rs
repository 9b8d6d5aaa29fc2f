//! `/t/{token}/…`: the map standards as the owner of a token sees them.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::uri::PathAndQuery;
use axum::http::{Extensions, Uri};
use axum::response::IntoResponse as _;
use axum::routing::get;
use tower::ServiceExt as _;

use crate::edge::reach;
use crate::problem::{Problem, kinds};

/// A token that came in the path.
#[derive(Clone)]
pub struct Carried(pub String);

impl Carried {
    /// What comes before every path of ours in the documents it reads.
    pub fn prefix(&self) -> String {
        format!("/t/{}", self.0)
    }
}

/// The way in. `readable` is all that a token opens.
pub fn door<S: Clone + Send + Sync + 'static>(readable: Router) -> Router<S> {
    let readable = readable.fallback(async || Problem::new(&kinds::NOT_FOUND));
    let enter = async move |request: Request| match pass(request) {
        Some(request) => readable
            .clone()
            .oneshot(request)
            .await
            .unwrap_or_else(|never| match never {}),
        None => Problem::new(&kinds::NOT_FOUND).into_response(),
    };
    Router::new().route("/t/{token}/{*path}", get(enter))
}

/// The same request without the prefix. The token alone says who asks: a browser's session is left
/// outside.
fn pass(request: Request) -> Option<Request> {
    let (mut parts, _body) = request.into_parts();
    let path = parts.uri.path_and_query()?.as_str();
    let (token, rest) = path.strip_prefix("/t/")?.split_once('/')?;
    let carried = Carried(token.to_owned());
    let inner: PathAndQuery = format!("/{rest}").parse().ok()?;
    parts.uri = Uri::from(inner);
    parts.headers.remove(COOKIE);
    parts.headers.remove(AUTHORIZATION);
    // What the outer router left there would be taken for the inner one's.
    let mut extensions = Extensions::new();
    if let Some(peer) = reach::connection(&parts.extensions) {
        extensions.insert(peer);
    }
    extensions.insert(carried);
    parts.extensions = extensions;
    Some(Request::from_parts(parts, Body::empty()))
}
