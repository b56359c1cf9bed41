"""The fields of a record as inputs of a form and as words: what the schema says they take, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.i18n.page_texts import TEXTS
from service.page.desk.documents import BEFORE, Choices, Document, at, is_list, is_typed
from service.page.desk.kinds import DURATIONS, MOST_ROWS, WEEKDAYS, Field, Kind, Rows, label_of
from service.page.forms import Form, is_number
from service.page.names import every_name
from service.page.visit import Visit

Words = Mapping[str, Any]
SPARE = 2
"""Empty inputs below those of a list whose entries are typed."""
ROLES = (
    "coalition_representative", "team_representative", "coordinator", "media_spokesperson", "spokesperson",
    "subpoena_contact",
)  # fmt: skip
DOORS = ("anyone", "members", "agreement")


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a form. `values`: those chosen or typed; `options`: (code, word) pairs; `names`: id of a datalist."""

    name: str
    widget: str
    label: str
    hint: str
    required: bool
    values: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()
    names: str = ""
    longest: int = 500


async def choices_for(visit: Visit) -> Choices:
    """Return the words of the entries of every list that fields take, by list and code."""
    terms, words = (await visit.ask("GET", "/v1/terms")).document, visit.words
    names = await every_name(visit)
    forms = (await visit.ask("GET", "/v1/release-forms?per_page=200")).document["items"]
    topics = {"service_types": "need", "kinds": "agency_kind", "traits": "trait", "regimes": "regime"}
    lists = {
        name: {term["code"]: str(words["code"](topics.get(name, name), term["code"], term["name"])) for term in entries}
        for name, entries in terms.items()
        if name in ("service_types", "kinds", "traits", "regimes", "areas", "languages")
    }
    doors = {door: words["t"](f"desk.door.{door}") for door in DOORS}
    return {
        **lists,
        "organizations": names,
        "release-forms": {form["slug"]: form["name"] for form in forms},
        "roles": {role: words["t"](f"role.{role}") for role in ROLES},
        "doors": {**doors, **lists["kinds"], **names},
    }


@dataclass(frozen=True, slots=True)
class RecordWords:
    """A kind of record in the words of a reader; `choices`: those of the lists that its fields take."""

    kind: Kind
    choices: Choices
    words: Words

    def inputs_of(self, part: str, form: Form) -> tuple[list[Input], list[list[Input]]]:
        """Return the single inputs of a part, and those of each of its rows: the filled ones, and one for a new row."""
        singles, rows = self.kind.part(part)
        inputs = [self._input(entry.path, entry, form) for entry in singles]
        if rows is None:
            return inputs, []
        by_row = [
            [self._input(f"{rows.path}.{number}.{entry.path}", entry, form) for entry in rows.fields]
            for number in range(min(_count(rows, form) + 1, MOST_ROWS))
        ]
        return inputs, by_row

    def _input(self, path: str, entry: Field, form: Form) -> Input:
        schema, required = self.kind.schema(path)
        label = label_of(path)
        hint = f"desk.hint.{label}"
        options = self._options(path, entry)
        if is_list(self.kind, path, entry):
            widget = "names" if is_typed(entry, self.choices) else "checks"
        elif entry.terms:
            widget = "name"
        elif options:
            widget = "select"
        elif entry.long:
            widget = "long"
        else:
            by_format = {"date": "date", "time": "time"}.get(schema.get("format", ""), "")
            widget = by_format or {"integer": "number"}.get(schema.get("type", ""), "text")
        values = form.all(BEFORE + path)
        if widget == "names":
            values = (*values, *("",) * SPARE)
        return Input(
            name=BEFORE + path,
            widget=widget,
            label=self.words["t"](f"desk.field.{label}"),
            hint=self.words["t"](hint) if hint in TEXTS else "",
            required=required,
            values=values,
            options=tuple(options),
            names=entry.terms,
            longest=min(schema.get("maxLength", 4000 if entry.long else 500), 4000),
        )

    def _options(self, path: str, entry: Field) -> list[tuple[str, str]]:
        """Return code and word of each value that a field takes; empty for one that takes any text."""
        schema, _ = self.kind.schema(path)
        codes = schema.get("enum") or schema.get("items", {}).get("enum")
        if entry.days:
            return [(day, self.words["t"](f"desk.day.{day}")) for day in WEEKDAYS]
        if entry.terms:
            return [] if is_typed(entry, self.choices) else list(self.choices[entry.terms].items())
        if schema.get("type") == "boolean":
            return [(value, self.words["t"](f"desk.{value}")) for value in ("true", "false")]
        if schema.get("format") == "duration":
            return [(value, self.words["t"](f"desk.duration.{value}")) for value in DURATIONS]
        return [(code, str(self.words["code"](entry.topic, code))) for code in codes or ()]

    def _shown(self, path: str, entry: Field, value: Any) -> str:
        """Return the value of a field in words; empty for an absent one."""
        if value is None or value == []:
            return ""
        if entry.days:
            value = str(value).split(",")
        if isinstance(value, list):
            items = [item[entry.key] if entry.key else item for item in value]
            return "; ".join(self._word(path, entry, item) for item in items)
        return self._word(path, entry, value)

    def _word(self, path: str, entry: Field, value: Any) -> str:
        schema, _ = self.kind.schema(path)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if entry.days and text not in WEEKDAYS:  # such as the first Monday of each month
            return text
        if entry.terms:
            return self.choices[entry.terms].get(text, text)
        if schema.get("format") == "date":
            return str(self.words["say"].day(text))
        return dict(self._options(path, entry)).get(text, text)

    def part_in_words(self, part: str, document: Document) -> tuple[list[tuple[str, str]], list[str]]:
        """Return label and value of each filled field of a part, and each of its rows as a line."""
        singles, rows = self.kind.part(part)
        facts = [
            (self.words["t"](f"desk.field.{label_of(entry.path)}"), text)
            for entry in singles
            if (text := self._shown(entry.path, entry, at(document, entry.path)))
        ]
        return facts, [] if rows is None else list(self._lines(rows, document))

    def _lines(self, rows: Rows, document: Document) -> Iterator[str]:
        for number in range(len(at(document, rows.path) or ())):
            texts = [
                self._shown(path, entry, at(document, path))
                for entry in rows.fields
                if (path := f"{rows.path}.{number}.{entry.path}")
            ]
            yield " · ".join(filter(None, texts))

    def differences(self, before: Document, after: Document) -> list[tuple[str, list[str], list[str]]]:
        """Return what differs between two forms of a record: the label, what was there, and what is there then."""
        found = []
        for part in self.kind.parts:
            (old, old_lines), (new, new_lines) = (self.part_in_words(part, document) for document in (before, after))
            old_facts, new_facts = dict(old), dict(new)
            for label in dict.fromkeys([*old_facts, *new_facts]):
                was, now = old_facts.get(label, ""), new_facts.get(label, "")
                if was != now:
                    found.append((label, [was] if was else [], [now] if now else []))
            gone = [line for line in old_lines if line not in new_lines]
            come = [line for line in new_lines if line not in old_lines]
            if gone or come:
                found.append((self.words["t"](f"desk.part.{part}"), gone, come))
        return found


def _count(rows: Rows, form: Form) -> int:
    numbers = [name.partition(".")[0] for name in form.by_prefix(f"{BEFORE}{rows.path}.")]
    return max((int(number) for number in numbers if is_number(number)), default=-1) + 1
