"""Builds a snapshot from records, once they agree with each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from routing.directory.agencies import Directory
from routing.directory.columns import Words
from routing.directory.encode_records import (
    encode_agreements,
    encode_organizations,
    encode_services,
    families_of,
    words_of,
)
from routing.directory.snapshot import Snapshot
from routing.errors import DirectoryError

_TWICE = "two records of one kind share an id: {what}"


def build_snapshot(directory: Directory) -> Snapshot:
    """Build a snapshot from records; pure, O(n log n) in the number of services.

    Raises:
        DirectoryError: two records share an id, a record refers to a missing id, or parents or areas form a loop.
    """
    organizations = tuple(sorted(directory.organizations, key=lambda o: o.slug))
    services = tuple(sorted(directory.services, key=lambda s: s.slug))
    organization_index = index_of(organizations, "organization")
    service_index = index_of(services, "service")
    areas = {area.code: area for area in sorted(directory.areas, key=lambda a: a.code)}
    if len(areas) < len(directory.areas):
        raise DirectoryError(_TWICE.format(what="area"))
    index_of(directory.agreements, "agreement")
    check_tree({code: area.within for code, area in areas.items()}, "area")
    check_tree({o.slug: o.parent for o in organizations}, "organization")
    organization_columns, kinds, likes = encode_organizations(
        organizations, tuple(areas), family=families_of(organizations, organization_index)
    )
    columns, words, timetables = encode_services(services, organization_index, tuple(areas), words_of(services))
    agreement_columns, agreements = encode_agreements(directory.agreements, organization_index)
    return Snapshot(
        version=directory.version,
        zone=ZoneInfo(directory.timezone),
        organizations=organizations,
        services=services,
        agreements=agreements,
        organization_index=organization_index,
        service_index=service_index,
        words=Words(**words, kinds=kinds, likes=likes),
        columns=columns,
        organization_columns=organization_columns,
        agreement_columns=agreement_columns,
        timetables=timetables,
        areas=areas,
        law=directory.law,
        service_types=directory.service_types,
        interpreted=tuple(tag.lower() for tag in directory.interpreted),
    )


def index_of(records: Sequence[Any], what: str) -> dict[str, int]:
    """Return the number of each record, by slug, or raise DirectoryError where two share a slug."""
    index = {record.slug: number for number, record in enumerate(records)}
    if len(index) != len(records):
        raise DirectoryError(_TWICE.format(what=what))
    return index


def check_tree(parents: dict[str, str | None], what: str) -> None:
    """Raise DirectoryError unless each parent is here, and no loop is closed."""
    cleared: set[str] = set()
    for start in parents:
        trail: set[str] = set()
        at: str | None = start
        while at is not None and at not in cleared:
            if at not in parents or at in trail:
                raise DirectoryError(f"a parent is missing or a loop is closed: {what}")
            trail.add(at)
            at = parents[at]
        cleared |= trail
