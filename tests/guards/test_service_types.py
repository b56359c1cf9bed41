"""The closed lists are data: the words are the rules' and the guide's, and a new service type is one entry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT

from service import vocabulary
from service.directory.hsds.curation import propose_types
from service.page import needs
from service.vocabulary import LISTS, ROUTED_TYPES, TYPES

CONTRACT = {
    "crisis_hotline", "intake_assessment", "emergency_shelter", "transitional_housing", "long_term_safe_house",
    "host_home", "foster_placement", "medical_emergency", "forensic_medical_exam", "primary_medical", "dental",
    "mental_health", "trauma_counseling", "substance_use_treatment", "detox", "forensic_interview",
    "child_protection_report", "adult_protection_report", "law_enforcement_report", "victim_advocacy",
    "court_accompaniment", "legal_civil", "legal_immigration", "crime_victim_compensation", "case_management",
    "safety_planning", "interpretation", "transportation", "food", "clothing", "education", "employment",
    "financial_assistance", "peer_support", "youth_drop_in", "faith_support", "family_reunification",
    "benefits_certification", "identification_documents", "hotel_stay", "relocation",
}  # fmt: skip
"""The guide's types; what is added to them is held by its entry alone."""
STAYS = {
    "emergency_shelter", "transitional_housing", "long_term_safe_house", "host_home", "foster_placement", "hotel_stay",
}  # fmt: skip
REPORTS = {"child_protection_report", "adult_protection_report", "law_enforcement_report"}
ENTRY = """
horse_riding:
  name: {en: riding horses, es: paseos a caballo}
  meaning: {en: Time with horses., es: Un rato con caballos.}
  label: {en: An hour with horses, es: Una hora con caballos}
  page: {group: beside, urgency: this_week}
  order: 6
  with_companions: true
  near: [crisis_hotline]
  titles: {sure: [horse riding], perhaps: [animal visits]}
  named: {turn: 1, pattern: "horses?"}
"""
COPIED = ("service", "routing", "policies", "tests", "pyproject.toml")
GUARDS = (
    "tests/guards/test_service_types.py", "tests/guards/test_spanish.py", "tests/page/test_words.py",
    "tests/hsds/reading/test_curation.py",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_every_word_of_a_list_is_described(name: str) -> None:
    """If this fails: add, or take out, these words in the file of the list in `service/vocabulary`."""
    assert {*LISTS[name]} ^ {*getattr(vocabulary, name.upper())} == set()


def test_what_the_contract_says_of_types() -> None:
    """All of the guide's types are here; their order, stays, companions and telephone are its own, word for word."""
    assert TYPES.keys() >= CONTRACT
    assert [row & CONTRACT for row in ROUTED_TYPES.order] == [
        {"medical_emergency", "detox"},
        {"interpretation"},
        {"crisis_hotline", "safety_planning", "victim_advocacy", *REPORTS},
        {"forensic_medical_exam"},
        STAYS,
        {"transportation"},
    ]
    assert ROUTED_TYPES.stays & CONTRACT == STAYS
    assert ROUTED_TYPES.with_companions & CONTRACT == STAYS | {"relocation", "transportation"}
    assert ROUTED_TYPES.from_anywhere & CONTRACT == {"crisis_hotline", "safety_planning", "interpretation"}
    assert ROUTED_TYPES.never_asked_first & CONTRACT == {"family_reunification"}
    assert STAYS | {"detox"} == vocabulary.COUNTED_TYPES & CONTRACT
    assert {"dv_shelter", "trafficking_shelter"} == vocabulary.KINDS_UNLISTED_BY_DEFAULT
    assert {"victim_services", "dv_shelter", "sa_program", "trafficking_shelter"} == vocabulary.KINDS_OF_ADVOCATES


def test_entries_name_what_there_is() -> None:
    """If this fails: spell the type, the group of the pages or the title as its own place does; leave no row empty."""
    titles, numbers = propose_types._table()
    sure = Counter(title for entry in TYPES.values() for title in entry.titles.sure)
    proposed = {title for entry in TYPES.values() for title in (*entry.titles.likely, *entry.titles.perhaps)}

    assert {
        code: strange for code, row in TYPES.items() if (strange := {*row.near} - TYPES.keys() | {*row.near} & {code})
    } == {}
    assert {entry.page.group for entry in TYPES.values()} == {*needs.GROUPS}
    assert all(ROUTED_TYPES.order)
    assert {title for title, count in sure.items() if count > 1 or title in proposed} == set()
    assert [title for title in titles if title != vocabulary.normal_term(title)] == []
    assert {*numbers.values()} - titles.keys() == set()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program in which an entry is added, and nothing else."""
    folder = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    with (folder / "service/vocabulary/service_types.yaml").open("a", encoding="utf-8") as file:
        file.write(ENTRY)
    return folder


def ran_in(folder: Path, *arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{folder / 'tests'}"}
    command = [sys.executable, *arguments]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_a_new_type_is_one_entry(copy: Path) -> None:
    """Loaded, routed to, shown in both languages, imported, and listed with its meaning: by its entry alone."""
    document: dict[str, Any] = json.loads(ran_in(copy, "tests/guards/walk_of_a_type.py", str(copy)).splitlines()[-1])

    assert document == {
        "copy": True,
        "route": ["horse_riding"],
        "companions": ["client.with"],
        "near": [["crisis_hotline"]],
        "not in Spanish": [],
        "terms": [{"code": "horse_riding", "name": "riding horses", "meaning": "Time with horses."}],
        "pages": [["An hour with horses"], ["Una hora con caballos"]],
        "certain": ["horse_riding"],
        "proposed": [["horse_riding"], ["horse_riding"]],
    }


def test_no_guard_asks_for_more_than_the_entry(copy: Path) -> None:
    """The guards of types, sentences and pages hold in the copy."""
    without_copies = "not test_a_new_type_is_one_entry and not test_no_guard_asks"
    ran_in(copy, "-m", "pytest", "-n", "0", "-q", *GUARDS, "-k", without_copies)
