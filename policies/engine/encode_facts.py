"""Facts as rows of codes: the bridge from the canonical request to whole arrays and to Cedar's own request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from policies.facts import Facts, PartyFacts
from policies.vocabulary import SIDES, Vocabulary

from .compile import Space
from .evaluate import Codes


class Encoder:
    """Facts as rows of codes, in the order of the dimensions of a space. Immutable; safe to share between threads."""

    def __init__(self, space: Space) -> None:
        vocabulary = space.vocabulary
        self._dimensions = len(space.dimensions)
        self._agency = tuple(vocabulary.agency)
        self._context = tuple(vocabulary.context)
        self._action = {action: code for code, action in enumerate(vocabulary.actions)}
        self._tables: dict[str, dict[object, bytes]] = {}
        for name, spec in (*vocabulary.agency.items(), *vocabulary.context.items()):
            if spec == "bool":
                self._tables[name] = {False: b"\0", True: b"\1"}
            elif isinstance(spec, str):
                words = vocabulary.words(spec)
                self._tables[name] = {word: bytes([code]) for code, word in enumerate(words)}
        self._members = {
            name: vocabulary.words(spec["set"])
            for name, spec in (*vocabulary.agency.items(), *vocabulary.context.items())
            if not isinstance(spec, str)
        }
        self._party = lru_cache(maxsize=65536)(self._encode_party)
        self._request = lru_cache(maxsize=65536)(self._encode_request)

    def row(self, facts: Facts) -> bytes:
        """Return a byte per dimension: the code of its value."""
        return self._party(facts.holder) + self._party(facts.recipient) + self._request(facts[len(SIDES) :])

    def table(self, facts: Sequence[Facts]) -> Codes:
        """Return a row per dimension and a column per facts."""
        rows = b"".join(self.row(request) for request in facts)
        return np.frombuffer(rows, dtype=np.int8).reshape(len(facts), self._dimensions).T

    def _encode_request(self, request: tuple[Any, ...]) -> bytes:
        action, *context = request
        parts = (self._encode(name, value) for name, value in zip(self._context, context, strict=True))
        return bytes([self._action[action]]) + b"".join(parts)

    def _encode_party(self, party: PartyFacts) -> bytes:
        return b"".join(self._encode(name, getattr(party, name)) for name in self._agency)

    def _encode(self, name: str, value: object) -> bytes:
        members = self._members.get(name)
        if members is None:
            return self._tables[name][value]
        words = value if isinstance(value, frozenset) else frozenset()
        return bytes(member in words for member in members)


def request_of(facts: Facts, words: Vocabulary) -> dict[str, str]:
    """Return the Cedar request: two placeholder agencies, the action, and every fact of the vocabulary as context."""
    context = {name: _value(spec, getattr(facts, name)) for name, spec in words.context.items()}
    return {
        "principal": 'Agency::"holder"',
        "action": f"Action::{json.dumps(facts.action)}",
        "resource": 'Agency::"recipient"',
        "context": json.dumps(context),
    }


def entities_of(holder: PartyFacts, recipient: PartyFacts, words: Vocabulary) -> str:
    """Return the Cedar entities of a request as JSON: the two agencies with every attribute of the vocabulary."""
    sides = {"holder": holder, "recipient": recipient}
    return json.dumps(
        [
            {
                "uid": {"type": "Agency", "id": side},
                "attrs": {name: _value(spec, getattr(party, name)) for name, spec in words.agency.items()},
                "parents": [],
            }
            for side, party in sides.items()
        ]
    )


def _value(spec: Any, value: Any) -> Any:
    if spec == "bool":
        return value
    if isinstance(spec, str):
        return {"__entity": {"type": spec, "id": value}}
    return [{"__entity": {"type": spec["set"], "id": member}} for member in sorted(value)]


def contexts_of(space: Space, table: Codes, names: Iterable[str]) -> list[str]:
    """Return the context of each point of a table (a column each) as JSON, with the named facts only."""
    columns = []
    for name in names:
        spec = space.vocabulary.context[name]
        if isinstance(spec, str):
            row = space.index[f"context.{name}"]
            texts = [_json_member(name, _value(spec, value)) for value in space.dimensions[row].values]
            columns.append([texts[code] for code in table[row].tolist()])
        else:
            words = space.vocabulary.words(spec["set"])
            rows = table[[space.index[f"context.{name}[{word}]"] for word in words]].T
            texts_by_key = {
                key: _json_member(name, _value(spec, [word for word, holds in zip(words, key, strict=True) if holds]))
                for key in map(tuple, np.unique(rows, axis=0).tolist())
            }
            columns.append([texts_by_key[key] for key in map(tuple, rows.tolist())])
    return [f"{{{','.join(parts)}}}" for parts in zip(*columns, strict=True)] if columns else ["{}"] * table.shape[1]


def _json_member(name: str, value: Any) -> str:
    return f"{json.dumps(name)}:{json.dumps(value)}"


def decode(space: Space, codes: Codes) -> Facts:
    """Return the facts at a point of the space (a code per dimension)."""
    values = {dimension.name: dimension.values[code] for dimension, code in zip(space.dimensions, codes, strict=True)}
    parts = {
        side: {name: _attribute_value(values, f"{side}.{name}", spec, space) for name, spec in attributes.items()}
        for side, attributes in (
            *((side, space.vocabulary.agency) for side in SIDES),
            ("context", space.vocabulary.context),
        )
    }
    holder, recipient = (PartyFacts(**parts[side]) for side in SIDES)
    return Facts(holder=holder, recipient=recipient, action=str(values["action"]), **parts["context"])


def _attribute_value(values: Mapping[str, str | bool], name: str, spec: Any, space: Space) -> Any:
    if isinstance(spec, str):
        return values[name]
    return frozenset(word for word in space.vocabulary.words(spec["set"]) if values[f"{name}[{word}]"])
