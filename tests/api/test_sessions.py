"""Sessions at the pages, over HTTP and on their page: listed and ended by the person, and by the organization."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_builders import HOTLINE, Api, demo_settings, load_demo, running
from visitors import SESSION, Visitor, login_code, signed_in

from service.cli.login import login_link
from service.database.database import open_database
from service.security import (
    build_caller,
    find_or_make_signing_key,
    remove_signing_key,
    rotate_signing_key,
    token_key_path,
)

HAVEN, ADMIN = "bluestem-haven", "organization:admin"
SUBJECT = f"{HAVEN}-desk"
"""Of everybody whom `visitors` sign in for the haven."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with running(demo_settings(tmp_path, rate_limit="1000000/minute")) as app:
        yield app


def sessions(api: Api, *scopes: str, organization: str = HAVEN, subject: str = SUBJECT) -> list[dict[str, object]]:
    response = api.client.get("/v1/sessions", headers=api.bearer(*scopes, organization=organization, subject=subject))
    assert response.status_code == 200
    items: list[dict[str, object]] = response.json()["items"]
    return items


def end(api: Api, which: object, *scopes: str, organization: str = HAVEN, subject: str = SUBJECT) -> tuple[int, str]:
    headers = api.bearer(*scopes, organization=organization, subject=subject)
    response = api.client.delete(f"/v1/sessions/{which}" if which else "/v1/sessions", headers=headers)
    return response.status_code, re.sub(r'"(instance|request_id)": ?"[^"]*"', "", response.text)


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/").status_code == 200


def labelled(api: Api, label: str) -> Visitor:
    visitor = Visitor(api.client)
    answer = visitor.post("/signin", {"code": login_code(api, HAVEN, "route"), "label": label})
    assert answer.status_code == 303
    return visitor


def test_everybody_lists_their_own_and_an_administrator_the_organizations(api: Api) -> None:
    """By any token of the same organization and subject; never another organization's, whatever the scope."""
    labelled(api, " desk  2 ")
    signed_in(api, HOTLINE, "route")

    [mine] = sessions(api)
    assert set(mine) == {"id", "begun_at", "used_at", "way", "label", "own"}
    assert (mine["label"], mine["way"], mine["own"]) == ("desk 2", "link", True)
    assert sessions(api, subject="another") == []
    [theirs] = sessions(api, ADMIN, subject="another")
    assert theirs == {**mine, "own": False}
    assert len(sessions(api, ADMIN, organization=HOTLINE)) == 1
    assert sessions(api, ADMIN, organization="no-such-house") == []
    page = api.client.get("/v1/sessions?per_page=1", headers=api.bearer(ADMIN, organization=HAVEN))
    assert (page.json()["total"], "link" in page.headers) == (1, False)
    assert api.client.get("/v1/sessions?organization=x", headers=api.bearer()).status_code == 422


def test_whoever_may_not_list_a_session_cannot_tell_it_from_none(api: Api) -> None:
    """404 in the same words for another's as for none; the session goes on. Then it ends for whom it belongs to."""
    visitor = labelled(api, "")
    [mine] = sessions(api)

    none = end(api, "5b1c3c1e-8f7e-4a53-9a40-0c8f2f0f7d11")
    assert none[0] == 404
    assert end(api, mine["id"], subject="another") == none
    assert end(api, mine["id"], ADMIN, organization=HOTLINE) == none
    assert is_in(visitor)

    assert end(api, mine["id"])[0] == 204
    assert not is_in(visitor)
    assert sessions(api, ADMIN) == []
    again = labelled(api, "")
    assert end(api, sessions(api)[0]["id"], ADMIN, subject="head")[0] == 204
    assert not is_in(again)


def test_all_of_ones_own_end_at_once(api: Api) -> None:
    """In every browser, with links that nobody opened yet; another subject's and another organization's go on."""
    mine = [labelled(api, f"desk {number}") for number in range(3)]
    other = signed_in(api, HOTLINE, "route")
    code = login_code(api, HAVEN, "route")

    assert end(api, None)[0] == 204

    assert [is_in(visitor) for visitor in (*mine, other)] == [False] * 3 + [True]
    assert Visitor(api.client).post("/signin", {"code": code}).status_code == 401


