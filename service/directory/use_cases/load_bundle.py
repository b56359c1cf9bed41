"""Load a coalition bundle: whole or not at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from service.database.unit_of_work import UnitOfWork
from service.directory.bundle import Bundle, read_bundle
from service.directory.events import emit_directory_changed
from service.directory.hsds.curation.apply import curated_records
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.summarize_changes import ChangeSummary, read_names, summarize
from service.errors import BundleRefused
from service.garbage_collection import no_collection

from .check_published import confirm_published, find_unpublished


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The result of a load. Counts are of the file's records; `directory_version` is the store's afterwards.

    `curated`: confirmed entries about imported records; `unconfirmed`: entries passed over. `summary`: the records that
    changed, and those that are stored and not in the file; empty for a first load, which adds all of it.
    """

    changed: bool
    directory_version: int
    organizations: int
    services: int
    agreements: int
    curated: int = 0
    unconfirmed: int = 0
    summary: ChangeSummary = field(default_factory=ChangeSummary)


@no_collection()
def load_bundle(unit_of_work: UnitOfWork, data: bytes, *, replace: bool) -> LoadReport:
    """Load the bundle in `data` (YAML or JSON) and commit; without `replace`, records unnamed in the file stay.

    The same bundle again changes no row. With any problem, no row is stored.

    Raises:
        BundleRefused: with every problem in the file, or every contradiction with the store.
        AddressKeyError: private addresses cannot be sealed with the key at hand.
    """
    return store_bundle(unit_of_work, read_bundle(data), replace=replace)


@no_collection()
def store_bundle(
    unit_of_work: UnitOfWork,
    bundle: Bundle,
    *,
    replace: bool,
    keep: bool = True,
    publish: Collection[str] | None = None,
) -> LoadReport:
    """Store a bundle and commit, as `load_bundle`; without `keep`, the load is tried and undone, with the same report.

    `publish`: the organizations (slugs) that may show more of themselves than before, and have said so; None: each may.

    Raises:
        BundleRefused: with every contradiction with the store, or every organization that `publish` lacks.
        AddressKeyError: private addresses cannot be sealed with the key at hand.
    """
    with unit_of_work:
        coalition = CoalitionRepository(unit_of_work)
        coalition.wait_for_turn()
        connection = unit_of_work.session.connection()
        before = read_names(connection)
        curated = curated_records(connection, bundle.curation)
        changed = coalition.load(bundle, curated, replace=replace)
        if publish is not None and (problems := find_unpublished(unit_of_work, publish)):
            raise BundleRefused(problems)
        confirm_published(unit_of_work, publish or ())
        version, summary = coalition.directory_version(), summarize(before, read_names(connection), bundle)
        emit_directory_changed(unit_of_work)
        if keep:
            unit_of_work.commit()
    return LoadReport(
        changed=changed,
        directory_version=version,
        organizations=len(bundle.organizations),
        services=sum(len(organization.services) for organization in bundle.organizations),
        agreements=len(bundle.agreements),
        curated=len(bundle.curation.services) + len(bundle.curation.organizations) - bundle.curation.unconfirmed,
        unconfirmed=bundle.curation.unconfirmed,
        summary=summary,
    )
