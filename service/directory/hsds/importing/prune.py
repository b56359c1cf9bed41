"""Records no longer brought by their source: whole organizations, and terms told by themselves.

Services and places that are gone from an organization which is still brought go with its record (`build_rows`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from service.directory.hsds.findings import Findings, Place
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from service.directory.store.directory_tables import RowSet, keys, of_type, read_records, records
from service.i18n import imports

from .build_rows import without_dangling

_BATCH = 500
_REFERRING = ("agreement.between", "organization.parent")
"""Keys that name an organization in a record that is not its own."""


@dataclass(slots=True)
class Pruning:
    """Finds the gone records. `removed` counts the organizations deleted whole."""

    connection: Connection
    source: str
    findings: Findings
    removed: int = 0

    def batches(self, here: Collection[str]) -> Iterator[RowSet]:
        """Yield the records of organizations that are not `here` and stay, without the source's parts."""
        for batch in self._gone_ids(ORGANIZATION, here):
            rows = without_source(read_records(self.connection, batch), self.source)
            needed = self._needed_organizations(batch)
            staying = {row["owner_id"] for row in rows[SERVICE].values()} | needed
            for organization in sorted(needed):
                self.findings.put_aside(Place(rows[ORGANIZATION][organization]["slug"]), imports.GONE_AND_STAYS)
            yield {
                name: {key: row for key, row in table.items() if row["owner_id"] in staying}
                for name, table in rows.items()
            }

    def gone_terms(self, record_type: str, here: Collection[str]) -> Iterator[str]:
        """Yield the source's earlier taxonomies, or terms, that are not `here`."""
        yield from (row_id for batch in self._gone_ids(record_type, here) for row_id in batch)

    def gone_organizations(self, here: Collection[str]) -> Iterator[str]:
        """Yield the organizations that are not `here` and hold no part brought or needed by another source."""
        for batch in self._gone_ids(ORGANIZATION, here):
            staying = self._others(batch) | self._needed_organizations(batch)
            for organization in batch:
                if organization not in staying:
                    self.removed += 1
                    yield organization

    def _others(self, batch: list[str]) -> set[str]:
        """Return the organizations of `batch` with a service from another source."""
        others = of_type(SERVICE, records.c.owner_id.in_(batch), records.c.source.is_distinct_from(self.source))
        return set(self.connection.execute(others.with_only_columns(records.c.owner_id)).scalars())

    def _gone_ids(self, record_type: str, here: Collection[str]) -> Iterator[list[str]]:
        ours = of_type(record_type, records.c.source == self.source).with_only_columns(records.c.id)
        gone = [key for key in self.connection.execute(ours.order_by(records.c.id)).scalars() if key not in here]
        yield from (gone[start : start + _BATCH] for start in range(0, len(gone), _BATCH))

    def _needed_organizations(self, batch: list[str]) -> set[str]:
        """Return the organizations of `batch` that another record names."""
        references = of_type(ORGANIZATION, records.c.id.in_(batch), keys.c.value == records.c.slug)
        references = references.where(keys.c.name.in_(_REFERRING)).with_only_columns(records.c.id)
        words = of_type("vocabulary_term", records.c.owner_id.in_(batch)).with_only_columns(records.c.owner_id)
        return {*self.connection.execute(references).scalars(), *self.connection.execute(words).scalars()}


def without_source(stored: RowSet, source: str) -> RowSet:
    """Return records less the services and places brought by `source`. Pure."""
    rows = dict(stored)
    for name in (SERVICE, LOCATION, SERVICE_AT_LOCATION):
        rows[name] = {key: row for key, row in rows.get(name, {}).items() if row["source"] != source}
    return without_dangling(rows)
