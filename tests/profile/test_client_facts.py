"""What the rules are told of a client, from age and traits: three-valued, and unknown never turns into yes or no."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

import routing
from service.answers.profile.client_facts import client_facts

PAIRS = list(product((True, False, None), repeat=2))


def facts(low: int | None = None, high: int | None = None, **traits: bool | None) -> dict[str, Any]:
    return client_facts(routing.Client(age_min=low, age_max=high, traits=traits))


@pytest.mark.parametrize(("sex", "labor"), PAIRS)
def test_either_kind_of_trafficking_counts_and_each_is_told_apart(sex: bool | None, labor: bool | None) -> None:
    """Trafficking is yes if either is, no if neither can be; sex trafficking stands for itself."""
    document = facts(sex_trafficking=sex, labor_trafficking=labor)

    assert document["trafficking"] is (True if True in (sex, labor) else None if None in (sex, labor) else False)
    assert document["sex_trafficking"] is sex


@pytest.mark.parametrize(("care", "runaway"), PAIRS)
def test_a_child_is_missing_from_care_if_in_care_and_away(care: bool | None, runaway: bool | None) -> None:
    """Both, or it is not so; unknown while the one that is missing could decide it."""
    document = facts(in_foster_care=care, runaway=runaway)

    assert document["missing_from_care"] is (
        False if False in (care, runaway) else None if None in (care, runaway) else True
    )


@pytest.mark.parametrize(
    ("low", "high", "statement", "protected"),
    [
        (65, 65, False, True),
        (65, None, None, True),
        (64, 64, False, False),
        (64, 64, None, None),
        (64, 65, False, None),
        (None, 64, False, False),
        (None, None, False, None),
        (30, 30, True, True),
        (17, 30, True, None),
        (None, None, True, None),
        (15, 15, True, False),
    ],
)
def test_an_adult_is_protected_from_65_on_or_where_it_is_said(
    low: int | None, high: int | None, statement: bool | None, protected: bool | None
) -> None:
    """Surely 65 or over, or an adult who is said not to be able to protect themselves; a child never is."""
    client = routing.Client(age_min=low, age_max=high)

    assert client_facts(client, statement, 65)["vulnerable_adult"] is protected


@pytest.mark.parametrize("disability", [True, False, None])
def test_a_disability_alone_says_nothing(disability: bool | None) -> None:
    """Whether it keeps an adult from protecting themselves is a fact of its own."""
    assert facts(30, 30, disability=disability)["vulnerable_adult"] is None


def test_nothing_known_is_nothing_said() -> None:
    """A client of whom nothing is known has no fact that is yes or no."""
    assert facts() == {
        "age": "unknown",
        "trafficking": None,
        "sex_trafficking": None,
        "missing_from_care": None,
        "runaway": None,
        "too_young": False,
        "vulnerable_adult": None,
    }
