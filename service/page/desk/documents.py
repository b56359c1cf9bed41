"""A record in the fields of a form, and back: fields that the form does not show stay as they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from service.i18n.texts import fold
from service.page.desk.kinds import IN_A_YEAR, MOST_ROWS, TODAY, WEEKDAYS, Action, Field, Kind
from service.page.forms import Form, is_number

BEFORE = "f."
"""What the name of each field of a record begins with in a form."""
REMOVE = "remove"
NEAR = timedelta(days=60)
"""An action on every row changes only those whose day is over, or so near."""
_TRUTH = {"true": True, "false": False}
_DECIMAL = re.compile(r"-?\d{1,3}(\.\d{1,9})?", re.ASCII)
_READ: Mapping[str, Callable[[str], Any]] = {
    "boolean": lambda text: _TRUTH.get(text, text),
    "integer": lambda text: int(text) if is_number(text) else text,
    "number": lambda text: float(text) if _DECIMAL.fullmatch(text) else text,
}
"""How a value is read by its type in the schema; what cannot be read stays as typed."""
Document = dict[str, Any]
Choices = Mapping[str, Mapping[str, str]]
"""The words of each list's entries, by code."""


def at(document: Any, path: str) -> Any:
    """Return the value at a path; None for an absent one.

    >>> at({"phones": [{"number": "555-0100"}]}, "phones.0.number"), at({}, "coalition.kind")
    ('555-0100', None)
    """
    for step in path.split("."):
        if isinstance(document, list):
            document = document[int(step)] if step.isdigit() and int(step) < len(document) else None
        else:
            document = document.get(step) if isinstance(document, dict) else None
    return document


def put_at(document: Document, path: str, value: Any) -> None:
    """Put a value at a path; None takes it away, with every part that is then empty.

    >>> record = {"name": "Harbor House", "coalition": {"near": "travis"}}
    >>> put_at(record, "coalition.near", None)
    >>> put_at(record, "phones.0.number", "555-0100")
    >>> record
    {'name': 'Harbor House', 'phones': [{'number': '555-0100'}]}
    """
    step, _, rest = path.partition(".")
    if not rest:
        if value is None:
            document.pop(step, None)
        else:
            document[step] = value
        return
    index, _, further = rest.partition(".")
    if index.isdigit():
        items = document.get(step) or []
        if int(index) >= len(items) and value is not None:
            items = [*items, *({} for _ in range(int(index) + 1 - len(items)))]
        if int(index) < len(items):
            put_at(items[int(index)], further, value)
        part: Any = items if any(items) else None
    else:
        part = document.get(step) or {}
        put_at(part, rest, value)
    put_at(document, step, part or None)


def fields_in(kind: Kind, part: str) -> Iterator[tuple[str, Field]]:
    """Yield the path of each single field of a part, and of each field of its rows by number."""
    singles, rows = kind.part(part)
    yield from ((entry.path, entry) for entry in singles)
    if rows is not None:
        for number in range(MOST_ROWS):
            yield from ((f"{rows.path}.{number}.{entry.path}", entry) for entry in rows.fields)


def is_list(kind: Kind, path: str, entry: Field) -> bool:
    """Say whether a field takes several values."""
    return entry.days or kind.schema(path)[0].get("type") == "array"


