"""Each way in which Cedar was seen to fail open has a guard here, and the guard holds."""

from dataclasses import replace
from types import SimpleNamespace

import cedarpy
import policy_builders as build
import pytest

from policies import PackError, Rulebook
from policies.engine.cedar import CedarEngine, Verdict, verdict_of
from policies.engine.encode_facts import entities_of, request_of

WORDS = build.WORDS
HOLDER = build.agency(regimes=frozenset({"vawa"}))
DENIED = build.best_facts(build.case(consents=(build.consent(level="verbal"),)), build.share(holder=HOLDER))


@pytest.fixture(scope="module")
def engine(book):
    return CedarEngine(book.pack, book.pack.deciding)


def _result(decision, reasons=(), errors=()):
    return SimpleNamespace(decision=decision, diagnostics=SimpleNamespace(reasons=reasons, errors=errors))


@pytest.mark.parametrize(
    "result",
    [
        _result(cedarpy.Decision.Allow, ["consented-share"], ["one rule was skipped"]),
        _result(cedarpy.Decision.NoDecision),
        _result(cedarpy.Decision.Allow, ["a-rule-of-somebody-else"]),
        _result(cedarpy.Decision.Allow, []),
    ],
)
def test_anything_but_a_clean_allow_is_a_denial(result):
    verdict = verdict_of(result, frozenset({"consented-share"}))

    assert verdict.allow is False
    assert verdict.faults


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (_result(cedarpy.Decision.NoDecision), "a rule or the request could not be evaluated"),
        (_result(cedarpy.Decision.Deny, ["a-rule-of-somebody-else"]), "a rule that is not of this pack decided"),
    ],
)
def test_a_fault_says_what_it_is_and_names_no_fact(result, message):
    assert verdict_of(result, frozenset({"consented-share"})) == Verdict(False, frozenset(), (message,))


def test_a_denial_by_the_absence_of_a_permit_is_no_fault():
    """Cedar names no rule for it; nor is it one where every rule there is forbids."""
    ids = frozenset({"one", "other"})

    assert verdict_of(_result(cedarpy.Decision.Deny), ids) == Verdict(False, frozenset())
    assert verdict_of(_result(cedarpy.Decision.Deny, ["one", "other"]), ids) == Verdict(False, ids)


def test_an_answer_is_remembered_and_the_memory_has_an_end(book, monkeypatch):
    """Cedar is asked once about what the rules read, and again once the memory was full."""
    monkeypatch.setattr("policies.engine.cedar.MEMORY", 2)
    questions = []
    monkeypatch.setattr(CedarEngine, "_ask", lambda _, facts: questions.append(facts) or Verdict(False, frozenset()))
    engine = CedarEngine(book.pack, book.pack.deciding)
    first, second, third = (DENIED._replace(data=data) for data in ("identity", "sud", "aggregate"))
    same = first._replace(trafficking="unknown" if first.trafficking == "no" else "no")

    for question in (first, same, second, first, third, third, first):
        engine.ask(question)

    assert questions == [first, second, third, first]


def test_a_fault_is_not_remembered_for_another_request(book, monkeypatch):
    """Its cause may be a fact that no rule reads: who asks next is answered by Cedar, and not by the fault."""
    engine = CedarEngine(book.pack, book.pack.deciding)
    clean = engine.ask(DENIED)
    engine._answers.clear()
    with monkeypatch.context() as patch:
        patch.setattr(cedarpy, "is_authorized", lambda *_, **__: _result(cedarpy.Decision.NoDecision))
        assert engine.ask(DENIED).faults

    assert engine.ask(DENIED) == clean


@pytest.mark.parametrize("field", ["kind", "basis", "reporter"])
def test_a_misspelt_word_of_an_agency_is_a_fault_and_not_a_stranger(engine, field):
    """To Cedar without a schema `Kind::"polcie"` is merely another kind that no rule forbids."""
    strange = DENIED._replace(recipient=DENIED.recipient._replace(**{field: "polcie"}))

    verdict = engine.ask(strange)

    assert verdict == Verdict(False, frozenset(), ("ValueError",))


@pytest.mark.parametrize(("field", "value"), [("level", "releese"), ("data", "gossip"), ("age", "young")])
def test_a_misspelt_fact_is_a_fault(engine, field, value):
    verdict = engine.ask(DENIED._replace(**{field: value}))

    assert verdict.allow is False
    assert verdict.faults
    assert value not in str(verdict.faults)


def test_a_missing_fact_is_a_fault(book, engine, monkeypatch):
    """The schema knows every fact as required, so leaving one out is not a way round a forbid."""
    whole = WORDS
    fewer = {name: spec for name, spec in whole.context.items() if name != "level"}
    request = request_of(DENIED, replace(whole, context=fewer))
    schema = cedarpy.Schema.from_json_str(whole.schema())
    entities = cedarpy.Entities.from_json_str(entities_of(DENIED.holder, DENIED.recipient, WORDS), schema)

    result = cedarpy.is_authorized(request, "permit (principal, action, resource);", entities, schema=schema)

    assert verdict_of(result, frozenset({"policy0"})).allow is False


def test_an_agency_without_its_attributes_is_refused(book):
    schema = cedarpy.Schema.from_json_str(WORDS.schema())

    with pytest.raises(ValueError, match="does not conform to the schema"):
        cedarpy.Entities.from_json_str(
            '[{"uid": {"type": "Agency", "id": "holder"}, "attrs": {}, "parents": []}]', schema
        )


def test_a_rule_that_cedar_never_got_is_noticed(book, monkeypatch):
    """Two ids alike, or a rule lost on the way, would be a forbid that is not there."""
    fewer = cedarpy.PolicySet.from_str("permit (principal, action, resource);")
    monkeypatch.setattr("policies.engine.cedar.cedarpy.PolicySet", SimpleNamespace(from_pst=lambda _: fewer))

    with pytest.raises(PackError) as refusal:
        CedarEngine(book.pack, book.pack.deciding)
    assert refusal.value.problems == ("Cedar did not take every rule under its own id",)


def test_a_fault_in_cedar_is_a_denial_that_says_so(book):
    """If Cedar holds other rules than the compiled form, the two disagree and nothing is let through on one word."""
    permits = [rule for rule in book.pack.deciding if rule.effect == "permit"]
    loose = Rulebook(book.pack)
    loose._engine = CedarEngine(book.pack, permits)
    spoken = build.case(consents=(build.consent(),), age="minor")
    share = build.share(holder=HOLDER)

    compiled, recorded = loose.decide(spoken, share), loose.record(spoken, share)

    assert not compiled.allow
    assert recorded.allow
    assert not loose.agrees(compiled, recorded)


@pytest.mark.parametrize("state", ["absent", "not_current", "out_of_scope", "onward"])
def test_the_rules_do_not_lean_on_the_canonicaliser(engine, state):
    """Facts that no case gives rise to, a release that is not current, still open nothing."""
    facts = build.best_facts(build.case(consents=(build.consent(),)), build.share(holder=HOLDER))

    assert engine.ask(facts).allow
    assert not engine.ask(facts._replace(consent=state)).allow
