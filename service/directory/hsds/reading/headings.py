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
from service.words import imports

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
    """Return the files of an import, by name and headings, each with what it and the others hold.

    >>> sheets = sheets_of({"orgs.csv": ["Agency ID"], "programs.csv": ["Program", "Agency ID"]})
    >>> [(sheet.own, *sheet.others) for sheet in sheets]
    [('organization', 'service'), ('service', 'organization')]
    """
    sheets = [Sheet(name, tuple(headings), _own_type(name, headings)) for name, headings in files.items()]
    held = frozenset(sheet.holds for sheet in sheets if sheet.holds)
    return [replace(sheet, others=held - {sheet.own}) for sheet in sheets]


def suggest_columns(sheet: Sheet) -> tuple[list[Suggestion], list[str], list[str]]:
    """Return the likely fields of columns, the headings told by another file, and those left to a person.

    No field is suggested twice.

    >>> [sheet] = sheets_of({"agencies.csv": ["Agency Name", "After-hours phone", "Notes"]})
    >>> found, _, left = suggest_columns(sheet)
    >>> [(one.model, one.field, one.is_sure) for one in found], left
    ([('organizations', 'name', True), ('phones', 'number', False)], ['Notes'])
    """
    found: dict[str, Suggestion] = {}
    taken: set[tuple[str, str]] = set()
    references = {_parts(heading)[0] for heading in sheet.headings if _is_id(heading)} & sheet.others
    elsewhere = [heading for heading in sheet.headings if _parts(heading)[0] in references and not _is_id(heading)]
    for is_sure in (True, False):
        for heading in sheet.headings:
            for model, field, split in _targets(heading, sheet, is_sure=is_sure) if heading not in elsewhere else ():
                if heading not in found and (model, field) not in taken:
                    taken.add((model, field))
                    found[heading] = Suggestion(heading, model, field, split, is_sure)
    ordered = [found[heading] for heading in sheet.headings if heading in found]
    left = [name for name in sheet.headings if name not in found and name not in elsewhere and column_name(name)]
    return ordered, elsewhere, left


def _targets(heading: str, sheet: Sheet, *, is_sure: bool) -> Iterator[tuple[str, str, str | None]]:
    """Yield what a column may be: model, field and what splits a cell; the likeliest first."""
    record_type, rest = _parts(heading)
    if _is_id(heading):
        if is_sure and (target := _id_target(record_type or sheet.own, sheet)):
            yield *target, None
        return
    title = rest == "title" and bool(sheet.others) and (sheet.own, "name") not in map(_parts, sheet.headings)
    if is_sure and (title or (rest == "name" and record_type in (None, sheet.own))):
        yield f"{sheet.own}s", "name", None
    if is_sure and rest in ("alternate name", "alternative name", "aka", "also known as"):
        yield f"{record_type or sheet.own}s", "alternate_name", None
    for said in dict.fromkeys((_said(heading), rest)):
        for form, model, field, split in _KNOWN:
            if not is_sure and (field == "status" or (sheet.others and (model, field) in _NAMES)):
                continue  # a wrong guess would leave every row out, or make a record of every row
            if re.fullmatch(form, said) if is_sure else re.search(rf"\b(?:{form})\b", said):
                of = model.removesuffix("s")
                if of not in _CALLED or of == record_type or (record_type is None and of not in sheet.others):
                    yield model, field, split
                elif (to := record_type or sheet.own) and (table := find_table(to, frozenset())):
                    known = table.names.get(field, field)
                    if known in fields_of(table):
                        yield f"{to}s", known, split


def _id_target(record_type: str, sheet: Sheet) -> tuple[str, str] | None:
    """Return the field of an id: of the row's own record, or of the record of another file that the row names."""
    if record_type == sheet.own or record_type not in sheet.others:
        return f"{record_type}s", "id"
    if record_type == ORGANIZATION:
        return f"{sheet.own}s", "organization_id"
    return ("services_at_locations", f"{record_type}_id") if sheet.own != ORGANIZATION else None


def _said(heading: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return re.sub(r"[\W_]+", " ", spaced.casefold()).strip()


def _parts(heading: str) -> tuple[str | None, str]:
    """Return the type of record that a heading begins with, and the rest of it.

    >>> _parts("organization_uuid"), _parts("Services-ID"), _parts("Zip")
    (('organization', 'uuid'), ('service', 'id'), (None, 'zip'))
    """
    said = _said(heading)
    for record_type, words in _CALLED.items():
        if match := re.fullmatch(rf"(?:{words})(?: (.*))?", said):
            return record_type, match[1] or "name"
    return None, said


def _is_id(heading: str) -> bool:
    return re.fullmatch(_ID, _parts(heading)[1]) is not None


def _is_own(heading: str, own: str) -> bool:
    record_type, rest = _parts(heading)
    return record_type in (own, None) and (rest == "name" or _is_id(heading))


def _own_type(name: str, headings: Sequence[str]) -> str:
    """Return the type of record that each row is: a service where it names one, else as the file is called."""
    types = [record_type for record_type in _CALLED if (record_type, "name") in map(_parts, headings)]
    by_file, rest = _parts(name.rpartition("/")[2].partition(".")[0])
    by_name = by_file if rest == "name" else None
    return SERVICE if SERVICE in types else by_name or next(iter(types), ORGANIZATION)


def suggestion_lines(
    name: str, found: Sequence[Suggestion], elsewhere: Sequence[str], left: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of a mapping of a file, from its `suggest_columns`: guesses and open columns are marked."""
    yield f"{_quoted(name)}:"
    yield "  columns:"
    for one in found:
        target: dict[str, str] = {"model": one.model, "field": one.field}
        if one.split:
            target["split"] = one.split
        flow = yaml.safe_dump(target, default_flow_style=True, sort_keys=False, width=10_000).strip()
        guess = "" if one.is_sure else joined(["  # ", imports.A_GUESS], "")
        yield joined([f"    {_quoted(one.heading)}: {flow}", guess], "")
    for heading in elsewhere:
        yield joined([f"    # {_quoted(heading)}", imports.IN_OTHER_FILE], ": ")
    for heading in left:
        yield joined([f"    # {_quoted(heading)}", imports.NOT_MAPPED], ": ")
    models = {one.model for one in found}
    fields = {(one.model, one.field) for one in found}
    constants = [one for one in _CONSTANTS if one[0] in models and one[:2] not in fields]
    if constants:
        yield joined(["  constants:  # ", imports.ASSUMED], "")
        for model, field, value in constants:
            yield f"    - {{model: {model}, field: {field}, value: {value}}}"


def _quoted(text: str) -> str:
    """Return a text as YAML writes it on one line."""
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).removesuffix("\n").removesuffix("\n...")
