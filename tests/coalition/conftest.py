"""One served coalition for each test module, on SQLite, that hides a house whose address is private."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loop_builders import SHELTER, Loop, agency, coalition, loop_over, loop_settings, service


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    folder = tmp_path_factory.mktemp("coalition")
    bundle = coalition()
    house = next(organization for organization in bundle["organizations"] if organization["id"] == SHELTER)
    house["coalition"] |= {"address_private": True, "listed": "coalition", "subpoena_contact": {"name": "Counsel"}}
    house["locations"] = [
        {"id": "front", "location_type": "physical", "addresses": [
            {"address_1": "77 Hidden Hollow Road", "city": "Travis", "state_province": "TX", "postal_code": "70000",
             "country": "US", "address_type": "physical"}]}
    ]  # fmt: skip
    bundle["organizations"].append(agency("annex", [service("annex-line", "crisis_hotline")]) | {"parent": SHELTER})
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder), bundle) as loop:
        yield loop
