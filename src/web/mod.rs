//! Pages on loopback.
