"""Cedar's ways to fail open, one by one: the guard holds, and without the guard the same case gets through.

Each way is shown twice: as it is, and with its guard taken out. A guard that nobody needs would pass both, and a guard
that broke would fail the first.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import cedarpy
import policy_builders as build
import pytest

import policies.engine.cedar
import policies.engine.compile
import policies.engine.pack
from policies import PACKS_DIRECTORY, PackError, Rulebook, read_pack
from policies.engine.cedar import CedarEngine, Verdict
from policies.engine.encode_facts import entities_of, request_of

NAMES = ["federal", "us-tx", "coalition"]
RELEASED = build.best_facts(build.case(consents=(build.consent(),)), build.share())
HEAD = """@id("{id}") @plain("A term of our own.") @authority("coalition term") @asks("nothing")
@jurisdiction("C") @confidence("C") @reviewed("2026-11-24")
"""
WITHOUT = pytest.MonkeyPatch


@dataclass(frozen=True)
class Way:
    """One way to fail open: `opens` says if the case gets through; `remove` takes one guard out."""

    name: str
    opens: Callable[..., bool]
    remove: Callable[[WITHOUT], None]


def _naive_verdict(result: cedarpy.AuthzResult, ids: frozenset[str]) -> Verdict:
    return Verdict(result.decision is cedarpy.Decision.Allow, frozenset(result.diagnostics.reasons))


# 1. A forbid that errs is skipped: Cedar says Allow, and lists the error beside it.


def _skipped_forbid(**_) -> bool:
    text = 'permit (principal, action, resource); forbid (principal, action, resource) when { context.nowhere == "x" };'
    agencies = entities_of(RELEASED.holder, RELEASED.recipient, build.WORDS)
    result = cedarpy.is_authorized(request_of(RELEASED, build.WORDS), text, agencies)
    return policies.engine.cedar.verdict_of(result, frozenset({"policy0"})).allow


def _trust_the_decision(patch: WITHOUT) -> None:
    patch.setattr("policies.engine.cedar.verdict_of", _naive_verdict)


# 2. Without the schema at the request, a misspelt purpose is a purpose that no rule forbids.


def _misspelt_purpose(book, **_) -> bool:
    return CedarEngine(book.pack, book.pack.deciding).ask(RELEASED._replace(purpose="meda")).allow


def _no_schema_at_the_request(patch: WITHOUT) -> None:
    is_authorized = cedarpy.is_authorized
    patch.setattr(
        "policies.engine.cedar.cedarpy.is_authorized",
        lambda request, rules, agencies, **_: is_authorized(request, rules, agencies),
    )


# 3. Entities read without the schema: a misspelt kind of agency is a stranger, though the request has the schema.


def _misspelt_kind(book, **_) -> bool:
    strange = RELEASED._replace(level="verbal", recipient=RELEASED.recipient._replace(kind="polcie"))
    return CedarEngine(book.pack, book.pack.deciding).ask(strange).allow


def _no_schema_at_the_entities(patch: WITHOUT) -> None:
    def unchecked(self: CedarEngine, holder, recipient) -> cedarpy.Entities:
        return cedarpy.Entities.from_json_str(entities_of(holder, recipient, self._words))

    patch.setattr(CedarEngine, "_parse_entities", unchecked)


# 4. A forbid on a group does not reach an agency that is in no group: rules may name no group at all.


def _a_group_that_nobody_is_in(pack_with, **_) -> bool:
    pack = pack_with(HEAD.format(id="on-a-group") + 'forbid (principal, action, resource in Agency::"police");')
    return pack is not None and CedarEngine(pack, pack.deciding).ask(RELEASED).allow


def _any_scope(patch: WITHOUT) -> None:
    patch.setattr("policies.engine.compile._ExpressionReader.scope", lambda *_: True)


# 5. Two rules of one id: the second stands in for the first.


def _two_of_one_id(pack_with, **_) -> bool:
    weak = 'forbid (principal, action, resource) when { context.data == Data::"justice" && context.same_house };'
    pack = pack_with(HEAD.format(id="purpose-limitation") + weak)
    return pack is not None and Rulebook(pack).verdicts([RELEASED._replace(purpose="media")])[0].allow


def _duplicates_pass(patch: WITHOUT) -> None:
    patch.setattr("policies.engine.pack._duplicates", lambda _: ())


# 6. A rule that Cedar lost on the way is a forbid that is not there.


def _a_rule_lost(book, **_) -> bool:
    whole = cedarpy.PolicySet

    class Loses:
        @staticmethod
        def from_pst(nodes):
            return whole.from_pst(replace(nodes, static_policies={"consented-share": _permit(nodes)}))

    treated = RELEASED._replace(data="sud", holder=RELEASED.holder._replace(regimes=frozenset({"part2"})))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("policies.engine.cedar.cedarpy.PolicySet", Loses)
        with suppress(PackError):
            return CedarEngine(book.pack, book.pack.deciding).ask(treated).allow
    return False


def _permit(nodes):
    return nodes.static_policies["consented-share"]


def _nobody_counts(patch: WITHOUT) -> None:
    patch.setattr("policies.engine.cedar.require_all", lambda *_: None)


# 7. Conditions that contradict each other validate clean: a forbid that can never hold.


def _a_forbid_that_never_holds(pack_with, **_) -> bool:
    never = 'when { context.data == Data::"identity" && context.data == Data::"narrative" };'
    pack = pack_with(HEAD.format(id="never-holds") + f"forbid (principal, action, resource) {never}")
    return pack is not None and Rulebook(pack).verdicts([RELEASED])[0].allow


def _anything_may_hold(patch: WITHOUT) -> None:
    patch.setattr("policies.engine.pack.can_hold", lambda _, formula: formula is not False)


# 8. A word that is misspelt in a rule: the schema and the closed vocabulary both know it; one of them is enough.


def _misspelt_in_a_rule(pack_with, **_) -> bool:
    misspelt = 'forbid (principal, action, resource) when { resource.kind == Kind::"comunity" };'
    pack = pack_with(HEAD.format(id="misspelt") + misspelt)
    return pack is not None and CedarEngine(pack, pack.deciding).ask(RELEASED).allow


def _no_validation(patch: WITHOUT) -> None:
    patch.setattr("policies.engine.pack.validate", lambda *_: [])


def _open_vocabulary(patch: WITHOUT) -> None:
    def atom(reader, name, words):
        values = reader._space.dimensions[reader._space.index[name]].values
        return reader._space.atom(name, [word.id for word in words if word.id in values] or [values[-1]])

    patch.setattr("policies.engine.compile._ExpressionReader._atom", atom)


def _neither(patch: WITHOUT) -> None:
    _no_validation(patch)
    _open_vocabulary(patch)


WAYS = [
    Way("a forbid that errs is skipped", _skipped_forbid, _trust_the_decision),
    Way("a misspelt fact", _misspelt_purpose, _no_schema_at_the_request),
    Way("entities read without the schema", _misspelt_kind, _no_schema_at_the_entities),
    Way("a group that an agency is not in", _a_group_that_nobody_is_in, _any_scope),
    Way("two rules of one id", _two_of_one_id, _duplicates_pass),
    Way("a rule lost on the way", _a_rule_lost, _nobody_counts),
    Way("conditions that contradict each other", _a_forbid_that_never_holds, _anything_may_hold),
    Way("a misspelt word in a rule", _misspelt_in_a_rule, _neither),
]


@pytest.fixture
def pack_with(tmp_path):
    """Read the packs with one more rule; None where they are refused."""

    def read_with(text: str):
        folder = tmp_path / "packs"
        shutil.copytree(PACKS_DIRECTORY, folder, dirs_exist_ok=True)
        (folder / "coalition" / "own.cedar").write_text(text, encoding="utf-8")
        with suppress(PackError):
            return read_pack(NAMES, folder)
        return None

    return read_with


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_case_is_stopped_and_gets_through_without_the_guard(way, book, pack_with, monkeypatch):
    """What Cedar alone would let through is stopped; the guard is what stops it."""
    assert way.opens(book=book, pack_with=pack_with) is False

    way.remove(monkeypatch)

    assert way.opens(book=book, pack_with=pack_with) is True


@pytest.mark.parametrize("remove", [_no_validation, _open_vocabulary])
def test_a_misspelt_word_in_a_rule_meets_two_guards_and_one_is_enough(remove, pack_with, monkeypatch):
    remove(monkeypatch)

    assert _misspelt_in_a_rule(pack_with) is False


def test_the_order_in_which_cedar_names_rules_is_in_no_answer(book, monkeypatch):
    """Cedar names deciding rules in any order; in answers they stand in the catalogue's."""
    holder = build.agency(regimes=frozenset({"vawa", "tx_420", "rhy_tlp"}))
    request = (build.case(age="minor"), build.share(holder=holder))
    usual = Rulebook(book.pack).record(*request)
    real = policies.engine.cedar.verdict_of
    orders = []

    def shuffled(result, ids):
        orders.append(tuple(result.diagnostics.reasons))
        result.diagnostics.reasons.reverse()
        orders.append(tuple(result.diagnostics.reasons))
        return real(result, ids)

    monkeypatch.setattr("policies.engine.cedar.verdict_of", shuffled)

    assert Rulebook(book.pack).record(*request) == usual
    assert orders[0] != orders[1]
    assert [rule.id for rule in usual.forbids] == [
        rule.id for rule in book.rules if rule.id in {forbid.id for forbid in usual.forbids}
    ]
