"""A search for HSDS records, as the parameters of HSDS's API name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """The conditions on records, each to be met; None fits every record. `search`: case-folded words, each to be found.

    `meters`: from the middle of the public places with the given `postcode`.
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
