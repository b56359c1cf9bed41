"""Tokens and keys for tests, signed without the library under test: whatever a forger could write can be built here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from service.security import Verifier, build_verifier
from service.settings import Settings

NOW = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
ISSUER, AUDIENCE = "https://issuer.example.org", "referral-router-tests"
JWKS_URL = "https://issuer.example.org/keys"


@dataclass(frozen=True)
class Signer:
    """A key pair with its name, and the algorithm that it is meant for."""

    kid: str
    private: Any
    algorithm: str

    def jwk(self, **changed: Any) -> dict[str, Any]:
        """The public half as an issuer would publish it."""
        numbers = self.private.public_key().public_numbers()
        if self.algorithm == "RS256":
            members = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        else:
            size = (self.private.curve.key_size + 7) // 8
            curve = {256: "P-256", 384: "P-384"}.get(self.private.curve.key_size, "?")
            members = {"kty": "EC", "crv": curve, "x": number(numbers.x, size), "y": number(numbers.y, size)}
        return {"kid": self.kid, "use": "sig", "alg": self.algorithm, **members, **changed}

    def signature(self, message: bytes) -> bytes:
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def token(self, claims: Any = None, header: dict[str, Any] | None = None) -> str:
        """A token with these claims (good ones if not given); `header` adds to the usual header, or replaces in it."""
        usual = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"}
        return self.sign(to_json({**usual, **(header or {})}), to_json(good_claims() if claims is None else claims))

    def sign(self, header: bytes, payload: bytes) -> str:
        signed = f"{b64(header)}.{b64(payload)}"
        return f"{signed}.{b64(self.signature(signed.encode()))}"

    def named(self, kid: str) -> Signer:
        return replace(self, kid=kid)


@cache
def ec_signer(kid: str = "ec-1") -> Signer:
    """A P-256 key for each name, made once."""
    return Signer(kid, ec.generate_private_key(ec.SECP256R1()), "ES256")


@cache
def rsa_signer(kid: str = "rsa-1", bits: int = 2048) -> Signer:
    """An RSA key for each name, made once."""
    return Signer(kid, rsa.generate_private_key(public_exponent=65537, key_size=bits), "RS256")


def good_claims(**changed: Any) -> dict[str, Any]:
    """Claims that are accepted at NOW; a claim set to `...` is left out."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "desk-7",
        "iat": NOW_S - 60,
        "exp": NOW_S + 3600,
        "organization": "harbor-house",
        "scope": "route directory:read",
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not ...}


def verifier_for(*signers: Signer, now: datetime = NOW) -> Verifier:
    """A verifier whose issuer publishes these keys."""
    return jwks_verifier([signer.jwk() for signer in signers], now=now)


def jwks_verifier(entries: list[Any], now: datetime = NOW) -> Verifier:
    """A verifier whose issuer publishes these entries, over httpx with a transport that goes nowhere."""
    return build_verifier(jwks_settings(), now=lambda: now, transport=_answering(entries))


def publishing(*signers: Signer) -> httpx.BaseTransport:
    """A transport that goes nowhere, and answers with the keys of an issuer."""
    return _answering([signer.jwk() for signer in signers])


def _answering(entries: list[Any]) -> httpx.BaseTransport:
    return httpx.MockTransport(lambda _request: httpx.Response(200, json={"keys": entries}))


def jwks_settings() -> Settings:
    return Settings(token_issuer=ISSUER, token_audience=AUDIENCE, jwks_url=JWKS_URL)


def hmac_token(secret: bytes, header: dict[str, Any], claims: dict[str, Any], digest: str = "sha256") -> str:
    """A token whose signature is an HMAC under `secret`."""
    signed = f"{b64(to_json(header))}.{b64(to_json(claims))}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), getattr(hashlib, digest)).digest())}"


def public_forms(signer: Signer) -> dict[str, bytes]:
    """The public half in each form that a forger might take for a shared secret."""
    public = signer.private.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = public.public_bytes(serialization.Encoding.PEM, spki)
    return {
        "pem": pem,
        "pem-stripped": pem.strip(),
        "der": public.public_bytes(serialization.Encoding.DER, spki),
        "jwk": json.dumps(signer.jwk()).encode(),
        "empty": b"",
    }


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: int, size: int | None = None) -> str:
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def to_json(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
