"""The worked examples beside the rules, read and compared with a rulebook.

Each file of `packs/examples` lists cases in words a lawyer can check: which rule decides, and the nearest case with
the opposite answer. Cases run on the compiled rules and on Cedar. With `only_for`, a case also lists, fact by fact,
the words with which its rule still applies, a single fact changed at a time; off the list the rule does not apply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from .decide import Decision, Rulebook
from .engine.pack import PACKS_DIRECTORY
from .errors import PackError
from .facts import VOCABULARY, facts_of
from .pack_files import read_yaml
from .records import Agency, Agreement, Case, Consent, Share

TODAY = date(2026, 3, 2)
FORM = "roi-standard"
PARTS = ("holder", "recipient", "share", "case", "consent", "agreement")
TYPES = {
    "kind": "Kind", "regimes": "Regime", "reporter": "Reporter", "data": "Data", "purpose": "Purpose",
    "process": "Process", "level": "Level", "marks": "Mark", "signers": "Signer", "type": "AgreementType",
    "age": "Age", "guardian": "Guardian", "danger": "Danger", "basis": "Basis", "conditioned_on": "Condition",
}  # fmt: skip
"""The type of each fact that `only_for` can speak of; all others are a yes or no."""
UNSTATED = {("data", "none"), ("type", "none")}
SETS = ("regimes", "operator_authorised", "accepted_forms", "marks", "to", "data", "signers", "types")


@dataclass(frozen=True, slots=True)
class Variation:
    """A case with one fact changed, and whether its rule then applies. `says` names the change."""

    says: str
    case: Case
    share: Share
    applies: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A case: `rule` names the illustrated rule, `near_miss` marks the case with the opposite answer."""

    rule: str
    says: str
    near_miss: bool
    case: Case
    share: Share
    expect: Mapping[str, Any]
    variations: tuple[Variation, ...] = ()


def read_examples(pack: str, directory: Path | None = None) -> tuple[Example, ...]:
    """Return the examples of a pack in file order, each followed by its near miss; empty without a file.

    Examples stand in `examples/<pack>.yaml`, or in the pack's own folder as `examples.yaml`.

    Raises:
        PackError: an example has an unknown part or field.
    """
    return _shipped(pack) if directory is None else _read_from(directory, pack)


@cache
def _shipped(pack: str) -> tuple[Example, ...]:
    return _read_from(PACKS_DIRECTORY, pack)


def _read_from(folder: Path, pack: str) -> tuple[Example, ...]:
    places = (folder / "examples" / f"{pack}.yaml", folder / pack / "examples.yaml")
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        return ()
    examples: list[Example] = []
    for raw in read_yaml(file):
        try:
            examples += _read(raw)
        except (KeyError, TypeError, AttributeError) as problem:
            name = raw.get("rule", "?") if isinstance(raw, dict) else "?"
            raise PackError(
                (f"{file.relative_to(folder).as_posix()}: {name}: a part or field does not exist",)
            ) from problem
    return tuple(examples)


def check_example(book: Rulebook, example: Example) -> tuple[str, ...]:
    """Return how the rulebook departs from an example, on the compiled rules or on Cedar; empty without a departure."""
    decision, by_cedar = book.decide(example.case, example.share), book.record(example.case, example.share)
    tasks = [task.id for task in book.obligations(example.case, example.share)]
    problems = list(_departures(example, decision, tasks))
    if not book.agrees(decision, by_cedar):
        problems.append("compiled rules and Cedar differ")
    problems += _strayed(book, example)
    return tuple(f"{example.rule}{' (near miss)' if example.near_miss else ''}: {text}" for text in problems)


def _strayed(book: Rulebook, example: Example) -> Iterator[str]:
    formula = book.pack.formulas.get(example.rule, False)
    if example.variations:
        facts = [facts_of(variation.case, variation.share)[-1] for variation in example.variations]
        for variation, holds in zip(example.variations, book.evaluate([formula], facts)[0], strict=True):
            if bool(holds) is not variation.applies:
                yield f"with {variation.says} it {'does not apply' if variation.applies else 'applies'}"


def _departures(example: Example, decision: Decision, tasks: list[str]) -> Iterator[str]:
    expect = example.expect
    deciding = [rule.id for rule in (*decision.permits, *decision.forbids)]
    if decision.allow is not expect["allow"]:
        yield f"is {'allowed' if decision.allow else 'denied'}"
    if deciding != expect["by"]:
        yield f"is decided by {deciding}, not by {expect['by']}"
    if "first" in expect and (decision.stopped_by is None or decision.stopped_by.id != expect["first"]):
        yield "shows another rule first"
    if "needs" in expect and expect["needs"] != (None if decision.needs is None else str(decision.needs)):
        yield f"needs {decision.needs}"
    if "who" in expect and (decision.needs is None or sorted(decision.needs.signers) != sorted(expect["who"])):
        yield "needs other signatures"
    if not set(expect.get("tasks", ())) <= set(tasks):
        yield f"brings only {tasks}"
    if set(expect.get("without_tasks", ())) & set(tasks):
        yield f"brings {tasks}"


