"""Conditions pasted into the profile that they were found for, as a person would do it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

Document = dict[str, Any]

LEVELS = ("none", "told", "verbal", "written", "release")


def with_conditions(profile: Document, conditions: Sequence[Document], *, pick: int = 0) -> Document:
    """Return a raw profile in which these conditions hold; `pick` chooses among the values of a fact."""
    raw = copy.deepcopy(profile)
    for condition in conditions:
        if condition["kind"] == "consent":
            raw.setdefault("consents", []).append(condition)
        elif condition["kind"] == "fact":
            part, _, name = condition["attribute"].partition(".")
            _set(raw.setdefault(part, {}), name, _value(condition["values"], pick))
    return raw


def smaller(condition: Document) -> Iterator[Document | None]:
    """Yield every way to ask for one thing less; None is to ask for none of it."""
    yield None
    if condition["kind"] != "consent":
        return
    for part in ("marks", "signers", "to", "data"):
        for word in condition[part]:
            yield {**condition, part: [other for other in condition[part] if other != word]}
    for level in LEVELS[: LEVELS.index(condition["level"])]:
        yield {**condition, "level": level, "marks": []}


def _value(values: Any, pick: int) -> Any:
    if isinstance(values, str):
        youngest, oldest = values.split("-")
        return {"min": int(youngest), "max": int(oldest)}
    return values[pick % len(values)]


def _set(part: Document, name: str, value: Any) -> None:
    inner, _, trait = name.partition(".")
    if inner == "traits":
        part["traits"] = {**part.get("traits", {}), trait: value}
    else:
        part[name] = [value] if name == "languages" else value
