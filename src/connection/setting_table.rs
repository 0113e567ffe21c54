//! The table of the settings of a connection. It makes the flags, the keys of files, what is shown, what events tell, and
//! `docs/settings.md`.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::json;

use super::AcceptedCredentials;
use super::AddressPolicy;
use super::CertificateDates;
use super::Connection;
use super::GroupChange;
use super::IdpInitiated;
use super::LinkRule;
use super::Listing;
use super::MetadataPolicy;
use super::RequestSigning;
use super::SignOnPolicy;
use super::setting::Kind;
use super::setting::Role;
use super::setting::Setting;
use crate::metadata::MetadataSigner;
use crate::saml::AuthnContextClass;
use crate::saml::Binding;
use crate::scim::ExtensionDeclaration;

/// The settings of a connection.
pub const SETTINGS: &[Setting] = &[
    text("metadata-url", "URL", "Entra: App Federation Metadata Url (it ends in ?appid=...)")
        .role(Role::Trust)
        .excludes(&["metadata-file", "mdq"]),
    file("metadata-file", "Entra: Federation Metadata XML, downloaded; a server reads it again when it changes")
        .role(Role::Trust)
        .excludes(&["mdq"]),
    text("mdq", "BASE_URL", "The base address of a metadata query server, which is asked for --idp-entity-id")
        .role(Role::Trust)
        .needs(&["idp-entity-id"]),
    Setting::new(
        "fingerprint",
        Kind::Fingerprint,
        "SHA256",
        "The SHA-256 of the certificate, as `entrada fingerprint` prints it; may be repeated, for the next one",
    )
    .repeats()
    .role(Role::Trust)
    .needs(&["idp-entity-id", "sso-url"]),
    file(
        "certificate",
        "The certificate itself, in place of its SHA-256, in every form that `entrada fingerprint` reads: you are warned from now on before it ends; may be repeated, for the next one",
    )
    .repeats()
    .role(Role::Trust)
    .needs(&["idp-entity-id", "sso-url"]),
    text("idp-entity-id", "URI", "Entra: Microsoft Entra Identifier; with metadata, the identity provider to choose where there are several")
        .role(Role::Trust),
    text("sso-url", "URL", "Entra: Login URL").role(Role::Trust).needs(&["pins"]),
    text("slo-url", "URL", "Entra: Logout URL").role(Role::Trust).needs(&["pins"]),
    text("metadata-signer", "FILE|SHA256", "Take no metadata but what this certificate's key has signed; may be repeated")
        .repeats()
        .role(Role::Trust)
        .shown(1, "metadata_signer", "Metadata signer", |c, _| {
            let signer = policy(c).and_then(|policy| policy.signer.as_ref());
            json!(signer.map_or_else(Vec::new, MetadataSigner::fingerprints))
        }),
    switch("refuse-private-addresses", "Fetch metadata from the public internet alone: for addresses that strangers type")
        .role(Role::Trust)
        .shown(2, "refuse_private_addresses", "Fetched from", |c, _| {
            json!(policy(c).is_some_and(|policy| policy.addresses == AddressPolicy::PublicOnly))
        })
        .in_words(|refused, _| lines((*refused == true).then_some("the public internet alone"))),
    seconds("validity-grace", "Use metadata for so long after its validUntil: up to 2592000")
        .default("0")
        .role(Role::Trust)
        .shown(3, "validity_grace", "Grace", |c, _| {
            json!(policy(c).map_or(0, |policy| policy.grace.as_secs()))
        })
        .in_words(|grace, _| {
            let grace = grace.as_u64().filter(|seconds| *seconds > 0);
            lines(grace.map(|seconds| format!("{seconds} s after validUntil")))
        }),
    text("display-name", "NAME", "A name for people")
        .writes(|b, v| b.display_name(as_text(v)))
        .reads(|c, _| json!(c.front_door().display_name)),
    text("sp-entity-id", "URI", "Our Entity ID")
        .default("BASE-URL/saml/ID/metadata")
        .writes(|b, v| b.sp_entity_id(as_text(v)))
        .shown(4, "sp_entity_id", "Our Entity ID", |c, base_url| match base_url {
            Some(base_url) => json!(c.sp_entity_id(base_url)),
            None => json!(c.our_side().entity_id),
        }),
    text("acs-url", "URL", "Our ACS")
        .default("BASE-URL/saml/ID/acs")
        .writes(|b, v| b.acs_url(as_text(v)))
        .shown(5, "acs_url", "Our ACS", |c, base_url| match base_url {
            Some(base_url) => json!(c.acs_url(base_url)),
            None => json!(c.our_side().acs_url),
        }),
    text("relay-state", "PATH", "The local path where people land after a sign-on that named none")
        .default("/")
        .writes(|b, v| b.default_relay_state(as_text(v)))
        .shown(6, "relay_state", "Default RelayState", |c, base_url| match base_url {
            Some(_) => json!(c.default_relay_state()),
            None => json!(c.sign_on().relay_state),
        }),
    text("relay-state-target", "PATH", "Let sign-ons that begin at the identity provider lead to this local path too (its RelayState); may be repeated")
        .repeats()
        .writes(|b, v| b.relay_state_target(as_text(v)))
        .shown(22, "relay_state_targets", "RelayState target", |c, _| json!(c.sign_on().relay_state_targets)),
    text("host", "NAME", "Go straight to this connection under this host name; may be repeated")
        .repeats()
        .writes(|b, v| b.host(as_text(v)))
        .shown(23, "hosts", "Host", |c, _| json!(c.front_door().hosts)),
    text("email-domain", "DOMAIN", "Lead people with e-mail addresses of this domain to this connection; may be repeated")
        .repeats()
        .writes(|b, v| b.email_domain(as_text(v)))
        .shown(24, "email_domains", "E-mail domain", |c, _| json!(c.front_door().email_domains)),
    switch("unlisted", "Leave the connection out of the public sign-in page: people come by host name, e-mail domain or its own address")
        .writes(|b, _| b.unlisted())
        .shown(19, "listed", "On sign-in page", |c, _| json!(c.front_door().listing == Listing::Listed)),
    switch("allow-idp-initiated", "Admit sign-ons that begin at the identity provider, such as tiles in My Apps")
        .writes(|b, _| b.allow_idp_initiated())
        .shown(7, "allow_idp_initiated", "IdP-initiated", |c, _| json!(c.sign_on().idp_initiated == IdpInitiated::Allow)),
    switch("jit", "Let in people who were not provisioned: the same as --sign-on just-in-time")
        .role(Role::Rule)
        .excludes(&["sign-on"])
        .writes(|b, _| b.just_in_time())
        .shown(8, "jit", "", |c, _| json!(c.sign_on().policy.creates_users()))
        .in_words(|_, _| Vec::new())
        .untold(),
    choice("sign-on", "POLICY", SignOnPolicy::NAMES, "The people who may sign in: provisioned-only, just-in-time, or just-in-time-until-provisioned")
        .default("provisioned-only, as soon as there is a SCIM token")
        .role(Role::Rule)
        .writes(|b, v| b.sign_on(chosen(v)))
        .shown(9, "sign_on", "Sign-on", |c, _| json!(c.sign_on().policy)),
    choice("link-rule", "RULE", LinkRule::NAMES, "The value that ties a person to their user: object-id, user-principal-name, name-id, or email")
        .default("object-id")
        .role(Role::Rule)
        .writes(|b, v| b.link_rule(chosen(v)))
        .shown(10, "link_rule", "Finds users by", |c, _| json!(c.sign_on().link_rule)),
    choice("group-change", "CHOICE", GroupChange::NAMES, "The effect on sessions when provisioning changes groups: keep, refresh, or re-authenticate")
        .default("keep")
        .role(Role::Rule)
        .writes(|b, v| b.group_change(chosen(v)))
        .shown(11, "group_change", "When groups change", |c, _| json!(c.scim().group_change)),
    Setting::new("seats", Kind::Count, "NUMBER", "The number of users who may be active at once")
        .default("any number")
        .role(Role::Rule)
        .writes(|b, v| b.seats(count(v)))
        .shown(13, "seats", "Seats", |c, _| json!(c.scim().seats)),
    seconds("session-idle", "The time that a session lasts without a request, in seconds: 60 to 2592000")
        .default("as long as its lifetime")
        .role(Role::Rule)
        .writes(|b, v| b.session_idle(duration(v)))
        .shown(14, "session_idle", "Session, unused", |c, _| json!(c.session().idle.map(|idle| idle.as_secs()))),
    seconds("session-lifetime", "The time that a session lasts, in seconds: 60 to 2592000")
        .default("28800")
        .writes(|b, v| b.session_lifetime(duration(v)))
        .shown(12, "session_lifetime", "Session lifetime", |c, _| json!(c.session().lifetime.as_secs())),
    switch("enforce-certificate-dates", "Refuse sign-ons that are signed by a key whose certificate has expired, or is not valid yet; else its dates are only reported. Logout messages are taken in either case")
        .role(Role::Rule)
        .writes(|b, _| b.certificate_dates(CertificateDates::Enforced))
        .shown(40, "enforce_certificate_dates", "Certificate dates", |c, _| {
            json!(c.sign_on().certificate_dates == CertificateDates::Enforced)
        })
        .in_words(|enforced, _| lines(Some(if *enforced == true { "enforced" } else { "reported, not enforced" }))),
    text("tenant", "ID", "The tenant that every response must name")
        .default("that of Entra's issuer")
        .writes(|b, v| b.tenant(as_text(v)))
        .shown(15, "tenant", "Tenant", |c, _| json!(c.sign_on().tenant)),
    text("name-id-format", "URI", "Ask for a NameID of this format")
        .default("the app's setting in Entra")
        .writes(|mut b, v| {
            b.our_side.request_options.name_id_format = Some(as_text(v).to_owned());
            b
        })
        .shown(25, "name_id_format", "Asks for NameID", |c, _| json!(c.our_side().request_options.name_id_format)),
    text("authn-context", "URI", "Ask for exactly this way of signing in; may be repeated. It breaks sign-ons with another one (AADSTS75011)")
        .repeats()
        .writes(|mut b, v| {
            let class = AuthnContextClass(as_text(v).to_owned());
            b.our_side.request_options.authn_context.push(class);
            b
        })
        .shown(26, "authn_contexts", "Asks for context", |c, _| json!(c.our_side().request_options.authn_context)),
    switch("sign-requests", "Sign sign-on requests with our own key; one is made if there is none")
        .writes(|b, _| b.sign_requests())
        .shown(17, "sign_requests", "Signs requests", |c, _| json!(c.our_side().request_signing == RequestSigning::Signed)),
    Setting::new("request-binding", Kind::Listed(&["redirect", "post"]), "BINDING", "Send sign-on requests over this binding alone")
        .default("redirect, or post where that is all there is")
        .writes(|b, v| match as_text(v) {
            "post" => b.request_binding(Binding::HttpPost),
            _ => b.request_binding(Binding::HttpRedirect),
        })
        .shown(18, "request_binding", "Requests over", |c, _| json!(c.our_side().request_binding))
        .in_words(|_, c| lines(c.our_side().request_binding.map(Binding::name))),
    file("sp-key", "Our private key, in PEM or DER: it signs our messages and decrypts assertions (entrada key new makes one, too)")
        .needs(&["sp-cert"])
        .shown(16, "sp_key", "Own key", |c, _| json!(!c.sp_keys().is_empty()))
        .untold(),
    file("sp-cert", "The certificate of our key, in every form that `entrada fingerprint` reads").needs(&["sp-key"]),
    Setting::new("scim-rate", Kind::Rate, "NUMBER", "SCIM requests a second")
        .default("100")
        .writes(|mut b, v| {
            let rate = NonZeroU32::new(count(v));
            b.scim.rate.per_second = rate.unwrap_or(b.scim.rate.per_second);
            b
        })
        .shown(20, "scim_rate", "SCIM", |c, _| json!(c.scim().rate.per_second))
        .in_words(|rate, c| lines(Some(format!("{rate} requests a second, {} at once", c.scim().rate.burst)))),
    Setting::new("scim-burst", Kind::Rate, "NUMBER", "SCIM requests at once; a Bulk request counts as many as it has operations")
        .default("400")
        .writes(|mut b, v| {
            b.scim.rate.burst = NonZeroU32::new(count(v)).unwrap_or(b.scim.rate.burst);
            b
        })
        .shown(21, "scim_burst", "", |c, _| json!(c.scim().rate.burst))
        .in_words(|_, _| Vec::new()),
    choice("scim-credentials", "CHOICE", AcceptedCredentials::NAMES, "The SCIM credentials that are taken: any, oauth (secrets of clients and federations), client-secret, or federation")
        .default("any")
        .role(Role::Rule)
        .writes(|b, v| b.scim_credentials(chosen(v)))
        .shown(28, "scim_credentials", "SCIM credentials", |c, _| json!(c.scim().credentials)),
    Setting::new("scim-extension", Kind::Extension, "FILE", "An extension schema, as TOML or JSON with id, name, resource and attributes; may be repeated")
        .repeats()
        .writes(|b, v| match ExtensionDeclaration::deserialize(v) {
            Ok(extension) => b.scim_extension(extension),
            // It was checked when it was read.
            Err(_) => b,
        })
        .shown(27, "scim_extensions", "SCIM extension", |c, base_url| {
            let extensions = c.scim().extensions.iter();
            match base_url {
                Some(_) => extensions.map(|one| json!(one.id)).collect(),
                None => extensions.map(|one| json!(one)).collect(),
            }
        }),
];

