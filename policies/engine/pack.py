"""Read rule files, check them, freeze them.

A pack is a folder of `*.cedar` files (rules) with an `advice` folder beside the rules (tasks and notices). A coalition
chooses packs; together the packs form a frozen `Pack` with a version for every answer. An unusable pack is refused
whole, every problem listed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import cedarpy
from cedarpy import pst

from policies.errors import OutsideFragmentError, PackError
from policies.messages import Message
from policies.pack_files import read_yaml
from policies.vocabulary import Vocabulary, load_vocabulary

from .compile import Formula, Space, can_hold, compile_rule
from .order import read_order

PACKS_DIRECTORY = Path(__file__).parents[1] / "packs"
AUTHORITIES_FILE = "authorities.yaml"
REQUIRED = ("id", "plain", "authority", "asks", "jurisdiction", "confidence", "reviewed")
PROMISES = "promises"
WORDED = ("plain", "asks")
"""The annotations of every rule that are messages; so is `brief`, of some."""
OF_ADVICE = ("brief", "due", "effect", "elders", "holds", "reaches", "step")
OPTIONAL = (*OF_ADVICE, "page", "pseudo", "overrides", "text_as_of", "yields")
VALUES = {"reaches": ("family",), "step": ("stay",)}
"""The words of an annotation that has few."""
ADVICE_EFFECTS = ("obligation", "advice")
ID_SHAPE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
STATE_SHAPE = re.compile(r"us-[a-z]{2}")
DATE_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}")
DURATION_SHAPE = re.compile(r"P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?")
AGE_SHAPE = re.compile(r"\d{2,3}", re.ASCII)
FROM_MEMORY = re.compile(r"\bM\b")
# A policy of Cedar ends at a semicolon that is neither in a string nor in a comment.
LEADING_COMMENTS = re.compile(r"\A(?:\s|//[^\n]*)+")
TOKENS = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;')


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words for people. `effect` is permit, forbid, obligation or advice; `due` an ISO 8601 duration.

    `reviewed` is the ISO date of the last legal review; `source` the Cedar text. A `pseudo` rule only names the
    absence of a permit and is never evaluated. `holds` are the classes of data required in a report by its law. `page`
    lists the public pages on which its authorities were read, with semicolons between them; empty: none is named.
    `text_as_of` is the date that the oldest of these texts bears; None: it bears none.
    `elders` is the age from which the law of a report protects every adult, whatever their health; None: no age does.
    `brief` says after "they" what the client hears of a task before the call, None where nothing is told. `reaches` is
    whom a task may reach (`family`), `step` which steps alone bring it (`stay`: those that meet a stay).
    """

    id: str
    effect: str
    plain: Message
    authority: str
    asks: Message
    jurisdiction: str
    confidence: str
    reviewed: str
    source: str
    pack: str
    due: str | None = None
    pseudo: bool = False
    holds: tuple[str, ...] = ()
    page: str = ""
    text_as_of: str | None = None
    elders: int | None = None
    brief: str | None = None
    reaches: str | None = None
    step: str | None = None

    @property
    def to_be_confirmed(self) -> bool:
        """Whether part of the rule rests on memory (M): to be confirmed before a coalition relies on the rule."""
        return FROM_MEMORY.search(f"{self.confidence} {self.authority}") is not None


@dataclass(frozen=True)
class Pack:
    """Checked rules in catalogue order, with their formulas and parsed policies. Immutable; share it freely.

    `version` is `sha256:` and a hash over pack names, rules, their order and the vocabulary; how rules are spread over
    files does not matter.
    """

    names: tuple[str, ...]
    rules: tuple[Rule, ...]
    formulas: Mapping[str, Formula]
    policies: Mapping[str, pst.Template]
    space: Space
    version: str

    @cached_property
    def deciding(self) -> tuple[Rule, ...]:
        """The evaluated permits and forbids, in catalogue order."""
        return tuple(rule for rule in self.rules if rule.effect in ("permit", "forbid") and not rule.pseudo)

    @cached_property
    def advising(self) -> tuple[Rule, ...]:
        """The obligations and pieces of advice, in catalogue order."""
        return tuple(rule for rule in self.rules if rule.effect in ADVICE_EFFECTS)


@dataclass(frozen=True, slots=True)
class _File:
    text: str
    place: str
    pack: str
    advice: bool


@dataclass(frozen=True, slots=True)
class _ParsedRule:
    rule: Rule
    policy: pst.Template
    formula: Formula
    place: str


