"""With 300 agencies no page is larger than 300 kB or takes a second of processor time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from api_builders import Api, load_demo, running
from visitors import Visitor, signed_in

from service import demo
from service.documents.document import parse_document
from service.settings import Settings

AGENCIES, HEAVIEST, LONGEST_S = 300, 300_000, 1.0
SCOPES = (
    *("route", "directory:read", "directory:write", "directory:admin", "webhook", "consent", "referral", "capacity"),
    *("grievance", "audit", "organization:admin"),
)
HAVEN = "bluestem-haven"
PAGES = (
    *("/", "/intake", "/next", "/group", "/inbox", "/beds", "/coalition", "/coalition/map", "/coalition/coverage"),
    *("/coalition/due?within=P365D", "/coalition/exchange", "/coalition/contacts", "/coalition/words", "/directory"),
    *("/coalition/map?of=kind:health", "/desk", "/desk/organizations", "/desk/services", "/desk/agreements", "/audit"),
    *("/coalition/outcomes", "/coalition/legal-hold", "/grievances"),
)


def renamed(value: Any, names: dict[str, str]) -> Any:
    """Return a part of a bundle with new slugs."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def many_agencies() -> dict[str, Any]:
    """The demo, with copies of its agencies, services and agreements up to 300 agencies."""
    tree, _ = parse_document(demo.coalition_bytes())
    bundle: dict[str, Any] = deepcopy(tree)
    organizations, agreements = [*bundle["organizations"]], [*bundle["agreements"]]
    for number in count(2):
        room = AGENCIES - len(bundle["organizations"])
        if room <= 0:
            return bundle
        added = organizations[:room]
        slugs = [row["id"] for row in added]
        parts = [part for row in added for part in (*row.get("services", ()), *row.get("locations", ()))]
        ids = [*slugs, *(part["id"] for part in parts)]
        names = {slug: f"{slug}-{number}" for slug in ids}
        copies = renamed(added, names)
        for row in copies:
            row["name"] = f"{row['name']} {number}"
        bundle["organizations"] += copies
        whole = [row for row in agreements if set(row["between"]) <= set(slugs)]
        bundle["agreements"] += [{**renamed(row, names), "id": f"{row['id']}-{number}"} for row in whole]
    raise AssertionError


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("many")
    more: dict[str, Any] = {"rate_limit": "1000000/minute", "grievance_body": HAVEN, "time_budget_ms": 60_000}
    settings = Settings(database=f"sqlite:///{folder / 'router.db'}", address_key="b" * 43 + "=", **more)
    load_demo(settings, json.dumps(many_agencies()).encode())
    with running(settings) as app:
        yield app


@pytest.fixture(scope="module")
def visitor(api: Api) -> Visitor:
    return signed_in(api, HAVEN, *SCOPES)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_small_and_fast(visitor: Visitor, path: str) -> None:
    """Measured at the second request; the first one fills caches that all readers share."""
    visitor.get(path)
    start = time.process_time()
    page = visitor.get(path)
    spent = time.process_time() - start

    assert page.status_code == 200
    assert len(page.content) <= HEAVIEST, f"{len(page.content)} bytes"
    assert spent <= LONGEST_S, f"{spent:.2f} s"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/desk/organizations/open", {"id": HAVEN}),
        ("/desk/organizations/edit", {"id": HAVEN, "part": "coalition"}),
        ("/desk/services/edit", {"id": "bh-beds", "part": "referral"}),
        ("/desk/agreements/edit", {"id": "mou-core", "part": "terms"}),
        ("/desk/services", {"words": "2"}),
        ("/coalition/map", {"agency": HAVEN}),
        ("/consent", {}),
        ("/directory", {"words": "shelter"}),
    ],
)
def test_a_form_page_is_small_and_fast(visitor: Visitor, path: str, form: dict[str, str]) -> None:
    """The same for pages that answer a form."""
    form = {"forgery": visitor.forgery("/desk"), **form}
    visitor.post(path, form)
    start = time.process_time()
    page = visitor.post(path, form)
    spent = time.process_time() - start

    assert page.status_code == 200, re.sub(r"<[^>]+>", " ", page.text)[-500:]
    assert len(page.content) <= HEAVIEST, f"{len(page.content)} bytes"
    assert spent <= LONGEST_S, f"{spent:.2f} s"
