"""What the terminal holds a load and an import to: an organization shows more of itself by its own word alone."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from service.database.bulk import chunks
from service.database.hiding_note import absent_digests, forget_absent
from service.database.unit_of_work import UnitOfWork
from service.directory.store.directory_tables import of_type, records
from service.directory.store.hide_organizations import confirm_organizations, withdrawn_among
from service.directory.store.proposal_tables import RemovedOrganization
from service.directory.store.shown_parts import hidden_by_labels
from service.errors import Problem
from service.i18n import refusals


def find_unpublished(unit_of_work: UnitOfWork, publish: Collection[str]) -> tuple[Problem, ...]:
    """Return a problem for each organization that uncommitted changes show more of, and that `publish` (slugs) lacks.

    Adding an organization again that was removed while hidden, or hid after the backup that was restored and isn't in
    it, always counts as showing more, because its former names weren't kept and can't be compared.
    """
    changes, session = unit_of_work.change_set, unit_of_work.session
    removals = session.execute(select(RemovedOrganization)).scalars()
    removed = {removal.slug for removal in removals if hidden_by_labels(removal.labels)}
    absent = absent_digests(session, unit_of_work.cipher.keys, changes.added)
    shown = changes.showing | {*absent.values()} | withdrawn_among(session, changes.placing)
    unpublished = set[str]()
    for chunk in chunks(shown | (changes.added if removed else set())):
        for row in session.execute(of_type("organization", records.c.id.in_(chunk))):
            if row.id in shown or row.slug in removed:
                unpublished.add(row.slug)
    slugs = sorted(unpublished - {*publish})
    return tuple(Problem("organizations", refusals.NEEDS_PUBLISH.format(organization=slug)) for slug in slugs)


def confirm_published(unit_of_work: UnitOfWork, publish: Collection[str]) -> None:
    """Store that organizations (slugs) have said what they show."""
    confirm_organizations(unit_of_work.session, publish)
    named = of_type("organization", records.c.slug.in_(publish)).with_only_columns(records.c.id)
    ids = unit_of_work.session.execute(named).scalars()
    forget_absent(unit_of_work.session, absent_digests(unit_of_work.session, unit_of_work.cipher.keys, ids))