def read_pack(names: Sequence[str], directory: Path | None = None, vocabulary: Vocabulary | None = None) -> Pack:
    """Read the packs `names` under `directory` (by default the packs shipped with the program).

    Rules stand in the order of `order.yaml`, those of a pack with an order of its own where that places them; unlisted
    rules follow by id. Neither the order of `names` nor the order of files matters.

    Raises:
        PackError: a part cannot be used; its `problems` list every problem found.
    """
    folder = directory or PACKS_DIRECTORY
    space = Space(vocabulary or load_vocabulary())
    schema = cedarpy.Schema.from_json_str(space.vocabulary.schema())
    problems: list[str] = []
    order = read_order(folder, names, problems)
    rules: list[_ParsedRule] = []
    if len(set(names)) != len(names) or not names:
        problems.append("name at least one pack, and each pack once")
    for name in dict.fromkeys(names):
        rules += _read_folder(folder, name, space, schema, problems)
    problems += _duplicates(rules)
    rules = [_with_authorities(item, folder, names) for item in rules]
    if not any(item.rule.pseudo for item in rules):
        problems.append("no pseudo-rule names the default denial (pack `federal` carries it)")
    if problems:
        raise PackError(tuple(problems))
    ranks = {rule_id: rank for rank, rule_id in enumerate(order)}
    rules.sort(key=lambda item: (ranks.get(item.rule.id, len(ranks)), item.rule.id))
    return Pack(
        names=tuple(sorted(names)),
        rules=tuple(item.rule for item in rules),
        formulas={item.rule.id: item.formula for item in rules},
        policies={item.rule.id: item.policy for item in rules},
        space=space,
        version=_version(names, rules, space.vocabulary),
    )


@cache
def load_briefs() -> Mapping[str, Message]:
    """Return the short notices that a client hears before a call, by the id of the task, from every pack that ships.

    >>> load_briefs()["receiver-reports"]
    'may have to report abuse'
    """
    texts = [file.read_text(encoding="utf-8") for file in sorted(PACKS_DIRECTORY.glob("*/advice/*.cedar"))]
    notes = [policy.annotations for text in texts for policy in cedarpy.policies_to_pst(text).static_policies.values()]
    return {note["id"]: Message(note["brief"]) for note in notes if "brief" in note}


def load_messages() -> tuple[Message, ...]:
    """Return the messages of the rules, from every pack that ships and from samples of packs."""
    files = sorted(PACKS_DIRECTORY.parent.glob("*/*/**/*.cedar"))
    texts = [file.read_text(encoding="utf-8") for file in files if file.parent.name != PROMISES]
    notes = [policy.annotations for text in texts for policy in cedarpy.policies_to_pst(text).static_policies.values()]
    return tuple(dict.fromkeys(Message(note[name]) for note in notes for name in (*WORDED, "brief") if name in note))


def is_of_a_state(name: str) -> bool:
    """Return whether a pack holds the law of a state: `us-tx`, the code of the state's area too. Pure.

    >>> is_of_a_state("us-tx"), is_of_a_state("federal")
    (True, False)
    """
    return STATE_SHAPE.fullmatch(name) is not None


def _read_folder(
    folder: Path, name: str, space: Space, schema: cedarpy.Schema, problems: list[str]
) -> Iterator[_ParsedRule]:
    home = folder / name
    if not ID_SHAPE.fullmatch(name) or not home.is_dir():
        problems.append(f"no pack `{name}`")
        return
    for advice, files in ((False, home.glob("*.cedar")), (True, home.glob("advice/*.cedar"))):
        for file in sorted(files):
            place = file.relative_to(folder).as_posix()
            text = file.read_text(encoding="utf-8")
            problems += [f"{place}: {problem}" for problem in validate(text, schema)]
            yield from _read_file(_File(text, place, name, advice), space, problems)


def validate(text: str, schema: cedarpy.Schema) -> list[str]:
    """Return the issues that Cedar's validator has with policies under a schema; empty without any."""
    result = cedarpy.validate_policies(text, schema)
    if result.validation_passed:
        return []
    return [str(error) for error in result.errors] or ["the schema does not accept this file"]


def split_policies(text: str) -> tuple[str, ...]:
    """Return the texts of the policies in a Cedar file, each from its first annotation; loose comments are dropped.

    >>> split_policies('// Why.\\n@id("a") permit (principal, action, resource);')
    ('@id("a") permit (principal, action, resource);',)
    """
    ends = [token.end() for token in TOKENS.finditer(text) if token.group() == ";"]
    pieces = (text[start:end] for start, end in zip([0, *ends], ends, strict=False))
    return tuple(LEADING_COMMENTS.sub("", piece).strip() for piece in pieces)


