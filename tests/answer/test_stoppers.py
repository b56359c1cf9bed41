"""The rule that a refusal names stops it: without that rule the decision is another. Over both demos, drawn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from loaded import Loader

from policies import Rulebook, load_vocabulary
from service import demo, vocabulary
from service.answers.profile.share import ShareQuestion
from service.answers.use_cases.decide_share import DEFAULT_DENY, decide_share
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Document = dict[str, Any]
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
AGES = ({"min": 24, "max": 24}, {"min": 24, "max": 24}, {"min": 18, "max": 30}, {"min": 15, "max": 15}, None)
GUARDIANS = (None, None, *(word for word in load_vocabulary().words("Guardian") if word != "unknown"))
COURTS = ("court_safe", "court_suspected", "state_conservator")
ASKED = ("allow", "obligations", "needs")
PARTS = (*ASKED, "would_change")
ABOUT_MINORS = ("minor-signature", "rhy-records-basic", "suspected-abuser-signature-second")
ABOUT_GUARDIANS = ("guardian-signature", "ca-privilege-guardian")


def drawn(chance: random.Random, directory: DirectorySnapshot) -> Document:
    """A share between any two agencies, with a consent that may fall short."""
    holder = chance.choice(sorted(directory.names.organizations))
    recipient = chance.choice(sorted({*directory.seen_by(holder).names.organizations} - {holder}))
    data = chance.choice(vocabulary.DATA_CLASSES)
    consent = {
        "from": chance.choice([holder, holder, recipient]), "to": [recipient],
        "data": chance.choice([[data], [data], ["need"]]), "purpose": "referral",
        "signers": chance.choice([["client"], ["client"], ["parent"], ["client", "guardian"], ["client", "parent"]]),
        "signed_on": "2026-02-01", "ends_on": chance.choice(["2026-06-01", "2026-02-20"]),
        "level": chance.choice(["release", "release", "written", "verbal"]),
        "form": chance.choice([None, *sorted(directory.names.forms)]),
    }  # fmt: skip
    facts = {
        "guardian": chance.choice(GUARDIANS), "may_sign_alone": chance.choice([None, None, True, False]),
        "emancipated": chance.choice([None, False]),
    }  # fmt: skip
    return {
        "holder": holder, "recipient": recipient, "data": data, "at": AT.isoformat(),
        "action": chance.choice(["disclose", "disclose", "disclose", "report", "route"]),
        "purpose": chance.choice(["referral", "referral", "treatment", "safety"]),
        "age": chance.choice(AGES), "facts": facts, "consents": chance.choice([[], [consent]]),
    }  # fmt: skip


@cache
def without(book: Rulebook, rule_id: str) -> Rulebook:
    pack = book.pack
    rules = tuple(rule for rule in pack.rules if rule.id != rule_id)
    return Rulebook(replace(pack, rules=rules))


def decided(directory: DirectorySnapshot, question: Document) -> Document:
    share = ShareQuestion.model_validate(question)
    return decide_share(directory, share, reader=question["holder"], now=lambda: AT)  # type: ignore[return-value]


def refusals(loader: Loader, coalition: str, count: int) -> Iterator[tuple[DirectorySnapshot, Document, Document]]:
    directory, chance = loader.serve_demo(coalition), random.Random(813)
    for _ in range(count):
        question = drawn(chance, directory)
        document = decided(directory, question)
        if not document["allow"]:
            yield directory, question, document


@pytest.mark.parametrize("coalition", demo.COALITIONS)
def test_without_the_named_rule_the_decision_is_another(loader: Loader, coalition: str) -> None:
    """Allowed, or with other tasks, or with other changes that would open it.

    Where several rules are each enough, so that none alone makes a difference to what is asked for, one is named.
    """
    alone: Counter[str] = Counter()
    for directory, question, document in refusals(loader, coalition, 250):
        stopper, deciding = document["stopped_by"]["id"], {rule["id"] for rule in document["rules"]}
        if changes_without(directory, question, document, stopper):
            alone[stopper] += 1
        else:
            assert stopper in deciding
            others = deciding - {stopper}
            assert not any(changes_without(directory, question, document, rule, ASKED) for rule in others), (
                stopper,
                deciding,
                document["needs"],
                question,
            )
    assert len(alone) > 3
    assert alone.total() > 60


def changes_without(
    directory: DirectorySnapshot, question: Document, document: Document, rule_id: str, parts: Sequence[str] = PARTS
) -> bool:
    if rule_id == DEFAULT_DENY:
        return False  # what is left where no rule permits: nothing to take away
    other = decided(replace(directory, rulebook=without(directory.rulebook, rule_id), outside=None), question)
    return any(document[part] != other[part] for part in parts)


@pytest.mark.parametrize("coalition", demo.COALITIONS)
def test_no_grown_woman_is_told_of_a_guardian_nobody_knows_of(loader: Loader, coalition: str) -> None:
    """No rule about minors or guardians stops a sure adult's share, unless a court's guardian is known."""
    seen = 0
    for _, question, document in refusals(loader, coalition, 600):
        if question["age"] is not None and question["age"]["min"] >= 18:
            stopper = document["stopped_by"]["id"]
            assert stopper not in ABOUT_MINORS
            if question["facts"]["guardian"] not in COURTS:
                seen += any(rule["id"] in ABOUT_GUARDIANS for rule in document["rules"])
                assert stopper not in ABOUT_GUARDIANS, question
    assert seen > 10
