"""The keys behind codes and receipts: codes are stored as keyed digests, receipts are signed (ES256).

Each key has a name, which stands beside every digest made with the key: so a key can be replaced, and the old key kept
until the last code that needs it is gone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt

from service.i18n.spoken_codes import REFERRAL_WORDS, code_from, normal_code

from .key_lines import Purpose, name_of
from .store_keys import StoreKeys

ALGORITHM = "ES256"


@dataclass(frozen=True)
class CodeKey:
    """A key, from which the digests of codes and the signing key of receipts follow."""

    secret: bytes

    @cached_property
    def name(self) -> str:
        """The key's name, which reveals no part of the key."""
        return name_of(self.secret)

    def digest(self, text: str) -> str:
        """Return the keyed digest (HMAC with SHA-256) of a text, in hexadecimal.

        >>> key = CodeKey(b"k" * 32)
        >>> key.name, len(key.digest("code:acornbagelcanoe"))
        ('8692762d8cfb', 64)
        """
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()

    def stamp(self, code: str) -> dict[str, str]:
        """Return the columns that stand for a code: its digest, and the key's name."""
        return {"code_digest": self.digest(f"code:{normal_code(code)}"), "code_key": self.name}

    @cached_property
    def signing(self) -> Any:
        """The P-256 signing key of receipts."""
        drawn = int.from_bytes(hashlib.sha512(b"receipt" + self.secret).digest(), "big")
        number = drawn % (ec.SECP256R1.group_order - 1) + 1
        return jwk.construct(ec.derive_private_key(number, ec.SECP256R1()), ALGORITHM)

    def public(self) -> dict[str, Any]:
        """Return the public half as a member of a JWK set (RFC 7517)."""
        key = self.signing.public_key().to_dict()
        members = {name: value.decode() if isinstance(value, bytes) else value for name, value in key.items()}
        return {**members, "kid": self.name, "use": "sig", "alg": ALGORITHM}


@lru_cache(maxsize=256)  # a signing key takes long to work out
def _code_key(secret: str) -> CodeKey:
    return CodeKey(secret.encode())


class KeyRing:
    """The keys of a purpose and those that sign receipts, as they are at each use. Safe to share between threads."""

    def __init__(self, keys: StoreKeys, purpose: Purpose = Purpose.CODE) -> None:
        """Take the store's keys; `purpose`: of the digests."""
        self._keys = keys
        self._purpose = purpose

    @property
    def keys(self) -> tuple[CodeKey, ...]:
        """The keys for digests, the used one first.

        Raises:
            CodeKeyError: a secret is too short.
            AddressKeyError: no key is set, or the key file cannot be used.
        """
        return self._of(self._purpose)

    @property
    def newest(self) -> CodeKey:
        """The key for new digests."""
        return self.keys[0]

    def digests(self, code: str) -> list[str]:
        """Return the possible stored forms of a code: a digest for each key."""
        return [key.stamp(code)["code_digest"] for key in self.keys]

    def referral_code(self, referral_id: str, key_name: str, language: str | None) -> str | None:
        """Return the code of a referral, derived from its id under a named key. None: the key is gone.

        `language` None: the referral was sent before codes had languages.
        """
        key = next((key for key in self.keys if key.name == key_name), None)
        if key is None:
            return None
        return code_from(int(key.digest(f"referral:{referral_id}"), 16), REFERRAL_WORDS, language)

    def sign(self, claims: Mapping[str, Any], terms: str) -> str:
        """Return a JWT over `claims` and a keyed digest of `terms`, by the key of receipts that is in use."""
        key = self._of(Purpose.RECEIPT)[0]
        payload = {**claims, "digest": key.digest(terms)}
        signed: str = jwt.encode(payload, key.signing, algorithm=ALGORITHM, headers={"kid": key.name})
        return signed

    def public_set(self) -> dict[str, Any]:
        """Return the JWK set for checking receipts."""
        return {"keys": [key.public() for key in self._of(Purpose.RECEIPT)]}

    def _of(self, purpose: Purpose) -> tuple[CodeKey, ...]:
        return tuple(_code_key(key.secret) for key in self._keys.of(purpose, make=True))
