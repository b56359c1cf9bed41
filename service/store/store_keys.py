"""The keys of the store, by purpose, in one private file: made, used, and read as long as something needs them.

Each line holds a key: its purpose, its state, when it was made and when it was replaced, and the key. A line that holds
a key alone seals private addresses, and the keys of purposes without a line follow from it. The file is looked at
whenever a key is asked for, so that every running process follows it.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import make_url

from service.errors import AddressKeyError, CodeKeyError, KeyRefused
from service.private_files import (
    ReadableByOthers,
    fingerprint,
    make_private_file,
    read_private_file,
    replace_private_file,
    turn_at,
)
from service.settings import Settings, variable_of
from service.wording import setup

DERIVED = "derived"
"""In a setting's list of keys: the keys that follow from the address keys."""
MOST_KEYS = 100
_MAX_BYTES = 64 * 1024
_SHORTEST = 32
_UNKNOWN = "-"


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


SETTINGS = {
    Purpose.ADDRESS: "address_key",
    Purpose.WEBHOOK: "webhook_key",
    Purpose.CODE: "code_keys",
    Purpose.RECEIPT: "code_keys",
    Purpose.AUDIT: "audit_keys",
}
"""The setting that may give the keys of a purpose."""
SEALING = (Purpose.ADDRESS, Purpose.WEBHOOK)
"""Purposes whose texts can be sealed anew; digests, links and signatures of others stay as they are."""
_FOLLOWS = {
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
        return " ".join([self.purpose, self.state, _written(self.made_at), _written(self.replaced_at), self.secret])


@dataclass(frozen=True)
class _Book:
    """The keys as read at one moment. `known`: by purpose, as asked for until now."""

    mark: object
    keys: tuple[StoreKey, ...] = ()
    known: dict[Purpose, tuple[StoreKey, ...]] = field(default_factory=dict)


class StoreKeys:
    """The keys by purpose. Safe to share between threads: at worst the same file is read twice."""

    def __init__(self, *, key_file: Path | None = None, given: Mapping[Purpose, str] | None = None) -> None:
        """Take the file, which may be absent, and lists of keys from settings, which win over the file."""
        self._key_file = key_file
        self._given = given or {}
        self._book = _Book(mark=None)
        self.made: list[StoreKey] = []
        """Keys made here at their first need, which the audit has not told yet."""

    def of(self, purpose: Purpose, *, make: bool = False) -> tuple[StoreKey, ...]:
        """Return the keys of a purpose, the used one first, then the old ones; none: there is no key.

        `make`: make the file if absent.

        >>> keys = StoreKeys(given={Purpose.ADDRESS: Fernet.generate_key().decode()})
        >>> [len(keys.of(purpose)) for purpose in Purpose]
        [1, 1, 1, 1, 1]

        Raises:
            AddressKeyError: the file cannot be used or made.
            CodeKeyError: a key of a setting is too short.
        """
        book = self._read()
        if make and not book.keys and purpose not in self._given and Purpose.ADDRESS not in self._given:
            self._make_file()
            book = self._read()
        if purpose not in book.known:
            book.known[purpose] = self._find(purpose, book)
        return book.known[purpose]

    def rehearsing(self) -> StoreKeys:
        """Return the same keys, or, without any, new ones that are kept nowhere; no file is made.

        Raises:
            AddressKeyError: the file cannot be read.
        """
        found = StoreKeys(given=self._given)
        found._book = _Book(None, self._read().keys or _new_keys())
        return found

    def make(self, purpose: Purpose) -> StoreKey:
        """Make a key that is read from now on and used after the next `rotate`, so that each machine knows it first.

        Raises:
            KeyRefused: there is such a key, the file is full, or settings give the keys.
            AddressKeyError: the file cannot be read or written.
        """

        def change(keys: list[StoreKey]) -> StoreKey:
            if any(key.purpose is purpose and key.state is KeyState.NEXT for key in keys):
                raise KeyRefused(setup.KEY_IS_MADE)
            keys.append(_new_key(purpose, KeyState.NEXT))
            return keys[-1]

        return self._change(purpose, change)

    def rotate(self, purpose: Purpose) -> StoreKey:
        """Use the key that `make` made, or a new one, from now on; the key before is old.

        Raises:
            KeyRefused: the file is full, or settings give the keys.
            AddressKeyError: the file cannot be read or written.
        """

        def change(keys: list[StoreKey]) -> StoreKey:
            made = next((key for key in keys if key.purpose is purpose and key.state is KeyState.NEXT), None)
            used = replace(made or _new_key(purpose), state=KeyState.USED)
            former = [key for key in keys if key is not made]
            for place, key in enumerate(former):
                if key.purpose is purpose and key.state is KeyState.USED:
                    former[place] = replace(key, state=KeyState.OLD, replaced_at=_now())
            keys[:] = [used, *former]
            return used

        return self._change(purpose, change)

    def remove(self, purpose: Purpose, name: str) -> StoreKey:
        """Take a key that is not used out of the file: nothing can be read with it any more.

        Raises:
            KeyRefused: the key is used or not there, or settings give the keys.
            AddressKeyError: the file cannot be read or written.
        """

        def change(keys: list[StoreKey]) -> StoreKey:
            chosen = next((key for key in keys if key.purpose is purpose and key.name == name), None)
            if chosen is None:
                raise KeyRefused(setup.NO_SUCH_STORE_KEY)
            if chosen.state is KeyState.USED:
                raise KeyRefused(setup.KEY_IS_USED)
            keys.remove(chosen)
            return chosen

        return self._change(purpose, change)

    def _change(self, purpose: Purpose, change: Callable[[list[StoreKey]], StoreKey]) -> StoreKey:
        """Write the file with a change, alone. Keys that follow from another stand by themselves from then on."""
        if purpose in self._given or Purpose.ADDRESS in self._given:
            raise KeyRefused(setup.KEYS_GIVEN.format(variable=variable_of(SETTINGS[purpose])))
        if self._key_file is None:
            raise AddressKeyError(setup.ADDRESS_KEY_NEEDED)
        with _writing(), turn_at(self._key_file):
            self.of(Purpose.ADDRESS, make=True)
            keys = [key for each in Purpose for key in _find(each, self._read().keys)]
            chosen = change(keys)
            if len(keys) > MOST_KEYS:
                raise KeyRefused(setup.TOO_MANY_STORE_KEYS.format(most=MOST_KEYS))
            replace_private_file(self._key_file, _text(keys))
        return chosen

    def _find(self, purpose: Purpose, book: _Book) -> tuple[StoreKey, ...]:
        if (text := self._given.get(purpose)) is None:
            return _find(purpose, self.of(Purpose.ADDRESS) if Purpose.ADDRESS in self._given else book.keys)
        found: list[StoreKey] = []
        for secret in map(str.strip, text.split(",")):
            if secret == DERIVED and purpose in _FOLLOWS:
                found += (_following(key, purpose) for key in self.of(Purpose.ADDRESS))
            elif purpose not in SEALING and len(secret) < _SHORTEST:
                raise CodeKeyError(setup.CODE_KEYS_FORM)
            else:
                found.append(StoreKey(purpose, secret))
        return tuple(replace(key, state=KeyState.OLD if place else KeyState.USED) for place, key in enumerate(found))

    def _read(self) -> _Book:
        """Return the keys of the file as it stands now; once it was read, one that went leaves its keys in use."""
        if self._key_file is None:
            return self._book
        try:
            mark = fingerprint(self._key_file)
        except (OSError, ValueError):
            mark = None
        book = self._book
        if mark is not None and mark != book.mark:
            book = self._book = _Book(mark, self._read_file())
        return book

    def _read_file(self) -> tuple[StoreKey, ...]:
        assert self._key_file is not None  # noqa: S101 - asked by `_read`
        try:
            text = read_private_file(self._key_file, most=_MAX_BYTES).decode("ascii")
        except FileNotFoundError:
            return ()
        except ReadableByOthers:
            raise AddressKeyError(setup.ADDRESS_KEY_MODE) from None
        except (OSError, ValueError):
            raise AddressKeyError(setup.ADDRESS_KEY_NOT_READ) from None
        try:
            return tuple(_key_of(line.split()) for line in text.splitlines() if line.strip())
        except ValueError:
            raise AddressKeyError(setup.KEY_LINE_FORM) from None

    def _make_file(self) -> None:
        """Make the file; of two makers at once, one wins for both."""
        if self._key_file is None:
            raise AddressKeyError(setup.ADDRESS_KEY_NEEDED)
        new = _new_keys()
        with _writing():
            make_private_file(self._key_file, _text(new))
        if self._read().keys == new:
            self.made += new


def build_keys(settings: Settings) -> StoreKeys:
    """Return the keys described by `settings`. Touches no file yet."""
    given = {
        purpose: secret.get_secret_value()
        for purpose, name in SETTINGS.items()
        if (secret := getattr(settings, name)) is not None
    }
    in_file = settings.address_key_file or _beside_database(settings.database)
    return StoreKeys(key_file=None if Purpose.ADDRESS in given else in_file, given=given)


def name_of(secret: bytes) -> str:
    """Return the name of a key, which reveals no part of the key.

    >>> name_of(b"k" * 32)
    '8692762d8cfb'
    """
    return hashlib.sha256(b"name" + secret).hexdigest()[:12]


def _find(purpose: Purpose, keys: Sequence[StoreKey]) -> tuple[StoreKey, ...]:
    """Return the keys of a purpose among those of a file; without a line, those that follow from the address keys."""
    mine = [key for key in keys if key.purpose is purpose]
    if not mine and purpose in _FOLLOWS:
        mine = [_following(key, purpose) for key in keys if key.purpose is Purpose.ADDRESS]
    return tuple(sorted(mine, key=lambda key: tuple(KeyState).index(key.state)))


def _following(key: StoreKey, purpose: Purpose) -> StoreKey:
    """Return the key that follows from an address key; neither reveals the other."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=_FOLLOWS[purpose].encode())
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
    if len(words) == 1:
        return StoreKey(Purpose.ADDRESS, words[0])
    purpose, state, made_at, replaced_at, secret = words
    if len(secret) < _SHORTEST:
        raise ValueError
    return StoreKey(Purpose(purpose), secret, KeyState(state), _moment(made_at), _moment(replaced_at))


def _new_key(purpose: Purpose, state: KeyState = KeyState.USED) -> StoreKey:
    return StoreKey(purpose, Fernet.generate_key().decode("ascii"), state, _now())


def _new_keys() -> tuple[StoreKey, ...]:
    return tuple(map(_new_key, Purpose))


def _text(keys: Iterable[StoreKey]) -> bytes:
    return "".join(f"{key.line()}\n" for key in keys).encode("ascii")


def _written(moment: datetime | None) -> str:
    return _UNKNOWN if moment is None else moment.isoformat()


def _moment(word: str) -> datetime | None:
    return None if word == _UNKNOWN else datetime.fromisoformat(word)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError):
        raise AddressKeyError(setup.ADDRESS_KEY_NOT_WRITTEN) from None


def _beside_database(database: str) -> Path | None:
    url = make_url(database)
    in_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return Path(str(url.database)).with_suffix(".key") if in_file else None
