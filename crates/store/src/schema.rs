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
joinable!(account_area -> account (account_id));
allow_tables_to_appear_in_same_query!(account, account_area, session);
