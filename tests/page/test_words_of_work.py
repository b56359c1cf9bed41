"""Words of the pages for agencies and for the table: each code of a closed list has one, in each language, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
import yaml

from service.api.schemas.coalition import DueItem
from service.page.menu import ENTRIES
from service.page.words import LANGUAGES, WORDS
from service.usecases.hear_grievances import CODES, OUTCOMES, STATUSES
from service.usecases.move_referral import CANCEL_REASONS, DECLINE_REASONS
from service.usecases.move_referral import OUTCOMES as ENDS

FOLDER = Path(__file__).parents[2] / "service" / "page" / "words"
LISTS = {
    "answered": (*DECLINE_REASONS, *CANCEL_REASONS),
    "outcome": (*ENDS, "unknown"),
    "status": ("requested", "received", "accepted", "declined", "cancelled", "completed", "expired", "closed"),
    "agreed.status": ("proposed", "current", "ended", "withdrawn"),
    "grievance.code": CODES,
    "grievance.outcome": OUTCOMES,
    "grievance.status": STATUSES,
    "relationship": ("internal", "coalition", "coordination", "cooperation", "public"),
    "menu": tuple(entry.name for entry in ENTRIES),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_code_has_a_word(language: str) -> None:
    """Reasons, outcomes, states, and each page of the menu with what it is for."""
    missing = [f"{name}.{code}" for name, codes in LISTS.items() for code in codes]
    missing += [f"menu.{entry.name}_about" for entry in ENTRIES]

    assert [key for key in missing if key not in WORDS[language]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_in_two_files(language: str) -> None:
    """Of two texts with one key, one would be shown in the place of the other."""
    files = [file for file in FOLDER.iterdir() if f".{file.name}".endswith(f".{language}.yaml")]
    keys = Counter(key for file in files for key in flat(yaml.load(file.read_text(), yaml.BaseLoader)))

    assert len(files) > 2
    assert [key for key, times in keys.items() if times > 1] == []


def flat(tree: dict[str, object], before: str = "") -> list[str]:
    found: list[str] = []
    for key, value in tree.items():
        found += flat(value, f"{before}{key}.") if isinstance(value, dict) else [f"{before}{key}"]
    return found


def test_what_is_due_has_a_word_for_each_kind() -> None:
    """The kinds that the interface describes."""
    kinds = get_args(DueItem.model_fields["kind"].annotation)
    assert kinds
    assert [kind for kind in kinds if f"due.{kind}" not in WORDS["es"]] == []
