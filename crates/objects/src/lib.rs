//! Bytes that are kept: whole-or-nothing durable writes, names by content hash.
