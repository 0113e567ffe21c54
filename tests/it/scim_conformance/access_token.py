"""An OAuth client that is not ours, of Authlib: it fetches access tokens for the SCIM clients, and prints the token alone.

    access_token.py keys KEY                  makes an RSA key, keeps it in the file KEY, and prints its JWK Set
    access_token.py METHOD TOKEN_URL          client_secret_basic or client_secret_post, with the client in CLIENT_ID and CLIENT_SECRET
    access_token.py private_key_jwt TOKEN_URL with the key in KEY, and in CLAIMS what the assertion has besides its dates
"""

import json
import os
import sys
import time

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import RSAKey

KEY_ID = "of-authlib"


def main():
    method, argument = sys.argv[1:3]
    if method == "keys":
        return keys(argument)
    if method == "private_key_jwt":
        session = federated(argument)
    else:
        session = OAuth2Session(
            os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], token_endpoint_auth_method=method
        )
    # A proxy of the environment is none of this test's business.
    session.trust_env = False
    token = session.fetch_token(argument, grant_type="client_credentials", scope="scim")
    assert token["token_type"] == "Bearer" and token["scope"] == "scim", sorted(token)
    assert 3600 - 60 <= token["expires_in"] <= 21600, token["expires_in"]
    print(token["access_token"])


def keys(path):
    key = RSAKey.generate_key(2048)
    with open(path, "wb") as file:
        file.write(key.as_pem(private=True))
    public = key.as_dict(private=False) | {"kid": KEY_ID, "use": "sig"}
    print(json.dumps({"keys": [public]}))


def federated(token_url):
    with open(os.environ["KEY"], "rb") as file:
        key = file.read()
    # Authlib writes the other dates itself.
    claims = json.loads(os.environ["CLAIMS"]) | {"nbf": int(time.time())}
    session = OAuth2Session(os.environ["CLIENT_ID"], key, token_endpoint_auth_method="private_key_jwt")
    session.register_client_auth_method(PrivateKeyJWT(token_url, claims, {"kid": KEY_ID}, "RS256"))
    return session


main()
