//! Layers of features that are drawn from a table or view which somebody else keeps in this database.
//!
//! Its rows carry no area: whoever may see the layer sees all of them, as with a layer of pictures.
//! The table is only ever read, in transactions that cannot write and do not take long.

mod describe;
mod error;
mod own;
mod polygons;
mod publish;
mod tile;

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use grid::bounds::Bounds;
use postgis_diesel::sql_types::Geometry;
use postgis_diesel::types::{Point, Polygon};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use self::error::Error;
pub(crate) use self::polygons::polygons;
pub use self::publish::{NewFeatureTable, Registered, publish};
pub use self::tile::tile;
use crate::geometry::bounds_around;
use crate::word::words;
use crate::{Result, Store};

words! {
    /// What a column holds in a tile; the word is the SQL type it is read as.
    Content ("content of a column") {
        /// Whole numbers.
        Whole = "bigint",
        /// Numbers of single precision.
        Single = "real",
        /// Other numbers.
        Number = "double precision",
        /// Yes or no.
        Boolean = "boolean",
        /// Everything else, as the database writes it.
        Text = "text",
    }
}

impl Content {
    /// Of a type of PostgreSQL; `None` for what is not shown: shapes, rasters and raw bytes.
    fn of(type_name: &str) -> Option<Self> {
        match type_name {
            "bytea" | "geometry" | "geography" | "raster" | "box2d" | "box3d" | "topogeometry" => {
                None
            }
            "int2" | "int4" | "int8" => Some(Self::Whole),
            "float4" => Some(Self::Single),
            "float8" | "numeric" => Some(Self::Number),
            "bool" => Some(Self::Boolean),
            _ => Some(Self::Text),
        }
    }

    /// As `TileJSON` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole | Self::Single | Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::Text => "String",
        }
    }
}

/// An ordinary column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

impl Column {
    /// SQL for its value in a row of `table`.
    fn read(&self, table: &str) -> String {
        format!("{table}.{}::{}", quoted(&self.name), self.content)
    }
}

/// The table behind a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    /// The layer.
    pub layer_id: String,
    /// Another after every publication.
    pub revision: Uuid,
    /// The schema of the table.
    pub schema: String,
    /// The table or view.
    pub table: String,
    /// The column with the shapes.
    pub geometry: String,
    /// By which rows are told apart; numbers of it are the numbers of the features.
    pub key: Option<Column>,
    /// What tiles carry beside the shapes.
    pub columns: Vec<Column>,
    /// The coordinate system.
    pub srid: i32,
    /// Degrees, as they were when the table was published.
    pub bounds: Bounds,
    /// Degrees: where rows are looked for.
    reach: Bounds,
}

impl FeatureTable {
    /// Schema and name, for people.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    /// Schema and name, for SQL.
    fn relation(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.table))
    }

    /// SQL for the shape in a row of `table`. Of a geometry the cast is nothing, and its index serves.
    fn shape(&self, table: &str) -> String {
        format!("{table}.{}::geometry", quoted(&self.geometry))
    }

    /// What the database would not do, as an error of this layer; that it does not answer stays so.
    fn unreadable(&self, error: crate::Error) -> crate::Error {
        match error {
            crate::Error::Database(source) if !crate::Error::is_away_for(&source) => {
                Error::Unreadable {
                    layer: self.layer_id.clone(),
                    table: self.full_name(),
                    reason: crate::error::explain(&source),
                }
                .into()
            }
            other => other,
        }
    }
}

/// A name as SQL writes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The table that a layer is drawn from; `None` for other layers.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn by_layer(store: &Store, layer: &str) -> Result<Option<FeatureTable>> {
    let mut connection = store.connection().await?;
    let query = sql_query("select * from feature_table where layer_id = $1");
    let query = query.bind::<Text, _>(layer);
    let row: Option<Row> = query.get_result(&mut connection).await.optional()?;
    row.map(Row::read).transpose()
}

/// Those that several layers are drawn from, by the layer's id.
///
/// # Errors
/// [`crate::Error::Database`].
pub async fn list_of(store: &Store, layers: &[&str]) -> Result<HashMap<String, FeatureTable>> {
    let mut connection = store.connection().await?;
    let query = sql_query("select * from feature_table where layer_id = any($1)");
    let query = query.bind::<Array<Text>, _>(layers);
    let rows: Vec<Row> = query.load(&mut connection).await?;
    let tables = rows.into_iter().map(|row| {
        let table = row.read()?;
        Ok((table.layer_id.clone(), table))
    });
    tables.collect()
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Row {
    #[diesel(sql_type = Text)]
    layer_id: String,
    #[diesel(sql_type = SqlUuid)]
    revision: Uuid,
    #[diesel(sql_type = Text)]
    schema_name: String,
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    geometry_column: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    key_column: Option<Value>,
    #[diesel(sql_type = Jsonb)]
    columns: Value,
    #[diesel(sql_type = Integer)]
    srid: i32,
    #[diesel(sql_type = Geometry)]
    bounds: Polygon<Point>,
    #[diesel(sql_type = Geometry)]
    reach: Polygon<Point>,
}

impl Row {
    fn read(self) -> Result<FeatureTable> {
        let strange = |error: serde_json::Error| Error::Unreadable {
            layer: self.layer_id.clone(),
            table: format!("{}.{}", self.schema_name, self.table_name),
            reason: format!("its columns are written strangely: {error}"),
        };
        let key = self.key_column.map(serde_json::from_value).transpose();
        let columns = serde_json::from_value(self.columns);
        let whose = format!("the extent of layer {:?}", self.layer_id);
        Ok(FeatureTable {
            key: key.map_err(strange)?,
            columns: columns.map_err(strange)?,
            layer_id: self.layer_id,
            revision: self.revision,
            schema: self.schema_name,
            table: self.table_name,
            geometry: self.geometry_column,
            srid: self.srid,
            bounds: bounds_around(&[self.bounds], &whose)?,
            reach: bounds_around(&[self.reach], &whose)?,
        })
    }
}

#[cfg(test)]
mod tests;
