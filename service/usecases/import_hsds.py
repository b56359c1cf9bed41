"""Import HSDS files: what is right goes in, what is wrong is reported, and unknown stays unknown."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from service.bundle.schema import Coalition
from service.events.directory import tell_directory_changed
from service.hsds import Finding, ImportRefused
from service.hsds.findings import Findings
from service.hsds.importing.build_rows import build_records, candidate_slugs
from service.hsds.importing.column_map import Setting
from service.hsds.importing.prune import Pruning
from service.hsds.importing.stored_rows import read_founded, read_setting, read_stored, read_terms
from service.hsds.importing.term_rows import term_rows
from service.hsds.reading.files import STANDARD_INPUT
from service.hsds.reading.mapping import Mapping
from service.hsds.reading.read_files import take_in
from service.hsds.reading.record_graph import RecordGraph
from service.hsds.reading.split_records import KINDS
from service.hsds.reading.spool import Spool
from service.standard.record_kinds import BY_KIND_ALONE, ORGANIZATION, SERVICE
from service.store import ASSUMED_ZONE, PLACEHOLDER, CoalitionRepository, UnitOfWork
from service.store.rows import RowSet
from service.wording import imports, refusals

_CHOSEN_UTC = "Etc/UTC"  # the same hours as the assumed zone, under a name that says somebody chose it

READING, STORING = "read", "stored"
Progress = Callable[[str, int, int | None], object]
"""Told now and then: `READING` or `STORING`, how many records (services), and of how many where that is known."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. Findings name files, fields and reasons; no value of a file is in them.

    The counts are of the records that the files hold and the store now has; `terms`: taxonomies and terms told by
    themselves. `directory_version` is the store's afterwards, 0 if it still holds nothing. `coalition_created`: there
    was none, and a bare one was made.
    `hours_read`: false where that one's time zone was only assumed, so that all imported hours count as unknown.
    `findings`: all of what was found, counted; the tuples below are of them, up to `findings.MOST_LISTED` of a reason.
    `refused`: something was wrong and the import was strict, so that nothing was stored. `pruned`: organizations that
    went whole, because their source does not bring them any more; None where nobody asked, or where it was not done,
    because some of the files could not be read and what they hold is not known.
    `without_type`: slugs of services that no path can lead to yet, for want of a type.
    """

    changed: bool
    directory_version: int
    coalition_created: bool
    hours_read: bool
    files: int
    organizations: int
    services: int
    locations: int
    terms: int
    findings: Findings
    without_type: tuple[str, ...]
    source: str
    refused: bool = False
    pruned: int | None = None

    def summary(self) -> dict[str, Any]:
        """Return what the import did, but for what it found, by name."""
        told = (
            "source",
            "refused",
            "changed",
            "directory_version",
            "files",
            "organizations",
            "services",
            "locations",
            "terms",
        )
        return {
            **{name: getattr(self, name) for name in told},
            "pruned": self.pruned,
            "services_without_type": len(self.without_type),
        }

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """What is wrong, and was not stored."""
        return self.findings.left_out

    @property
    def unread(self) -> tuple[Finding, ...]:
        """What was stored as it came, and counts as unknown."""
        return self.findings.unread

    @property
    def set_aside(self) -> tuple[Finding, ...]:
        """What is right, but not for this import to store."""
        return self.findings.set_aside


def import_hsds(
    unit_of_work: UnitOfWork,
    path: Path,
    *,
    source: str | None = None,
    timezone: str | None = None,
    strict: bool = False,
    prune: bool = False,
    mapping: Mapping | None = None,
    progress: Progress = lambda *_: None,
) -> ImportReport:
    """Import the HSDS file `path`, every one under the folder or in the zip archive `path`, or standard input (`-`).

    One transaction, committed. `source` names whose ids these are (default: the name of the file or folder); ids that
    are no UUIDs follow from it. Where no coalition is stored, one named "imported" is made; `timezone` (IANA) is its
    time zone, and can still be given with a later import (a coalition of a bundle keeps its own). The same files again
    change nothing. What a bundle stored stays as it is. What the files do not speak of stays too.

    `strict`: nothing is stored if a record had to be left out, or a field is not what HSDS says it is. `prune`: what
    the same source once brought and the files do not hold goes, if all of them could be read. `mapping`: the files are
    spreadsheets that it tells to read.

    The files are read once, into a temporary file, and stored some organizations at a time: memory does not grow with
    the import.

    Raises:
        ImportRefused: nothing could be read, no record is in it, a column that the mapping names is not there, or
            `timezone` is no time zone. Nothing is stored.
    """
    founding = _founding(timezone)
    findings = Findings()
    with Spool() as spool, _without_cycles():
        name = source or _name_of(path)
        files = take_in(path, spool, name, findings, mapping=mapping, tell=lambda count: progress(READING, count, None))
        all_read = not findings.left_out
        spool.close_intake(findings)
        held = any(spool.count(kind) for kind in (*KINDS, *BY_KIND_ALONE))
        unknown = any(found.reason == imports.NO_TABLE for found in findings.set_aside)
        if not held and (findings.left_out or unknown):  # else there are descriptions alone
            raise ImportRefused(imports.NOTHING_READ, findings.left_out)
        with unit_of_work:
            coalition = unit_of_work.coalition
            coalition.wait_for_turn()
            connection = unit_of_work.session.connection()
            founded = read_founded(connection)
            setting = read_setting(connection)
            pruning = Pruning(connection, coalition, name, findings) if prune and all_read else None
            storing = _Storing(spool, coalition, connection, setting, name, findings, progress, pruning)
            changed = coalition.merge(
                storing.batches(),
                founding=founding,
                found_anew=founded.zone_assumed and timezone is not None,
                gone=storing.gone,
            )
            refused = strict and bool(findings.left_out or findings.malformed)
            if refused:
                changed = False
            version = 0 if refused else coalition.directory_version()
            if not refused:
                tell_directory_changed(unit_of_work)
                unit_of_work.commit()
    return ImportReport(
        changed=changed,
        directory_version=version,
        coalition_created=changed and not founded.exists,
        hours_read=timezone is not None or not founded.zone_assumed,
        files=files,
        organizations=len(storing.held["organization"]),
        services=len(storing.held["service"]),
        locations=len(storing.held["location"]),
        terms=storing.terms,
        findings=findings,
        without_type=tuple(sorted(storing.without_type)),
        source=name,
        refused=refused,
        pruned=pruning.removed if pruning is not None else None,
    )


@contextmanager
def _without_cycles() -> Iterator[None]:
    """Keep the collector of cycles from looking through a million rows again and again: there are no cycles in them."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _name_of(path: Path) -> str:
    """Return the name by which a source is known if none is given: that of its file, folder or archive."""
    if str(path) == STANDARD_INPUT:
        return "standard-input"
    whole = path.resolve()
    return whole.name if whole.is_dir() else whole.stem


