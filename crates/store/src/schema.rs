//! The tables as diesel sees them; `migrations/` is what makes them.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    account (id) {
        id -> BigInt,
        login -> Text,
        name -> Text,
        role -> Text,
        password_hash -> Text,
        demo -> Bool,
        disabled -> Bool,
        created_at -> Timestamptz,
    }
}

table! {
    account_area (account_id, area_id) {
        account_id -> BigInt,
        area_id -> BigInt,
    }
}

table! {
    session (token_hash) {
        token_hash -> Binary,
        account_id -> BigInt,
        created_at -> Timestamptz,
        seen_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

table! {
    access_token (id) {
        id -> BigInt,
        token_hash -> Binary,
        account_id -> BigInt,
        name -> Text,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        expires_at -> Timestamptz,
    }
}

table! {
    object_head (object) {
        object -> Text,
        length -> BigInt,
        head -> Binary,
    }
}

table! {
    // What other tables are joined with. Outlines are worked on by the database on their way in
    // and out: they travel as well-known binary (`geometry`).
    area (id) {
        id -> BigInt,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        ancestors -> Array<BigInt>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Double, Jsonb, Nullable, Text, Timestamptz};
    use postgis_diesel::sql_types::Geometry;

    scene (id) {
        id -> Text,
        area_id -> BigInt,
        acquired_at -> Timestamptz,
        sensor -> Text,
        cloud_share -> Nullable<Double>,
        footprint -> Geometry,
        item -> Jsonb,
        bands -> Jsonb,
        created_at -> Timestamptz,
    }
}

table! {
    use diesel::sql_types::{BigInt, Date, Double, Jsonb, Nullable, SmallInt, Text};
    use postgis_diesel::sql_types::Geometry;

    coverage (id) {
        id -> BigInt,
        layer_id -> Text,
        area_id -> BigInt,
        scene_id -> Nullable<Text>,
        date -> Date,
        object -> Text,
        georeference -> Jsonb,
        bounds -> Geometry,
        min_zoom -> SmallInt,
        max_zoom -> SmallInt,
        cloud_share -> Nullable<Double>,
        version -> Text,
        lineage -> Jsonb,
        drawing -> Nullable<Jsonb>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text, Timestamptz, Uuid};
    use postgis_diesel::sql_types::Geometry;

    report (id) {
        id -> Uuid,
        reference -> Text,
        area_id -> BigInt,
        service_code -> Text,
        description -> Text,
        place -> Geometry,
        accuracy_m -> Nullable<Double>,
        place_source -> Text,
        phone -> Nullable<Text>,
        state -> Text,
        channel -> Text,
        content_hash -> Binary,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

table! {
    report_event (id) {
        id -> BigInt,
        report_id -> Uuid,
        area_id -> BigInt,
        at -> Timestamptz,
        account_id -> Nullable<BigInt>,
        actor -> Text,
        from_state -> Nullable<Text>,
        to_state -> Text,
        note -> Text,
    }
}

table! {
    photo (report_id, position) {
        report_id -> Uuid,
        position -> SmallInt,
        area_id -> BigInt,
        object -> Text,
        thumbnail -> Text,
        width -> Integer,
        height -> Integer,
        bytes -> BigInt,
        sha256 -> Binary,
    }
}

table! {
    zonal_statistic (coverage_id, area_id) {
        coverage_id -> BigInt,
        area_id -> BigInt,
        count -> Double,
        valid_share -> Double,
        mean -> Nullable<Double>,
        std -> Nullable<Double>,
        min -> Nullable<Double>,
        max -> Nullable<Double>,
    }
}

joinable!(session -> account (account_id));
joinable!(access_token -> account (account_id));
joinable!(account_area -> account (account_id));
joinable!(report -> area (area_id));
allow_tables_to_appear_in_same_query!(account, account_area, session, access_token);
allow_tables_to_appear_in_same_query!(area, report, photo);
allow_tables_to_appear_in_same_query!(coverage, zonal_statistic);
