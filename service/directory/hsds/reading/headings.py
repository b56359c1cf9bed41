"""The headings of spreadsheets as a first mapping: sure columns, guesses, columns left to a person. Pure.

Headings are compared word by word with a table of directories' usual headings. In files that are linked with each other
an id is that of the file's own records, or names a record of another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import yaml

from policies.messages import joined
from service.directory.standard.record_types import LOCATION, ORGANIZATION, SERVICE
from service.i18n import imports

from .mapping import column_name, fields_of
from .table_layouts import find_table

_CALLED = {  # what headings and files call a record of each main type, most special first
    SERVICE: r"programs?|services?",
    LOCATION: r"locations?|sites?",
    ORGANIZATION: r"agency|agencies|organi[sz]ations?|providers?",
}
_ID = r"(uu|gu)?id"
_KNOWN: Sequence[tuple[str, str, str, str | None]] = (  # headings, model, field, what splits a cell
    (r"(agency|organi[sz]ation|provider)( name)?", "organizations", "name", None),
    (r"(agency|organi[sz]ation|provider) description|about", "organizations", "description", None),
    (r"(web ?site|url|web( address)?|home ?page)", "organizations", "website", None),
    (r"(agency |organi[sz]ation |contact )?e ?mail( address)?", "organizations", "email", None),
    (r"(program|service)( name)?", "services", "name", None),
    (r"(program |service )?description|what they do", "services", "description", None),
    (r"(program |service )?status", "services", "status", None),
    (r"(min(imum)?|youngest|lowest) age|age (min(imum)?|from)", "services", "minimum_age", None),
    (r"(max(imum)?|oldest|highest) age|age (max(imum)?|to)", "services", "maximum_age", None),
    (
        r"eligibility|who (can|may) come|ages?( served)?|population( served)?",
        "services",
        "eligibility_description",
        None,
    ),
    (r"fees?|costs?", "services", "fees_description", None),
    (r"interpret(ation|ers?)( services)?", "services", "interpretation_services", None),
    (r"(phones?|telephone|tel)( number)?|(main|intake|office) (phone|line|number)|hot ?line", "phones", "number", None),
    (r"languages?( spoken| served)?", "languages", "language", ","),
    (r"(count(y|ies)|(service )?areas?|coverage|counties served)( served)?", "service_areas", "service_area", ","),
    (r"hours?( of operation)?|opening hours|schedule|office hours", "schedules", "description", None),
    (r"(street|street address|address( (line )?1)?|physical address)", "physical_addresses", "address_1", None),
    (r"(address( line)? 2|suite|unit|apartment)", "physical_addresses", "address_2", None),
    (r"categor(y|ies)|(service )?types?|kind of (help|service)", "taxonomy_terms", "name", ","),
    (r"city|town", "physical_addresses", "city", None),
    (r"state|province", "physical_addresses", "state_province", None),
    (r"zip( code)?|post(al)? ?code", "physical_addresses", "postal_code", None),
    (r"country", "physical_addresses", "country", None),
    (r"lat(itude)?", "locations", "latitude", None),
    (r"(lon|lng|long)(gitude)?", "locations", "longitude", None),
    (r"(location|site)( name)?", "locations", "name", None),
    (r"contact( name| person)?", "contacts", "name", None),
    (r"(contact )?(title|role|position)", "contacts", "title", None),
)
_NAMES = {(f"{record_type}s", "name") for record_type in _CALLED}
_CONSTANTS = (("services", "status", "active"), ("physical_addresses", "country", "US"))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The likely field of a column; `is_sure`: its whole heading is known, not a part of the heading."""

    heading: str
    model: str
    field: str
    split: str | None
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """The headings of a file; `own`: the type of its rows' records; `others`: the types that other files hold."""

    name: str
    headings: tuple[str, ...]
    own: str
    others: frozenset[str] = frozenset()

    @property
    def holds(self) -> str | None:
        """The type of record whose ids or names stand here; None for a file of something else."""
        return self.own if any(_is_own(heading, self.own) for heading in self.headings) else None


def sheets_of(files: Mapping[str, Sequence[str]]) -> list[Sheet]:
    """Return the files of an import, by name and headings, each with its own type of record and those of the others.

    >>> sheets = sheets_of({"orgs.csv": ["Agency ID"], "programs.csv": ["Program", "Agency ID"]})
    >>> [(sheet.own, *sheet.others) for sheet in sheets]
    [('organization', 'service'), ('service', 'organization')]
    """
    sheets = [Sheet(name, tuple(headings), _own_type(name, headings)) for name, headings in files.items()]
    types = frozenset(sheet.holds for sheet in sheets if sheet.holds)
    return [replace(sheet, others=types - {sheet.own}) for sheet in sheets]


def suggest_columns(sheet: Sheet) -> tuple[list[Suggestion], list[str], list[str]]:
    """Return the likely fields of columns, the headings told by another file, and those left to a person.

    No field is suggested twice.

    >>> [sheet] = sheets_of({"agencies.csv": ["Agency Name", "After-hours phone", "Notes"]})
    >>> suggestions, _, open_headings = suggest_columns(sheet)
    >>> [(one.model, one.field, one.is_sure) for one in suggestions], open_headings
    ([('organizations', 'name', True), ('phones', 'number', False)], ['Notes'])
    """
    suggestions: dict[str, Suggestion] = {}
    targets: set[tuple[str, str]] = set()
    references = {_parts(heading)[0] for heading in sheet.headings if _is_id(heading)} & sheet.others
    elsewhere = [heading for heading in sheet.headings if _parts(heading)[0] in references and not _is_id(heading)]
    for is_sure in (True, False):
        for heading in sheet.headings:
            for model, field, split in _targets(heading, sheet, is_sure=is_sure) if heading not in elsewhere else ():
                if heading not in suggestions and (model, field) not in targets:
                    targets.add((model, field))
                    suggestions[heading] = Suggestion(heading, model, field, split, is_sure)
    ordered = [suggestions[heading] for heading in sheet.headings if heading in suggestions]
    open_headings = [
        name for name in sheet.headings if name not in suggestions and name not in elsewhere and column_name(name)
    ]
    return ordered, elsewhere, open_headings


