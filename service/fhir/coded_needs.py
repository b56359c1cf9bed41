"""What a ServiceRequest asks for, as codes: our own service types, and codes of other systems that mean one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import yaml

from service.errors import Problem
from service.fhir.elements import SERVICE_TYPES, Element
from service.i18n import refusals

TYPES_BY_CODE: Mapping[tuple[str, str], str] = {
    (system["system"], code): entry["type"]
    for system in yaml.safe_load(files("service.fhir").joinpath("coded_needs.yaml").read_text(encoding="utf-8"))
    for code, entry in system["codes"].items()
}
"""The service type that a code of another system means for certain, by system and code."""


class CodedNeeds:
    """The needs that `code` and `orderDetail` of a ServiceRequest name. `pointers`: where each is, by service type."""

    def __init__(self, request: Element) -> None:
        self.pointers: dict[str, str] = {}
        self._problems: list[Problem] = []
        details = request.get("orderDetail") or ()
        for pointer, concept in (
            ("/code", request.get("code")),
            *((f"/orderDetail/{place}", detail) for place, detail in enumerate(details)),
        ):
            self._read(concept, pointer)

    def problems(self) -> Iterator[Problem]:
        """Yield each code without a known meaning, and each concept of two meanings."""
        yield from self._problems

    def _read(self, concept: Any, pointer: str) -> None:
        types = set[str]()
        codings = concept.get("coding") if isinstance(concept, dict) else None
        for place, coding in enumerate(codings if isinstance(codings, list) else ()):
            system, code = (coding.get("system"), coding.get("code")) if isinstance(coding, dict) else (None, None)
            known = code if system == SERVICE_TYPES else TYPES_BY_CODE.get((str(system), str(code)))
            if isinstance(known, str):
                types.add(known)
            else:
                self._problems.append(Problem(f"{pointer}/coding/{place}", refusals.CODE_NOT_MAPPED))
        if len(types) > 1:
            self._problems.append(Problem(pointer, refusals.ONE_MEANING))
        for service_type in types:
            self.pointers.setdefault(service_type, pointer)
