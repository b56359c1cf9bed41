"""The keys of the store, by purpose, in one private file: made, used, and read as long as something needs them.

The file is looked at whenever a key is asked for, so that every running process follows it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import make_url

from service.errors import AddressKeyError, CodeKeyError, KeyRefused, KeysLost
from service.i18n import setup
from service.private_files import (
    ReadableByOthers,
    fingerprint,
    make_private_file,
    read_private_file,
    replace_private_file,
    turn_at,
)
from service.settings import Settings, variable_of

from .key_lines import (
    FOLLOWS,
    SEALING,
    KeyState,
    Purpose,
    StoreKey,
    following,
    new_key,
    new_keys,
    now,
    of_purpose,
    read_keys,
    text_of,
)

DERIVED = "derived"
"""In a setting's list of keys: those that there would be without the setting."""
MOST_KEYS = 100
_SHORTEST = 32
_MAX_BYTES = 64 * 1024
SETTINGS = {
    Purpose.ADDRESS: "address_key",
    Purpose.WEBHOOK: "webhook_key",
    Purpose.CODE: "code_keys",
    Purpose.RECEIPT: "code_keys",
    Purpose.AUDIT: "audit_keys",
}
"""The setting that may give the keys of a purpose."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Book:
    """The keys as read at one moment. `by_purpose`: those needed until now."""

    mark: object
    keys: tuple[StoreKey, ...] = ()
    by_purpose: dict[Purpose, tuple[StoreKey, ...]] = field(default_factory=dict)


class StoreKeys:
    """The keys by purpose. Safe to share between threads: at worst the same file is read twice."""

    def __init__(
        self,
        *,
        key_file: Path | None = None,
        in_settings: Mapping[Purpose, str] | None = None,
        note_file: Path | None = None,
        compare: Callable[[StoreKeys], frozenset[Purpose]] = lambda _: frozenset(),
    ) -> None:
        """Take the file, which may be absent, and lists of keys from settings, which win over the file.

        `note_file`: for the note of hidings, which is kept where the keys are (`hiding_note`). `compare` returns the
        purposes for which the database needs a key that is not among these.
        """
        self._key_file = key_file
        self.note_file = note_file
        self._in_settings = in_settings or {}
        self._compare = compare
        self._book = _Book(mark=None)
        self._lost: frozenset[Purpose] | None = None
        self._goes_on = False
        self.new_keys: list[StoreKey] = []
        """Keys made here at their first need, which the audit has not told yet."""

    def of(self, purpose: Purpose, *, make: bool = False) -> tuple[StoreKey, ...]:
        """Return the keys of a purpose, the used one first, then the old ones; none: there is no key.

        `make`: to write, or to look something up; the file is made if absent.

        >>> keys = StoreKeys(in_settings={Purpose.ADDRESS: new_key(Purpose.ADDRESS).secret})
        >>> [len(keys.of(purpose)) for purpose in Purpose]
        [1, 1, 1, 1, 1]

        Raises:
            AddressKeyError: the file cannot be used or made.
            KeysLost: to write, and the database needs keys that are not here.
            CodeKeyError: a key of a setting is too short.
        """
        if make:
            self.require_all()
        book = self._read()
        if make and not book.keys and purpose not in self._in_settings and Purpose.ADDRESS not in self._in_settings:
            self._make_file()
            book = self._read()
        if purpose not in book.by_purpose:
            book.by_purpose[purpose] = self._find(purpose, book)
        return book.by_purpose[purpose]

    def find_lost(self) -> frozenset[Purpose]:
        """Return the purposes for which the database needs a key that is not here now."""
        lost = self._compare(self)
        self._lost = lost and self._compare(self)  # twice: a key may go between its last text and the look at the file
        return self._lost

    def require_all(self) -> None:
        """Compare the keys with the database, unless that was done since they were read.

        Raises:
            KeysLost: it needs keys that are not here.
            AddressKeyError: the file cannot be used.
        """
        self._read()
        if self._goes_on:
            return
        lost = self._lost if self._lost is not None else self.find_lost()
        if lost:
            raise KeysLost(setup.KEYS_LOST.format(purposes=", ".join(sorted(lost))))

    def go_on(self) -> None:
        """Use the keys at hand, or new ones without any, since somebody said that the others are lost.

        Raises:
            AddressKeyError: the file cannot be used or made.
        """
        self._goes_on = True
        self.of(Purpose.ADDRESS, make=True)

    def rehearsing(self) -> StoreKeys:
        """Return the same keys, or, without any, new ones that are kept nowhere; no file is made.

        Raises:
            AddressKeyError: the file cannot be read.
        """
        copy = StoreKeys(in_settings=self._in_settings)
        copy._book = _Book(None, self._read().keys or new_keys())
        return copy

    def make(self, purpose: Purpose) -> StoreKey:
        """Make a key that is read from now on and used after the next `rotate`, so that each machine knows it first.

        Raises:
            KeyRefused: there is such a key, the file is full, or settings give the keys.
            AddressKeyError: the file cannot be read or written.
        """

        def change(keys: list[StoreKey]) -> StoreKey:
            if any(key.purpose is purpose and key.state is KeyState.NEXT for key in keys):
                raise KeyRefused(setup.KEY_IS_MADE)
            keys.append(new_key(purpose, KeyState.NEXT))
            return keys[-1]

        return self._change(purpose, change)

    def rotate(self, purpose: Purpose) -> StoreKey:
        """Use the key that `make` made, or a new one, from now on; the key before is old.

        Raises:
            KeyRefused: the file is full, or settings give the keys.
            AddressKeyError: the file cannot be read or written.
        """

        def change(keys: list[StoreKey]) -> StoreKey:
            next_key = next((key for key in keys if key.purpose is purpose and key.state is KeyState.NEXT), None)
            used = replace(next_key or new_key(purpose), state=KeyState.USED)
            former = [key for key in keys if key is not next_key]
            for place, key in enumerate(former):
                if key.purpose is purpose and key.state is KeyState.USED:
                    former[place] = replace(key, state=KeyState.OLD, replaced_at=now())
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
            match = next((key for key in keys if key.purpose is purpose and key.name == name), None)
            if match is None:
                raise KeyRefused(setup.NO_SUCH_STORE_KEY)
            if match.state is KeyState.USED:
                raise KeyRefused(setup.KEY_IS_USED)
            keys.remove(match)
            return match

        return self._change(purpose, change)

    def _change(self, purpose: Purpose, change: Callable[[list[StoreKey]], StoreKey]) -> StoreKey:
        """Write the file with a change, alone. Keys that followed from another stand by themselves from then on."""
        if purpose in self._in_settings or Purpose.ADDRESS in self._in_settings:
            raise KeyRefused(setup.KEYS_GIVEN.format(variable=variable_of(SETTINGS[purpose])))
        if self._key_file is None:
            raise AddressKeyError(setup.ADDRESS_KEY_NEEDED)
        with _writing(), turn_at(self._key_file):
            self.of(Purpose.ADDRESS, make=True)
            keys = [*self._read().keys]
            result = change(keys)
            if len(keys) > MOST_KEYS:
                raise KeyRefused(setup.TOO_MANY_STORE_KEYS.format(most=MOST_KEYS))
            replace_private_file(self._key_file, text_of(keys))
        return result

    def _find(self, purpose: Purpose, book: _Book) -> tuple[StoreKey, ...]:
        if (text := self._in_settings.get(purpose)) is None:
            return self._find_else(purpose, book)
        keys: list[StoreKey] = []
        for secret in map(str.strip, text.split(",")):
            if secret == DERIVED:
                keys += self._find_else(purpose, book)
            elif purpose not in SEALING and len(secret) < _SHORTEST:
                raise CodeKeyError(setup.CODE_KEYS_FORM)
            else:
                keys.append(StoreKey(purpose, secret))
        return tuple(replace(key, state=KeyState.OLD if place else KeyState.USED) for place, key in enumerate(keys))

    def _find_else(self, purpose: Purpose, book: _Book) -> tuple[StoreKey, ...]:
        """Return the keys of a purpose that no setting gives: the file's, or those that follow from given ones."""
        if Purpose.ADDRESS not in self._in_settings or purpose not in FOLLOWS:
            return of_purpose(purpose, book.keys)
        return tuple(following(key, purpose) for key in self.of(Purpose.ADDRESS))

    def _read(self) -> _Book:
        """Return the keys of the file as it stands now; where it goes or breaks, those read before stay in use."""
        if self._key_file is None:
            return self._book
        try:
            mark = fingerprint(self._key_file)
        except (OSError, ValueError):
            mark = None
        book = self._book
        if mark is None and book.mark is not None:
            log.warning("the key file is gone; the keys before stay")
            self._book = replace(book, mark=None)
        if mark is not None and mark != book.mark:
            try:
                book = _Book(mark, self._read_file())
            except AddressKeyError as error:
                if not book.keys:
                    raise
                log.warning("the key file is not read; the keys before stay", extra={"reason": str(error)})
                book = replace(book, mark=mark)
            if self._lost or not {key.secret for key in self._book.keys} <= {key.secret for key in book.keys}:
                self._lost = None  # a key that is added, as each rotation does, loses none
            self._book = book
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
            return read_keys(text)
        except ValueError:
            raise AddressKeyError(setup.KEY_LINE_FORM) from None

    def _make_file(self) -> None:
        """Make the file; of two makers at once, one wins for both."""
        if self._key_file is None:
            raise AddressKeyError(setup.ADDRESS_KEY_NEEDED)
        new = new_keys()
        with _writing():
            make_private_file(self._key_file, text_of(new))
        if self._read().keys == new:
            self.new_keys += new


def build_keys(
    settings: Settings, compare: Callable[[StoreKeys], frozenset[Purpose]] = lambda _: frozenset()
) -> StoreKeys:
    """Return the keys described by `settings`; `compare`: see `StoreKeys`. Touches no file yet."""
    in_settings = {
        purpose: secret.get_secret_value()
        for purpose, name in SETTINGS.items()
        if (secret := getattr(settings, name)) is not None
    }
    in_file = settings.address_key_file or _beside_database(settings.database)
    return StoreKeys(
        key_file=None if Purpose.ADDRESS in in_settings else in_file,
        in_settings=in_settings,
        note_file=None if in_file is None else in_file.with_suffix(".hidden"),
        compare=compare,
    )


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
