//! From a layer and z/x/y to encoded bytes.
