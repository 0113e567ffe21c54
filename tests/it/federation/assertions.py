"""An issuer of tokens by PyJWT. It reads a JSON list of cases from stdin: each has a name, claims, and what is special about it. It prints
a JSON object with the key set, and the token of each case by its name. The keys end with the process."""

import base64
import hashlib
import hmac
import json
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives import hashes, serialization
from jwt.algorithms import RSAAlgorithm

KEY_ID = "nOo3ZDrODXEK1jKWhXslHR_KXEg"


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header, payload, key):
    """What PyJWT would not write: any header and any payload, byte for byte."""
    text = f"{part(header)}.{part(payload)}"
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{part(signature)}"


def by_public_key(claims, key):
    """HS256 with the public key as its secret, which PyJWT refuses to do."""
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "typ": "JWT", "kid": KEY_ID}
    text = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{text}.{part(hmac.new(pem, text.encode(), hashlib.sha256).digest())}"


def token(case, keys):
    claims, key = case["claims"], keys[case.get("key", "ours")]
    match case.get("manner"):
        case None:
            return jwt.encode(claims, key, algorithm="RS256", headers={"kid": KEY_ID, **case.get("header", {})})
        case "algorithm":
            return jwt.encode(claims, key, algorithm=case["algorithm"], headers={"kid": KEY_ID})
        case "none":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": KEY_ID})
        case "public key":
            return by_public_key(claims, key)
        case "raw":
            header = case.get("raw_header") or json.dumps({"alg": "RS256", "typ": "JWT", "kid": KEY_ID})
            payload = case.get("raw_payload") or json.dumps(claims)
            return signed(header.encode(), payload.encode(), key)


def main():
    keys = {name: rsa.generate_private_key(65537, 2048) for name in ("ours", "theirs", "next")}
    published = {}
    for name, key in keys.items():
        published[name] = {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": KEY_ID}
    published["next"]["kid"] = "next"
    tokens = {case["name"]: token(case, keys) for case in json.load(sys.stdin)}
    # PyJWT itself believes the first.
    first = next(iter(tokens.values()))
    jwt.decode(first, jwt.PyJWK(published["ours"]).key, algorithms=["RS256"],
               options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False})
    print(json.dumps({"keys": published, "tokens": tokens}))


main()
