"""The keys behind codes and receipts: codes are stored as keyed digests, receipts are signed (ES256).

Each key has a name, which stands beside every digest made with the key: so a key can be replaced, and the old key kept
until the last code that needs it is gone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt

from service.codes import REFERRAL_WORDS, code_from, normal_code
from service.errors import CodeKeyError
from service.settings import Settings
from service.wording import setup

from .address_vault import AddressVault, build_vault

ALGORITHM = "ES256"
PURPOSE = "codes-and-receipts"
_SHORTEST = 32


@dataclass(frozen=True)
class CodeKey:
    """A key, from which the digests of codes and the signing key of receipts follow."""

    secret: bytes

    @cached_property
    def name(self) -> str:
        """The key's name, which reveals no part of the key."""
        return hashlib.sha256(b"name" + self.secret).hexdigest()[:12]

    def digest(self, text: str) -> str:
        """Return the keyed digest (HMAC with SHA-256) of a text, in hexadecimal.

        >>> key = CodeKey(b"k" * 32)
        >>> key.name, len(key.digest("code:acornbagelcanoe"))
        ('8692762d8cfb', 64)
        """
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()

    @cached_property
    def signing(self) -> Any:
        """The P-256 signing key of receipts."""
        drawn = int.from_bytes(hashlib.sha512(b"receipt" + self.secret).digest(), "big")
        number = drawn % (ec.SECP256R1.group_order - 1) + 1
        return jwk.construct(ec.derive_private_key(number, ec.SECP256R1()), ALGORITHM)

    def public(self) -> dict[str, Any]:
        """Return the public half as a member of a JWK set (RFC 7517)."""
        found = self.signing.public_key().to_dict()
        told = {name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()}
        return {**told, "kid": self.name, "use": "sig", "alg": ALGORITHM}


class KeyRing:
    """The keys in use, the newest first, looked for at first use. Safe to share between threads."""

    def __init__(self, vault: AddressVault, given: str | None = None, *, purpose: str = PURPOSE) -> None:
        """Take the secrets (commas between), or the vault for a key derived for `purpose`."""
        self._vault = vault
        self._given = given
        self._purpose = purpose

    @cached_property
    def keys(self) -> tuple[CodeKey, ...]:
        """The keys in use, the newest first.

        Raises:
            CodeKeyError: a secret is too short.
            AddressKeyError: neither a secret nor an address key is set.
        """
        if self._given is None:
            return (CodeKey(self._vault.derive(self._purpose, make=True).encode()),)
        secrets = [part.strip().encode() for part in self._given.split(",")]
        if any(len(secret) < _SHORTEST for secret in secrets):
            raise CodeKeyError(setup.CODE_KEYS_FORM)
        return tuple(CodeKey(secret) for secret in secrets)

    @property
    def newest(self) -> CodeKey:
        """The key for digests of new codes and for receipts."""
        return self.keys[0]

    def digests(self, code: str) -> list[str]:
        """Return the possible stored forms of a code: a digest for each key."""
        return [key.digest(f"code:{normal_code(code)}") for key in self.keys]

    def referral_code(self, referral_id: str, key_name: str, language: str | None) -> str | None:
        """Return the code of a referral, derived from its id under a named key. None: the key is gone.

        `language` None: the referral was sent before codes had languages.
        """
        key = next((key for key in self.keys if key.name == key_name), None)
        if key is None:
            return None
        return code_from(int(key.digest(f"referral:{referral_id}"), 16), REFERRAL_WORDS, language)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT over `claims`, signed with the newest key."""
        key = self.newest
        signed: str = jwt.encode(dict(claims), key.signing, algorithm=ALGORITHM, headers={"kid": key.name})
        return signed

    def public_set(self) -> dict[str, Any]:
        """Return the JWK set for checking receipts."""
        return {"keys": [key.public() for key in self.keys]}


def build_key_ring(settings: Settings) -> KeyRing:
    """Return the keys described by `settings`. Touches no file yet."""
    given = None if settings.code_keys is None else settings.code_keys.get_secret_value()
    return KeyRing(build_vault(settings), given)