def _targets(heading: str, sheet: Sheet, *, is_sure: bool) -> Iterator[tuple[str, str, str | None]]:
    """Yield what a column may be: model, field and what splits a cell; the likeliest first."""
    record_type, label = _parts(heading)
    if _is_id(heading):
        if is_sure and (target := _id_target(record_type or sheet.own, sheet)):
            yield *target, None
        return
    title = label == "title" and bool(sheet.others) and (sheet.own, "name") not in map(_parts, sheet.headings)
    if is_sure and (title or (label == "name" and record_type in (None, sheet.own))):
        yield f"{sheet.own}s", "name", None
    if is_sure and label in ("alternate name", "alternative name", "aka", "also known as"):
        yield f"{record_type or sheet.own}s", "alternate_name", None
    for words in dict.fromkeys((_words_of(heading), label)):
        for form, model, field, split in _KNOWN:
            if not is_sure and (field == "status" or (sheet.others and (model, field) in _NAMES)):
                continue  # a wrong guess would leave every row out, or make a record of every row
            if re.fullmatch(form, words) if is_sure else re.search(rf"\b(?:{form})\b", words):
                of = model.removesuffix("s")
                if of not in _CALLED or of == record_type or (record_type is None and of not in sheet.others):
                    yield model, field, split
                elif (to := record_type or sheet.own) and (table := find_table(to, frozenset())):
                    name = table.names.get(field, field)
                    if name in fields_of(table):
                        yield f"{to}s", name, split


def _id_target(record_type: str, sheet: Sheet) -> tuple[str, str] | None:
    """Return the field of an id: of the row's own record, or of the record of another file that the row names."""
    if record_type == sheet.own or record_type not in sheet.others:
        return f"{record_type}s", "id"
    if record_type == ORGANIZATION:
        return f"{sheet.own}s", "organization_id"
    return ("services_at_locations", f"{record_type}_id") if sheet.own != ORGANIZATION else None


def _words_of(heading: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return re.sub(r"[\W_]+", " ", spaced.casefold()).strip()


def _parts(heading: str) -> tuple[str | None, str]:
    """Return the type of record that a heading begins with, and the rest of it.

    >>> _parts("organization_uuid"), _parts("Services-ID"), _parts("Zip")
    (('organization', 'uuid'), ('service', 'id'), (None, 'zip'))
    """
    label = _words_of(heading)
    for record_type, words in _CALLED.items():
        if match := re.fullmatch(rf"(?:{words})(?: (.*))?", label):
            return record_type, match[1] or "name"
    return None, label


def _is_id(heading: str) -> bool:
    return re.fullmatch(_ID, _parts(heading)[1]) is not None


def _is_own(heading: str, own: str) -> bool:
    record_type, label = _parts(heading)
    return record_type in (own, None) and (label == "name" or _is_id(heading))


def _own_type(name: str, headings: Sequence[str]) -> str:
    """Return the type of record that each row is: a service where it names one, else as the file is called."""
    types = [record_type for record_type in _CALLED if (record_type, "name") in map(_parts, headings)]
    by_file, label = _parts(name.rpartition("/")[2].partition(".")[0])
    by_name = by_file if label == "name" else None
    return SERVICE if SERVICE in types else by_name or next(iter(types), ORGANIZATION)


def suggestion_lines(
    name: str, suggestions: Sequence[Suggestion], elsewhere: Sequence[str], open_headings: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of a mapping of a file, from its `suggest_columns`: guesses and open columns are marked."""
    yield f"{_quote(name)}:"
    yield "  columns:"
    for suggestion in suggestions:
        target: dict[str, str] = {"model": suggestion.model, "field": suggestion.field}
        if suggestion.split:
            target["split"] = suggestion.split
        flow = yaml.safe_dump(target, default_flow_style=True, sort_keys=False, width=10_000).strip()
        guess = "" if suggestion.is_sure else joined(["  # ", imports.A_GUESS], "")
        yield joined([f"    {_quote(suggestion.heading)}: {flow}", guess], "")
    for heading in elsewhere:
        yield joined([f"    # {_quote(heading)}", imports.IN_OTHER_FILE], ": ")
    for heading in open_headings:
        yield joined([f"    # {_quote(heading)}", imports.NOT_MAPPED], ": ")
    models = {suggestion.model for suggestion in suggestions}
    fields = {(suggestion.model, suggestion.field) for suggestion in suggestions}
    constants = [constant for constant in _CONSTANTS if constant[0] in models and constant[:2] not in fields]
    if constants:
        yield joined(["  constants:  # ", imports.ASSUMED], "")
        for model, field, value in constants:
            yield f"    - {{model: {model}, field: {field}, value: {value}}}"


def _quote(text: str) -> str:
    """Return a text as YAML writes it on one line."""
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).removesuffix("\n").removesuffix("\n...")
