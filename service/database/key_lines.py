"""Keys as they stand in the key file: a line for each, or one key alone, as earlier versions had it.

A line holds a key's purpose, its state, when it was made and when it was replaced, and the key. A key alone seals
private addresses, and those of the other purposes follow from it.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import AddressKeyError
from service.i18n import setup

_UNKNOWN = "-"
_KEY_LENGTH = 44  # characters of a Fernet key: 32 bytes in base64, padded


class Purpose(StrEnum):
    """What a key is for."""

    ADDRESS = "address"
    WEBHOOK = "webhook"
    CODE = "code"
    RECEIPT = "receipt"
    AUDIT = "audit"


class KeyState(StrEnum):
    """Whether a key is used from now on, reads what it wrote, or is known to every process before its use begins."""

    USED = "used"
    OLD = "old"
    NEXT = "next"


SEALING = (Purpose.ADDRESS, Purpose.WEBHOOK)
"""Purposes whose texts can be sealed anew; digests, links and signatures of others stay as they are."""
FOLLOWS = {
    Purpose.WEBHOOK: "webhook secrets",
    Purpose.CODE: "codes-and-receipts",
    Purpose.RECEIPT: "codes-and-receipts",
    Purpose.AUDIT: "audit",
}
"""What a key of a purpose is derived with from the address key."""


@dataclass(frozen=True, repr=False)
class StoreKey:
    """A key. Moments are None where nobody wrote them down."""

    purpose: Purpose
    secret: str
    state: KeyState = KeyState.USED
    made_at: datetime | None = None
    replaced_at: datetime | None = None

    @property
    def name(self) -> str:
        """The key's name, which reveals no part of the key."""
        return name_of(self.secret.encode())

    def line(self) -> str:
        """Return the key as it stands in the file."""
        return " ".join(
            [self.purpose, self.state, _moment_word(self.made_at), _moment_word(self.replaced_at), self.secret]
        )


def name_of(secret: bytes) -> str:
    """Return the name of a key, which reveals no part of the key.

    >>> name_of(b"k" * 32)
    '8692762d8cfb'
    """
    return hashlib.sha256(b"name" + secret).hexdigest()[:12]


def read_keys(text: str) -> tuple[StoreKey, ...]:
    """Return the keys of a file.

    Raises:
        ValueError: a line is no key's, or not each purpose has one key in use: a part of the file is missing.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) == 1:
        alone = StoreKey(Purpose.ADDRESS, lines[0][0])
        return (alone, *(following(alone, purpose) for purpose in FOLLOWS))
    keys = tuple(map(_key_of, lines))
    used = sorted(key.purpose for key in keys if key.state is KeyState.USED)
    if used != sorted(Purpose):
        raise ValueError
    return keys


def of_purpose(purpose: Purpose, keys: Iterable[StoreKey]) -> tuple[StoreKey, ...]:
    """Return the keys of a purpose, the used one first, then the old ones in their order, then one that waits."""
    own_keys = (key for key in keys if key.purpose is purpose)
    return tuple(sorted(own_keys, key=lambda key: tuple(KeyState).index(key.state)))


def following(key: StoreKey, purpose: Purpose) -> StoreKey:
    """Return the key that follows from an address key; neither reveals the other."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=FOLLOWS[purpose].encode())
    try:
        Fernet(key.secret)
        derived = derivation.derive(urlsafe_b64decode(key.secret))
    except ValueError:
        raise AddressKeyError(setup.ADDRESS_KEY_FORM) from None
    return replace(key, purpose=purpose, secret=urlsafe_b64encode(derived).decode("ascii"))


def _key_of(words: Sequence[str]) -> StoreKey:
    """Return the key of a line.

    Raises:
        ValueError: it is no key's.
    """
    purpose, state, made_at, replaced_at, secret = words
    Fernet(secret)
    if len(secret) != _KEY_LENGTH:  # Fernet also takes a key whose padding was cut off with the rest of the file
        raise ValueError
    return StoreKey(Purpose(purpose), secret, KeyState(state), _moment(made_at), _moment(replaced_at))


def new_key(purpose: Purpose, state: KeyState = KeyState.USED) -> StoreKey:
    """Return a new key for a purpose."""
    return StoreKey(purpose, Fernet.generate_key().decode("ascii"), state, now())


def new_keys() -> tuple[StoreKey, ...]:
    """Return a new key for each purpose."""
    return tuple(map(new_key, Purpose))


def text_of(keys: Iterable[StoreKey]) -> bytes:
    """Return keys as a file holds them."""
    return "".join(f"{key.line()}\n" for key in keys).encode("ascii")


def _moment_word(moment: datetime | None) -> str:
    return _UNKNOWN if moment is None else moment.isoformat()


def _moment(word: str) -> datetime | None:
    return None if word == _UNKNOWN else datetime.fromisoformat(word)


def now() -> datetime:
    """Return the moment as a line holds it: to the second."""
    return datetime.now(UTC).replace(microsecond=0)
