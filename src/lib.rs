//! Sign-on from Microsoft Entra ID.

pub mod crypto;
