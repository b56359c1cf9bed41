"""Unlisted organizations are led to by the answers of members alone; to anybody else they are not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_profile
from length import sample

from service import demo
from service.database.database import open_database
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.use_cases.load_bundle import load_bundle
from service.maintenance.tables import all_tables

OUTSIDER, MEMBER = "bright-basin-dental", "willow-bend-youth"
PATHS = ("/v1/referral-paths", "/v1/next-calls")
ANY = ("route", "route:any")


@pytest.fixture(scope="module")
def hidden(api: Api) -> list[str]:
    """Slugs and ids of what only members may know of."""
    everything = listed(api, HOTLINE)
    return [
        item[name] for slug, item in everything.items() if slug not in listed(api, OUTSIDER) for name in ("slug", "id")
    ]


def listed(api: Api, organization: str) -> dict[str, Any]:
    headers = api.bearer("directory:read", organization=organization)
    records = {}
    for kind in ("organizations", "services"):
        page = api.client.get(f"/v1/{kind}?per_page=200", headers=headers).json()
        assert page["total"] == len(page["items"])
        records |= {item["slug"]: item for item in page["items"]}
    return records


def profiles() -> Iterator[dict[str, Any]]:
    for name in sample(demo.profile_names()):
        profile = demo_profile(name) | {"limit": 10}
        profile["consents"] = []
        profile["avoid"] = []
        for need in profile["needs"]:
            if need.pop("as_said_by", None):
                need["type"] = "emergency_shelter"
        yield profile


@pytest.mark.parametrize("path", PATHS)
def test_an_outsiders_answers_name_nothing_unlisted(api: Api, hidden: list[str], path: str) -> None:
    """Not as a step, an alternative, a duty, a sole provider or a question; a member's answers to the same do."""
    assert len(hidden) > 10
    named_inside = False
    for profile in profiles():
        outside = api.post(path, profile | {"origin": OUTSIDER}, "route", organization=OUTSIDER)
        inside = api.post(path, profile | {"origin": HOTLINE}, "route", organization=HOTLINE)

        assert (outside.status_code, inside.status_code) == (200, 200), outside.text
        assert not [name for name in hidden if f'"{name}"' in outside.text]
        named_inside = named_inside or any(f'"{name}"' in inside.text for name in hidden)
    assert named_inside


@pytest.mark.parametrize("organization", ["nobody-at-all", OUTSIDER, MEMBER])
def test_who_asks_for_another_is_led_to_what_both_may_see(api: Api, hidden: list[str], organization: str) -> None:
    """Only a member that asks for a member is named unlisted organizations; an outsider's answer is anybody's."""
    for profile in profiles():
        for origin in (HOTLINE, OUTSIDER):
            own = api.post(PATHS[0], profile | {"origin": origin}, "route", organization=origin).json()
            lent = api.post(PATHS[0], profile | {"origin": origin}, *ANY, organization=organization).json()

            if origin == OUTSIDER or organization == MEMBER:
                assert lent["paths"] == own["paths"]
            if OUTSIDER in (origin, organization) or organization != MEMBER:
                assert not [name for name in hidden if f'"{name}"' in json.dumps(lent)]


def naming(slug: str) -> Iterator[dict[str, Any]]:
    """Profiles that name an organization in each place where one may be named."""
    profile = demo_profile("12-signed-release-to-two") | {"origin": OUTSIDER}
    consent = profile["consents"][0] | {"from": OUTSIDER, "to": ["willow-bend-youth"]}
    profile["consents"] = []
    yield profile | {"origin": slug}  # refused as not its own, whether it is there or not
    yield profile | {"avoid": [slug]}
    yield profile | {"needs": [{"type": "safe house", "as_said_by": slug}]}
    yield profile | {"consents": [consent | {"to": [slug]}]}
    yield profile | {"consents": [consent | {"from": slug}]}


def test_an_unlisted_name_and_a_name_of_nothing_are_refused_alike(api: Api) -> None:
    """In any field of a profile: same status, same words; so nobody finds out by asking."""

    def refusals(slug: str) -> list[tuple[int, dict[str, Any]]]:
        responses = [api.post(PATHS[0], profile, "route", organization=OUTSIDER) for profile in naming(slug)]
        return [(response.status_code, response.json()) for response in responses]

    hidden, nothing = refusals("bluestem-haven"), refusals("no-such-house")

    assert hidden == nothing
    assert [status for status, _ in hidden] == [403, 422, 422, 422, 422]


def test_a_coalition_with_nothing_unlisted_is_the_same_to_all(api: Api, tmp_path: Path) -> None:
    """Where everything is listed, members and others are answered from one and the same version."""
    bundle = {
        "coalition": {"slug": "a", "name": "A", "timezone": "UTC", "policy_packs": ["federal", "coalition"]},
        "organizations": [{"id": "one", "name": "One", "coalition": {"kind": "legal", "basis": "community"}}],
    }

    with open_database(api.settings.model_copy(update={"database": f"sqlite:///{tmp_path}/one.db"})) as database:
        database.upgrade(all_tables)
        load_bundle(database.unit_of_work(), json.dumps(bundle).encode(), replace=True)
        directory = load_snapshot(database.unit_of_work(writes=False))

    seen = [directory.seen_by(name) for name in ("one", "nobody")]
    assert all(view.snapshot is directory.snapshot and view.names is directory.names for view in seen)
