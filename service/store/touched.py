"""The owners of the records that a transaction changed; only readers who may see an owner are told of the change.

A change that only the organization itself can see (private places, authorized organizations) counts apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from .directory_tables import DIRECTORY

_DERIVED = frozenset({"search_text", "term_use"})
_PRIVATE = frozenset({"private_address", "service_at_location"})
_RAN = ("signed", "suspended")
_TOGETHER = {"agreement": "id", "agreement_party": "agreement_id"}


@dataclass(slots=True)
class Touched:
    """Ids of organizations by changed part, and of agreements with the ids of changed parties.

    `ended`: ids of agreements whose status was signed or suspended, and is now ended.
    `gone`: slug and listing of deleted organizations. `shared`: a record of the coalition was changed.
    """

    openly: set[str] = field(default_factory=set)
    privately: set[str] = field(default_factory=set)
    agreements: dict[str, set[str]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    gone: dict[str, tuple[str, str]] = field(default_factory=dict)
    shared: bool = False

    def __bool__(self) -> bool:
        return bool(self.openly or self.privately or self.agreements or self.shared)

    def note(self, table_name: str, row: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
        """Note that a row was inserted, deleted, or changed from `before`.

        >>> touched = Touched()
        >>> touched.note("service", {"id": "1", "organization_id": "harbor"})
        >>> touched.note("private_address", {"id": "2", "owner_id": "shelter"})
        >>> touched.openly, touched.privately
        ({'harbor'}, {'shelter'})
        """
        if table_name in _DERIVED:
            return
        if table_name == "organization":
            self._note_organization(row, before)
        elif table_name in _TOGETHER:
            if before is not None and before.get("status") in _RAN and row.get("status") == "ended":
                self.ended.add(row["id"])
            parties = self.agreements.setdefault(row[_TOGETHER[table_name]], set())
            parties.update(filter(None, [row.get("organization_id")]))
        elif owner := row.get("owner_id") or row.get("organization_id"):
            hidden = table_name in _PRIVATE or bool(row.get("private"))
            (self.privately if hidden else self.openly).add(owner)
        else:
            self.shared = True

    def note_gone(self, connection: Connection, table_name: str, row_id: str) -> None:
        """Note that a record is about to be deleted."""
        table = DIRECTORY.tables[table_name]
        for row in map(dict, connection.execute(select(table).where(table.c.id == row_id)).mappings()):
            self.note(table_name, row)
            if table_name == "organization":
                self.gone[row["id"]] = (row["slug"], row["listed"])
            elif table_name == "agreement":
                self.agreements[row_id] |= parties_of(connection, row_id)

    def _note_organization(self, row: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
        changed = {name for name in row if before is None or before.get(name) != row[name]}
        (self.privately if changed <= {"operator_authorised", "withheld"} else self.openly).add(row["id"])


def parties_of(connection: Connection, agreement_id: str) -> set[str]:
    """Return the ids of the parties to an agreement."""
    parties = DIRECTORY.tables["agreement_party"]
    found = select(parties.c.organization_id).where(parties.c.agreement_id == agreement_id)
    return set(connection.execute(found).scalars())
