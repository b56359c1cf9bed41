"""A needs profile is read strictly: what is wrong is named by field, and nothing of its values is echoed."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from length import draws

from service.answers.profile import read_profile
from service.errors import ProfileRefused

CANARY = "canary-5f1d"
GOOD: dict[str, Any] = {
    "origin": "hotline",
    "at": "2026-03-02T02:00:00-06:00",
    "client": {
        "age": {"min": 15, "max": 17},
        "gender": "female",
        "languages": ["es"],
        "area": "travis",
        "traits": {"foreign_national": None},
        "completed": ["intake_assessment"],
    },
    "needs": [{"type": "safe house", "as_said_by": "shelter", "urgency": "now", "required": True}],
    "facts": {"client_present": True, "danger": "none", "guardian": "unavailable", "may_sign_alone": True},
    "consents": [
        {
            "form": "roi",
            "level": "release",
            "marks": ["sud"],
            "from": "hotline",
            "to": ["shelter"],
            "data": ["need"],
            "purpose": "referral",
            "signers": ["client"],
            "signed_on": "2026-03-01",
            "ends_on": "2026-06-01",
            "withdrawn_on": None,
        }
    ],
    "avoid": ["law_enforcement", "shelter"],
    "prefer": "balanced",
    "limit": 5,
}


def problems_in(document: Any) -> dict[str, str]:
    """Return what is refused, by pointer."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(ProfileRefused) as refusal:
        read_profile(data)
    assert CANARY not in str(refusal.value)
    return {problem.path: problem.message for problem in refusal.value.problems}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the good profile with one place changed; keys apart by slashes."""
    document = copy.deepcopy(GOOD)
    *way, last = path.split("/")
    at: Any = document
    for part in way:
        at = at[int(part) if isinstance(at, list) else part]
    at[int(last) if isinstance(at, list) else last] = value
    return document


def test_a_good_profile_is_read_whole() -> None:
    """Every field of the guide is taken."""
    profile = read_profile(json.dumps(GOOD).encode())

    assert profile.client.age is not None
    assert (profile.client.age.min, profile.client.age.max) == (15, 17)
    assert profile.consents[0].holder == "hotline"
    assert profile.avoid == ("law_enforcement", "shelter")


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T08:00:00Z",
        "2026-03-02t08:00:00z",
        "2026-03-02T02:00-06:00",
        "2026-03-02T02:00:00.0-06",
        "2026-03-02T08:00:00.000000000Z",
        "2026-03-02T08:00:00,0000Z",
    ],
)
def test_a_moment_may_be_written_in_every_form_of_the_standard(written: str) -> None:
    """Whole hours of offset, small letters, left out seconds and any number of decimals name the same moment."""
    document = {"origin": "hotline", "needs": [{"type": "food"}], "at": written}

    assert read_profile(json.dumps(document).encode()).at == datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("age", [None, 0, 120, 15.0, {"min": 3}, {"max": 3}, {"min": 3, "max": 3}, {}])
def test_ages_may_be_a_number_a_range_or_unknown(age: Any) -> None:
    """A number, a range, or null."""
    assert read_profile(json.dumps(changed("client/age", age)).encode()).needs


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("origin", 5),
        ("origin", f"Not A Slug {CANARY}"),
        ("at", "2026-03-02T02:00:00"),
        ("at", f"{CANARY}"),
        ("at", "1066-10-14T09:00:00+00:00"),
        ("client/age", -1),
        ("client/age", 15.5),
        ("client/age", True),
        ("client/age", f"{CANARY}"),
        ("client/age", {"min": 18, "max": 12}),
        ("client/age", {"least": 3}),
        ("client/gender", CANARY),
        ("client/languages", ["klingon language"]),
        ("client/languages", "es"),
        ("client/area", 7),
        ("client/traits", {"foreign_national": "yes"}),
        ("client/traits", [CANARY]),
        ("needs", []),
        ("needs", [{"type": "food"}] * 9),
        ("needs/0/type", ""),
        ("needs/0/urgency", CANARY),
        ("needs/0/required", "yes"),
        ("facts/client_present", "yes"),
        ("facts/danger", CANARY),
        ("facts/guardian", CANARY),
        ("consents/0/level", CANARY),
        ("consents/0/data", [CANARY]),
        ("consents/0/signed_on", "2026-02-30"),
        ("consents/0/signers", ["sister"]),
        ("avoid", [f"{CANARY} Street"]),
        ("prefer", CANARY),
        ("limit", 0),
        ("limit", 11),
        ("limit", 10**30),
        ("limit", 5.5),
    ],
)
def test_what_is_wrong_is_named_by_its_field(path: str, value: Any) -> None:
    """One wrong place gives a pointer to it, or into it, and no value."""
    pointers = problems_in(changed(path, value))

    assert any(pointer.startswith(f"/{path}") for pointer in pointers), pointers


@pytest.mark.parametrize("age", [-1, 121, 10**30])
def test_an_age_that_is_one_number_is_refused_as_one(age: int) -> None:
    """No end of a range that was not sent is named."""
    assert list(problems_in(changed("client/age", age))) == ["/client/age"]


def test_every_problem_is_told_at_once() -> None:
    """A refusal lists all that is wrong, not the first thing."""
    document = changed("prefer", "fast")
    document["limit"] = 0
    document["needs"][0]["urgency"] = "soon"

    assert set(problems_in(document)) == {"/prefer", "/limit", "/needs/0/urgency"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"5",
        b"\xff\xfe",
        b'{"origin": NaN}',
        b'{"origin": "a", "origin": "b", "needs": [{"type": "food"}]}',
        b'{"origin": "\\ud800", "needs": [{"type": "food"}]}',
        b'{"origin": "a\\u0000b", "needs": [{"type": "food"}]}',
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"limit": 1e400, "origin": "a", "needs": [{"type": "food"}]}',
    ],
)
def test_what_is_no_profile_at_all_is_refused_in_words(data: bytes) -> None:
    """Odd bytes are a refusal, never another error."""
    assert problems_in(data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    "origin", "at", "client", "client/age", "client/gender", "client/languages", "client/area", "client/traits",
    "client/completed", "needs", "needs/0", "needs/0/type", "needs/0/as_said_by", "needs/0/urgency",
    "needs/0/required", "facts", "facts/danger", "consents", "consents/0", "consents/0/to", "consents/0/marks",
    "consents/0/ends_on", "avoid", "prefer", "limit",
]  # fmt: skip


@settings(max_examples=draws(300))
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_any_value_anywhere_is_read_or_refused(place: str, value: Any) -> None:
    """Whatever a field holds, the outcome is a profile or a refusal with pointers."""
    try:
        read_profile(json.dumps(changed(place, value)).encode())
    except ProfileRefused as error:
        refused = error.problems
    else:
        return
    assert refused
    assert all(problem.path == "" or problem.path.startswith("/") for problem in refused)