const fn text(name: &'static str, value_name: &'static str, help: &'static str) -> Setting {
    Setting::new(name, Kind::Text, value_name, help)
}

const fn switch(name: &'static str, help: &'static str) -> Setting {
    Setting::new(name, Kind::Switch, "", help)
}

const fn seconds(name: &'static str, help: &'static str) -> Setting {
    Setting::new(name, Kind::Seconds, "SECONDS", help)
}

const fn file(name: &'static str, help: &'static str) -> Setting {
    Setting::new(name, Kind::File, "FILE", help)
}

const fn choice(
    name: &'static str,
    value_name: &'static str,
    names: &'static [&'static str],
    help: &'static str,
) -> Setting {
    Setting::new(name, Kind::Choice(names), value_name, help)
}

fn policy(connection: &Connection) -> Option<&MetadataPolicy> {
    connection.trust().policy()
}

fn as_text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn count(value: &Value) -> u32 {
    let count = value.as_u64().map(u32::try_from);
    count.and_then(Result::ok).unwrap_or_default()
}

fn duration(value: &Value) -> Duration {
    Duration::from_secs(value.as_u64().unwrap_or_default())
}

/// The choice of this name; a value is one of them.
fn chosen<T: DeserializeOwned + Default>(value: &Value) -> T {
    T::deserialize(value).unwrap_or_default()
}

