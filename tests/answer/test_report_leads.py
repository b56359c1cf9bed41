"""When the report about a child comes first: by the guide's words alone, over drawn profiles."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from answer.test_answer import ask, bundle
from loaded import Loader

from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Document = dict[str, Any]
STAYS = ("emergency_shelter", "foster_placement")
HARMS = ("sex_trafficking", "labor_trafficking", "sexual_assault")
GUARDIANS = ("none", "safe_parent", "court_safe", "suspected_parent_only", "court_suspected", "unavailable", None)


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(bundle())[1]


def drawn(chance: random.Random) -> Document:
    traits = {trait: chance.choice([True, False, None, None]) for trait in (*HARMS, "suspected_exploiter_household")}
    types = chance.sample([*STAYS, "detox", "food", "legal_immigration", "child_protection_report"], 2)
    urgencies = [chance.choice(["now", "now", "this_week"]) for _ in types]
    return {
        "client": {"age": chance.choice([9, 11, 15, 16, {"min": 12, "max": 13}]), "area": "travis",
                   "gender": "female", "languages": ["en"], "traits": traits},
        "needs": [{"type": code, "urgency": urgency} for code, urgency in zip(types, urgencies, strict=True)],
        "facts": {"guardian": chance.choice(GUARDIANS), "client_present": chance.choice([True, False])},
    }  # fmt: skip


def expected(profile: Document, answer: Document) -> bool:
    """Conditions 1 and 4 hold here: each client is a child, and the report has receivers."""
    traits, guardian, age = profile["client"]["traits"], profile["facts"]["guardian"], profile["client"]["age"]
    small = (age["max"] if isinstance(age, dict) else age) < 13
    first_urgency = min((need["urgency"] for need in profile["needs"]), key=["now", "this_week"].index)
    pressing = [need["type"] for need in profile["needs"] if need["urgency"] == first_urgency]
    covers = answer["paths"][0]["covers"] if answer["paths"] else []
    unmet = [need for need in pressing if need not in covers]
    suspected = guardian in ("suspected_parent_only", "court_suspected")
    harmed = any(traits[trait] for trait in HARMS) or suspected or "child_protection_report" in unmet
    if harmed and (small or unmet == pressing):
        return True
    stays = [need for need in pressing if need in STAYS]
    near = {entry["need"] for entry in answer["uncovered"] if entry["near"]}
    if any(stay in covers or stay in near for stay in stays):
        return False
    trafficked = traits["sex_trafficking"] or traits["labor_trafficking"]
    in_small_hands = bool(stays) and small and guardian not in ("safe_parent", "court_safe")
    at_home = suspected or traits["suspected_exploiter_household"]
    return bool(in_small_hands or (trafficked and stays) or (trafficked and at_home))


def test_a_report_leads_where_a_child_has_no_bed_or_no_safe_home(directory: DirectorySnapshot) -> None:
    """And nowhere else; where nobody asked for a bed, the worker asks where they'll sleep."""
    chance, seen = random.Random(1351), Counter[str]()
    for _ in range(250):
        profile = drawn(chance)
        answer = ask(directory, **profile)
        leads = answer["lead"]["do"] == "report" and bool(answer["lead"]["to"] or answer["lead"]["phone"])
        wanted = expected(profile, answer)
        if leads and not wanted:  # a step of the first path is a report too
            assert answer["paths"][0]["steps"][0]["mode"] == "report", profile
            continue
        assert leads is wanted, (profile, answer["lead"])
        seen[str(leads)] += 1
        seen["sleep"] += "Ask where they'll sleep tonight." in answer["lead"]["plain"]
    assert min(seen["True"], seen["False"]) > 20
    assert seen["sleep"] > 3