@dataclass(frozen=True, slots=True)
class RecordForm:
    """The forms of a kind of record; `choices`: the words of the lists that its fields take."""

    kind: Kind
    choices: Choices

    def form_of(self, part: str, document: Document) -> Form:
        """Return the fields of a part as a form has them; names stand in place of codes where they are typed."""
        values: dict[str, tuple[str, ...]] = {}
        for path, entry in fields_in(self.kind, part):
            value = at(document, path)
            if value is None or value == []:
                continue
            if entry.days:
                texts = tuple(str(value).split(","))
            elif isinstance(value, list):
                texts = tuple(str(item[entry.key] if entry.key else item) for item in value)
            else:
                texts = (str(value).lower() if isinstance(value, bool) else str(value),)
            if is_typed(entry, self.choices):
                texts = tuple(self.choices[entry.terms].get(text, text) for text in texts)
            values[BEFORE + path] = texts
        return Form(values)

    def document_of(self, part: str, base: Document, form: Form) -> tuple[Document, dict[str, str]]:
        """Return a record with a form's fields of one part, and the name of each field by JSON pointer."""
        document, names = deepcopy(base), dict[str, str]()
        singles, rows = self.kind.part(part)
        for entry in singles:
            names["/" + entry.path.replace(".", "/")] = BEFORE + entry.path
            put_at(document, entry.path, self._value(entry, form, at(base, entry.path)))
        if rows is None:
            return document, names
        items, kept = at(base, rows.path) or [], list[Document]()
        for number in range(MOST_ROWS):
            path = f"{rows.path}.{number}"
            item: Document = deepcopy(items[number]) if number < len(items) else {}
            for entry in rows.fields:
                within = f"{path}.{entry.path}"
                put_at(item, entry.path, self._value(replace(entry, path=within), form, at(base, within)))
            if not item or form.value(f"{BEFORE}{path}.{REMOVE}"):
                continue
            if number >= len(items):
                for name, value in rows.defaults.items():
                    put_at(item, name, value)
                if rows.path == "locations":
                    taken = {row.get("slug") for row in items}
                    item["slug"] = next(slug for n in count(1) if (slug := f"place-{n}") not in taken)
            for entry in rows.fields:
                pointer = f"/{rows.path}/{len(kept)}/{entry.path.replace('.', '/')}"
                names[pointer] = f"{BEFORE}{path}.{entry.path}"
            kept.append(item)
        put_at(document, rows.path, [*kept, *items[MOST_ROWS:]] or None)
        return document, names

    def _value(self, entry: Field, form: Form, before: Any) -> Any:
        """Return the value of a field as the record takes it; what cannot be read stays as typed, to be refused."""
        schema, _ = self.kind.schema(entry.path)
        texts: tuple[str, ...] = form.all(BEFORE + entry.path)
        if is_typed(entry, self.choices):
            texts = tuple(code_of(self.choices[entry.terms], text) for text in texts)
        if entry.days and set(str(before or "").split(",")) - {"", *WEEKDAYS}:
            return before  # such as the first Monday of each month, which no form shows
        if not texts:
            return None
        if entry.days:
            return ",".join(texts)
        if schema.get("type") == "array":
            stored = {item[entry.key] if entry.key else item: item for item in before or ()}
            codes = dict.fromkeys([*(code for code in stored if code in texts), *texts])  # the order stays as it was
            return [stored.get(code, {entry.key: code} if entry.key else code) for code in codes]
        return _READ.get(schema.get("type", ""), _text)(texts[0])


def _text(text: str) -> str:
    return text.replace("\r\n", "\n")  # as browsers send the lines of a text


MOST_CHECKS = 60
"""Entries of a list that stand as boxes to check; of a longer one, names are typed and completed."""
TYPED = frozenset({"organizations", "areas", "languages", "doors", "roles"})
"""Lists that may be long: their entries are typed by name, and completed where the browser can."""


def is_typed(entry: Field, choices: Choices) -> bool:
    """Say whether the entries of a field's list are typed by name."""
    return entry.terms in TYPED or len(choices.get(entry.terms, ())) > MOST_CHECKS


def code_of(names: Mapping[str, str], text: str) -> str:
    """Return the code of what was typed: a name of the list, whatever its case and accents, or a code itself.

    >>> code_of({"harbor-house": "Harbor House"}, "harbor house")
    'harbor-house'
    """
    if text in names:
        return text
    return next((code for code, name in names.items() if fold(name) == fold(text)), text)


def with_action(document: Document, action: Action, today: date) -> Document:
    """Return a record with the values of an action.

    >>> signed = {"status": "signed", "expires": "2026-05-01"}
    >>> with_action(signed, Action("terms", {"expires": IN_A_YEAR}), date(2026, 3, 2))["expires"]
    '2027-05-01'
    """
    changed = deepcopy(document)
    for path, value in action.values.items():
        head, _, tail = path.partition(".*.")
        paths = [f"{head}.{number}.{tail}" for number in range(len(at(changed, head) or ()))] if tail else [path]
        for place in paths:
            before = at(changed, place)
            if tail and (before is None or before > (today + NEAR).isoformat()):
                continue
            put_at(changed, place, _set(value, before, today))
    return changed


def _set(value: str, before: Any, today: date) -> str:
    if value == TODAY:
        return today.isoformat()
    if value != IN_A_YEAR:
        return value
    stored = date.fromisoformat(before) if isinstance(before, str) else today
    if stored.year == date.max.year:
        return stored.isoformat()  # as good as without an end
    return in_a_year(max(stored, today)).isoformat()


def in_a_year(day: date) -> date:
    """Return the same day of the next year; of February 29, the day before.

    >>> in_a_year(date(2028, 2, 29))
    datetime.date(2029, 2, 28)
    """
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def slug_of_name(name: str) -> str:
    """Return a slug for a new record of a name.

    >>> slug_of_name("Casa de Ñandú, Inc.")
    'casa-de-nandu-inc'
    """
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:80] or "record"
