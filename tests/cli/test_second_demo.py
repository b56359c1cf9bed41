"""The second invented coalition: a state without a rule pack, and the parts of a bundle that the first does not use."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from command_line import CommandLine

from service import demo
from service.directory.bundle import read_bundle
from service.documents.document import parse_document

BUNDLE = read_bundle(demo.coalition_bytes(demo.SECOND))
PROFILES = demo.profile_names(demo.SECOND)


def test_it_uses_what_the_first_does_not() -> None:
    """Lines of its own, companions, holds, `near`, departments, one-sided agreements, other hours; no state's rules."""
    services = [service for owner in BUNDLE.organizations for service in owner.services]
    profiles = [owner.coalition for owner in BUNDLE.organizations if owner.coalition]
    rows = [row for service in services for row in service.schedules]

    assert BUNDLE.coalition.policy_packs == ("federal", "coalition")
    assert len(BUNDLE.coalition.fallback_lines or ()) == 2
    assert any(service.referral.companions for service in services)
    assert any(service.referral.holds for service in services)
    assert any(profile.near for profile in profiles)
    assert any(owner.parent for owner in BUNDLE.organizations)
    assert any(not agreement.mutual for agreement in BUNDLE.agreements)
    assert any(row.freq == "MONTHLY" for row in rows)
    assert any(row.opens_at and row.closes_at and row.closes_at < row.opens_at for row in rows)


def test_its_numbers_are_from_the_range_kept_for_fiction() -> None:
    """Every telephone number in it is 555-01 and two digits."""
    numbers = re.findall(r'(?:number|phone|sms): "([^"]*)"', demo.coalition_bytes(demo.SECOND).decode())

    assert len(numbers) > 10
    assert [number for number in numbers if not re.fullmatch(r"555-01\d\d", number)] == []


@pytest.fixture
def answers(router: CommandLine) -> dict[str, Any]:
    """The answer to each of its profiles, by name."""
    router.write("coalition.yaml", demo.coalition_bytes(demo.SECOND))
    assert router.run("load", "coalition.yaml", "--database", "sqlite:///two.db").status == 0
    answers = {}
    for name in PROFILES:
        file = router.write(f"{name}.json", demo.profile_bytes(name, demo.SECOND))
        outcome = router.run("route", file, "--json", "--database", "sqlite:///two.db")
        assert outcome.status == 0, outcome.err
        answers[name] = json.loads(outcome.out)
    return answers


def test_its_profiles_show_what_they_are_for(answers: dict[str, Any]) -> None:
    """The first call of each is the one it stands for; no private place, and not a word of its address, is told."""
    first = {name: [step["to"]["slug"] for path in answer["paths"][:1] for step in path["steps"]]
             for name, answer in answers.items()}  # fmt: skip

    assert first["01-mother-with-two-children"][:2] == ["mesa-hearth", "prairie-night-rides"]
    assert first["02-officer-and-a-girl-of-14"] == ["saltgrass-youth"]
    assert answers["02-officer-and-a-girl-of-14"]["paths"][0]["exposure"] == "protected"
    assert first["03-sisters-of-10-and-16"][0] == "saltgrass-youth"
    assert "open-range-legal" in first["04-wages-of-a-season"]
    assert first["05-nobody-tonight"] == []
    assert "Invented Mesa" not in json.dumps(answers)
    assert "39.1142" not in json.dumps(answers)


def test_demo_runs_either_coalition(router: CommandLine) -> None:
    """Each keeps to a database of its own; a profile of the other, or a name that there is none of, is wrong usage."""
    second = router.run("demo", "--no-serve", "--coalition", demo.SECOND)
    first = router.run("demo", "--no-serve")
    again = router.run("demo", "--no-serve", "--coalition", demo.SECOND, "--profile", PROFILES[-1])

    full = router.run("demo", "--no-serve", "--coalition", demo.SECOND, "--full")

    assert (second.status, first.status, again.status, full.status) == (0, 0, 0, 0)
    assert " points: " in full.out
    assert " points: " not in second.out
    assert "Mesa Hearth" in second.out
    assert f"--coalition {demo.SECOND} --profile" in second.out
    assert f"--coalition {demo.SECOND}" in first.out
    for wrong in (("--coalition", "nowhere"), ("--coalition", demo.SECOND, "--profile", "07-no-police")):
        outcome = router.run("demo", "--no-serve", *wrong)
        assert (outcome.status, outcome.out) == (2, "")
        assert "There are:" in outcome.err


def test_its_bundle_reads_as_plain_yaml() -> None:
    """Nothing in it is read otherwise than it looks: no problem is noted on the way."""
    _, problems = parse_document(demo.coalition_bytes(demo.SECOND))

    assert problems == ()
