"""Records no longer brought by their source: whole organizations, and terms told by themselves.

Services and places that are gone from an organization which is still brought go with its record (`build_rows`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from service.hsds.findings import Findings, Place
from service.standard.record_types import ORGANIZATION, SERVICE
from service.store import CoalitionRepository
from service.store.directory_tables import DIRECTORY
from service.store.rows import RowSet
from service.wording import imports

from .orphans import without_source

_BATCH = 500
_REFERRING = (  # columns that name an organization and are no part of its own record
    ("agreement_party", "organization_id"),
    ("vocabulary_term", "organization_id"),
    (ORGANIZATION, "parent_id"),
)


@dataclass(slots=True)
class Pruning:
    """Finds the gone records. `removed` counts the organizations deleted whole."""

    connection: Connection
    coalition: CoalitionRepository
    source: str
    findings: Findings
    removed: int = 0

    def batches(self, here: Collection[str]) -> Iterator[RowSet]:
        """Yield the records of organizations that are not `here` and stay, without the source's parts."""
        for batch in self._gone(ORGANIZATION, here):
            rows = without_source(self.coalition.read_records(batch), self.source)
            needed = self._needed(batch)
            staying = {row["organization_id"] for row in rows[SERVICE].values()} | needed
            for organization in sorted(needed):
                self.findings.put_aside(Place(rows[ORGANIZATION][organization]["slug"]), imports.GONE_AND_STAYS)
            yield {
                name: {key: row for key, row in found.items() if _owner(name, row) in staying}
                for name, found in rows.items()
            }

    def gone_terms(self, record_type: str, here: Collection[str]) -> Iterator[str]:
        """Yield the source's earlier taxonomies, or terms, that are not `here`."""
        yield from (row_id for batch in self._gone(record_type, here) for row_id in batch)

    def gone(self, here: Collection[str]) -> Iterator[str]:
        """Yield the organizations that are not `here` and hold no part brought or needed by another source."""
        for batch in self._gone(ORGANIZATION, here):
            kept = self._others(batch) | self._needed(batch)
            for organization in batch:
                if organization not in kept:
                    self.removed += 1
                    yield organization

    def _others(self, batch: list[str]) -> set[str]:
        """Return the organizations of `batch` with a service from another source."""
        services = DIRECTORY.tables[SERVICE]
        found = self.connection.execute(
            select(services.c.organization_id, services.c.source).where(services.c.organization_id.in_(batch))
        )
        return {row.organization_id for row in found if row.source != self.source}

    def _gone(self, record_type: str, here: Collection[str]) -> Iterator[list[str]]:
        table = DIRECTORY.tables[record_type]
        ours = self.connection.execute(select(table.c.id).where(table.c.source == self.source).order_by(table.c.id))
        gone = [row.id for row in ours if row.id not in here]
        yield from (gone[start : start + _BATCH] for start in range(0, len(gone), _BATCH))

    def _needed(self, batch: list[str]) -> set[str]:
        found: set[str] = set()
        for name, column in _REFERRING:
            of = DIRECTORY.tables[name].c[column]
            found.update(value for (value,) in self.connection.execute(select(of).where(of.in_(batch))))
        return found


def _owner(name: str, row: dict[str, str]) -> str | None:
    return row["id"] if name == ORGANIZATION else row.get("owner_id") or row.get("organization_id")
