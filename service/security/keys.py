"""The trusted keys for checking tokens: each has a name and an algorithm, both from us and never from a token."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jws

from service.i18n import setup

from .compact import decode_base64url
from .errors import InvalidToken, Refusal

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
_MAX_RSA_EXPONENT_BYTES = 4  # a larger one only costs time at each check
_MAX_KID_LENGTH = 256
_ALGORITHM_OF = {"RSA": "RS256", "EC": "ES256"}
_PUBLIC_MEMBERS = {"RSA": ("n", "e"), "EC": ("x", "y")}
_P256_BYTES = 32
_P256_ORDER = ec.SECP256R1.group_order


@dataclass(frozen=True, slots=True, repr=False)
class VerifyingKey:
    """A public key with its single algorithm. Safe to share between threads.

    `low_s`: of the two forms of each ES256 signature, (r, s) and (r, n - s), only the one with the lower s is accepted.
    """

    kid: str
    algorithm: str
    public: Any
    """The signature library's own key object."""
    low_s: bool = False

    def check(self, token: str) -> bytes:
        """Return the signed content of `token`.

        Raises:
            InvalidToken: the signature is another key's, or in the form that is not accepted.
        """
        if self.low_s and lower_s(token) != token:
            raise InvalidToken(Refusal.BAD_SIGNATURE)
        try:
            payload: bytes = jws.verify(token, self.public, algorithms=[self.algorithm])
        except Exception:
            raise InvalidToken(Refusal.BAD_SIGNATURE) from None
        return payload


def lower_s(token: str) -> str:
    """Return an ES256 token with the lower of the two values of s that its signature can have. Pure.

    >>> lower_s(f"e30.e30.{'A' * 85}A") == f"e30.e30.{'A' * 85}A"
    True

    Raises:
        InvalidToken: the signature is not two numbers of 32 bytes.
    """
    signed, _, signature = token.rpartition(".")
    numbers = decode_base64url(signature)
    r, s = numbers[:_P256_BYTES], int.from_bytes(numbers[_P256_BYTES:], "big")
    if len(numbers) != 2 * _P256_BYTES or s >= _P256_ORDER:
        raise InvalidToken(Refusal.BAD_SIGNATURE)
    lower = r + min(s, _P256_ORDER - s).to_bytes(_P256_BYTES, "big")
    return f"{signed}.{base64.urlsafe_b64encode(lower).rstrip(b'=').decode('ascii')}"


class KeySource(Protocol):
    """Where verifying keys come from."""

    def find(self, kid: str) -> VerifyingKey | None:
        """Return the trusted key with a name; `None` for an unknown name. Never raises."""


def read_key_set(document: object) -> dict[str, VerifyingKey]:
    """Return the usable keys of a JSON Web Key Set (RFC 7517) by name; unusable keys are left out. Pure.

    Usable: named, public, meant for signatures, RSA of 2048 to 8192 bits for RS256 or P-256 for ES256. A name shared by
    two different keys belongs to neither.

    >>> read_key_set({"keys": [{"kid": "short", "kty": "oct", "k": "c2VjcmV0"}]})
    {}

    Raises:
        ValueError: the document is no key set at all.
    """
    entries = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(entries, list):
        raise ValueError(setup.NOT_A_KEY_SET)
    entries_by_name: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if isinstance(entry, Mapping) and isinstance(entry.get("kid"), str):
            entries_by_name.setdefault(entry["kid"], []).append(entry)
    keys = (_read_key(kid, same[0]) for kid, same in entries_by_name.items() if _all_equal(same))
    return {key.kid: key for key in keys if key is not None}


def _read_key(kid: str, entry: Mapping[str, Any]) -> VerifyingKey | None:
    kty = entry.get("kty")
    if not isinstance(kty, str) or kty not in _ALGORITHM_OF or not 0 < len(kid) <= _MAX_KID_LENGTH:
        return None
    algorithm = _ALGORITHM_OF[kty]
    if not _is_for_checking(entry, algorithm):
        return None
    try:
        public = _build_public_key(kty, entry)
    except Exception:  # whatever the library makes of a malformed key, it is left out
        return None
    return VerifyingKey(kid, algorithm, public)


def _is_for_checking(entry: Mapping[str, Any], algorithm: str) -> bool:
    if "d" in entry:  # a private key that is published is everyone's
        return False
    operations = entry.get("key_ops", ["verify"])
    return (
        entry.get("alg", algorithm) == algorithm
        and entry.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
    )


def _build_public_key(kty: str, entry: Mapping[str, Any]) -> Any:
    members = {name: entry[name] for name in _PUBLIC_MEMBERS[kty]}
    sizes = {name: len(decode_base64url(value)) for name, value in members.items()}
    if kty == "EC":
        if entry.get("crv") != "P-256" or any(size != _P256_BYTES for size in sizes.values()):
            raise ValueError(setup.NOT_P_256)
        return jwk.construct({"kty": kty, "crv": "P-256", **members}, _ALGORITHM_OF[kty])
    if sizes["n"] > MAX_RSA_BITS // 8 or sizes["e"] > _MAX_RSA_EXPONENT_BYTES:
        raise ValueError(setup.TOO_LARGE_A_KEY)
    public = jwk.construct({"kty": kty, **members}, _ALGORITHM_OF[kty])
    if public.prepared_key.key_size < MIN_RSA_BITS:
        raise ValueError(setup.TOO_SMALL_A_KEY)
    return public


def _all_equal(entries: Iterable[Mapping[str, Any]]) -> bool:
    first, *others = entries
    return all(other == first for other in others)
