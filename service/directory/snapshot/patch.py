"""The served version with the changes since in the store: changed records alone are read and made anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import routing
from service.database.unit_of_work import UnitOfWork
from service.directory.access import topmost
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, names_without, unlisted_in, without
from service.directory.store.records import PolicyDirectory, Presentation
from service.directory.store.stored_directory import ChangedRecords, StoredDirectory, read_changed, read_part
from service.garbage_collection import no_collection

Value = TypeVar("Value")
_LARGEST_PART = 4
"""A change of more than one organization in so many costs more by parts than whole."""


@dataclass(frozen=True, slots=True)
class PatchedDirectory:
    """A newer version, with the services (slugs) that were read for it: their counts are as in their records."""

    directory: DirectorySnapshot
    services: Collection[str]


@no_collection()
def patch_directory(unit_of_work: UnitOfWork, directory: DirectorySnapshot) -> PatchedDirectory | None:
    """Return the store's version, made of an older one; None where it has to be read whole.

    That is so for a change of the coalition itself, of areas, or of a large part of the organizations.

    Raises:
        NothingLoaded: the store holds no coalition.
        routing.DirectoryError: the records contradict each other.
    """
    with unit_of_work:
        return patch_within(unit_of_work, directory)


def patch_within(unit_of_work: UnitOfWork, directory: DirectorySnapshot) -> PatchedDirectory | None:
    """Return what `patch_directory` does, in an entered unit of work: with what it changed and did not commit."""
    connection = unit_of_work.session.connection()
    changed = read_changed(connection, directory.snapshot.version)
    size = len(directory.names.organizations)
    if "area" in changed.types or _LARGEST_PART * len(changed.owners) > size + _LARGEST_PART:
        return None
    above = partial(_parent_of, directory.names)
    part = read_part(connection, changed, codes=frozenset(directory.names.areas), parent_of=above)
    if part.names.version < directory.snapshot.version or _head(part.names) != _head(directory.names):
        return None
    if tuple(tag.lower() for tag in part.directory.interpreted) != directory.snapshot.interpreted:
        return None
    return PatchedDirectory(_Patch(directory, changed, part).directory(), part.names.services.keys())


def _head(names: Presentation) -> Any:
    """Return the coalition's own fields."""
    lines = [replace(line, owners=frozenset()) for line in names.fallback_lines]
    return names.coalition, names.coalition_name, names.timezone, names.packs, names.card_facts, names.sign_offs, lines


class _Patch:
    def __init__(self, before: DirectorySnapshot, changed: ChangedRecords, part: StoredDirectory) -> None:
        self._before, self._changed, self._part = before, changed, part
        self._houses = self._gone_slugs("organization", before.names.organizations, part.names.organizations)
        self._offers = self._gone_slugs("service", before.names.services, part.names.services)

    def directory(self) -> DirectorySnapshot:
        """Return the version with the changes."""
        before = self._before
        names = self._names()
        whole = replace(
            before,
            snapshot=routing.patch(before.snapshot, self._changes()),
            policy=self._policy(names),
            names=names,
            outside=None,
        )
        hidden = frozenset[str]() if before.outside is None else unlisted_in(before.names)
        part = self._part.names
        unlisted = (hidden - self._houses - part.organizations.keys()) | unlisted_in(part)
        return replace(whole, outside=self._outside(whole, hidden, unlisted)) if unlisted else whole

    def _outside(self, whole: DirectorySnapshot, hidden: frozenset[str], unlisted: frozenset[str]) -> DirectorySnapshot:
        """Return the version for those who may not know of unlisted organizations; `hidden`: those unlisted before."""
        before = self._before.outside
        if before is None or unlisted != hidden:
            return without(whole, unlisted)
        changes, names = self._changes(), names_without(self._part.names, unlisted)
        absent = {service.slug for service in changes.services if service.organization in unlisted}
        changes = replace(
            changes,
            services=tuple(service for service in changes.services if service.slug not in absent),
            gone_services=changes.gone_services | absent,  # a service may come from a listed organization
        )
        return replace(
            whole,
            snapshot=routing.patch(before.snapshot, changes),
            names=replace(
                whole.names,
                organizations=_merge(before.names.organizations, names.organizations, self._houses),
                services=_merge(before.names.services, names.services, changes.gone_services),
            ),
        )

    def _gone_slugs(self, record_type: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
        """Return the slugs of a type that are no more; a record with another slug than before has left the former."""
        added = {view.id for slug, view in now.items() if slug not in before}
        former = (slug for slug, view in before.items() if view.id in added) if added else ()
        return (self._changed.gone.get(record_type, frozenset()) | frozenset(former)) - now.keys()

    def _changes(self) -> routing.Changes:
        directory, agreements = self._part.directory, self._part.names.promises.keys()
        gone = self._changed.gone.get("agreement", frozenset())
        others = (terms for terms in self._before.snapshot.agreements if terms.slug not in agreements | gone)
        return routing.Changes(
            version=self._part.names.version,
            organizations=directory.organizations,
            services=directory.services,
            gone_organizations=self._houses,
            gone_services=self._offers,
            agreements=(*others, *directory.agreements) if agreements or gone else None,
        )

    def _policy(self, names: Presentation) -> PolicyDirectory:
        before, part = self._before.policy, self._part.policy
        agencies = _merge(before.agencies, part.agencies, self._houses)
        views, above = self._before.names.organizations, partial(_parent_of, names)
        if self._houses or any(slug not in views or views[slug].parent != above(slug) for slug in part.agencies):
            tops = {slug: topmost(slug, above) for slug in agencies}
            moves = {slug: agency for slug, agency in agencies.items() if agency.house != tops[slug]}
            agencies |= {slug: replace(agency, house=tops[slug]) for slug, agency in moves.items()}
        return PolicyDirectory(
            agencies=agencies,
            agreements=_merge(before.agreements, part.agreements, self._changed.gone.get("agreement", ())),
            equivalent_forms=part.equivalent_forms if "form_group" in self._changed.types else before.equivalent_forms,
        )

    def _names(self) -> Presentation:
        before, part, types = self._before.names, self._part.names, self._changed.types
        touched = self._houses | part.organizations.keys()
        words = part if "vocabulary_term" in types else before
        return replace(
            before,
            version=part.version,
            seen=part.seen,
            organizations=_merge(before.organizations, part.organizations, self._houses),
            services=_merge(before.services, part.services, self._offers),
            forms=part.forms if "release_form" in types else before.forms,
            codes=words.codes,
            terms=words.terms,
            contacts=_merge(before.contacts, part.contacts, touched - part.contacts.keys()),
            promises=_merge(before.promises, part.promises, self._changed.gone.get("agreement", ())),
            fallback_lines=tuple(
                replace(line, owners=(line.owners - touched) | other.owners)
                for line, other in zip(before.fallback_lines, part.fallback_lines, strict=True)
            ),
        )


def _parent_of(names: Presentation, slug: str) -> str | None:
    return names.organizations[slug].parent


def _merge(before: Mapping[str, Value], fresh: Mapping[str, Value], gone: Collection[str]) -> dict[str, Value]:
    """Return records by slug, in its order, with fresh ones and without those that are gone."""
    records = {**before, **fresh}
    for slug in gone:
        if slug not in fresh:
            records.pop(slug, None)
    return records if fresh.keys() <= before.keys() else dict(sorted(records.items()))