def _founding(timezone: str | None) -> Coalition:
    """Return the coalition to make where there is none."""
    zone = ASSUMED_ZONE if timezone is None else _CHOSEN_UTC if timezone == ASSUMED_ZONE else timezone
    try:
        return Coalition(
            slug=PLACEHOLDER, name="Imported directory", timezone=zone, policy_packs=("federal", "coalition")
        )
    except ValidationError:
        raise ImportRefused(refusals.COALITION_TIMEZONE) from None


@dataclass(slots=True)
class _Storing:
    """Turns the spool into what the store should hold, some organizations at a time, and counts what was stored."""

    spool: Spool
    coalition: CoalitionRepository
    connection: Connection
    setting: Setting
    source: str
    findings: Findings
    progress: Progress
    pruning: Pruning | None
    held: AnyMapping[str, set[str]] = field(
        default_factory=lambda: {kind: set() for kind in ("organization", "service", "location")}
    )
    without_type: list[str] = field(default_factory=list)
    terms: int = 0

    def batches(self) -> Iterator[RowSet]:
        """Yield the records of some organizations after the other; what is asked for next sees those before stored."""
        for kind in BY_KIND_ALONE:
            for told in self.spool.terms(kind):
                self.terms += len(told)
                yield {kind: term_rows(kind, told, read_terms(self.connection, kind, told), self.source)}
        total, done = self.spool.count(SERVICE), 0
        for graph in self.spool.graphs():
            slugs = candidate_slugs(graph)
            stored = read_stored(self.connection, self.coalition, graph, slugs, self.setting)
            records = build_records(graph, stored, self.source, self.findings, prune=self.pruning is not None)
            self._count(graph, records)
            yield records
            done += len(graph.services)
            self.progress(STORING, done, total)
        if self.pruning is not None:
            yield from self.pruning.batches(self._here())

    def gone(self) -> Iterator[tuple[str, str]]:
        """Yield (table, id) of what goes whole: organizations with their records, taxonomies and terms."""
        if self.pruning is None:
            return
        for row_id in self.pruning.gone(self._here()):
            yield ORGANIZATION, row_id
        for kind in BY_KIND_ALONE:
            here = frozenset(row_id for told in self.spool.terms(kind) for row_id in told)
            for row_id in self.pruning.gone_terms(kind, here):
                yield kind, row_id

    def _here(self) -> frozenset[str]:
        """Return the organizations that the files hold or speak of, stored or not."""
        return frozenset(self.spool.owners())

    def _count(self, graph: RecordGraph, records: RowSet) -> None:
        for kind, held in self.held.items():
            held.update(graph.of(kind).keys() & records.get(kind, {}).keys())
        services = (records["service"][row_id] for row_id in graph.services if row_id in records["service"])
        self.without_type += [row["slug"] for row in services if not row["types"]]
