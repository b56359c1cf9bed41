"""What still needs each key of the store: texts that it sealed, codes that it digested, entries that it linked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Table, and_, func, or_, select, tuple_, update
from sqlmodel import Session

from service.database.key_lines import Purpose
from service.database.lost_keys import NAMED, SEALED, VAULTS
from service.database.store_keys import StoreKeys
from service.maintenance.tables import all_tables

AT_ONCE = 200
Needs = Counter[tuple[Purpose, str | None]]
"""How many things need a key, by purpose and name; None: a key that is not there."""
Change = Callable[[Session, Row[Any], str], str | None]
"""Returns the text to stand in a column of a row, given the column's name."""


def count_needs(session: Session, keys: StoreKeys) -> Needs:
    """Count what needs each key, as of now.

    Raises:
        AddressKeyError, SecretKeyError, CodeKeyError: the keys cannot be used.
    """
    needs: Needs = Counter()
    for purpose, vault_type in VAULTS.items():
        _, columns = SEALED[purpose]
        cipher = vault_type(keys)
        for rows in _sealed_rows(session, purpose):
            texts = [row._mapping[name] for row in rows for name in columns if row._mapping[name] is not None]
            needs.update((purpose, None if key is None else key.name) for key in map(cipher.find_key, texts))
    for purpose, table_name, column_name in NAMED:
        column = all_tables().tables[table_name].c[column_name]
        key_names = {key.name for key in keys.of(purpose)}
        query = select(column, func.count()).where(column.is_not(None)).group_by(column)
        for name, many in session.execute(query):
            needs[purpose, name if name in key_names else None] += many
    return needs


def change_sealed(
    session: Session, purpose: Purpose, change: Change, after: Sequence[str]
) -> tuple[Sequence[str], int]:
    """Change sealed texts of the rows after one, some of them; return the last row, empty at the end, and how many.

    A text that another transaction has changed meanwhile stays as that one left it.
    """
    table, columns = _sealed_columns(purpose)
    rows = next(_sealed_rows(session, purpose, after, lock=True), [])
    count = 0
    for row in rows:
        by_key = and_(*(column == row._mapping[column.name] for column in table.primary_key))
        for name in columns:
            before = row._mapping[name]
            if before is not None and (new := change(session, row, name)) != before:
                session.execute(update(table).where(by_key, table.c[name] == before).values(**{name: new}))
                count += 1
    return [rows[-1]._mapping[column.name] for column in table.primary_key] if rows else [], count


def _sealed_columns(purpose: Purpose) -> tuple[Table, tuple[str, ...]]:
    table_name, columns = SEALED[purpose]
    return all_tables().tables[table_name], columns


def _sealed_rows(
    session: Session, purpose: Purpose, after: Sequence[str] = (), *, lock: bool = False
) -> Iterator[Sequence[Row[Any]]]:
    table, columns = _sealed_columns(purpose)
    names = list(table.primary_key)
    query = select(table).where(or_(*(table.c[name].is_not(None) for name in columns))).order_by(*names)
    while True:
        page = query if not after else query.where(tuple_(*names) > tuple_(*after))
        rows = session.execute((page.with_for_update() if lock else page).limit(AT_ONCE)).all()
        if not rows:
            return
        yield rows
        after = [rows[-1]._mapping[column.name] for column in names]
