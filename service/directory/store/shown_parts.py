"""What an organization shows of its name and its place, by its rows, so that a change is seen to show more, or less.

Only the organization itself may show more (`service.directory.use_cases.record_writer`). Showing less is noted beside
the keys, so that a restore does not undo it (`service.database.hiding_note`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from service.database.unit_of_work import ChangeSet

from .record_documents import parts_of

_PEOPLE = (("declared", "by"), ("subpoena_contact", "name"), ("grievance", "contact"))
_AT = {
    "organization": "/contacts",
    "service": "/services",
    "service_at_location": "/services",
    "location": "/locations",
}


class Part(NamedTuple):
    """That an organization is listed, that its address is public, a name in its record, or a public address."""

    kind: Literal["listed", "address", "name", "place"]
    text: str = ""


LISTED, ADDRESS = Part("listed"), Part("address")
FLAGS = frozenset({"listed", "address"})
NAMES = FLAGS | {"name"}
ALL_PARTS = NAMES | {"place"}
"""Kinds of parts. Another may add a public address, unless the organization took one out of its own record."""
Row = Mapping[str, Any]
Rows = Mapping[tuple[str, str], Row]
"""Rows by the type and the id of their record."""
Shown = Mapping[Part, str]
"""What an organization shows, each part with its place in the record (a JSON pointer)."""


def shown_parts(rows: Iterable[Row]) -> Shown:
    """Return what an organization shows, by the rows of its whole record; nothing of one that is not there.

    >>> row = {"type": "organization", "listed": True, "private": True, "document": {"name": "Harbor House"}}
    >>> sorted(shown_parts([row]).values())
    ['/coalition/listed', '/name']
    """
    shown: dict[Part, str] = {}
    for row in rows:
        document = row["document"]
        if row["type"] == "organization":
            if row["listed"]:
                shown[LISTED] = "/coalition/listed"
            if not row["private"]:
                shown[ADDRESS] = "/coalition/address_private"
            profile = document.get("coalition", {})
            names = [(f"/{name}", document.get(name)) for name in ("name", "alternate_name")]
            for part, name in _PEOPLE:
                names.append((f"/coalition/{part}/{name}", profile.get(part, {}).get(name)))
            for pointer, text in names:
                if text:
                    shown[Part("name", text)] = pointer
        if row["type"] == "location" and not row["private"]:
            for place in parts_of(document, "addresses"):
                shown[Part("place", f"{place.get('address_1')}, {place.get('city')}")] = "/locations"
        for contact in parts_of(document, "contacts"):
            for person in (contact.get("name"), contact.get("successor")):
                if person:
                    shown[Part("name", person)] = _AT[row["type"]]
    return shown


def streets_of(organization: Row) -> set[tuple[str | None, str | None]]:
    """Return the streets, each with its city, in an organization's record as the organization itself reads it."""
    places = organization.get("locations", ())
    return {(at.get("address_1"), at.get("city")) for place in places for at in parts_of(place, "addresses")}


def hidden_by_labels(labels: Mapping[str, Any]) -> set[Part]:
    """Return what an organization with some labels does not show.

    >>> hidden_by_labels({"listed": "coalition", "address_private": False})
    {Part(kind='listed', text='')}
    """
    hidden = {LISTED: labels.get("listed") != "public", ADDRESS: labels.get("address_private") is True}
    return {part for part, is_hidden in hidden.items() if is_hidden}


def parts_beyond(shown: Shown, other: Shown, kinds: Collection[str]) -> dict[Part, str]:
    """Return the parts of some kinds that are shown here and not there."""
    return {part: at for part, at in shown.items() if part.kind in kinds and part not in other}


def note_shown(change_set: ChangeSet, touched: Iterable[Row], current: Rows, target: Rows) -> None:
    """Record which owners of the touched records, past and present, now show more or less of themselves.

    A load that replaces the whole directory hides nothing: whoever restores a backup does so on purpose.
    """
    owners: dict[str, tuple[list[Row], list[Row]]] = {}
    for row in touched:
        for version in (current, target):
            record = version.get((row["type"], row["id"]))
            if record is not None and ("organization", record["owner_id"]) in target:
                owners[record["owner_id"]] = [], []
    for at, version in enumerate((current, target) if owners else ()):
        for record in version.values():
            if record["owner_id"] in owners:
                owners[record["owner_id"]][at].append(record)
    for owner, (before, after) in owners.items():
        shown, now_shown = shown_parts(before), shown_parts(after)
        is_imported = target["organization", owner]["source"] is not None  # its names and places are the source's
        if parts_beyond(shown, now_shown, FLAGS if is_imported else ALL_PARTS):
            change_set.hiding.add(owner)
        if before and parts_beyond(now_shown, shown, FLAGS if shown.keys() >= {LISTED, ADDRESS} else NAMES):
            change_set.showing.add(owner)
        if not is_imported and parts_beyond(now_shown, shown, {"place"}):
            change_set.placing.add(owner)
