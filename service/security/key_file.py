"""Key pairs of our own in a local file: for a coalition without an issuer, for trials, and for the demo.

PEM, EC P-256, readable by its owner only. The first key signs; each key in the file checks what it signed. A key that
is taken out of the file ends its tokens; to withdraw every signed token, delete the file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jws

from service.i18n import setup
from service.private_files import (
    ReadableByOthers,
    fingerprint,
    make_private_file,
    read_private_file,
    replace_private_file,
    turn_at,
)

from .errors import TokenKeyError
from .keys import VerifyingKey, lower_s

ALGORITHM = "ES256"
_MAX_BYTES = 16 * 1024
MOST_KEYS = 32
_BEGINS = b"-----BEGIN "
_BLOCK = re.compile(rb"(?ms)(?:^made (\S+)\r?\n)?(-----BEGIN ([A-Z ]+)-----\r?\n.*?-----END \3-----)")
_NO_KEY = b"EC PARAMETERS"
"""The label of a block that some programs write before a key; the key itself names its curve."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A private P-256 key, and its name in tokens (RFC 7638 thumbprint of its public half).

    `made_at`: None where nobody wrote it down.
    """

    kid: str
    private: ec.EllipticCurvePrivateKey
    made_at: datetime | None = None

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a token over `claims`, in the only form of its signature that is accepted."""
        signing = jwk.construct(self.private, ALGORITHM)
        return lower_s(jws.sign(dict(claims), signing, headers={"kid": self.kid}, algorithm=ALGORITHM))

    def verifying(self) -> VerifyingKey:
        """Return the public half."""
        return VerifyingKey(self.kid, ALGORITHM, jwk.construct(self.private.public_key(), ALGORITHM), low_s=True)

    def pem(self) -> bytes:
        """Return the key as it stands in a file."""
        header = b"" if self.made_at is None else f"made {self.made_at.isoformat()}\n".encode()
        return header + self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


class FileKeys:
    """The keys in a file. The file is looked at for every token, so that a new key counts and an old key goes at once.

    Safe to share between threads: at worst the same file is read twice.
    """

    def __init__(self, path: Path) -> None:
        """Take the path. The file may be absent."""
        self._path = path
        self._marked_keys: tuple[tuple[int, ...] | None, Mapping[str, VerifyingKey]] = (None, {})

    def find(self, kid: str) -> VerifyingKey | None:
        """Return the file's key of a name; `None` for an unknown name, and for a missing or unfit file."""
        try:
            mark = fingerprint(self._path)
        except (OSError, ValueError):
            return None
        mark_before, keys = self._marked_keys
        if mark != mark_before:
            keys = self._read()
            self._marked_keys = (mark, keys)  # one reference: an old key never stands beside a new mark
        return keys.get(kid)

    def _read(self) -> Mapping[str, VerifyingKey]:
        try:
            return {key.kid: key.verifying() for key in read_signing_keys(self._path)}
        except TokenKeyError as error:
            log.warning("no token can be checked", extra={"reason": str(error)})
            return {}


def read_signing_keys(path: Path) -> tuple[SigningKey, ...]:
    """Return the keys in the file at `path`, the signing one first; none without a file.

    Raises:
        TokenKeyError: the file is unreadable, readable by further users, or holds anything but P-256 private keys.
    """
    try:
        content = read_private_file(path, most=_MAX_BYTES)
    except FileNotFoundError:
        return ()
    except ReadableByOthers:
        raise TokenKeyError(setup.KEY_FILE_MODE) from None
    except (OSError, ValueError):
        raise TokenKeyError(setup.KEY_FILE_NOT_READ) from None
    blocks = list(_BLOCK.finditer(content))
    keys = {key.kid: key for key in (_read_key(block[2], block[1]) for block in blocks if block[3] != _NO_KEY)}
    if not keys or len(blocks) != content.count(_BEGINS):  # a half block is a fault, and not one key less
        raise TokenKeyError(setup.KEY_FILE_FORM)
    return tuple(keys.values())


def find_or_make_signing_key(path: Path) -> SigningKey:
    """Return the signing key of the file at `path`, made now if absent. Of two makers at once, one key wins for both.

    Raises:
        TokenKeyError: the file cannot be read, used or written.
    """
    keys = read_signing_keys(path)
    if not keys:
        with _writing():
            make_private_file(path, _new_key().pem())
        keys = read_signing_keys(path)
    if not keys:
        raise TokenKeyError(setup.KEY_FILE_NOT_WRITTEN)
    return keys[0]


def rotate_signing_key(path: Path) -> SigningKey:
    """Put a new key first in the file: it signs from now on, and the keys before go on checking what they signed.

    Raises:
        TokenKeyError: the file cannot be read, used or written, or is full.
    """
    with _writing(), turn_at(path):
        keys = read_signing_keys(path)
        if not keys:
            return find_or_make_signing_key(path)
        if len(keys) >= MOST_KEYS:
            raise TokenKeyError(setup.TOO_MANY_KEYS.format(most=MOST_KEYS))
        new = _new_key()
        _replace(path, (new, *keys))
        return new


def remove_signing_key(path: Path, kid: str) -> None:
    """Take a key out of the file: every token that it signed ends.

    Raises:
        TokenKeyError: the file cannot be read, used or written, has no such key, or the key is the one that signs.
    """
    with _writing(), turn_at(path):
        keys = read_signing_keys(path)
        if kid not in {key.kid for key in keys}:
            raise TokenKeyError(setup.NO_SUCH_KEY)
        if kid == keys[0].kid:
            raise TokenKeyError(setup.KEY_SIGNS)
        _replace(path, (key for key in keys if key.kid != kid))


def _read_key(pem: bytes, moment: bytes | None) -> SigningKey:
    try:
        made_at = None if moment is None else datetime.fromisoformat(moment.decode("ascii"))
        private = serialization.load_pem_private_key(pem, password=None)
    except Exception:  # each kind of bad file has its own kind of error
        raise TokenKeyError(setup.KEY_FILE_FORM) from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise TokenKeyError(setup.KEY_FILE_FORM)
    return SigningKey(_thumbprint(private), private, made_at)


def _new_key() -> SigningKey:
    private = ec.generate_private_key(ec.SECP256R1())
    return SigningKey(_thumbprint(private), private, datetime.now(UTC).replace(microsecond=0))


def _replace(path: Path, keys: Iterable[SigningKey]) -> None:
    with _writing():
        replace_private_file(path, b"".join(key.pem() for key in keys))


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError):
        raise TokenKeyError(setup.KEY_FILE_NOT_WRITTEN) from None


def _thumbprint(private: ec.EllipticCurvePrivateKey) -> str:
    """Return the RFC 7638 thumbprint: the hash of the required members, in alphabetical order."""
    numbers = private.public_key().public_numbers()
    members = {"crv": "P-256", "kty": "EC", "x": _coordinate(numbers.x), "y": _coordinate(numbers.y)}
    return _base64url(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode("ascii")).digest())


def _coordinate(number: int) -> str:
    return _base64url(number.to_bytes(32, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
