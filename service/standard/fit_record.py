"""A record as it is stored, in the form that HSDS asks for: what has not that form is kept apart. Pure.

What is known to HSDS and has its form stays under its own name. A field that HSDS does not know stays beside it, for
HSDS lets records say more. What has the name of a field and not its form goes whole under `as_given`: a reader of HSDS
never meets text where a number is promised, and nothing that came in is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.standard.identity import id_of

from .hidden_names import NOTHING_HIDDEN, HiddenNames
from .schema import KINDS, Field, ObjectType
from .value_forms import fitted, is_uuid

AS_GIVEN = "as_given"
Record = dict[str, Any]

# Told by where a part stands; a stored copy could name a record that is not for the reader.
_TOLD_BY_PLACE = frozenset(
    ("organization_id", "service_id", "location_id", "service_at_location_id", "contact_id", "phone_id", "link_id")
) | {"resource_id", "unit_id"}
_OF_THEIR_OWN = ("location", "service_at_location")  # records wherever they stand: what they refer to is part of them
_NAMED_OPENLY = ("organization", "service")  # their own names are public, whatever other names they contain
_NAMES_WHOLE = ("contact", "phone")  # a number that is another organization's goes with its name
_TERM_IDS: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, ...]]] = {
    "taxonomy_term": lambda term: (str(term.get("taxonomy") or ""), str(term.get("code") or term.get("name") or "")),
    "taxonomy": lambda taxonomy: (str(taxonomy.get("name") or ""),),
    "unit": lambda unit: (str(unit.get("name") or ""),),
}


@dataclass(frozen=True, slots=True)
class Fitting:
    """How records are made fit. `strict`: only what HSDS knows goes out, and no history of changes."""

    hidden: HiddenNames = NOTHING_HIDDEN
    strict: bool = False

    def fit(self, kind_name: str, given: Mapping[str, Any], *, place: str = "", whole: bool = False) -> Record | None:
        """Return `given` as an HSDS object of this kind; None where it lacks what no such object is without.

        `place` tells parts without an id of their own apart. `whole`: a record by itself, which keeps what it
        refers to; a part is known by where it stands.
        """
        kind = KINDS[kind_name]
        known: Record = {}
        more: Record = {}
        apart: Record = dict(given[AS_GIVEN]) if isinstance(given.get(AS_GIVEN), Mapping) else {}
        if kind_name in _NAMES_WHOLE and not whole and self.hidden.named_in(given):
            return None
        for name, value in given.items():
            told = not whole and kind_name not in _OF_THEIR_OWN and name in _TOLD_BY_PLACE and name in kind.fields
            if value is None or name == AS_GIVEN or told:
                continue
            if name == "id":
                known["id"] = value if is_uuid(value) else None
                if not is_uuid(value):
                    apart["id"] = value
            elif name not in kind.fields:
                more[name] = value
            else:
                self._field(kind, name, value, (known, apart), f"{place}/{given.get('id') or ''}")
        known["id"] = known.get("id") or _id(kind, given, place)
        if "description" in kind.required and not known.get("description"):
            known["description"] = known.get("name")
        if any(known.get(name) is None for name in kind.required):
            return None
        _settle_terms(kind, known)
        if kind.name == "service" and "program" in known:
            known["program_id"] = known["program"]["id"]
        return self._ordered(kind, known, more, apart)

    def _field(self, kind: ObjectType, name: str, value: Any, to: tuple[Record, Record], place: str) -> None:
        known, apart = to
        field = kind.fields[name]
        if field.form is not None:
            if isinstance(value, str) and self._hides(kind, name, value):
                return
            found = fitted(field.form, value)
        else:
            found = self._nested(field, name, value, apart, f"{place}/{name}")
            if found and field.kind == "attribute":
                found = [_linked(attribute, kind.name) for attribute in found]
        if found is not None:
            known[name] = found
        elif not (field.many and isinstance(value, list)):
            apart[name] = value

    def _nested(self, field: Field, name: str, value: Any, apart: Record, place: str) -> Any:
        kind = str(field.kind)
        if not field.many:
            return self.fit(kind, value, place=place) if isinstance(value, Mapping) else None
        if not isinstance(value, list):
            return None
        found: list[Record] = []
        unfit: list[Any] = []
        for position, item in enumerate(value):
            part = self.fit(kind, item, place=f"{place}/{position}") if isinstance(item, Mapping) else None
            if part is not None:
                found.append(part)
            elif not self.hidden.named_in(item):
                unfit.append(item)
        if unfit:
            before = apart.get(name)
            apart[name] = [*(before if isinstance(before, list) else ()), *unfit]
        return found or None

    def _hides(self, kind: ObjectType, name: str, text: str) -> bool:
        return not (kind.name in _NAMED_OPENLY and name == "name") and self.hidden.named_in(text)

    def _ordered(self, kind: ObjectType, known: Record, more: Record, apart: Record) -> Record:
        ordered = {name: known[name] for name in kind.fields if known.get(name) is not None}
        if self.strict:
            ordered.pop("metadata", None)
            return ordered
        told = {name: more[name] for name in sorted(more) if not self.hidden.named_in(more[name])}
        kept = {name: apart[name] for name in sorted(apart) if not self.hidden.named_in(apart[name])}
        return {**ordered, **told, **({AS_GIVEN: kept} if kept else {})}


def _linked(attribute: Record, to: str) -> Record:
    """Return an attribute that says what kind of record it hangs on, its fields in the order of the standard."""
    linked = {"link_entity": to, **attribute}
    fields = [name for name in KINDS["attribute"].fields if name in linked]
    return {name: linked[name] for name in (*fields, *(name for name in linked if name not in fields))}


def _settle_terms(kind: ObjectType, known: Record) -> None:
    """Give a term the taxonomy that it names, be it by no more than a name or an id; name no term twice."""
    if kind.name == "attribute" and "taxonomy_term" in known:
        known.pop("taxonomy_term_id", None)
    if kind.name != "taxonomy_term":
        return
    name = known.get("taxonomy") or known.get("taxonomy_id")
    if "taxonomy_detail" not in known and name:
        taxonomy_id = known.get("taxonomy_id") or id_of("taxonomy", name)
        known["taxonomy_detail"] = {"id": taxonomy_id, "name": name, "description": name}
    if "taxonomy_detail" in known:
        known["taxonomy_id"] = known["taxonomy_detail"]["id"]


def _id(kind: ObjectType, given: Mapping[str, Any], place: str) -> str:
    """Return an id for what has none: of a term the same wherever it is met, of a part by where it stands."""
    if kind.name in _TERM_IDS:
        return id_of(kind.name, *_TERM_IDS[kind.name](given))
    return id_of(kind.name, place, str(given.get("id") or ""))
