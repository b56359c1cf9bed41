"""The owners of the records that a transaction changed; only readers who may see an owner are told of the change.

A change that only the organization itself can see (private places, authorized organizations) counts apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_RAN = ("signed", "suspended")
_OF_ITSELF = ("operator_authorised",)


@dataclass(slots=True)
class ChangeSet:
    """Ids of organizations by changed part, and of agreements with the slugs of their parties, then and now.

    `ended`: ids of agreements whose status was signed or suspended, and is now ended.
    `gone`: slug and listing of deleted organizations. `shared`: a record of the coalition was changed.
    """

    openly: set[str] = field(default_factory=set)
    privately: set[str] = field(default_factory=set)
    agreements: dict[str, set[str]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    gone: dict[str, tuple[str, bool]] = field(default_factory=dict)
    shared: bool = False

    def __bool__(self) -> bool:
        return bool(self.openly or self.privately or self.agreements or self.shared)

    def note(self, row: Mapping[str, Any], before: Mapping[str, Any] | None, *, gone: bool = False) -> None:
        """Note that a record was inserted (`before` None), changed, or deleted (`gone`).

        >>> changes = ChangeSet()
        >>> changes.note({"id": "1", "type": "service", "owner_id": "harbor", "private": True}, None)
        >>> changes.note({"id": "2", "type": "location", "owner_id": "shelter", "private": True}, None)
        >>> changes.openly, changes.privately
        ({'harbor'}, {'shelter'})
        >>> moved = {"id": "1", "type": "service", "owner_id": "harbor", "private": True}
        >>> (changes := ChangeSet()).note({**moved, "owner_id": "pier"}, moved)
        >>> sorted(changes.openly)
        ['harbor', 'pier']
        """
        match row["type"]:
            case "organization":
                hidden = before is not None and _without_own(row) == _without_own(before)
                (self.privately if hidden else self.openly).add(row["id"])
                if gone:
                    self.gone[row["id"]] = (row["slug"], row["listed"])
            case "agreement":
                if before is not None and before["document"]["status"] in _RAN and row["document"]["status"] == "ended":
                    self.ended.add(row["id"])
                parties = self.agreements.setdefault(row["id"], set())
                parties.update(*(known["document"]["between"] for known in (row, before) if known is not None))
            case _ if row["owner_id"] is None:
                self.shared = True
            case record_type:
                for known in (row, before):  # a record may have changed hands
                    if known is not None:
                        hidden = record_type == "service_at_location" or (
                            record_type == "location" and known["private"]
                        )
                        (self.privately if hidden else self.openly).add(known["owner_id"])


def _without_own(row: Mapping[str, Any]) -> Any:
    """Return an organization's row without what it alone can see."""
    document = dict(row["document"])
    if "coalition" in document:
        document["coalition"] = {k: v for k, v in document["coalition"].items() if k not in _OF_ITSELF}
    return {**row, "document": document, "withheld": None, "version": 0, "last_modified": None}
