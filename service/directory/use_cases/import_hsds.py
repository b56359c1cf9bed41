"""Import HSDS files: right records go in, wrong records are reported, and unknown stays unknown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from policies.messages import joined
from service.database import clock
from service.database.unit_of_work import UnitOfWork
from service.directory.bundle.schema import Coalition
from service.directory.events import emit_directory_changed
from service.directory.hsds import Finding, ImportRefused
from service.directory.hsds.findings import ORDER, SET_ASIDE, UNKNOWN, Findings, report_document, report_text
from service.directory.hsds.importing.build_rows import build_records, candidate_slugs
from service.directory.hsds.importing.column_map import Setting
from service.directory.hsds.importing.prune import Pruning
from service.directory.hsds.importing.stored_rows import read_founded, read_setting, read_stored, term_rows
from service.directory.hsds.reading.files import STANDARD_INPUT
from service.directory.hsds.reading.mapping import read_mapping
from service.directory.hsds.reading.read_files import take_in
from service.directory.hsds.reading.record_graph import RecordGraph
from service.directory.hsds.reading.split_records import CORE_TYPES
from service.directory.hsds.reading.spool import Spool
from service.directory.standard.record_types import BY_TYPE_ALONE, LOCATION, ORGANIZATION, SERVICE
from service.directory.store.directory_tables import ASSUMED_ZONE, PLACEHOLDER, RowSet
from service.directory.store.repositories import CoalitionRepository
from service.documents.fields import parse_instant
from service.garbage_collection import no_collection
from service.i18n import imports, refusals

from .check_published import confirm_published, find_unpublished
from .import_limits import ImportLimits

_CHOSEN_UTC = "Etc/UTC"  # the same hours as the assumed zone, under a name that says somebody chose it

READING, STORING = "read", "stored"
Progress = Callable[[str, int, int | None], object]
"""Told now and then: `READING` or `STORING`, how many records (services), and of how many where that is known."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import. Findings name files, fields and reasons; no finding holds a value of a file.

    Counts are of records both in the files and in the store now; `terms`: taxonomies and terms told by themselves.
    `directory_version` is 0 for a store still empty. `hours_read`: false while the time zone is only assumed, so that
    every imported hour counts as unknown. `refused`: no record of a strict import was stored. `pruned`: organizations
    deleted whole; None without a wish to prune, or after an unreadable file, whose records are not known.
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
        """Return the result of the import without its findings, by name."""
        names = "source refused changed directory_version files organizations services locations terms pruned"
        summary = {name: getattr(self, name) for name in names.split()}
        return {**summary, "services_without_type": len(self.without_type)}

    def document(self) -> dict[str, Any]:
        """Return the whole report for a program."""
        return report_document(self.summary(), self.findings)

    def text(self) -> str:
        """Return the whole report for a person: Markdown, worst first."""
        return report_text(self.summary(), self.findings)

    def totals(self) -> list[tuple[str, int]]:
        """Return the treatments of findings, worst first, each with its count."""
        counts = self.findings.totals()
        return [(treatment, counts.get(treatment, 0)) for treatment in ORDER]

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """Wrong records, not stored."""
        return self.findings.left_out

    @property
    def unread(self) -> tuple[Finding, ...]:
        """Values stored as found, counted as unknown."""
        return self.findings.of(UNKNOWN)

    @property
    def set_aside(self) -> tuple[Finding, ...]:
        """Right records outside the import's reach."""
        return self.findings.of(SET_ASIDE)


def import_hsds(
    unit_of_work: UnitOfWork,
    path: Path,
    *,
    source: str | None = None,
    timezone: str | None = None,
    strict: bool = False,
    prune: bool = False,
    mapping: bytes | None = None,
    progress: Progress = lambda *_: None,
    limits: ImportLimits | None = None,
    publish: Collection[str] | None = None,
) -> ImportReport:
    """Import the HSDS file `path`, every file under the folder or in the zip archive `path`, or standard input (`-`).

    A single transaction, committed. `source` names the owner of the ids (default: the name of the file or folder).
    Into a store without a coalition goes a coalition named "imported" with `timezone` (IANA), which can still be given
    later. The same files again change no row. Records of a bundle and records outside the files stay.

    `strict`: no record is stored if a record had to be left out, or a field departs from HSDS. `prune`: earlier records
    of the same source absent from the files go, if every file could be read. `mapping`: the files are spreadsheets, to
    be read by the mapping (YAML or JSON). Memory does not grow with the import. `publish`: the organizations (slugs)
    that may show more of themselves than before, and have said so; None: each may.

    Raises:
        ImportRefused: no readable record, the mapping is wrong or names an absent column, or `timezone` is no time
            zone; or the files expand too much, or cost more than `limits`; or they show more of an organization that
            `publish` lacks. No record is stored.
    """
    founding = _founding(timezone)
    findings = Findings()
    columns = None if mapping is None else read_mapping(mapping)
    with limits or ImportLimits() as held_to, Spool() as spool, no_collection():
        name = source or _name_of(path)
        files = take_in(path, spool, name, findings, mapping=columns, tell=lambda count: progress(READING, count, None))
        all_read = not findings.left_out
        spool.close_intake(findings)
        has_records = any(spool.count(record_type) for record_type in (*CORE_TYPES, *BY_TYPE_ALONE))
        unknown = any(finding.reason == imports.NO_TABLE for finding in findings.of(SET_ASIDE))
        if not has_records and (findings.left_out or unknown):  # else there are descriptions alone
            raise ImportRefused(imports.NOTHING_READ, findings.left_out)
        with unit_of_work:
            coalition = CoalitionRepository(unit_of_work)
            coalition.wait_for_turn()
            connection = unit_of_work.session.connection()
            founded = read_founded(connection)
            setting = read_setting(connection)
            pruning = Pruning(connection, name, findings) if prune and all_read else None
            dates_until = None if founded.exists else clock.now(unit_of_work.session)
            storing = _Storing(spool, connection, setting, name, findings, progress, pruning, dates_until)
            changed = coalition.merge(
                storing.batches(),
                founding=founding,
                found_anew=founded.zone_assumed and timezone is not None,
                gone=storing.gone_records,
            )
            refused = strict and bool(findings.left_out or findings.malformed)
            changed, version = changed and not refused, 0 if refused else coalition.directory_version()
            if not refused:
                if publish is not None and (unpublished := find_unpublished(unit_of_work, publish)):
                    raise ImportRefused(joined([problem.message for problem in unpublished], "\n"))
                confirm_published(unit_of_work, publish or ())
                emit_directory_changed(unit_of_work)
                held_to.lift()
                unit_of_work.commit()
    return ImportReport(
        changed=changed,
        directory_version=version,
        coalition_created=changed and not founded.exists,
        hours_read=timezone is not None or not founded.zone_assumed,
        files=files,
        organizations=len(storing.ids["organization"]),
        services=len(storing.ids["service"]),
        locations=len(storing.ids["location"]),
        terms=storing.terms,
        findings=findings,
        without_type=tuple(sorted(storing.without_type)),
        source=name,
        refused=refused,
        pruned=pruning.removed if pruning is not None else None,
    )


