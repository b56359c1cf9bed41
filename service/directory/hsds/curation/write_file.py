"""The file for settling an import's gaps: a bundle for `load`, with reasons as comments. Pure.

Every entry says `confirmed: false` until a person has looked at it. Values are written as JSON, readable as YAML.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from policies.messages import joined
from service.words import imports

from .duplicates import Pair
from .gaps import AGE, AREA, PHONE, TYPE, Imported, missing, plain_line

_GUESSED = {
    "minimum_age": "minimum_age",
    "maximum_age": "maximum_age",
    "service_areas": "service_areas",
    "languages": "languages",
    "schedules": "schedules",
}
_TO_FILL = {
    TYPE: ("types: []", ("types",)),
    AGE: ("minimum_age: none", ("minimum_age",)),
    AREA: ("service_areas: everywhere", ("service_areas",)),
    PHONE: ('phones: [{number: "", type: voice}]', ("phones",)),
}


def curation_lines(
    coalition: Mapping[str, Any],
    services: Iterable[Imported],
    organizations: Mapping[str, str],
    duplicates: Iterable[Pair],
) -> Iterator[str]:
    """Yield the lines of the file. `organizations`: names by slug of organizations without a known kind."""
    yield imports.CURATION_HEAD
    yield f"coalition: {_plain(dict(coalition))}"
    yield "curation:"
    yield "  services:"
    empty = True
    for service in services:
        empty = False
        yield from _service(service)
    if empty:
        yield "    []"
    yield from _organizations(organizations)
    yield from _duplicates(duplicates)


def _service(service: Imported) -> Iterator[str]:
    yield ""
    named = f"  # {plain_line(service.name)} ({plain_line(service.organization_name)}): "
    yield joined([named, joined(missing(service), "; ")], "")
    yield f"  - service: {service.slug}"
    yield "    confirmed: false"
    written = set()
    if TYPE in service.gaps:
        for number, proposal in enumerate(service.proposals):
            mark = "" if number == 0 else "# "
            yield imports.TYPES_FROM.format(mark=mark, types=_plain(list(proposal.types)), because=proposal.because)
            written.add("types")
    for name, guess in service.inferred.items():
        if name in _GUESSED:
            yield imports.READ_OUT_OF.format(
                name=name, value=_plain(guess["value"]), source=plain_line(str(guess["from"]))
            )
            written.add(name)
    for gap, (line, names) in _TO_FILL.items():
        if gap in service.gaps and not written.intersection(names):
            yield f"    # {line}"
    if AGE in service.gaps and "maximum_age" not in written:
        yield "    # maximum_age: none"


def _organizations(names: Mapping[str, str]) -> Iterator[str]:
    if not names:
        return
    yield ""
    yield "  organizations:"
    for slug, name in sorted(names.items()):
        yield ""
        yield imports.ITS_KIND.format(name=plain_line(name))
        yield f"  - organization: {slug}"
        yield "    confirmed: false"
        yield "    # coalition: {basis: community, kind: victim_services}"


def _duplicates(pairs: Iterable[Pair]) -> Iterator[str]:
    for number, pair in enumerate(pairs):
        if number == 0:
            yield ""
            yield imports.MAY_BE_ONE
        yield imports.SAME_TWO.format(one=pair.one, other=pair.other, shared=joined(pair.shared, ", "))


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
