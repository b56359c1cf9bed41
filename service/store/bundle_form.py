"""Stored rows as the bundle's own form again: the way back from `rows`. Pure.

Null and empty are left out, as in a bundle written by a person; words come sorted. Reading the result as a bundle gives
the same rows, except a part's own id, of which only a hash is stored. Of a private location only `id` and
`location_type` are here: the rest is sealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from service.standard.identity import place_slug

from .directory_tables import DIRECTORY
from .rows import RowSet, Values

Document = dict[str, Any]

_STRUCTURE = frozenset(
    (
        "id",
        "slug",
        "owner_id",
        "position",
        "extra",
        "private",
        "parent_id",
        "limits_known",
        "source",
        "curated",
        "withheld",
    )
)
_PARTS: Mapping[str, tuple[tuple[str, str], ...]] = {  # table -> (list in the bundle, table of its parts)
    "organization": (("phones", "phone"), ("contacts", "contact"), ("locations", "location"), ("services", "service")),
    "service": (
        ("phones", "phone"),
        ("schedules", "schedule"),
        ("service_areas", "service_area"),
        ("service_at_locations", "service_at_location"),
        ("languages", "language"),
        ("contacts", "contact"),
        ("capacities", "service_capacity"),
    ),
    "location": (
        ("languages", "language"),
        ("addresses", "address"),
        ("contacts", "contact"),
        ("phones", "phone"),
        ("schedules", "schedule"),
    ),
    "contact": (("phones", "phone"),),
    "phone": (("languages", "language"),),
}
_PROFILE = (
    "basis",
    "kind",
    "regimes",
    "reporter",
    "membership",
    "listed",
    "address_private",
    "near",
    "operator_authorised",
    "accepted_forms",
    "grievance",
    "subpoena_contact",
)
_DECLARATION = (("on", "declared_on"), ("by", "declared_by"), ("review_by", "review_by"))
REFERRAL_COLUMNS = (  # field in the bundle, column
    ("types", "types"),
    ("accepts", "accepts"),
    ("accepts_from", "accepts_from"),
    ("requires", "requires"),
    ("intake_data", "intake_data"),
    ("genders", "genders"),
    ("only", "only_traits"),
    ("not", "not_traits"),
    ("companions", "companions"),
    ("waitlist", "waitlist"),
    ("designated", "designated"),
)
DURATION_COLUMNS = (("response_time", "response_time_s"), ("holds", "holds_s"))
_DURATION = TypeAdapter(timedelta)
_NOT_PLAIN: Mapping[str, frozenset[str]] = {
    "organization": frozenset((*_PROFILE, *(column for _, column in _DECLARATION), "declared")),
    "service": frozenset(column for _, column in (*REFERRAL_COLUMNS, *DURATION_COLUMNS)),
}


def organization_documents(rows: RowSet, slugs: Mapping[str, str], *, ids: bool = False) -> dict[str, Document]:
    """Return every organization in `rows` whole, in the bundle's form, by id; `slugs` names organizations by id.

    `ids`: an organization, service or location then has its stored id (a UUID) as `id`, and its name as `slug`.
    """
    return dict(_Reader(rows, slugs, ids=ids).organizations())


def agreement_documents(rows: RowSet, slugs: Mapping[str, str]) -> dict[str, Document]:
    """Return every agreement in `rows` with its parties, in the bundle's form, by id."""
    parties: defaultdict[str, list[Values]] = defaultdict(list)
    for party in rows.get("agreement_party", {}).values():
        parties[party["agreement_id"]].append(party)
    found = {}
    for row_id, row in rows.get("agreement", {}).items():
        ordered = sorted(parties[row_id], key=lambda party: int(party["position"]))
        named = [(slugs[party["organization_id"]], party) for party in ordered]
        terms = {
            side: {slug: party[side] for slug, party in named if party[side] is not None}
            for side in ("offers", "wants")
        }
        plain = {name: value for name, value in row.items() if name not in ("id", "slug", "withheld")}
        found[row_id] = _filled({"id": row["slug"], "between": [slug for slug, _ in named], **plain, **terms})
    return found


def release_form_documents(rows: RowSet) -> dict[str, Document]:
    """Return every release form in `rows`, in the bundle's form, by id."""
    return {
        row_id: _filled({"id": row["slug"], **{name: row[name] for name in ("name", "languages", "elements", "marks")}})
        for row_id, row in rows.get("release_form", {}).items()
    }


def vocabulary_documents(rows: RowSet, slugs: Mapping[str, str]) -> dict[str, Document]:
    """Return every vocabulary entry in `rows`, in the bundle's form, by id."""
    found = {}
    for row_id, row in rows.get("vocabulary_term", {}).items():
        plain = {name: value for name, value in row.items() if name not in ("id", "organization_id", "withheld")}
        found[row_id] = _filled({**plain, "organization": slugs.get(row["organization_id"] or "")})
    return found


