"""Referral paths and next calls over HTTP: the answer of the use case, for who may ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_profile
from pydantic import TypeAdapter

from service import demo
from service.answers.profile import read_profile
from service.answers.schemas.answer import AnswerDocument, CallsDocument
from service.answers.use_cases.find_paths import find_paths
from service.answers.use_cases.next_calls import next_calls
from service.database.database import open_database
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot

PATHS, CALLS = "/v1/referral-paths", "/v1/next-calls"


@pytest.fixture(scope="module")
def directory(api: Api) -> Iterator[DirectorySnapshot]:
    with open_database(api.settings) as database:
        yield load_snapshot(database.unit_of_work(writes=False))


@pytest.mark.parametrize("name", demo.profile_names())
def test_the_answer_is_that_of_the_use_case(api: Api, directory: DirectorySnapshot, name: str) -> None:
    """Every demo profile is answered over HTTP with the very document that the use case gives."""
    expected = find_paths(directory, read_profile(demo.profile_bytes(name)), new_id=lambda: "")

    response = api.post(PATHS, demo.profile_bytes(name), "route", "route:any")

    assert response.status_code == 200, response.text
    assert response.json() | {"decision_id": ""} == expected
    TypeAdapter(AnswerDocument).validate_python(response.json())


@pytest.mark.parametrize("name", demo.profile_names())
def test_calls_are_the_steps_of_the_first_path(api: Api, name: str) -> None:
    """Next calls are, in order, whom the best path goes to, what for, how, and what may be said."""
    answer = api.post(PATHS, demo.profile_bytes(name), "route", "route:any").json()

    response = api.post(CALLS, demo.profile_bytes(name), "route", "route:any")

    document = response.json()
    every = answer["paths"][0]["steps"] if answer["paths"] else []
    steps = [step for step in every if step["mode"] != "internal"]
    assert [call["order"] for call in document["calls"]] == list(range(1, len(steps) + 1))
    assert [(c["to"], c["for"], c["mode"], c["say"], c["phone"], c["obligations"]) for c in document["calls"]] == [
        (s["to"], s["covers"], s["mode"], s["share"], s["contact"]["phone"], s["obligations"]) for s in steps
    ]
    unsaid = [[data for data in call["leave_unsaid"] if "." not in data] for call in document["calls"]]
    assert unsaid == [[item["data"] for item in step["withhold"]] for step in steps]
    same = ("lead", "duties", "notices", "later", "fallback_lines", "uncovered", "policy_version", "directory_version")
    assert {part: document[part] for part in same} == {part: answer[part] for part in same}
    TypeAdapter(CallsDocument).validate_python(document)


def test_instead_names_who_else_to_call_for_the_same(api: Api) -> None:
    """Whoever a call names instead is named by its step, or is on a later path, for one of the same needs."""
    answer = api.post(PATHS, demo_profile(), "route").json()

    calls = api.post(CALLS, demo_profile(), "route").json()["calls"]

    steps = [step for path in answer["paths"] for step in path["steps"]]
    others = [*steps, *(other for step in steps for other in step["instead"])]
    assert any(call["instead"] for call in calls)
    for call in calls:
        slugs = [other["to"]["slug"] for other in call["instead"]]
        assert call["to"]["slug"] not in slugs
        assert len(set(slugs)) == len(slugs)
        for other in call["instead"]:
            assert set(other["for"]) <= set(call["for"])
            assert any(
                step["to"]["slug"] == other["to"]["slug"] and set(step["covers"]) & set(other["for"]) for step in others
            )


def test_no_path_means_no_calls(api: Api) -> None:
    """Where no path exists there is no call to make; the notices still stand, and a line to call is named."""
    profile = demo_profile() | {"avoid": [kind for kind in _kinds() if kind != "unknown"]}

    document = api.post(CALLS, profile, "route").json()

    assert document["calls"] == []
    assert document["notices"]
    assert document["lead"]["phone"] == document["fallback_lines"][0]["phone"]


def test_a_consent_that_is_asked_for_may_be_pasted_whole(api: Api) -> None:
    """As it stands among the conditions, with its dates, it is taken by a profile and opens the path."""
    profile = demo_profile("03-eighteen-last-week")
    path = api.post(PATHS, profile, "route", "route:any").json()["conditional_paths"][0]
    consents = [condition | {"signed_on": "2026-03-01", "ends_on": "2026-06-01"} for condition in path["conditions"]]

    opened = api.post(PATHS, profile | {"consents": consents}, "route", "route:any")

    assert {condition["kind"] for condition in path["conditions"]} == {"consent"}
    assert opened.status_code == 200, opened.text
    assert _receivers(path) in map(_receivers, opened.json()["paths"])


def _receivers(path: dict[str, Any]) -> list[str]:
    return [step["to"]["slug"] for step in path["steps"]]


def _kinds() -> tuple[str, ...]:
    from service import vocabulary

    return vocabulary.KINDS


@pytest.mark.parametrize("path", [PATHS, CALLS])
class TestOrigin:
    """Who may ask in whose name."""

    def test_left_out_it_is_the_callers_own(self, api: Api, path: str) -> None:
        """A profile without an origin asks for the token's organization."""
        profile = demo_profile()
        del profile["origin"]

        assert api.post(path, profile, "route").status_code == 200
        assert api.post(path, profile | {"origin": None}, "route").status_code == 200

    def test_the_own_id_is_as_good_as_the_slug(self, api: Api, directory: DirectorySnapshot, path: str) -> None:
        """The caller's organization may be named by its id."""
        own = directory.names.organizations[HOTLINE].id

        assert api.post(path, demo_profile() | {"origin": own}, "route").status_code == 200

    @pytest.mark.parametrize("origin", ["bluestem-haven", "no-such-agency"])
    def test_another_needs_a_scope_of_its_own(self, api: Api, path: str, origin: str) -> None:
        """Another organization, there or not, is refused alike without `route:any`."""
        response = api.post(path, demo_profile() | {"origin": origin}, "route")

        assert response.status_code == 403
        assert response.json()["code"] == "other_origin"
        assert origin not in response.text

    def test_with_the_scope_any_may_be_named(self, api: Api, path: str) -> None:
        """With `route:any`, another organization may be the origin; one that is not here is a bad field."""
        assert api.post(path, demo_profile() | {"origin": "bluestem-haven"}, "route", "route:any").status_code == 200
        missing = api.post(path, demo_profile() | {"origin": "no-such-agency"}, "route", "route:any")
        assert missing.status_code == 422
        assert [error["pointer"] for error in missing.json()["errors"]] == ["/origin"]


