"""Names for new objects: which a caller may give without learning of objects that it may not see."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from service.directory.bundle import Bundle
from service.directory.store.record_documents import Document
from service.infrastructure.errors import NotHere, Problem, RecordRefused
from service.words import refusals

from .read_directory import AGREEMENTS, SERVICES, View
from .store_record import owners_of


def check_new_name(view: View, resource: str, name: str, bundle: Bundle) -> None:
    """Refuse a name for an object invisible to the caller, if the name is taken or not the caller's to give."""
    refused = _refused_name(view, name, owners_of(bundle)) if resource in (SERVICES, AGREEMENTS) else None
    if refused == refusals.KEPT_NAME:
        raise RecordRefused("", (Problem("/slug", refused),))
    if refused or view.resources.is_taken(resource, name):
        raise NotHere


def _refused_name(view: View, name: str, owners: Collection[str]) -> str | None:
    """Return the fault of a new name, not in use in the caller's view, for an object of `owners` (slugs).

    A caller without sight of the whole takes names of its own: `own-slug--night-beds`. Whether another name is taken
    would tell of hidden objects, and so names of that form are for the organization's objects alone.
    """
    if not view.reader.sees_unlisted:
        return None if name.startswith(f"{view.reader.organization}--") else refusals.NEW_NAME
    begun = {name[: found.start()] for found in re.finditer("--", name)} - set(owners)
    return refusals.KEPT_NAME if view.resources.owners_by_slug(begun) else None


def named_by_others(view: View, document: Document, stored: Document) -> Iterator[Problem]:
    """Yield each new service or location in an organization under a name that the caller may not give."""
    for part in ("services", "locations"):
        known = {item["id"] for item in stored.get(part, ())}
        given = document.get(part)
        for index, item in enumerate(given if isinstance(given, list) else ()):
            name = item.get("id") if isinstance(item, dict) else None
            if isinstance(name, str) and name not in known and (refused := _refused_name(view, name, [document["id"]])):
                yield Problem(f"/{part}/{index}/slug", refused)
