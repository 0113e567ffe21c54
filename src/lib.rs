//! Sign-on from Microsoft Entra ID.

pub mod crypto;
pub mod xml;
