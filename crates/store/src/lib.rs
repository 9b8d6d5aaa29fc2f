//! PostGIS through diesel: schema, migrations, typed queries bounded by area; the private PostgreSQL; backup.
