//! Access tokens: how a program that cannot sign in reads the layers of the account that made one.
//!
//! A token goes in the path (`/t/{token}/wmts`, for programs that cannot set headers) or in
//! `Authorization: Bearer`. It opens what its owner may see of the map standards, to be read, and
//! nothing else; it is never logged, and only its digest is stored.

mod door;
mod known;
mod routes;
mod visitor;

pub use door::door;
pub use known::KnownTokens;
pub use routes::routes;
pub use visitor::Visitor;