def area_documents(rows: RowSet) -> list[Document]:
    """Return every area in `rows`, in the bundle's form.

    >>> nowhere = {"latitude": None, "longitude": None, "jurisdiction": None}
    >>> texas = {**nowhere, "slug": "us-tx", "name": "Texas", "within_id": None}
    >>> county = {**nowhere, "slug": "salt-prairie", "name": "Salt Prairie", "within_id": "1", "latitude": 31.3}
    >>> area_documents({"area": {"1": texas, "2": county}})[1]
    {'code': 'salt-prairie', 'name': 'Salt Prairie', 'within': 'us-tx', 'latitude': 31.3}
    """
    areas = rows.get("area", {})
    return [
        _filled(
            {
                "code": row["slug"],
                "name": row["name"],
                "within": areas[row["within_id"]]["slug"] if row["within_id"] else None,
                "latitude": row["latitude"],
                "longitude": row["longitude"],
                "jurisdiction": row["jurisdiction"],
            }
        )
        for row in areas.values()
    ]


def form_groups(rows: RowSet) -> list[list[str]]:
    """Return the groups of equivalent forms in `rows`, each a sorted list of slugs.

    >>> alike = {"1": {"group_id": "g", "form_id": "a"}, "2": {"group_id": "g", "form_id": "b"}}
    >>> forms = {"a": {"slug": "release-es"}, "b": {"slug": "release"}}
    >>> form_groups({"form_equivalence": alike, "release_form": forms})
    [['release', 'release-es']]
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows.get("form_equivalence", {}).values():
        groups[row["group_id"]].append(rows["release_form"][row["form_id"]]["slug"])
    return [sorted(groups[group]) for group in sorted(groups)]


class _Reader:
    """Knows the parts of each row within a set of rows."""

    def __init__(self, rows: RowSet, slugs: Mapping[str, str], *, ids: bool) -> None:
        self.rows = rows
        self.slugs = slugs
        self.ids = ids
        self.hanging: defaultdict[tuple[str, str], list[Values]] = defaultdict(list)
        for whole, lists in _PARTS.items():
            for _, table in lists:
                for row in rows.get(table, {}).values():
                    if (above := row.get(f"{whole}_id")) is not None:
                        self.hanging[table, above].append(row)

    def organizations(self) -> Iterator[tuple[str, Document]]:
        for row_id, row in self.rows.get("organization", {}).items():
            yield row_id, self._record("organization", row)

    def _record(self, table: str, row: Values) -> Document:
        """Return a row with its parts. `organization_id` and the like follow from a part's place."""
        found: Document = {}
        if "slug" in row:
            slug = place_slug(row["slug"]) if table == "location" else row["slug"]
            found = {"id": row["id"], "slug": slug} if self.ids else {"id": slug}
        if table == "service_at_location":
            found["location_id"] = place_slug(self.rows["location"][row["location_id"]]["slug"])
        found |= {name: row[name] for name in _plain_columns(table)} | (row["extra"] or {})
        if table == "organization":
            found |= {"parent": self.slugs.get(row["parent_id"] or ""), "coalition": _profile(row)}
        for name, part in _PARTS.get(table, ()):
            hanging = sorted(self.hanging[part, row["id"]], key=lambda row: (int(row["position"]), str(row["id"])))
            found[name] = [self._record(part, below) for below in hanging]
        if table == "service":
            found["referral"] = _referral(row)
        return _filled(found)


@cache
def _plain_columns(table: str) -> tuple[str, ...]:
    """Return the columns of a table with the same name in a bundle's record."""
    elsewhere = _STRUCTURE | _NOT_PLAIN.get(table, frozenset())
    columns = DIRECTORY.tables[table].columns
    return tuple(column.name for column in columns if column.name not in elsewhere and not column.foreign_keys)


def _profile(row: Values) -> Document | None:
    if not row["declared"]:
        return None
    declaration = _filled({name: row[column] for name, column in _DECLARATION})
    return _filled({**{name: row[name] for name in _PROFILE}, "declared": declaration})


def _referral(row: Values) -> Document:
    return _filled({**{name: row[column] for name, column in REFERRAL_COLUMNS}, **durations_of(row)})


def durations_of(row: Mapping[str, Any]) -> Document:
    """Return the durations in a row of `service`, in a bundle's spelling. Pure.

    >>> durations_of({"response_time_s": 7200, "holds_s": None})
    {'response_time': 'PT2H'}
    """
    return {
        name: _DURATION.dump_python(timedelta(seconds=row[column]), mode="json")
        for name, column in DURATION_COLUMNS
        if row[column] is not None
    }


def _filled(document: Mapping[str, Any]) -> Document:
    return {name: _text(value) for name, value in document.items() if value not in (None, [], {})}


def _text(value: Any) -> Any:
    """Return days, times of day and moments in a bundle's spelling."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case _:
            return value
