//! Sign-on from Microsoft Entra ID.