def test_every_bad_field_is_listed(api: Api) -> None:
    """All that is wrong is said at once, by JSON pointer."""
    profile: dict[str, Any] = demo_profile() | {"limit": 0, "prefer": "fastest", "surprise": 1}
    profile["client"] |= {"age": "fifteen"}

    response = api.post(PATHS, profile, "route")

    assert response.status_code == 422
    assert response.json()["code"] == "invalid_profile"
    assert {error["pointer"] for error in response.json()["errors"]} == {
        "/limit", "/prefer", "", "/client/age",
    }  # fmt: skip


def test_a_call_is_as_open_as_what_is_most_urgent_of_it() -> None:
    """A bed that is free now is not hidden by a counselor who comes later; of equals the less sure counts."""

    def service(kind: str, status: str, capacity: str = "available") -> dict[str, object]:
        availability = {"status": status, "capacity": capacity, "opens_at": None}
        return {"covers": [kind], "confirm": [], "availability": availability}

    def availability_of(*services: dict[str, object], **urgencies: str) -> dict[str, object]:
        step = {
            "services": services, "covers": [], "withhold": [], "share": [], "mode": "warm", "manner": "warm",
            "obligations": [],
            "to": {"slug": "a"}, "from": {"slug": "b"}, "inquire": "", "instead": [],
            "contact": dict.fromkeys(("phone", "tel", "sms", "label")),
        }  # fmt: skip
        rest = {**dict.fromkeys(CallsDocument.__annotations__), "call_sheet": []}
        answer = {"lead": None, "paths": [{"steps": [step]}], **rest}
        return next_calls(answer, urgencies)["calls"][0]["availability"]

    bed, talk = service("shelter", "open"), service("counseling", "opens_later")

    assert availability_of(bed, talk, shelter="now", counseling="this_week") == bed["availability"]
    assert availability_of(talk, bed, shelter="later", counseling="today") == talk["availability"]
    assert availability_of(bed, talk, shelter="now", counseling="now") == talk["availability"]
    assert availability_of(bed, talk, shelter="now") == talk["availability"]  # what has to come first
