//! Who may see what: decided here and nowhere else.
//!
//! Every row that belongs to a place carries its area, and every area knows its ancestors. An
//! official is given areas; they may see what lies under them. [`Scope`] is that right, and the
//! only ways to write it into a query are [`Scope::within`] and, for a query that is all SQL,
//! [`Scope::predicate`] with [`Scope::areas`] bound to its parameter.

use diesel::dsl::{AsExprOf, sql};
use diesel::expression::{SqlLiteral, UncheckedBind};
use diesel::sql_types::{Array, BigInt, Bool, Nullable};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl as _;

use crate::{Result, Store};

/// What [`Scope::within`] returns: an expression of diesel's.
pub(crate) type Within<'scope> = SqlLiteral<
    Bool,
    UncheckedBind<SqlLiteral<Bool>, AsExprOf<Option<&'scope [i64]>, Nullable<Array<BigInt>>>>,
>;

/// The places whose rows a person may read and change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them (an administrator, or the program itself).
    Everything,
    /// These areas and what lies under them. An empty list is nothing at all.
    Areas(Vec<i64>),
}

impl Scope {
    /// The value of the predicate's parameter, a nullable `bigint[]`.
    pub(crate) fn areas(&self) -> Option<&[i64]> {
        match self {
            Self::Everything => None,
            Self::Areas(areas) => Some(areas),
        }
    }

    /// The keys of all areas within this scope, rising; `None` for everything. For whoever keeps
    /// rows in memory with their areas: it is the same set the predicate admits.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn members(&self, store: &Store) -> Result<Option<Vec<i64>>> {
        #[derive(QueryableByName)]
        #[diesel(check_for_backend(diesel::pg::Pg))]
        struct Member {
            #[diesel(sql_type = BigInt)]
            id: i64,
        }
        if *self == Self::Everything {
            return Ok(None);
        }
        let query =
            sql_query("select id from areas_in_scope($1) order by id")
                .bind::<Nullable<Array<BigInt>>, _>(self.areas());
        let mut connection = store.connection().await?;
        let members: Vec<Member> = query.load(&mut connection).await?;
        Ok(Some(members.into_iter().map(|member| member.id).collect()))
    }

    /// SQL that is true when the area in `column` is within the scope bound as `$parameter`.
    pub(crate) fn predicate(column: &str, parameter: u8) -> String {
        format!("{column} in (select s.id from areas_in_scope(${parameter}) as s)")
    }

    /// True when the area in `column` (`table.column`) is within this scope.
    pub(crate) fn within(&self, column: &str) -> Within<'_> {
        sql::<Bool>(&format!("{column} in (select s.id from areas_in_scope("))
            .bind::<Nullable<Array<BigInt>>, _>(self.areas())
            .sql(") as s)")
    }
}

/// Somebody who looks at maps: with or without an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Anyone: public layers only.
    Anonymous,
    /// Somebody signed in: public layers, and those of the places they have to do with.
    SignedIn(Scope),
}

impl Viewer {
    /// The value of the predicate's parameter: nobody's areas for the anonymous.
    pub(crate) fn areas(&self) -> Option<&[i64]> {
        match self {
            Self::Anonymous => Some(&[]),
            Self::SignedIn(scope) => scope.areas(),
        }
    }

    /// SQL that is true when the layer in row `layer` may be seen by the viewer bound as
    /// `$parameter`: it is public, or its area lies under, is, or lies above one of the viewer's.
    pub(crate) fn sees_layer(layer: &str, parameter: u8) -> String {
        let within = Scope::predicate(&format!("{layer}.area_id"), parameter);
        format!(
            "({layer}.audience = 'public' or {within} or {layer}.area_id in (\
             select unnest(a.ancestors) from area as a where a.id = any(${parameter})))"
        )
    }
}

#[cfg(test)]
mod tests;