def _name_of(path: Path) -> str:
    """Return the default name of a source: the name of its file, folder or archive."""
    if str(path) == STANDARD_INPUT:
        return "standard-input"
    whole = path.resolve()
    return whole.name if whole.is_dir() else whole.stem


def _founding(timezone: str | None) -> Coalition:
    """Return the coalition to make in an empty store."""
    zone = ASSUMED_ZONE if timezone is None else _CHOSEN_UTC if timezone == ASSUMED_ZONE else timezone
    try:
        return Coalition(
            slug=PLACEHOLDER, name="Imported directory", timezone=zone, policy_packs=("federal", "coalition")
        )
    except ValidationError:
        raise ImportRefused(refusals.COALITION_TIMEZONE) from None


@dataclass(slots=True)
class _Storing:
    """Turns the spool into the store's wanted rows, some organizations at a time, and counts the stored records.

    `dates_until`: of an import into an empty store, the moment until which services keep the dates that the files give.
    """

    spool: Spool
    connection: Connection
    setting: Setting
    source: str
    findings: Findings
    progress: Progress
    pruning: Pruning | None
    dates_until: datetime | None
    ids: Mapping[str, set[str]] = field(default_factory=lambda: {ORGANIZATION: set(), SERVICE: set(), LOCATION: set()})
    without_type: list[str] = field(default_factory=list)
    terms: int = 0

    def batches(self) -> Iterator[RowSet]:
        """Yield the records of organizations group by group; each request sees the groups before as stored."""
        for record_type in BY_TYPE_ALONE:
            for terms in self.spool.terms(record_type):
                self.terms += len(terms)
                yield {record_type: term_rows(self.connection, record_type, terms, self.source)}
        total, count = self.spool.count(SERVICE), 0
        for graph in self.spool.graphs():
            slugs = candidate_slugs(graph)
            stored = read_stored(self.connection, graph, slugs, self.setting)
            records = build_records(
                graph,
                stored,
                self.source,
                self.findings,
                prune=self.pruning is not None,
                note_copy=self.spool.expansion.write,
            )
            self._count(graph, records)
            self._keep_dates(graph, records)
            yield records
            count += len(graph.services)
            self.progress(STORING, count, total)
        if self.pruning is not None:
            yield from self.pruning.batches(self._here())

    def gone_records(self) -> Iterator[tuple[str, str]]:
        """Yield (type, id) of records to delete whole: organizations with all that they own, taxonomies and terms."""
        if self.pruning is None:
            return
        for row_id in self.pruning.gone_organizations(self._here()):
            yield ORGANIZATION, row_id
        for record_type in BY_TYPE_ALONE:
            here = frozenset(row_id for terms in self.spool.terms(record_type) for row_id in terms)
            for row_id in self.pruning.gone_terms(record_type, here):
                yield record_type, row_id

    def _keep_dates(self, graph: RecordGraph, records: RowSet) -> None:
        if self.dates_until is None:
            return
        for row_id, entity in graph.services.items():
            given = entity.fields.get("last_modified")
            date = parse_instant(given) if isinstance(given, str) else None
            if row_id in records[SERVICE] and date is not None and date <= self.dates_until:
                records[SERVICE][row_id] = {**records[SERVICE][row_id], "last_modified": date}

    def _here(self) -> frozenset[str]:
        """Return the organizations held or mentioned by the files, stored or not."""
        return frozenset(self.spool.owners())

    def _count(self, graph: RecordGraph, records: RowSet) -> None:
        for record_type, ids in self.ids.items():
            ids.update(graph.of(record_type).keys() & records.get(record_type, {}).keys())
        services = (records["service"][row_id] for row_id in graph.services if row_id in records["service"])
        self.without_type += [row["slug"] for row in services if "types" not in row["document"]["referral"]]