def _read_file(file: _File, space: Space, problems: list[str]) -> Iterator[_ParsedRule]:
    pieces = split_policies(file.text)
    try:
        policies = cedarpy.policies_to_pst(file.text)
        parsed = [cedarpy.policies_to_pst(piece) for piece in pieces]
    except ValueError as problem:
        problems.append(f"{file.place}: not Cedar: {problem}")
        return
    if policies.templates or len(policies.static_policies) != len(pieces):
        problems.append(f"{file.place}: a rule must be one whole policy without slots")
        return
    for piece, policy_set in zip(pieces, parsed, strict=True):
        (policy,) = policy_set.static_policies.values()
        spot = f"{file.place}: {policy.annotations.get('id') or 'a rule without @id'}"
        wrong = list(_wrong_annotations(policy, file.advice, space.vocabulary.words("Data")))
        if wrong:
            problems += [f"{spot}: {problem}" for problem in wrong]
            continue
        rule = _rule(policy, piece, file.pack)
        try:
            formula = compile_rule(space, policy)
        except OutsideFragmentError as problem:
            problems.append(f"{spot}: {problem}")
            continue
        if can_hold(space, formula) == rule.pseudo:
            problems.append(f"{spot}: " + ("a pseudo-rule must never hold" if rule.pseudo else "can never hold"))
        yield _ParsedRule(rule, policy, formula, file.place)


def _wrong_annotations(policy: pst.Template, advice: bool, data: Sequence[str]) -> Iterator[str]:
    notes = policy.annotations
    yield from (f"@{name} is missing" for name in REQUIRED if not notes.get(name, "").strip())
    yield from (f"@{name} is not an annotation of ours" for name in notes if name not in REQUIRED + OPTIONAL)
    if not ID_SHAPE.fullmatch(notes.get("id", "")):
        yield "@id must be lower-case words joined by hyphens"
    if not DATE_SHAPE.fullmatch(notes.get("reviewed", "")):
        yield "@reviewed must be a date (YYYY-MM-DD)"
    if "due" in notes and (not DURATION_SHAPE.fullmatch(notes["due"]) or notes["due"][-1] in "PT"):
        yield "@due must be an ISO 8601 duration"
    if "elders" in notes and not AGE_SHAPE.fullmatch(notes["elders"]):
        yield "@elders must be an age in years"
    if "brief" in notes and not notes["brief"].strip():
        yield "@brief must say what the client hears"
    for name, words in VALUES.items():
        if notes.get(name, words[0]) not in words:
            yield f"@{name} must be {' or '.join(words)}"
    if not advice:
        yield from (f"@{name} belongs to advice only" for name in OF_ADVICE if name in notes)
        return
    if policy.effect != "permit":
        yield "advice is written as permits"
    if notes.get("effect") not in ADVICE_EFFECTS:
        yield "@effect must be obligation or advice"
    if not set(_holds(policy)) <= set(data):
        yield "@holds must list classes of data, with commas between them"
    if "pseudo" in notes:
        yield "@pseudo does not belong to advice"


def _rule(policy: pst.Template, source: str, pack: str) -> Rule:
    notes = policy.annotations
    texts = {name: notes[name] for name in REQUIRED if name not in WORDED}
    return Rule(
        **texts,
        plain=Message(notes["plain"]),
        asks=Message(notes["asks"]),
        effect=notes.get("effect", policy.effect),
        source=source,
        pack=pack,
        due=notes.get("due"),
        pseudo="pseudo" in notes,
        holds=_holds(policy),
        page=notes.get("page", ""),
        text_as_of=notes.get("text_as_of"),
        elders=int(notes["elders"]) if "elders" in notes else None,
        brief=notes.get("brief"),
        reaches=notes.get("reaches"),
        step=notes.get("step"),
    )


def _holds(policy: pst.Template) -> tuple[str, ...]:
    return tuple(word.strip() for word in policy.annotations.get("holds", "").split(",") if word.strip())


def _with_authorities(item: _ParsedRule, folder: Path, names: Sequence[str]) -> _ParsedRule:
    """Return a rule with the sections of further packs' law that say the same, named only where the packs count."""
    sections = [_authorities(folder / name / AUTHORITIES_FILE).get(item.rule.id) for name in sorted(names)]
    more = [text for text in sections if text]
    return replace(item, rule=replace(item.rule, authority="; ".join([item.rule.authority, *more]))) if more else item


@cache
def _authorities(file: Path) -> Mapping[str, str]:
    return read_yaml(file) if file.is_file() else {}


def _duplicates(rules: Sequence[_ParsedRule]) -> Iterator[str]:
    places: dict[str, str] = {}
    for item in rules:
        if item.rule.id in places:
            yield f"{item.place}: {item.rule.id}: the id is taken in {places[item.rule.id]}"
        places.setdefault(item.rule.id, item.place)


def _version(names: Sequence[str], items: Sequence[_ParsedRule], vocabulary: Vocabulary) -> str:
    digest = hashlib.sha256()
    order = [item.rule.id for item in items]
    rules = [item.rule for item in items]
    texts = sorted("\0".join((rule.pack, rule.id, rule.effect, rule.source, rule.authority)) for rule in rules)
    for part in (*sorted(names), *texts, *order, vocabulary.text):
        digest.update(f"{len(part.encode())}:".encode())
        digest.update(part.encode())
    return f"sha256:{digest.hexdigest()}"