fn lines<T: Into<String>>(line: Option<T>) -> Vec<String> {
    line.map(Into::into).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_places_come_once_and_relations_name_settings() {
        let names: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), SETTINGS.len());
        let facts = SETTINGS.iter().filter_map(|setting| setting.fact);
        let places: Vec<u8> = facts.map(|fact| fact.place).collect();
        let once: BTreeSet<u8> = places.iter().copied().collect();
        assert_eq!(places.len(), once.len());
        for setting in SETTINGS {
            for other in setting.needs.iter().chain(setting.excludes) {
                assert!(*other == "pins" || names.contains(other), "{other}");
            }
            let has_word = setting.kind != Kind::Switch;
            assert_eq!(has_word, !setting.value_name.is_empty(), "{}", setting.name);
        }
    }

    #[test]
    fn a_default_that_is_a_number_is_what_a_connection_has_with_nothing_set() {
        let acme = Connection::builder("acme").metadata_url("https://idp.example/");
        let acme = acme.build().unwrap();
        let mut numbers = 0;
        for setting in SETTINGS {
            let default = setting.default.map(str::parse::<u64>);
            if let (Some(Ok(default)), Some(value)) = (default, setting.value) {
                assert_eq!(value(&acme, None), json!(default), "{}", setting.name);
                numbers += 1;
            }
        }
        assert_eq!(numbers, 4, "grace, lifetime, rate and burst");
    }
}
