"""A first mapping for a spreadsheet, from its headings: sure columns, guesses, columns left to a person. Pure.

Headings are compared word by word with a table of directories' usual headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from service.wording import imports

from .mapping import column_name

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
    (r"(phone|telephone|tel)( number)?|(main|intake|office) (phone|line|number)|hot ?line", "phones", "number", None),
    (r"languages?( spoken| served)?", "languages", "language", ","),
    (r"(count(y|ies)|area|coverage|service area|counties served)( served)?", "service_areas", "service_area", ","),
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
    (r"contact( name| person)?", "contacts", "name", None),
    (r"(contact )?(title|role|position)", "contacts", "title", None),
)
_CONSTANTS = (("services", "status", "active"), ("physical_addresses", "country", "US"))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The likely field of a column; `is_sure`: its whole heading is known, not a part of the heading."""

    heading: str
    model: str
    field: str
    split: str | None
    is_sure: bool


def suggest_columns(headings: Sequence[str]) -> tuple[list[Suggestion], list[str]]:
    """Return the likely fields of columns, and the headings left to a person. No field is suggested twice.

    >>> found, left = suggest_columns(["Agency Name", "After-hours phone", "Notes"])
    >>> [(one.model, one.field, one.is_sure) for one in found], left
    ([('organizations', 'name', True), ('phones', 'number', False)], ['Notes'])
    """
    found: dict[str, Suggestion] = {}
    taken: set[tuple[str, str]] = set()
    for is_sure in (True, False):
        for heading in headings:
            said = re.sub(r"[\W_]+", " ", heading.casefold()).strip()
            for form, model, field, split in _KNOWN if heading not in found else ():
                whole = re.fullmatch(form, said) if is_sure else re.search(rf"\b(?:{form})\b", said)
                if whole and (model, field) not in taken:
                    taken.add((model, field))
                    found[heading] = Suggestion(heading, model, field, split, is_sure)
                    break
    ordered = [found[heading] for heading in headings if heading in found]
    return ordered, [heading for heading in headings if heading not in found and column_name(heading)]


def suggestion_lines(name: str, headings: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a mapping of a file: guesses and open columns are marked."""
    found, left = suggest_columns(headings)
    yield f"{_quoted(name)}:"
    yield "  columns:"
    for one in found:
        target: dict[str, str] = {"model": one.model, "field": one.field}
        if one.split:
            target["split"] = one.split
        flow = yaml.safe_dump(target, default_flow_style=True, sort_keys=False, width=10_000).strip()
        yield f"    {_quoted(one.heading)}: {flow}{'' if one.is_sure else '  # ' + imports.A_GUESS}"
    for heading in left:
        yield f"    # {_quoted(heading)}: {imports.NOT_MAPPED}"
    models = {one.model for one in found}
    fields = {(one.model, one.field) for one in found}
    constants = [one for one in _CONSTANTS if one[0] in models and one[:2] not in fields]
    if constants:
        yield f"  constants:  # {imports.ASSUMED}"
        for model, field, value in constants:
            yield f"    - {{model: {model}, field: {field}, value: {value}}}"


def _quoted(text: str) -> str:
    """Return a text as YAML writes it on one line."""
    return yaml.safe_dump(text, allow_unicode=True, width=10_000).removesuffix("\n").removesuffix("\n...")
