"""Groups over HTTP: the answer of the use case, each client's search in a turn of its own, alike ones searched once."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_profile
from pydantic import TypeAdapter
from read_in_spanish import left_in_english, names_of, said_in

import routing
from service.answers.profile import read_group
from service.answers.schemas.group import GroupAnswerDocument
from service.answers.use_cases.find_group_paths import find_group_paths
from service.database.database import open_database
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.web.scheduler import FairScheduler

GROUP = "/v1/group-referral-paths"
SCOPES = ("route", "route:any")


def group_of(*names: str, **more: Any) -> dict[str, Any]:
    """The clients of some demo profiles, asked about at one moment by the hotline."""
    profiles = [demo_profile(name) for name in names]
    clients = [
        {"key": chr(97 + number), **{part: profile[part] for part in ("client", "needs", "facts")}}
        for number, profile in enumerate(profiles)
    ]
    return {"origin": HOTLINE, "at": profiles[0]["at"], "clients": clients, **more}


RAID = group_of("01-fifteen-at-2am", "04-man-labor-trafficking", "09-transgender-youth")


def test_the_answer_is_that_of_the_use_case(api: Api) -> None:
    """As documented, and each chosen path is one of the client's own list."""
    response = api.post(GROUP, RAID, *SCOPES)
    with open_database(api.settings) as database:
        directory = load_snapshot(database.unit_of_work(writes=False))
    group = read_group(json.dumps(RAID).encode())
    assert group.at is not None
    expected = find_group_paths(directory, group, now=group.at)

    assert response.status_code == 200, response.text
    assert response.json() | {"decision_id": ""} == expected | {"decision_id": ""}
    TypeAdapter(GroupAnswerDocument).validate_python(response.json())


@pytest.mark.parametrize("name", ["01-fifteen-at-2am", "07-no-police", "16-signs-and-texts"])
def test_a_group_of_one_goes_where_the_client_alone_would(api: Api, name: str) -> None:
    """The first path, its lead but for what follows from `instead`, and what is left open."""
    alone = api.post("/v1/referral-paths", demo_profile(name), *SCOPES).json()
    body = group_of(name)
    body["origin"] = demo_profile(name)["origin"]
    body["clients"][0] |= {part: demo_profile(name).get(part, []) for part in ("avoid",)}
    document = api.post(GROUP, body, *SCOPES).json()

    (chosen,) = document["clients"][0]["chosen"]
    assert outline(chosen["path"]) == outline(alone["paths"][0])
    assert document["lead"] == alone["lead"] | {"for": ["a"]}
    assert {duty["id"] for duty in document["duties"]} == {duty["id"] for duty in alone["duties"]}


def outline(path: dict[str, Any]) -> list[Any]:
    return [path["cost"]["total"], *((step["to"]["slug"], step["mode"], step["covers"]) for step in path["steps"])]


def test_alike_clients_are_searched_once_and_each_in_a_turn(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine of three kinds are three searches; no two pieces of the work are in one turn."""
    searched, turns = [], []
    search, run = routing.list_candidates, FairScheduler.run

    def counted(request: routing.Request, *promised: Collection[str]) -> routing.Candidates:
        searched.append(len(turns))
        return search(request, *promised)

    async def noted(self: FairScheduler, work: Any, *rest: Any, **more: Any) -> Any:
        turns.append(1)
        return await run(self, work, *rest, **more)

    monkeypatch.setattr(routing, "list_candidates", counted)
    monkeypatch.setattr(FairScheduler, "run", noted)
    body = group_of("01-fifteen-at-2am", "04-man-labor-trafficking", "01-fifteen-at-2am", "09-transgender-youth")
    for client in body["clients"]:
        client["count"] = 2

    assert api.post(GROUP, body, *SCOPES).status_code == 200
    assert len(searched) == len(set(searched)) == 3


def test_who_may_ask(api: Api) -> None:
    """The scope `route`; another's origin with `route:any` alone; an unknown name at its place, in any client."""
    own = RAID | {"origin": HOTLINE}
    other = RAID | {"origin": "willow-bend-youth"}
    wrong = group_of("01-fifteen-at-2am", "04-man-labor-trafficking")
    wrong["clients"][1]["client"]["area"] = "nowhere"
    wrong["clients"][0]["avoid"] = ["nobody-at-all"]
    wrong["taken"] = [{"key": "a", "service": "no-such-beds"}]
    document = api.post(GROUP, wrong, *SCOPES).json()

    assert api.post(GROUP, own, "directory:read").json()["code"] == "missing_scope"
    assert api.post(GROUP, own, "route").status_code == 200
    assert api.post(GROUP, other, "route").json()["code"] == "other_origin"
    assert api.post(GROUP, other, *SCOPES).status_code == 200
    assert {error["pointer"] for error in document["errors"]} == {
        "/clients/1/client/area", "/clients/0/avoid/0", "/taken/0/service",
    }  # fmt: skip
    assert "nowhere" not in json.dumps(document)
    assert api.post(GROUP, b"[]", "route").status_code == 422


def test_a_consent_that_is_not_here_is_refused_at_its_client(api: Api) -> None:
    """As in a profile, with the client's place before it."""
    body = group_of("01-fifteen-at-2am", "04-man-labor-trafficking")
    body["clients"][1]["consents"] = [{"id": "0b1e9d0c-6f0e-4b3a-9a58-6f3f6a1d2c11"}]

    assert [error["pointer"] for error in api.post(GROUP, body, "route").json()["errors"]] == ["/clients/1/consents/0"]


def test_what_is_said_of_a_group_is_there_in_spanish(api: Api) -> None:
    """Every notice, and every call with its number of people."""
    body = group_of("01-fifteen-at-2am", "04-man-labor-trafficking")
    spanish = api.post(GROUP, body, *SCOPES, headers={"Accept-Language": "es"}).json()
    with open_database(api.settings) as database:
        names = names_of(load_snapshot(database.unit_of_work(writes=False)))

    assert left_in_english(said_in(spanish), names) == []
    notices = {notice["id"]: notice["plain"] for notice in spanish["notices"]}
    assert "a solas" in notices["one-at-a-time"]
