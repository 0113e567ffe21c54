//! The metadata of an authorization server (RFC 8414 §2): each connection is one, with a token endpoint and nothing else.

use serde_json::Value;
use serde_json::json;

use super::answer::SCOPE;
use super::token_request::GRANT_TYPE;

/// A way in which a client proves who it is, as the IANA registry "OAuth Token Endpoint Authentication Methods" names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AuthenticationMethod {
    /// A secret in the header.
    ClientSecretBasic,
    /// A secret in the body.
    ClientSecretPost,
    /// A JWT that was signed with a private key; of Entra's here.
    PrivateKeyJwt,
}

impl AuthenticationMethod {
    fn as_str(self) -> &'static str {
        match self {
            AuthenticationMethod::ClientSecretBasic => "client_secret_basic",
            AuthenticationMethod::ClientSecretPost => "client_secret_post",
            AuthenticationMethod::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// The facts that the metadata tells.
pub(crate) struct ServerMetadata {
    pub(crate) issuer: String,
    pub(crate) token_endpoint: String,
    pub(crate) methods: Vec<AuthenticationMethod>,
}

impl ServerMetadata {
    /// The document. There is no authorization endpoint, so that no response type is supported; the member is required.
    pub(crate) fn to_json(&self) -> Value {
        let methods: Vec<&str> = self.methods.iter().map(|method| method.as_str()).collect();
        let mut document = json!({
            "issuer": self.issuer,
            "token_endpoint": self.token_endpoint,
            "token_endpoint_auth_methods_supported": methods,
            "grant_types_supported": [GRANT_TYPE],
            "response_types_supported": [],
            "scopes_supported": [SCOPE],
        });
        // Required beside this method, and of no meaning without it.
        if self.methods.contains(&AuthenticationMethod::PrivateKeyJwt) {
            document["token_endpoint_auth_signing_alg_values_supported"] = json!(["RS256"]);
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_stand_beside_the_method_that_has_them() {
        let of = |methods: &[AuthenticationMethod]| {
            let issuer = "https://a.example/entrada/oauth/acme".to_owned();
            let token_endpoint = format!("{issuer}/token");
            let methods = methods.to_vec();
            let metadata = ServerMetadata {
                issuer,
                token_endpoint,
                methods,
            };
            metadata.to_json()
        };
        let algorithms = "token_endpoint_auth_signing_alg_values_supported";
        let secrets = of(&[
            AuthenticationMethod::ClientSecretBasic,
            AuthenticationMethod::ClientSecretPost,
        ]);
        assert_eq!(secrets.get(algorithms), None);
        let expected = json!(["client_secret_basic", "client_secret_post"]);
        assert_eq!(secrets["token_endpoint_auth_methods_supported"], expected);
        let assertions = of(&[AuthenticationMethod::PrivateKeyJwt]);
        assert_eq!(assertions[algorithms], json!(["RS256"]));
    }
}
