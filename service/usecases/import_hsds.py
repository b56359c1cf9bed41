"""Import HSDS files: what is right goes in, what is wrong is reported, and unknown stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from service.bundle.schema import Coalition
from service.hsds import Finding, ImportRefused
from service.hsds.files import read_documents
from service.hsds.findings import Findings
from service.hsds.graph import Graph, collect
from service.hsds.records import build_records, candidate_slugs
from service.hsds.stored import ASSUMED_ZONE, PLACEHOLDER, Stored, read_stored
from service.store import UnitOfWork
from service.store.rows import RowSet

_CHOSEN_UTC = "Etc/UTC"  # the same hours as the assumed zone, under a name that says somebody chose it


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. Findings name files, fields and reasons; no value of a file is in them.

    The counts are of the records that the files hold and the store now has; `directory_version` is the store's
    afterwards, 0 if it still holds nothing. `coalition_created`: there was none, and a bare one was made.
    `hours_read`: false where that one's time zone was only assumed, so that all imported hours count as unknown.
    `left_out`: wrong, and not stored. `unread`: stored as it came, counts as unknown. `set_aside`: right, but not for
    this import to store. `without_type`: slugs of services that no path can lead to yet, for want of a type.
    """

    changed: bool
    directory_version: int
    coalition_created: bool
    hours_read: bool
    files: int
    organizations: int
    services: int
    locations: int
    left_out: tuple[Finding, ...]
    unread: tuple[Finding, ...]
    set_aside: tuple[Finding, ...]
    without_type: tuple[str, ...]


def import_hsds(
    unit_of_work: UnitOfWork, path: Path, *, source: str | None = None, timezone: str | None = None
) -> ImportReport:
    """Import the HSDS 3.x JSON file `path`, or every JSON file under the folder `path`, and commit: one transaction.

    `source` names whose ids these are (default: the name of the file or folder); ids that are no UUIDs follow from
    it. Where no coalition is stored, one named "imported" is made; `timezone` (IANA) is its time zone, and can still be
    given with a later import (a coalition of a bundle keeps its own). The same files again change nothing. What a
    bundle stored stays as it is. What the files do not speak of stays too.

    Raises:
        ImportRefused: nothing could be read, or `timezone` is no time zone. Nothing is stored.
    """
    founding = _founding(timezone)
    findings = Findings()
    documents = read_documents(path, findings)
    whole = path.resolve()
    name = source or (whole.name if whole.is_dir() else whole.stem)
    graph = collect(documents, name, findings)
    with unit_of_work:
        coalition = unit_of_work.coalition
        coalition.wait_for_turn()
        connection = unit_of_work.session.connection()
        stored = read_stored(connection, coalition, graph, candidate_slugs(graph), zone=timezone is not None)
        records = build_records(graph, stored, name, findings)
        changed = bool(records.get("organization")) and coalition.merge(
            records, founding=founding, found_anew=stored.zone_assumed and timezone is not None
        )
        version = coalition.directory_version()
        unit_of_work.commit()
    return _report(graph, stored, records, findings, changed=changed, version=version, files=len(documents))


def _founding(timezone: str | None) -> Coalition:
    """Return the coalition to make where there is none."""
    zone = ASSUMED_ZONE if timezone is None else _CHOSEN_UTC if timezone == ASSUMED_ZONE else timezone
    try:
        return Coalition(
            slug=PLACEHOLDER, name="Imported directory", timezone=zone, policy_packs=("federal", "coalition")
        )
    except ValidationError:
        raise ImportRefused("the time zone must be an IANA name, such as America/Chicago") from None


def _report(
    graph: Graph, stored: Stored, records: RowSet, findings: Findings, *, changed: bool, version: int, files: int
) -> ImportReport:
    held = {
        kind: graph.of(kind).keys() & records.get(kind, {}).keys() for kind in ("organization", "service", "location")
    }
    services = [records["service"][row_id] for row_id in held["service"]]
    return ImportReport(
        changed=changed,
        directory_version=version,
        coalition_created=changed and not stored.founded,
        hours_read=stored.setting.zone_known,
        files=files,
        organizations=len(held["organization"]),
        services=len(held["service"]),
        locations=len(held["location"]),
        left_out=tuple(findings.left_out),
        unread=tuple(findings.unread),
        set_aside=tuple(findings.set_aside),
        without_type=tuple(sorted(row["slug"] for row in services if not row["types"])),
    )
