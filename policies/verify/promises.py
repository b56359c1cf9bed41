"""The promises beside the rules: Cedar policies that never decide, and that no rule may break.

A `forbid` in `packs/<pack>/promises` says what is never allowed, a `permit` what always is. With `@brings("task")` a
permit says where the task always comes along, a forbid where the task never does. `alike.yaml` lists words that no rule
of the pack tells apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import cedarpy
from cedarpy import pst

from policies.engine.compile import Formula, Space, compile_rule, conjoin
from policies.engine.pack import ID_SHAPE, PACKS_DIRECTORY, Pack, split_policies, validate
from policies.errors import OutsideFragmentError, PackError
from policies.pack_files import read_yaml

from .claims import Claim, Promise, Quantifier
from .solver import change_of

FOLDER = "promises"
ALIKE_FILE = "alike.yaml"
QUANTIFIERS = {
    ("forbid", False): Quantifier.NEVER,
    ("permit", False): Quantifier.ALWAYS,
    ("forbid", True): Quantifier.SPARES,
    ("permit", True): Quantifier.BRINGS,
}


def read_promises(pack: Pack, directory: Path | None = None) -> tuple[Promise, ...]:
    """Return every promise of the packs: promises under `directory`, and shipped promises of packs with the same name.

    Shipped promises hold for a changed copy of a pack too: a copy cannot promise less.

    Raises:
        PackError: a promise cannot be read; `problems` lists every such promise.
    """
    problems: list[str] = []
    promises: dict[str, Promise] = {}
    for folder in dict.fromkeys((PACKS_DIRECTORY, directory or PACKS_DIRECTORY)):
        for name in pack.names:
            for promise in (*_read_pack(folder, name, pack, problems), *_alike(folder, name, pack, problems)):
                promises.setdefault(promise.id, promise)
    if problems:
        raise PackError(tuple(problems))
    return tuple(promises.values())


def _read_pack(folder: Path, name: str, pack: Pack, problems: list[str]) -> Iterator[Promise]:
    schema = cedarpy.Schema.from_json_str(pack.space.vocabulary.schema())
    for file in sorted((folder / name / FOLDER).glob("*.cedar")):
        place = file.relative_to(folder).as_posix()
        text = file.read_text(encoding="utf-8")
        wrong = validate(text, schema)
        problems += [f"{place}: {problem}" for problem in wrong]
        if not wrong:
            for piece in split_policies(text):
                (policy,) = cedarpy.policies_to_pst(piece).static_policies.values()
                yield from _read_promise(policy, place, pack.space, problems)


def _read_promise(policy: pst.Template, place: str, space: Space, problems: list[str]) -> Iterator[Promise]:
    notes = policy.annotations
    name, plain, task = notes.get("id", ""), notes.get("plain", ""), notes.get("brings", "")
    if not ID_SHAPE.fullmatch(name) or not plain.strip() or set(notes) - {"id", "plain", "property", "brings"}:
        problems.append(f"{place}: {name or 'a promise without @id'}: needs @id, @plain; may have @property, @brings")
        return
    try:
        region = compile_rule(space, policy)
    except OutsideFragmentError as problem:
        problems.append(f"{place}: {name}: {problem}")
        return
    claim = Claim(QUANTIFIERS[policy.effect, bool(task)], region, task=task)
    yield Promise(name, notes.get("property", ""), plain, (claim,))


def _alike(folder: Path, name: str, pack: Pack, problems: list[str]) -> Iterator[Promise]:
    """Yield a promise per group of words: each word is met by the same rules of the pack as its neighbour."""
    file = folder / name / ALIKE_FILE
    if not file.is_file():
        return
    foreign_rules = frozenset(rule.id for rule in pack.rules if rule.pack != name)
    place = file.relative_to(folder).as_posix()
    for number, group in enumerate(read_yaml(file), start=1):
        try:
            claims = tuple(_claims_alike(pack.space, group, foreign_rules))
            yield Promise(f"alike-{name}-{number}", "", group["plain"], claims)
        except (KeyError, TypeError, ValueError):
            problems.append(f"{place}: group {number}: needs plain, of and words of the vocabulary")


def _claims_alike(space: Space, group: Mapping[str, Any], foreign_rules: frozenset[str]) -> Iterator[Claim]:
    for name in group["of"]:
        for word, neighbour in pairwise(group["words"]):
            yield Claim(Quantifier.ALIKE, *_swap(space, name, word, neighbour), without=foreign_rules)


def _swap(space: Space, name: str, word: str, neighbour: str) -> tuple[Formula, tuple[tuple[int, int], ...]]:
    """Return the points that hold a word and lack the neighbour, and the change that swaps the words."""
    if name in space.index:
        return space.atom(name, [word]), change_of(space, {name: neighbour})
    members = (f"{name}[{word}]", f"{name}[{neighbour}]")
    region = conjoin(space.atom(members[0], [True]), space.atom(members[1], [False]))
    return region, change_of(space, {members[0]: False, members[1]: True})
