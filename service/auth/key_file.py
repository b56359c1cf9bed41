"""A key pair of our own in a local file: for a coalition without an issuer, for trials, and for the demo.

PEM, EC P-256, readable by its owner only. To withdraw every signed token, delete the file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk

from service.wording import setup

from .errors import TokenKeyError
from .keys import VerifyingKey

ALGORITHM = "ES256"
_MAX_BYTES = 16 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A private P-256 key, and its name in tokens (RFC 7638 thumbprint of its public half)."""

    kid: str
    private: Any
    """The signature library's own key object."""

    def verifying(self) -> VerifyingKey:
        """Return the public half."""
        return VerifyingKey(self.kid, ALGORITHM, jwk.construct(self.private.prepared_key.public_key(), ALGORITHM))


class FileKeys:
    """The single key in a file. The file is read anew for every token, so that a new key counts and an old key goes.

    Safe to share between threads: at worst the same file is read twice.
    """

    def __init__(self, path: Path) -> None:
        """Take the path. The file may be absent."""
        self._path = path
        self._known: tuple[tuple[int, ...] | None, Mapping[str, VerifyingKey]] = (None, {})

    def find(self, kid: str) -> VerifyingKey | None:
        """Return the file's key if it has the name; `None` if not, or for a missing or unfit file."""
        try:
            seen = _fingerprint(os.stat(self._path))
        except (OSError, ValueError):
            return None
        known = self._known
        if seen != known[0]:
            known = self._known = (seen, self._read())  # one reference: an old key never stands beside a new mark
        return known[1].get(kid)

    def _read(self) -> Mapping[str, VerifyingKey]:
        try:
            key = read_signing_key(self._path)
        except TokenKeyError as error:
            log.warning("no token can be checked: %s", error)
            return {}
        return {} if key is None else {key.kid: key.verifying()}


def read_signing_key(path: Path) -> SigningKey | None:
    """Return the key in the file at `path`; `None` without a file.

    Raises:
        TokenKeyError: the file is unreadable, readable by further users, or no P-256 private key in PEM.
    """
    try:
        pem = _read_private_file(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise TokenKeyError(setup.KEY_FILE_NOT_READ) from None
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except Exception:  # each kind of bad file has its own kind of error
        raise TokenKeyError(setup.KEY_FILE_FORM) from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise TokenKeyError(setup.KEY_FILE_FORM)
    return SigningKey(_thumbprint(private), jwk.construct(private, ALGORITHM))


def find_or_make_signing_key(path: Path) -> SigningKey:
    """Return the key in the file at `path`, made now if absent. Of two makers at once, a single key wins for both.

    Raises:
        TokenKeyError: the file cannot be read, used or written.
    """
    found = read_signing_key(path)
    if found is None:
        _make(path)
        found = read_signing_key(path)
    if found is None:
        raise TokenKeyError(setup.KEY_FILE_NOT_WRITTEN)
    return found


def _make(path: Path) -> None:
    """Write a new key whole before the key takes its name, so that no reader ever sees half a key."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        descriptor, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # readable by its owner only
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
            os.link(draft, path)
        finally:
            os.unlink(draft)
    except FileExistsError:
        return  # another process was first; its key is then ours
    except (OSError, ValueError):
        raise TokenKeyError(setup.KEY_FILE_NOT_WRITTEN) from None


def _read_private_file(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe of that name must not hold us up
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(setup.NOT_A_FILE)
        if os.name == "posix" and status.st_mode & _OTHERS:
            raise TokenKeyError(setup.KEY_FILE_MODE)
        return file.read(_MAX_BYTES)


def _fingerprint(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _thumbprint(private: ec.EllipticCurvePrivateKey) -> str:
    """Return the RFC 7638 thumbprint: the hash of the required members, in alphabetical order."""
    numbers = private.public_key().public_numbers()
    members = {"crv": "P-256", "kty": "EC", "x": _coordinate(numbers.x), "y": _coordinate(numbers.y)}
    return _base64url(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode("ascii")).digest())


def _coordinate(number: int) -> str:
    return _base64url(number.to_bytes(32, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
