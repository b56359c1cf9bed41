"""The name of a private place is its organization's alone: nobody learns by writing whether a name is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from access_builders import AUTHORISED, LISTED, MEMBER, OUTSIDER, UNLISTED, coalition
from directory_client import ALL, READ, WRITE, As, Stage, staged
from httpx import Client, Response

from service.directory.standard.identity import id_of

FREE = "free-place"
TAKEN = {UNLISTED: "canary-place", LISTED: "canary-place-2"}
SERVICE = {"name": "x", "status": "active", "referral": {"types": ["food"]}}
IDENTIFIER = {"identifier_type": "ein", "identifier": "1"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("places")) as stage:
        yield stage


@pytest.fixture
def client(stage: Stage) -> Client:
    return stage.load(coalition())


def content(answer: Response, name: str, *more: tuple[str, str]) -> tuple[int, str]:
    """Return what an answer says, whichever name was tried (and whatever follows from it); its tag follows from all."""
    text = answer.text
    for word, stands in ((name, "NAME"), *more):
        text = text.replace(word, stands)
    return answer.status_code, text


def place(name: str) -> dict[str, Any]:
    return {"slug": name, "location_type": "physical", "name": "Office"}


@pytest.mark.parametrize("owner", TAKEN)
@pytest.mark.parametrize("writer", [MEMBER, AUTHORISED, LISTED, "new-agency"])
def test_a_place_may_have_the_name_of_a_private_one(stage: Stage, client: Client, writer: str, owner: str) -> None:
    """Of an organization that is there and of a new one, private or not; both keep their own place."""
    admin = As(client, MEMBER if writer == "new-agency" else writer, ALL)
    before = As(client, owner, ALL).get(f"organizations/{owner}")

    def with_place(name: str) -> tuple[int, str]:
        if writer == "new-agency":
            answer = admin.add(f"organizations/{writer}", {"name": "New", "locations": [place(name)]})
            assert admin.remove(f"organizations/{writer}").status_code == 204
        else:
            own = admin.get(f"organizations/{writer}").json()
            if owner == writer:
                own.pop("locations")
            answer = admin.put(f"organizations/{writer}", own | {"locations": [place(name)]}, if_match="*")
            again = admin.put(f"organizations/{writer}", answer.json(), if_match=answer.headers["etag"])
            assert (again.status_code, again.json()) == (200, answer.json())
        ids = [(id_of("location", *scope, name), "ID") for scope in ((), (writer,))]
        return content(answer, name, *ids)

    taken, free = with_place(TAKEN[owner]), with_place(FREE)

    assert taken[0] in (200, 201), taken[1]
    assert taken == free
    if owner != writer:
        assert As(client, owner, ALL).get(f"organizations/{owner}").json() == before.json()


@pytest.mark.parametrize("way", ["by slug", "by id"])
@pytest.mark.parametrize("owner", TAKEN)
def test_a_service_is_not_at_a_private_place_of_another(client: Client, owner: str, way: str) -> None:
    """Whether there is one of that name or none, it is no place of this organization; nested and by itself alike."""
    admin = As(client, MEMBER, ALL)
    own = admin.get(f"organizations/{MEMBER}").json()

    def at(name: str) -> list[tuple[int, str]]:
        ids = [id_of("location", *scope, name) for scope in ((), (owner,))]
        answers = []
        for key in [name] if way == "by slug" else ids:
            service = {"slug": "at-place", **SERVICE, "service_at_locations": [{"location_id": key}]}
            answers += [
                admin.put(f"organizations/{MEMBER}", own | {"services": [service]}, if_match="*"),
                admin.add("services/at-place", {**service, "organization": MEMBER}),
            ]
        return [content(answer, name) for answer in answers]

    contents = at(TAKEN[owner])
    assert {status for status, _ in contents} == {422}
    assert contents == at(FREE)


@pytest.mark.parametrize("writer", [OUTSIDER, MEMBER])
def test_the_id_of_a_private_place_names_nothing(stage: Stage, writer: str) -> None:
    """A place may be called as an organization is; the id that would follow from its name is as any other id."""
    bundle = coalition()
    bundle["organizations"][0]["locations"][0]["id"] = LISTED
    bundle["organizations"][0]["services"][0]["service_at_locations"] = [{"location_id": LISTED}]
    client = stage.load(bundle)
    caller = As(client, writer, ALL)
    own = caller.get(f"organizations/{writer}").json()

    def accepting(name: str) -> list[tuple[int, str]]:
        answers = []
        for scope in ((), (UNLISTED,)):
            service = {**own["services"][0], "referral": {"types": ["food"], "accepts_from": [id_of("location", *scope, name)]}}  # fmt: skip  # noqa: E501
            answers.append(caller.put(f"organizations/{writer}", own | {"services": [service]}, if_match="*"))
        return [content(answer, name) for answer in answers]

    taken = accepting(LISTED)
    assert {status for status, _ in taken} == {422}
    assert taken == accepting(MEMBER)


def test_parts_have_names_within_their_own_organization(stage: Stage) -> None:
    """What hangs on a record is known within it: an id that a hidden record uses is free in any other."""
    bundle = coalition()
    bundle["organizations"][0]["organization_identifiers"] = [{"id": "hidden-part", **IDENTIFIER}]
    client = stage.load(bundle)
    outsider = As(client, OUTSIDER, (READ, WRITE))
    own = outsider.get(f"organizations/{OUTSIDER}").json()

    def with_part(*names: str) -> Response:
        parts = [{"id": name, **IDENTIFIER} for name in names]
        return outsider.put(f"organizations/{OUTSIDER}", own | {"organization_identifiers": parts}, if_match="*")

    taken, free = with_part("hidden-part"), with_part("free-part")

    assert taken.status_code == 200, taken.text
    assert content(taken, "hidden-part") == content(free, "free-part")
    assert with_part("twice", "twice").status_code == 422


def test_a_place_that_is_made_public_keeps_its_name_or_is_told_that_it_is_taken(stage: Stage, client: Client) -> None:
    """What is private goes by another id, and is the same place when it is not; its services stay where they are."""
    house, member = As(client, UNLISTED, ALL), As(client, MEMBER, ALL)
    own = house.get(f"organizations/{UNLISTED}").json()
    assert [location["slug"] for location in own["locations"]] == ["canary-place"]
    assert own["services"][0]["service_at_locations"] == [{"location_id": "canary-place"}]
    public = own | {"coalition": own["coalition"] | {"address_private": False}}
    for location in public["locations"]:
        location.pop("id")

    stage.serve()
    shown = house.change(f"organizations/{UNLISTED}", coalition=public["coalition"])

    assert shown.status_code == 200, shown.text
    opened = house.get(f"organizations/{UNLISTED}")
    assert opened.json()["locations"][0]["id"] == id_of("location", "canary-place")
    assert opened.json()["services"][0]["service_at_locations"] == [{"location_id": "canary-place"}]
    refused = member.change(f"organizations/{MEMBER}", locations=[place("canary-place")])
    assert (refused.status_code, [error["pointer"] for error in refused.json()["errors"]]) == (
        422,
        ["/locations/0/slug"],
    )
    assert house.put(f"organizations/{UNLISTED}", own, if_match="*").status_code == 200
    assert member.change(f"organizations/{MEMBER}", locations=[place("canary-place")]).status_code == 200
    assert house.put(f"organizations/{UNLISTED}", public, if_match="*").status_code == 422
