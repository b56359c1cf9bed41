"""The law of hand-offs is data: read strictly, in known words, with its authority; nothing in Python says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

import policies
from policies.engine.pack import PACKS_DIRECTORY
from policies.hand_off_law import FILE, read_hand_off_law
from service import vocabulary

LAW = policies.load_hand_off_law()
TEXT = (PACKS_DIRECTORY / FILE).read_text(encoding="utf-8")


def test_its_words_are_known() -> None:
    """Types and traits stand in the vocabulary of services; kinds and data are held to the rules' when it is read."""
    types = {*LAW.reveals, *LAW.may_be_discoverable, *LAW.by_third_party, *LAW.support, *LAW.no_disclosure}
    assert types <= {*vocabulary.SERVICE_TYPES}
    assert {*vocabulary.TRAITS} >= {*LAW.left_to_advocates, *LAW.reveals_by_trait, *LAW.trafficked}


def test_it_holds_the_words_of_the_file() -> None:
    """Each part is what the file says under its name: none is dropped, and none read as another."""
    words = {name: part["words"] for name, part in yaml.safe_load(TEXT).items()}

    law = {field.name: getattr(LAW, field.name) for field in fields(LAW)}
    assert law == {name: value if isinstance(value, dict) else frozenset(value) for name, value in words.items()}


def _without(part: str, key: str) -> Callable[[dict[str, Any]], object]:
    return lambda law: law[part].pop(key)


@pytest.mark.parametrize(
    ("change", "message"),
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
def test_what_cannot_be_used_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    """A missing authority, an unknown word, a part too many: refused by its name."""
    law = yaml.safe_load(TEXT)
    change(law)
    file = tmp_path / FILE
    file.write_text(yaml.safe_dump(law))

    with pytest.raises(policies.PackError, match=message):
        read_hand_off_law(file)


def test_a_part_given_twice_is_refused(tmp_path: Path) -> None:
    """The second one would silently win."""
    file = tmp_path / FILE
    file.write_text(TEXT + "\nonly_by_choice: {authority: x, confidence: M, words: [court]}\n")

    with pytest.raises(policies.PackError, match="given twice"):
        read_hand_off_law(file)
