"""An identity provider by pysaml2: `idp.py metadata` prints its metadata, `idp.py respond SP.xml SIGNED` a response that nobody asked
for, as its form field. Key and certificate are key.pem and cert.pem in the present folder."""

import base64
import sys

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

BASE = "https://idp.example.org/pysaml2"


def config(metadata):
    endpoint = [(f"{BASE}/sso", BINDING_HTTP_REDIRECT), (f"{BASE}/sso", BINDING_HTTP_POST)]
    policy = {"default": {"lifetime": {"minutes": 15}, "name_form": NAME_FORMAT_URI, "attribute_restrictions": None}}
    return IdPConfig().load({
        "entityid": f"{BASE}/metadata",
        "service": {"idp": {"endpoints": {"single_sign_on_service": endpoint}, "policy": policy}},
        "key_file": "key.pem",
        "cert_file": "cert.pem",
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "metadata": {"local": metadata},
    })


def respond(service_provider, signed):
    server = Server(config=config([service_provider]))
    sp = next(iter(server.metadata.keys()))
    acs = server.metadata.assertion_consumer_service(sp, BINDING_HTTP_POST)[0]["location"]
    response = server.create_authn_response(
        identity={"givenName": ["Zoë"], "mail": ["zoe@example.org"]},
        in_response_to=None,
        destination=acs,
        sp_entity_id=sp,
        name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text="zoe"),
        authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "authn_auth": BASE},
        sign_assertion=signed in ("assertion", "both"),
        sign_response=signed in ("response", "both"),
        sign_alg=SIG_RSA_SHA256,
        digest_alg=DIGEST_SHA256,
    )
    return base64.b64encode(str(response).encode()).decode()


if sys.argv[1] == "metadata":
    print(entity_descriptor(config([])))
else:
    print(respond(sys.argv[2], sys.argv[3]))