def test_the_page_shows_names_and_ends_sessions(api: Api) -> None:
    """What is at `/sessions` in both languages: each place, a name for this one, an end to one and to all."""
    here, there = labelled(api, "desk 2"), labelled(api, "desk 3")
    page = here.get("/sessions")
    assert page.status_code == 200
    assert [word in page.text for word in ("desk 2", "desk 3", HAVEN)] == [True, True, False]
    forgery = here.forgery("/sessions")

    label_response = here.post("/sessions", {"forgery": forgery, "act": "label", "label": "recepción 1"})
    assert (label_response.status_code, label_response.headers["location"]) == (303, "/sessions")
    assert "recepción 1" in here.get("/sessions").text
    wrong = here.post("/sessions", {"forgery": forgery, "act": "label", "label": "<b>Ana</b>"})
    assert wrong.status_code == 422
    assert "Ana" not in wrong.text
    spanish = here.post("/sessions", {"forgery": forgery, "language": "es"})
    assert '<html lang="es">' in spanish.text

    [third] = [session for session in sessions(api) if session["label"] == "desk 3"]
    for act in ("end", "all"):
        assert here.post("/sessions", {"forgery": "forged", "act": act, "id": str(third["id"])}).status_code == 403
    assert is_in(there)
    here.post("/sessions", {"forgery": forgery, "act": "end", "id": str(third["id"])})
    assert [is_in(here), is_in(there)] == [True, False]
    there = labelled(api, "desk 3")
    gone = here.post("/sessions", {"forgery": forgery, "act": "all"})
    assert (gone.status_code, gone.headers["location"]) == (303, "/signin")
    assert SESSION not in here.cookies
    assert [is_in(here), is_in(there)] == [False, False]


@pytest.mark.parametrize("label", ["x" * 25, "Ana <3", "a\u202eb", "desk-2", "\u0661"])
def test_a_label_that_does_not_fit_spends_no_link(api: Api, label: str) -> None:
    """It is asked for again, on the page of the link, which still signs in."""
    code, visitor = login_code(api, HAVEN, "route"), Visitor(api.client)

    response = visitor.post("/signin", {"code": code, "label": label})

    assert (response.status_code, visitor.cookies) == (422, {})
    assert label not in response.text
    assert code in response.text
    assert visitor.post("/signin", {"code": code, "label": ""}).status_code == 303


def linked(api: Api) -> Visitor:
    """A visitor signed in by a link as `token --login` prints it."""
    caller = build_caller(organization=HAVEN, scopes=["route"])
    with open_database(api.settings) as database:
        address = login_link(database, api.settings, caller, port=8000)
    visitor = Visitor(api.client)
    assert visitor.post("/signin", {"code": address.rpartition("/")[2]}).status_code == 303
    return visitor


@pytest.mark.parametrize("how", ["removed", "the file is gone", "readable by others"])
def test_a_session_ends_with_the_key_that_printed_its_link(api: Api, how: str) -> None:
    """At the next request, without a restart; a rotation alone ends none."""
    path = token_key_path(api.settings)
    kid = find_or_make_signing_key(path).kid
    visitor, unopened = linked(api), login_code_of_key(api)
    rotate_signing_key(path)
    later = linked(api)
    assert is_in(visitor)

    if how == "removed":
        remove_signing_key(path, kid)
    elif how == "the file is gone":
        path.unlink()
    else:
        path.chmod(0o644)

    assert not is_in(visitor)
    assert is_in(later) == (how == "removed")
    assert Visitor(api.client).post("/signin", {"code": unopened}).status_code == 401
    if how == "removed":
        assert len(sessions(api, ADMIN, subject="head")) == 1
    assert os.path.exists(path) == (how != "the file is gone")


def login_code_of_key(api: Api) -> str:
    with open_database(api.settings) as database:
        address = login_link(database, api.settings, build_caller(organization=HAVEN, scopes=["route"]), port=8000)
    return address.rpartition("/")[2]


def test_a_session_ends_with_its_organization(api: Api) -> None:
    """Once the directory is loaded without it, its people are signed out, and its links sign nobody in."""
    visitor, code = labelled(api, ""), login_code(api, HAVEN, "route")
    load_demo(api.settings, OTHERS)

    assert not is_in(visitor)
    answer = Visitor(api.client)
    assert (answer.post("/signin", {"code": code}).status_code, answer.cookies) == (401, {})


OTHERS = b"""
coalition: {slug: others, name: Others, timezone: America/Chicago, policy_packs: [federal]}
organizations: [{id: somebody, name: Somebody}]
"""
