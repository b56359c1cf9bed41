"""The law of hand-offs, read from `packs/hand-offs.yaml`: data that a destination reveals, choices of the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .engine.pack import PACKS_DIRECTORY
from .errors import PackError
from .pack_files import read_yaml
from .vocabulary import load_vocabulary

FILE = "hand-offs.yaml"
MAPPINGS = ("reveals", "reveals_by_trait")
LISTS = (
    *("only_by_choice", "by_report", "by_third_party", "called_by_children"),
    *("may_be_discoverable", "left_to_advocates"),
    *("support", "no_disclosure", "trafficked", "specialised_kinds", "specialised_regimes"),
)
WORDS_OF = {"only_by_choice": "Kind", "specialised_kinds": "Kind", "specialised_regimes": "Regime"}
"""The lists of which each word is of a type in `vocabulary.yaml`."""
PARTS = {"authority", "confidence", "words"}


@dataclass(frozen=True, slots=True)
class HandOffLaw:
    """Words of the file. Immutable; safe to share between threads.

    `reveals`: type of service to class of data, `detox` to `sud`. `reveals_by_trait`: the trait without which a service
    takes nobody, to class of data. `only_by_choice`: kinds of agency. `by_report`: types of service met by a report of
    the asking agency alone; `by_third_party`: types met by the call of somebody who cannot reach the client;
    `called_by_children`: types that a young child may call about without a safe adult.
    `may_be_discoverable`: types of service. `left_to_advocates`: traits of a client. `no_disclosure`: types at
    which nobody is told what was done to a client. `support`: types that a client with a trait of `trafficked` better
    finds, as a stay, at an agency of `specialised_kinds`, or with one of `specialised_regimes`.
    """

    reveals: Mapping[str, str]
    reveals_by_trait: Mapping[str, str]
    only_by_choice: frozenset[str]
    by_report: frozenset[str]
    by_third_party: frozenset[str]
    called_by_children: frozenset[str]
    may_be_discoverable: frozenset[str]
    left_to_advocates: frozenset[str]
    support: frozenset[str]
    no_disclosure: frozenset[str]
    trafficked: frozenset[str]
    specialised_kinds: frozenset[str]
    specialised_regimes: frozenset[str]


@cache
def load_hand_off_law() -> HandOffLaw:
    """Return the law of hand-offs that ships with the program. Read once.

    >>> "court_accompaniment" in load_hand_off_law().may_be_discoverable
    True
    """
    return read_hand_off_law(PACKS_DIRECTORY / FILE)


def read_hand_off_law(file: Path) -> HandOffLaw:
    """Return the law of hand-offs in a file.

    Raises:
        PackError: a part or an authority is missing, a key or word is unknown or given twice; lists every problem.
    """
    try:
        raw = read_yaml(file)
    except yaml.YAMLError as error:
        raise PackError((f"{file.name}: no YAML, or a key is given twice",)) from error
    if not isinstance(raw, dict) or set(raw) != {*MAPPINGS, *LISTS}:
        raise PackError((f"{file.name}: must hold {', '.join((*MAPPINGS, *LISTS))} and no other part",))
    problems = [f"{file.name}: {problem}" for name, part in raw.items() for problem in _problems(name, part)]
    if problems:
        raise PackError(tuple(problems))
    words = {name: part["words"] for name, part in raw.items()}
    by_type, by_trait = (dict(words[name]) for name in MAPPINGS)
    lists = {name: frozenset(words[name]) for name in LISTS}
    return HandOffLaw(by_type, by_trait, **lists)


def _problems(name: str, part: Any) -> Iterable[str]:
    if not isinstance(part, dict) or set(part) != PARTS:
        yield f"{name}: needs authority, confidence and words, and no other part"
        return
    yield from (f"{name}: {text} is empty" for text in ("authority", "confidence") if not _is_text(part[text]))
    words = part["words"]
    if not isinstance(words, dict if name in MAPPINGS else list) or not words or not all(map(_is_text, words)):
        yield f"{name}: words must be texts, at least one of them"
    elif len(set(words)) != len(words):
        yield f"{name}: a word is given twice"
    elif isinstance(words, dict):
        yield from _unknown(name, words.values(), "Data")
    elif name in WORDS_OF:
        yield from _unknown(name, words, WORDS_OF[name])


def _unknown(name: str, words: Iterable[Any], type_name: str) -> Iterable[str]:
    vocabulary = load_vocabulary().words(type_name)
    yield from (f"{name}: a word is no {type_name} of vocabulary.yaml" for word in words if word not in vocabulary)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
