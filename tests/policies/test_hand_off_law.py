"""The law of hand-offs is data: read strictly, in known words, with its authority; nothing in Python says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from oracle import hops as oracle_hops
from oracle import reading

import policies
from policies.engine.pack import PACKS_DIRECTORY
from policies.hand_off_law import FILE, read_hand_off_law
from service.answers.document.questions import LEFT_TO_ADVOCATES
from service.words import vocabulary

LAW = policies.load_hand_off_law()
TEXT = (PACKS_DIRECTORY / FILE).read_text(encoding="utf-8")


def test_its_words_are_known() -> None:
    """Types and traits stand in the vocabulary of services; kinds and data are held to the rules' when it is read."""
    types = {*LAW.reveals, *LAW.may_be_discoverable, *LAW.by_third_party, *LAW.support, *LAW.no_disclosure}
    assert types <= {*vocabulary.SERVICE_TYPES}
    assert {*vocabulary.TRAITS} >= {*LAW.left_to_advocates, *LAW.reveals_by_trait, *LAW.trafficked}


def test_its_words_are_the_contracts() -> None:
    """The words that the contract lists, and that the oracle has for itself."""
    assert LAW.reveals == oracle_hops.REVEALS
    assert LAW.reveals_by_trait == {"foreign_national": "immigration"}
    assert LAW.only_by_choice == {"law_enforcement", "prosecutor", "child_welfare", "immigration_authority"}
    assert (LAW.by_report, LAW.by_third_party) == (reading.BY_REPORT, reading.BY_THIRD_PARTY)
    assert LAW.may_be_discoverable == {*reading.REPORTS, "court_accompaniment"}
    assert LAW.support == {"victim_advocacy", "case_management", "trauma_counseling"}
    assert LAW.no_disclosure == {"interpretation", "peer_support"}
    assert LAW.trafficked == {"sex_trafficking", "labor_trafficking"}
    assert (LAW.specialised_kinds, LAW.specialised_regimes) == ({"trafficking_shelter"}, {"ovc_ht"})
    assert LAW.left_to_advocates == reading.PROTECTED_TOPICS
    assert {f"client.traits.{trait}" for trait in LAW.left_to_advocates} == LEFT_TO_ADVOCATES


def _without(part: str, key: str) -> Callable[[dict[str, Any]], object]:
    return lambda law: law[part].pop(key)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda law: law.pop("reveals"), "must hold reveals"),
        (lambda law: law.update(more={}), "no other part"),
        (_without("reveals", "authority"), "needs authority"),
        (lambda law: law["only_by_choice"].update(authority=" "), "authority is empty"),
        (lambda law: law["only_by_choice"]["words"].append("police"), "is no Kind"),
        (lambda law: law["only_by_choice"]["words"].append("prosecutor"), "given twice"),
        (lambda law: law["reveals"]["words"].update(food="hunger"), "is no Data"),
        (lambda law: law["reveals_by_trait"]["words"].update(pregnant="hunger"), "is no Data"),
        (lambda law: law["left_to_advocates"].update(words=[True]), "must be texts"),
        (lambda law: law["left_to_advocates"].update(words={}), "must be texts"),
        (lambda law: law["specialised_regimes"]["words"].append("hippa"), "is no Regime"),
        (lambda law: law["specialised_kinds"]["words"].append("motel"), "is no Kind"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str) -> None:
    """A missing authority, an unknown word, a part too many: refused by its name."""
    law = yaml.safe_load(TEXT)
    change(law)
    file = tmp_path / FILE
    file.write_text(yaml.safe_dump(law))

    with pytest.raises(policies.PackError, match=said):
        read_hand_off_law(file)


def test_a_part_given_twice_is_refused(tmp_path: Path) -> None:
    """The second one would silently win."""
    file = tmp_path / FILE
    file.write_text(TEXT + "\nonly_by_choice: {authority: x, confidence: M, words: [court]}\n")

    with pytest.raises(policies.PackError, match="given twice"):
        read_hand_off_law(file)
