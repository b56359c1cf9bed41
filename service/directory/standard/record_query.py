"""A search for HSDS records, as the parameters of HSDS's API name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """The conditions on records, each to be met; None fits every record. `search`: case-folded words, each to be found.

    `meters`: from the middle of the public places with the given `postcode`. `name_begins`: case-folded words, the last
    perhaps only the beginning of one. `ids` and `term_ids`: any of them.
    """

    search: tuple[str, ...] | None = None
    term_id: str | None = None
    taxonomy_id: str | None = None
    organization_id: str | None = None
    modified_after: datetime | None = None
    postcode: str | None = None
    meters: int | None = None
    parent_id: str | None = None
    top_only: bool = False
    ids: tuple[str, ...] | None = None
    name_begins: tuple[str, ...] | None = None
    term_ids: tuple[str, ...] | None = None
    location_id: str | None = None
    active: bool | None = None
    modified_before: datetime | None = None
