"""The grounds of an answer, for the audit. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def list_grounds(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the grounds of an answer: its decision id, its versions, and the ids of the rules that it shows. Pure.

    >>> list_grounds({"decision_id": "d", "policy_version": "p", "paths": [{"steps": [{"rules": [{"id": "a"}]}]}]})
    {'decision_id': 'd', 'policy_version': 'p', 'rules': ['a']}
    """
    versions = {
        name: answer[name] for name in ("decision_id", "directory_version", "policy_version") if answer.get(name)
    }
    return {**versions, "rules": sorted(set(_rules(answer)))}


def _rules(value: Any) -> Iterator[str]:
    """Yield the id of each rule, wherever `rules` stand in plain data."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "rules" and isinstance(inner, list):
                yield from (rule["id"] for rule in inner if isinstance(rule, Mapping) and "id" in rule)
            else:
                yield from _rules(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _rules(inner)