def _read(raw: Mapping[str, Any]) -> Iterator[Example]:
    parts = {part: raw.get(part) for part in PARTS}
    case = _build(raw["rule"], raw["says"], False, parts, raw["expect"])
    yield replace(case, variations=tuple(_variations(raw, parts)))
    miss = raw["near_miss"]
    unknown = set(miss["change"]) - set(PARTS) | set(raw) - {*PARTS, "rule", "says", "expect", "near_miss", "only_for"}
    if unknown:
        raise KeyError(*unknown)
    near_miss = {part: _change(parts[part], miss["change"].get(part, {})) for part in PARTS}
    yield _build(raw["rule"], miss["says"], True, near_miss, miss["expect"])


def _variations(raw: Mapping[str, Any], parts: Mapping[str, Any]) -> Iterator[Variation]:
    """Yield the case with each word of each fact listed under `only_for`, in place of the case's own word."""
    for part, facts in raw.get("only_for", {}).items():
        for field, stated_words in facts.items():
            all_words = _stateable_words(part, field)
            words = stated_words["not"] if isinstance(stated_words, dict) else stated_words
            if strange := [word for word in words if word not in all_words]:
                raise KeyError(*strange)
            for word in all_words:
                value = [word] if field in SETS and part != "share" else word
                variant = {**parts, part: {**(parts[part] or {}), field: value, **_data_of(parts, word)}}
                example = _build(raw["rule"], "", False, variant, {})
                applies = (word in words) is not isinstance(stated_words, dict)
                yield Variation(f"{field} {word}", example.case, example.share, applies)


def _data_of(parts: Mapping[str, Any], word: Any) -> Mapping[str, str]:
    """Return the data to add where a case without data becomes a disclosure or a report."""
    without_data = (parts["share"] or {}).get("data") == "none"
    return {"data": "need"} if without_data and word in ("disclose", "report") else {}


def _stateable_words(part: str, field: str) -> tuple[Any, ...]:
    """Return every word of a fact that a record can state; of a yes or no: yes, no and, of the client, not known."""
    if field == "action":
        return VOCABULARY.actions
    yes_or_no = (True, False, None) if part == "case" and field != "state_law" else (True, False)
    words = VOCABULARY.words(TYPES[field]) if field in TYPES else yes_or_no
    return tuple(word for word in words if not (word == "unknown" and field != "age") and (field, word) not in UNSTATED)


def _change(before: Mapping[str, Any] | None, change: Any) -> Mapping[str, Any] | None:
    if change == "none":
        return None
    return {**(before or {}), **change} if change else before


def _build(rule: str, says: str, near_miss: bool, parts: Mapping[str, Any], expect: Mapping[str, Any]) -> Example:
    base = {"kind": "community", "basis": "community", "reporter": "none", "accepted_forms": [FORM]}
    holder = Agency(**_sets({**base, "id": "holder", "house": "holder", **(parts["holder"] or {})}))
    recipient = Agency(**_sets({**base, "id": "recipient", "house": "recipient", **(parts["recipient"] or {})}))
    share: dict[str, Any] = {"action": "disclose", "data": "identity", "purpose": "referral", **(parts["share"] or {})}
    agreement = parts["agreement"]
    case: dict[str, Any] = {"age": "adult", "guardian": "none", "may_sign_alone": False, "emancipated": False}
    case |= {"danger": "none", "trafficking": False, "sex_trafficking": False, "missing_from_care": False}
    case |= {"runaway": False, "vulnerable_adult": False, "pseudonym_or_acp": False, "state_law": True}
    case |= parts["case"] or {}
    case["age"] = case["age"] or "unknown"
    case["equivalent_forms"] = frozenset(frozenset(group) for group in case.get("equivalent_forms", ()))
    consents = () if parts["consent"] is None else (_consent(parts["consent"], share),)
    return Example(
        rule=rule,
        says=says,
        near_miss=near_miss,
        case=Case(today=TODAY, consents=consents, **case),
        share=Share(
            holder=holder,
            recipient=recipient,
            agreement=None
            if agreement is None
            else Agreement(**_sets({"id": "agreement", "between": ("holder", "recipient"), **agreement})),
            **share | {"data": None if share["data"] == "none" else share["data"]},
        ),
        expect=expect,
    )


def _consent(raw: Mapping[str, Any], share: Mapping[str, Any]) -> Consent:
    base: dict[str, Any] = {"form": FORM, "marks": [], "holder": "holder", "to": ["recipient"], "data": [share["data"]]}
    base |= {"purpose": share["purpose"], "signers": ["client"]}
    return Consent(**_sets({**base, "signed_on": date(2026, 3, 1), "ends_on": date(2026, 6, 1), **raw}))


def _sets(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: frozenset(value) if name in SETS and value is not None else value for name, value in fields.items()}
