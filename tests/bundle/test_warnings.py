"""What is right in a bundle and may still surprise its writer: each told once, at its place, and of nothing else."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from bundle_builders import LEFT_OUT, bundle_bytes, good_bundle, put

from service.directory.bundle import find_warnings, read_bundle
from service.i18n.warnings import REQUIRES_TOO_MUCH

TODAY = date(2026, 3, 2)
BEDS = "organizations[0].services[0]"
LINE = "organizations[1].services[0]"
HOURS = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR,SA,SU"}

# name: what is changed, and where that is told, with a part of what is said
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a shelter without areas": ({f"{BEDS}.service_areas": LEFT_OUT}, f"{BEDS}.service_areas", "everywhere"),
    "a bed that shuts out who leaves an exploiter": (
        {f"{BEDS}.referral.not": ["suspected_exploiter_household"]}, f"{BEDS}.referral.not[0]", "reason for the bed"
    ),
    "no state pack": (
        {"coalition.policy_packs": ["federal", "coalition"], "areas[0].code": "north", "areas[1].within": "north"},
        "coalition.policy_packs", "no state",
    ),
    "a card in place of a pack": (
        {"coalition.policy_packs": ["federal", "coalition"]}, "coalition.policy_packs", "the card of Texas"
    ),
    "a state pack without its area": (
        {"areas[0].code": "texas", "areas[1].within": "texas"}, "coalition.policy_packs", "`us-tx`"
    ),
    "an agreement past its last day": ({"agreements[0].expires": "2026-03-01"}, "agreements[0].expires", "has ended"),
    "an agreement that says so": ({"agreements[0].status": "ended"}, "agreements[0].status", "has ended"),
    "a minute before midnight": (
        {f"{BEDS}.schedules": [{**HOURS, "opens_at": "08:00", "closes_at": "23:59"}]},
        f"{BEDS}.schedules[0].closes_at",
        "read as midnight",
    ),
    "opens as it closes": (
        {f"{BEDS}.schedules": [{**HOURS, "opens_at": "08:00", "closes_at": "08:00"}]},
        f"{BEDS}.schedules[0].closes_at",
        "24 hours",
    ),
    "a number that is none": (
        {"organizations[1].phones[0].number": "ask at the desk"}, "organizations[1].phones[0].number", "can dial"
    ),
    "a number with a digit too few": (
        {f"{BEDS}.phones": [{"number": "text HOME to 741741"}, {"number": "512-555-010"}]},
        f"{BEDS}.phones[1].number",
        "can dial",
    ),
    "no number": ({"organizations[1].phones": LEFT_OUT}, "organizations[1].phones", "no number"),
    "an agreement that is not there": (
        {f"{LINE}.referral.accepts_from": ["agreement"], "agreements[0].status": "draft"},
        f"{LINE}.referral.accepts_from",
        "no path leads here",
    ),
    "a requirement that nobody meets": ({f"{BEDS}.referral.requires": ["dental"]}, f"{BEDS}.referral.requires[0]",
                                        "no service in this file"),
    "more first than a path adds": ({f"{LINE}.referral.types": ["crisis_hotline", "food", "clothing", "education"],
                                     f"{BEDS}.referral.requires": ["food", "clothing", "education"]},
                                    f"{BEDS}.referral.requires", "a path adds two at most"),
}  # fmt: skip


def warnings_in(bundle: Any) -> list[tuple[str, str]]:
    return [(warning.path, warning.message) for warning in find_warnings(read_bundle(bundle_bytes(bundle)), TODAY)]


def plain_bundle() -> Any:
    """A bundle that surprises nobody."""
    return put(good_bundle(), "organizations[2].phones", [{"number": "555-0104"}])


@pytest.mark.parametrize(
    ("types", "surprises"), [({}, False), ({"food": ["clothing"]}, False), ({"food": ["clothing", "education"]}, True),
                             ({"food": ["clothing"], "clothing": ["education"]}, True),
                             ({"food": ["clothing"], "clothing": ["food"]}, True)],
)  # fmt: skip
def test_a_chain_of_requirements_longer_than_a_path_adds_is_told(types: dict[str, list[str]], surprises: bool) -> None:
    """Beds ask for food, which asks for more: two types can be added, one after the other and each once."""
    bundle = put(plain_bundle(), f"{BEDS}.referral.requires", ["food"])
    line = bundle["organizations"][1]["services"][0]
    bundle["organizations"][1]["services"] += [
        {**line, "id": f"line-{code}", "referral": {"types": [code], "requires": types.get(code, [])}}
        for code in ("food", "clothing", "education")
    ]

    assert ((f"{BEDS}.referral.requires", REQUIRES_TOO_MUCH) in warnings_in(bundle)) is surprises


def test_nothing_is_told_of_what_surprises_nobody() -> None:
    """Around the clock as the guide writes it, an agreement on its last day, a closed service."""
    bundle = put(plain_bundle(), "agreements[0].expires", TODAY.isoformat())

    assert warnings_in(bundle) == []


@pytest.mark.parametrize("name", CASES)
def test_each_surprise_is_told_at_its_place(name: str) -> None:
    """One change, one warning."""
    changes, path, words = CASES[name]
    bundle = plain_bundle()
    for place, value in changes.items():
        put(bundle, place, value)

    warnings = warnings_in(bundle)

    assert [where for where, _ in warnings] == [path]
    assert words in warnings[0][1]


def test_a_row_that_goes_on_after_midnight_is_meant_as_it_is_read() -> None:
    """Hours that go on at 00:00 say by themselves that 23:59 is midnight."""
    rows = [{**HOURS, "opens_at": "18:00", "closes_at": "23:59"}, {**HOURS, "opens_at": "00:00", "closes_at": "06:00"}]

    assert warnings_in(put(plain_bundle(), f"{BEDS}.schedules", rows)) == []


def test_the_bundle_to_start_from_says_what_it_leaves_out() -> None:
    """It loads as it is; the one thing told is that no state's rules are named."""
    bundle = read_bundle((files("service.directory.bundle") / "start.yaml").read_bytes())

    assert [warning.path for warning in find_warnings(bundle, TODAY)] == ["coalition.policy_packs"]
