"""Which keys the database needs and the key file, or the settings, do not have.

Digests and links of the audit stand beside the name of their key: the names are found by an index, a query for each
name, however many rows there are. Sealed texts name no key, so each is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from sqlalchemy import Connection, Engine, String, column, func, inspect, or_, select, table

from service.errors import AddressKeyError, CodeKeyError, SecretKeyError

from .field_cipher import AddressCipher, FieldCipher, SecretCipher
from .key_lines import Purpose
from .key_tables import LostKey
from .store_keys import StoreKeys
from .table_base import table_of

VAULTS: dict[Purpose, type[FieldCipher]] = {Purpose.ADDRESS: AddressCipher, Purpose.WEBHOOK: SecretCipher}
NAMED = (
    (Purpose.CODE, "consent", "code_key"),
    (Purpose.CODE, "referral", "code_key"),
    (Purpose.CODE, "grievance", "code_key"),
    (Purpose.AUDIT, "audit_entry", "key"),
    (Purpose.AUDIT, "audit_signed_head", "key"),
)
"""Columns that name keys; tables by name, so that whoever only reads a directory loads none of what happens."""
SEALED = {
    Purpose.ADDRESS: ("record", ("sealed", "withheld")),
    Purpose.WEBHOOK: ("webhook_endpoint", ("secret", "old_secret", "headers")),
}
LOOKS_EVERY_S, LOOKS_AGAIN_S = 60.0, 5.0
_lost_keys = table_of(LostKey)


def find_lost(engine: Engine, keys: StoreKeys) -> frozenset[Purpose]:
    """Return the purposes with a stored thing whose key is not among `keys`, and was not given up.

    Rows are read before keys: a key is in the file before anything is written with it.

    Raises:
        AddressKeyError, SecretKeyError, CodeKeyError: the keys cannot be used.
    """
    with engine.connect() as connection:
        if not inspect(connection).has_table(_lost_keys.name):  # nothing is stored before the upgrade
            return frozenset()
        lost = {purpose for purpose in {purpose for purpose, *_ in NAMED} if lost_names(connection, keys, purpose)}
        lost |= {purpose for purpose in VAULTS if _has_unreadable(connection, VAULTS[purpose](keys), purpose)}
    return frozenset(lost)


def lost_names(connection: Connection, keys: StoreKeys, purpose: Purpose) -> frozenset[str]:
    """Return the names of keys for a purpose that rows name, that are not among `keys`, and were not given up."""
    named = {name for of, *place in NAMED if of is purpose for name in _names_in(connection, *place)}
    given_up = connection.execute(select(_lost_keys.c.name)).scalars()
    return frozenset(named.difference(given_up, (key.name for key in keys.of(purpose))))


class KeyCheck:
    """Tells readiness which keys are lost: as soon as the file changes, else once a minute."""

    def __init__(self, keys: StoreKeys) -> None:
        """Take the keys that the process uses."""
        self._keys = keys
        self._looks_at = 0.0

    def __call__(self) -> str | None:
        """Return what is wrong, in plain words; None: each key is here."""
        try:
            if monotonic() >= self._looks_at:
                lost = self._keys.find_lost()
                self._looks_at = monotonic() + (LOOKS_AGAIN_S if lost else LOOKS_EVERY_S)
            self._keys.require_all()
        except (AddressKeyError, CodeKeyError, SecretKeyError) as error:
            return str(error)
        return None


def _names_in(connection: Connection, table_name: str, column_name: str) -> Iterator[str]:
    """Yield each name once: the least, then the least beyond it, which the index has at hand."""
    named = column(column_name, String)
    name: str | None = ""
    while name is not None:
        name = connection.execute(select(func.min(named)).select_from(table(table_name)).where(named > name)).scalar()
        if name is not None:
            yield name


def _has_unreadable(connection: Connection, cipher: FieldCipher, purpose: Purpose) -> bool:
    table_name, names = SEALED[purpose]
    columns = [column(name, String) for name in names]
    query = select(*columns).select_from(table(table_name)).where(or_(*(each.is_not(None) for each in columns)))
    with connection.execute(query, execution_options={"yield_per": 500}) as rows:
        return any(text is not None and cipher.find_key(text) is None for row in rows for text in row)
