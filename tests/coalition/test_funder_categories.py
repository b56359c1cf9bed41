"""Funders' categories: each of our types and outcomes is answered for each standard, with a source or with none."""

from __future__ import annotations

import pytest

from service import vocabulary
from service.coalition.funder_categories import STANDARDS, counterpart, read_categories
from service.coalition.outcome_files import write_csv
from service.referrals.use_cases.move_referral import OUTCOMES


@pytest.mark.parametrize("standard", STANDARDS)
def test_nothing_of_ours_is_left_out(standard: str) -> None:
    """No type and no outcome is forgotten, and none is made up; what has a counterpart names a source that is there."""
    categories = read_categories()
    assert categories[standard]["type"].keys() == set(vocabulary.SERVICE_TYPES)
    assert categories[standard]["outcome"].keys() == set(OUTCOMES)
    for entry in [*categories[standard]["type"].values(), *categories[standard]["outcome"].values()]:
        if entry is not None:
            assert entry.keys() == {"element", "code", "name", "fit", "source"}
            assert entry["fit"] in ("same", "narrower", "broader", "near")
            assert categories["sources"][entry["source"]].keys() >= {"title", "publisher", "url", "read"}


def test_tims_is_empty_and_says_what_was_searched() -> None:
    """Its list was not found."""
    assert not any(read_categories()["tims"]["type"].values())
    assert "was not found" in read_categories()["sources"]["tims"]["found"]


def test_a_table_names_them() -> None:
    """A row with a counterpart, and a name that would be a formula."""
    row = {"value": "emergency_shelter", "name": "=bed", "referrals": 10, "answered": None, "times": None}
    text = write_csv({"quarter": "2026-Q1", "by": "type", "rows": [row]})
    assert text.splitlines()[1] == (
        f"2026-Q1,type,emergency_shelter,'=bed,10,,,,,{counterpart('hmis', 'type', 'emergency_shelter')},"
    )
