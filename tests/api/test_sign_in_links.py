"""Links that supervisors make for colleagues: of the own organization, with no more than the own rights, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from httpx import Response
from sqlalchemy import update
from visitors import Visitor, hidden, signed_in

from service.database.database import open_database
from service.database.table_base import table_of
from service.database.unit_of_work import for_writing
from service.security import remove_signing_key, rotate_signing_key, token_key_path
from service.sessions.tables import LoginCode

HAVEN, ADMIN = "bluestem-haven", "organization:admin"
OWN = ("route", "consent", ADMIN)
LINKS = "/v1/sign-in-links"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with running(demo_settings(tmp_path, rate_limit="1000000/minute")) as app:
        yield app


def call(api: Api, method: str, path: str = LINKS, body: Any = None, *, scopes: tuple[str, ...] = OWN,
         organization: str = HAVEN) -> Response:  # fmt: skip
    return api.client.request(method, path, json=body, headers=api.bearer(*scopes, organization=organization))


def new_link(api: Api, *scopes: str) -> dict[str, Any]:
    answer = call(api, "POST", body={"scopes": list(scopes)})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def opened(api: Api, link: dict[str, Any]) -> Visitor:
    visitor = Visitor(api.client)
    code = link["path"].removeprefix("/signin/")
    assert visitor.post("/signin", {"code": code}).status_code == 303
    return visitor


def test_a_link_signs_one_colleague_in_with_what_was_given(api: Api) -> None:
    """Once; the colleague may do that and nothing else, and is a subject apart from the supervisor."""
    link = new_link(api, "route")
    colleague = opened(api, link)

    assert colleague.get("/intake").status_code == 200
    assert colleague.get("/coalition").status_code == 403
    assert Visitor(api.client).post("/signin", {"code": link["path"].removeprefix("/signin/")}).status_code == 401
    own = api.client.get("/v1/sessions", headers=api.bearer("route", organization=HAVEN)).json()
    every = api.client.get("/v1/sessions", headers=api.bearer(*OWN, organization=HAVEN)).json()
    assert (own["total"], every["total"]) == (0, 1)


MORE = ([ADMIN], ["route", ADMIN], ["directory:admin"], ["route", "webhook"], [], ["ro ute"], "route", None)


@pytest.mark.parametrize("scopes", MORE)
def test_nobody_gives_more_than_they_have(api: Api, scopes: Any) -> None:
    """Nor the right to give: so a session lives no longer by links. Nothing is made."""
    answer = call(api, "POST", body={"scopes": scopes})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert call(api, "GET").json()["items"] == []


def test_a_list_holds_the_own_links_and_opens_nothing(api: Api) -> None:
    """Of the own organization alone, without what they open with; gone once they are spent, or ten minutes old."""
    link = new_link(api, "route", "consent")
    listed = call(api, "GET")

    assert listed.json()["items"] == [{name: link[name] for name in ("id", "made_at", "ends_at", "scopes")}]
    assert link["path"].removeprefix("/signin/") not in listed.text
    assert call(api, "GET", organization=HOTLINE).json()["items"] == []
    opened(api, link)
    assert call(api, "GET").json()["items"] == []
    new_link(api, "route")
    codes = table_of(LoginCode)
    with open_database(api.settings) as database, for_writing(database.engine).begin() as connection:
        [row] = connection.execute(codes.select()).all()
        connection.execute(update(codes).values(made_at=row.made_at - timedelta(minutes=10)))
    assert call(api, "GET").json()["items"] == []


def test_a_link_is_taken_back_by_its_organization_alone(api: Api) -> None:
    """404 in the same words for another's as for none; then it signs nobody in."""
    link = new_link(api, "route")
    path = f"{LINKS}/{link['id']}"

    def words(answer: Response) -> dict[str, Any]:
        return {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}

    none = call(api, "DELETE", f"{LINKS}/5b1c3c1e-8f7e-4a53-9a40-0c8f2f0f7d11")
    other = call(api, "DELETE", path, organization=HOTLINE)
    assert (none.status_code, words(none)) == (other.status_code, words(other)) == (404, words(none))
    assert call(api, "DELETE", path).status_code == 204
    assert call(api, "DELETE", path).status_code == 404
    assert Visitor(api.client).post("/signin", {"code": link["path"].removeprefix("/signin/")}).status_code == 401


def test_links_need_their_scope_and_a_place_in_the_directory(api: Api) -> None:
    """Without a token 401, without the scope 403; whoever is not in the directory makes none."""
    for method, path in (("GET", LINKS), ("POST", LINKS), ("DELETE", f"{LINKS}/x")):
        assert api.client.request(method, path).status_code == 401
        assert call(api, method, path, {"scopes": ["route"]}, scopes=("route", "directory:admin")).status_code == 403
    assert call(api, "POST", body={"scopes": ["route"]}, organization="nobody-at-all").status_code == 404


def test_a_link_and_its_session_end_with_the_key(api: Api) -> None:
    """With the local key of the time, as a link that the program prints; a key that was rotated in first goes on."""
    before, waiting = opened(api, new_link(api, "route")), new_link(api, "route")
    [old] = [row.signing_key for row in rows(api)]
    rotate_signing_key(token_key_path(api.settings))
    after = opened(api, new_link(api, "route"))
    remove_signing_key(token_key_path(api.settings), old)

    assert before.get("/").status_code == 303
    assert Visitor(api.client).post("/signin", {"code": waiting["path"].removeprefix("/signin/")}).status_code == 401
    assert after.get("/").status_code == 200


def rows(api: Api) -> list[Any]:
    with open_database(api.settings) as database, database.engine.begin() as connection:
        return list(connection.execute(table_of(LoginCode).select()).all())


def test_where_an_issuer_signs_people_in_no_link_is_made(tmp_path: Path) -> None:
    """A link would sign nobody in there."""
    issuer = {"sign_in_issuer": "https://issuer.example.org", "sign_in_client_id": "pages"}
    with running(demo_settings(tmp_path, page_url="https://router.example.org", **issuer)) as api:
        answer = call(api, "POST", body={"scopes": ["route"]})

    assert (answer.status_code, answer.json()["code"]) == (409, "sign_in_elsewhere")


def test_a_supervisor_makes_and_takes_back_links_at_the_page(api: Api) -> None:
    """Shown once, in no address; without a choice it says so; a colleague without the scope sees nothing of it."""
    supervisor = signed_in(api, HAVEN, *OWN)
    page = supervisor.get("/sessions").text
    forgery = hidden(page, "forgery")
    assert f'value="{ADMIN}"' not in page

    empty = supervisor.post("/sessions", {"forgery": forgery, "act": "link"})
    assert (empty.status_code, 'id="problem-scopes"' in empty.text) == (422, True)
    response = supervisor.post("/sessions", {"forgery": forgery, "act": "link", "scopes": ["route"]})
    base = str(api.client.base_url).rstrip("/")
    address = response.text.partition('<p class="secret">')[2].partition("<")[0]
    assert address.startswith(f"{base}/signin/")
    again = supervisor.get("/sessions").text
    assert address not in again
    [link] = call(api, "GET").json()["items"]
    assert f'value="{link["id"]}"' in again

    supervisor.post("/sessions", {"forgery": forgery, "act": "unlink", "id": link["id"]})
    assert call(api, "GET").json()["items"] == []
    colleague = signed_in(api, HAVEN, "route")
    page = colleague.get("/sessions").text
    assert 'value="link"' not in page
    refused = colleague.post("/sessions", {"forgery": hidden(page, "forgery"), "act": "link", "scopes": ["route"]})
    assert refused.status_code == 403
