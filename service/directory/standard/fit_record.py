"""Fits a stored record to the form that HSDS asks for; values of another form are kept apart. Pure.

A field of HSDS whose value has the field's form keeps its name. A field unknown to HSDS stays beside the known fields,
because HSDS allows further fields. A value without the form of its field moves whole under `as_given`: a reader of HSDS
never meets text where HSDS promises a number, and no value of the stored record is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.directory.standard.identity import id_of, is_uuid

from .hidden_names import NOTHING_HIDDEN, HiddenNames
from .schema import OBJECT_TYPES, Field, ObjectType
from .value_forms import fit_value

AS_GIVEN = "as_given"
Record = dict[str, Any]

# A part's place in its record says as much; a stored copy could name a record that is hidden from the reader.
_TOLD_BY_PLACE = frozenset(
    ("organization_id", "service_id", "location_id", "service_at_location_id", "contact_id", "phone_id", "link_id")
) | {"resource_id", "unit_id"}
_OF_THEIR_OWN = ("location", "service_at_location")  # records also as parts: the ids they refer to belong to them
_NAMED_OPENLY = ("organization", "service")  # their own names are public, even if a hidden name is part of them
_NAMES_WHOLE = ("contact", "phone")  # left out whole: the number of a hidden organization goes with its name
_TERM_IDS: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, ...]]] = {
    "taxonomy_term": lambda term: (str(term.get("taxonomy") or ""), str(term.get("code") or term.get("name") or "")),
    "taxonomy": lambda taxonomy: (str(taxonomy.get("name") or ""),),
    "unit": lambda unit: (str(unit.get("name") or ""),),
}


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How records are fitted: texts with a `hidden` name are left out.

    `strict`: only fields that HSDS knows go out, without `as_given` and without the history of changes (`metadata`).
    """

    hidden: HiddenNames = NOTHING_HIDDEN
    strict: bool = False

    def fit(self, record_type: str, item: Mapping[str, Any], *, place: str = "", whole: bool = False) -> Record | None:
        """Return `item` as an HSDS object of this type; None where a required field is absent or has another form.

        `place` is the path of a part in its record, from which the id of a part without an id follows. `whole`: a
        record by itself, which keeps the ids of records that it refers to; a part drops them, as its place tells them.

        >>> FitOptions().fit("organization", {"name": "Harbor", "year_incorporated": "about 90", "beds": 3}, whole=True)
        ... # doctest: +NORMALIZE_WHITESPACE
        {'id': '6f8fc795-7b05-5c1f-bfe1-1f404f31900d', 'name': 'Harbor', 'description': 'Harbor', 'beds': 3,
         'as_given': {'year_incorporated': 'about 90'}}
        >>> FitOptions().fit("phone", {"type": "voice"}) is None  # a phone has a number
        True
        """
        object_type = OBJECT_TYPES[record_type]
        fields: Record = {}
        more: Record = {}
        apart: Record = dict(item[AS_GIVEN]) if isinstance(item.get(AS_GIVEN), Mapping) else {}
        if record_type in _NAMES_WHOLE and not whole and self.hidden.named_in(item):
            return None
        by_place = () if whole or record_type in _OF_THEIR_OWN else _TOLD_BY_PLACE & object_type.fields.keys()
        for name, value in item.items():
            if value is None or name == AS_GIVEN or name in by_place:
                continue
            if name == "id":
                fields["id"] = value if is_uuid(value) else None
                if not is_uuid(value):
                    apart["id"] = value
            elif name not in object_type.fields:
                more[name] = value
            else:
                self._field(object_type, name, value, (fields, apart), f"{place}/{item.get('id') or ''}")
        fields["id"] = fields.get("id") or _id(object_type, item, place)
        if "description" in object_type.required and not fields.get("description"):
            fields["description"] = fields.get("name")
        if any(fields.get(name) is None for name in object_type.required):
            return None
        _settle_terms(object_type, fields)
        if object_type.name == "service" and "program" in fields:
            fields["program_id"] = fields["program"]["id"]
        return self._in_order(object_type, fields, more, apart)

    def _field(self, object_type: ObjectType, name: str, value: Any, to: tuple[Record, Record], place: str) -> None:
        fields, apart = to
        field = object_type.fields[name]
        if field.form is not None:
            is_open = name == "name" and object_type.name in _NAMED_OPENLY
            if isinstance(value, str) and not is_open and self.hidden.named_in(value):
                return
            content = fit_value(field.form, value)
        else:
            content = self._parts(field, name, value, apart, f"{place}/{name}")
            if content and field.record_type == "attribute":
                attributes = ({"link_entity": object_type.name, **attribute} for attribute in content)
                content = [in_order("attribute", attribute) for attribute in attributes]
        if content is not None:
            fields[name] = content
        elif not (field.many and isinstance(value, list)):
            apart[name] = value

    def _parts(self, field: Field, name: str, value: Any, apart: Record, place: str) -> Any:
        record_type = str(field.record_type)
        if not field.many:
            return self.fit(record_type, value, place=place) if isinstance(value, Mapping) else None
        if not isinstance(value, list):
            return None
        parts: list[Record] = []
        unfit: list[Any] = []
        for position, item in enumerate(value):
            part = self.fit(record_type, item, place=f"{place}/{position}") if isinstance(item, Mapping) else None
            if part is not None:
                parts.append(part)
            elif not self.hidden.named_in(item):
                unfit.append(item)
        if unfit:
            before = apart.get(name)
            apart[name] = [*(before if isinstance(before, list) else ()), *unfit]
        return parts or None

    def _in_order(self, object_type: ObjectType, fields: Record, more: Record, apart: Record) -> Record:
        ordered = {name: fields[name] for name in object_type.fields if fields.get(name) is not None}
        if self.strict:
            return {name: value for name, value in ordered.items() if name != "metadata"}
        additions = {name: more[name] for name in sorted(more) if not self.hidden.named_in(more[name])}
        originals = {name: apart[name] for name in sorted(apart) if not self.hidden.named_in(apart[name])}
        return {**ordered, **additions, **({AS_GIVEN: originals} if originals else {})}


def in_order(record_type: str, record: Record) -> Record:
    """Return a record with its fields in the order of HSDS, and what HSDS does not know after them."""
    fields = {name: record[name] for name in OBJECT_TYPES[record_type].fields if name in record}
    return fields | record


def _settle_terms(object_type: ObjectType, fields: Record) -> None:
    """Write out the taxonomy of a term, of which the term may give only the name or the id.

    An attribute with a whole `taxonomy_term` loses `taxonomy_term_id`, so that the term is named once.
    """
    if object_type.name == "attribute" and "taxonomy_term" in fields:
        fields.pop("taxonomy_term_id", None)
    if object_type.name != "taxonomy_term":
        return
    name = fields.get("taxonomy") or fields.get("taxonomy_id")
    if "taxonomy_detail" not in fields and name:
        taxonomy_id = fields.get("taxonomy_id") or id_of("taxonomy", name)
        fields["taxonomy_detail"] = {"id": taxonomy_id, "name": name, "description": name}
    if "taxonomy_detail" in fields:
        fields["taxonomy_id"] = fields["taxonomy_detail"]["id"]


def _id(object_type: ObjectType, record: Mapping[str, Any], place: str) -> str:
    """Return an id for an object without one: a term's follows from its names alone, a part's from its `place`."""
    if object_type.name in _TERM_IDS:
        return id_of(object_type.name, *_TERM_IDS[object_type.name](record))
    return id_of(object_type.name, place, str(record.get("id") or ""))
