//! HTTP: one module an audience or standard; sessions, permissions, TLS.

pub mod villager;
