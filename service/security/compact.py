"""Takes a compact JWS (RFC 7515) apart, more strictly than the signature library does.

A text open to two readings is refused here, before any key is looked up: padding, line ends, bits discarded by base64,
names given twice, malformed numbers.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from .errors import InvalidToken, Refusal

MAX_TOKEN_LENGTH = 8192
ALGORITHMS = frozenset({"RS256", "ES256"})

_PART = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_TYPES = frozenset({"jwt", "at+jwt"})
_UNSUPPORTED = frozenset({"crit", "b64", "enc", "zip"})
"""`crit` and `b64` change what is signed (RFC 7515, 7797); `enc` and `zip` belong to encrypted tokens."""
_MAX_KID_LENGTH = 256


@dataclass(frozen=True, slots=True)
class Header:
    """A token's own header, unchecked: the claimed key, and the key's claimed algorithm."""

    kid: str
    algorithm: str


def read_header(token: str) -> Header:
    """Return the header of `token`, after a check of the outer form of its three parts. Pure.

    >>> read_header("eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.e30.c2ln")
    Header(kid='k1', algorithm='ES256')

    Raises:
        InvalidToken: too long, not three parts of canonical base64url, or a header unlike ours.
    """
    if not isinstance(token, str):
        raise InvalidToken(Refusal.BAD_FORM)
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidToken(Refusal.TOO_LONG)
    parts = token.split(".")
    if len(parts) != 3:  # five would be an encrypted token (JWE)
        raise InvalidToken(Refusal.BAD_FORM)
    header, _, _ = (decode_base64url(part) for part in parts)
    return _check_header(read_object(header, Refusal.BAD_HEADER))


def decode_base64url(text: str) -> bytes:
    """Return the bytes of `text` in its only canonical form: no padding, no stray bits. Pure.

    >>> decode_base64url("YWJjZA")
    b'abcd'

    Raises:
        InvalidToken: empty, or not canonical base64url.
    """
    if not _PART.fullmatch(text) or len(text) % 4 == 1:
        raise InvalidToken(Refusal.BAD_FORM)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=") != text.encode("ascii"):
        raise InvalidToken(Refusal.BAD_FORM)
    return data


def read_object(data: bytes, refusal: Refusal) -> dict[str, Any]:
    """Return the JSON object in `data`: UTF-8, no name twice at any depth, no NaN. Pure.

    >>> read_object(b'{"sub": "ana", "sub": "ben"}', Refusal.BAD_CLAIMS)
    Traceback (most recent call last):
    service.security.errors.InvalidToken: the token is refused: claims missing, ambiguous or malformed

    Raises:
        InvalidToken: any further form, with `refusal` as its ground.
    """

    def refuse(_constant: str) -> NoReturn:
        raise InvalidToken(refusal)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(items)
        if len(members) != len(items):
            raise InvalidToken(refusal)
        return members

    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=refuse)
    except (ValueError, RecursionError):  # ValueError: also integers of thousands of digits
        raise InvalidToken(refusal) from None
    if not isinstance(document, dict):
        raise InvalidToken(refusal)
    return document


def _check_header(header: dict[str, Any]) -> Header:
    if not _UNSUPPORTED.isdisjoint(header):
        raise InvalidToken(Refusal.BAD_HEADER)
    if "typ" in header and not _is_access_token_type(header["typ"]):
        raise InvalidToken(Refusal.BAD_HEADER)
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise InvalidToken(Refusal.BAD_ALGORITHM)
    if not isinstance(kid, str) or not 0 < len(kid) <= _MAX_KID_LENGTH:
        raise InvalidToken(Refusal.BAD_HEADER)
    return Header(kid, algorithm)


def _is_access_token_type(typ: object) -> bool:
    """Say whether `typ` may head an access token: a token for another end (a logout, an event) is not accepted."""
    return isinstance(typ, str) and typ.lower().removeprefix("application/") in _TYPES
