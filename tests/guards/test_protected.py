"""Every endpoint asks for a token unless it is named here as open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_builders import Api, demo_settings, running
from fastapi.routing import APIRoute, iter_route_contexts

from service.app import create_app
from service.directory.access import ADMIN, KNOWN_SCOPES, ORGANIZATION_ADMIN, ROUTE_ANY
from service.directory.parties import CONSENT_ANY
from service.directory.routes.dependencies import Requires
from service.page.sessions import background_session, current_session
from service.settings import Settings

OPEN = {
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/docs"),
    ("GET", "/docs/style.css"),
    ("GET", "/docs/try.js"),
    ("GET", "/openapi.json"),
    ("GET", "/v1/coalition/guide"),
    ("GET", "/v1/policy/states"),
    ("HEAD", "/openapi.json"),
    ("GET", "/v1/keys"),
    ("GET", "/fhir/metadata"),
    ("GET", "/fhir/Questionnaire"),
    ("GET", "/fhir/Questionnaire/{id}"),
    ("POST", "/v1/grievances"),
    ("POST", "/v1/grievances/look-up"),
}
PAGES_OPEN = {
    ("GET", "/favicon.ico"),
    ("GET", "/locked"),
    ("GET", "/page.css"),
    ("GET", "/page.js"),
    ("GET", "/arrivals.js"),
    ("GET", "/worker.js"),
    ("GET", "/signin"),
    ("GET", "/signin/back"),
    ("GET", "/signin/out"),
    ("GET", "/signin/with-issuer"),
    ("GET", "/signin/{code}"),
    ("POST", "/signin"),
    ("POST", "/leave"),
    ("GET", "/directory"),
    ("POST", "/directory"),
    ("GET", "/directory/{organization_id}"),
    ("GET", "/guide"),
    ("GET", "/guide/{sector}"),
    ("GET", "/guide/pages/{name}"),
    ("GET", "/guide/states"),
    ("GET", "/guide/states/{code}"),
    ("GET", "/grievances"),
    ("POST", "/grievances"),
    ("POST", "/grievances/file"),
    ("POST", "/grievances/find"),
}
"""Pages for people that need no session: what they show is for everybody."""
LISTS = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")
RESOURCES = ("Organization", "Location", "HealthcareService")
OPEN_BY_SETTING = {  # HSDS_OPEN, on unless an operator turns it off
    ("GET", "/hsds/"),
    ("GET", "/hsds/profile"),
    ("POST", "/v1/service-searches"),
    *((method, f"/hsds/{name}") for name in LISTS for method in ("GET", "POST")),
    *(("GET", f"/hsds/{name}/{{id}}") for name in LISTS),
    *(("GET", f"/fhir/{name}{end}") for name in RESOURCES for end in ("", "/{id}")),
}
ANY_TOKEN = {("get", "/v1/sessions"), ("delete", "/v1/sessions"), ("delete", "/v1/sessions/{id}")}
"""Operations on what is the caller's own, for which any good token is enough."""
NO_TOKEN_IS_READ = {("GET", "/health/live"), ("POST", "/v1/grievances"), ("POST", "/v1/grievances/look-up")}
TOKEN: dict[str, list[str]] = {"bearer": []}
METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("guard"), rate_limit="1000000/minute")) as app:
        yield app


def endpoints(settings: Settings) -> Iterator[tuple[str, str, Any]]:
    """Yield method, path and route of everything that the application answers, described or not."""
    for context in iter_route_contexts(create_app(settings).routes):
        for method in sorted(context.methods or ()):
            yield method, context.path, context


def needs_token(dependant: Any) -> bool:
    """Say whether a route depends on a token, or on the session of somebody who is signed in at the pages."""
    protecting = (
        isinstance(dependency.call, Requires) or dependency.call in (current_session, background_session)
        for dependency in dependant.dependencies
    )
    return any(protecting) or any(needs_token(dependency) for dependency in dependant.dependencies)


def scopes_of(dependant: Any) -> Iterator[str]:
    """Yield the scopes that a route asks for."""
    if isinstance(dependant.call, Requires):
        yield from dependant.call.scopes
    for dependency in dependant.dependencies:
        yield from scopes_of(dependency)


def unprotected(settings: Settings) -> set[tuple[str, str]]:
    """Return method and path of everything that is answered without a token."""
    return {
        (method, path)
        for method, path, route in endpoints(settings)
        if not (isinstance(route.original_route, APIRoute) and needs_token(route.dependant))
    }


def test_the_known_scopes_are_those_that_routes_ask_for() -> None:
    """And those that an operation asks for besides; `token` refuses all others."""
    settings = Settings(database="sqlite://", hsds_open=False)
    routes = [route for _, _, route in endpoints(settings) if isinstance(route.original_route, APIRoute)]

    scopes = {scope for route in routes for scope in scopes_of(route.dependant)}

    assert scopes | {ADMIN, ORGANIZATION_ADMIN, ROUTE_ANY, CONSENT_ANY} == KNOWN_SCOPES


def test_every_route_that_is_not_named_open_depends_on_a_token(tmp_path: Path) -> None:
    """No route, whether described or hidden, lacks the dependency that checks a token."""
    settings = Settings(database=f"sqlite:///{tmp_path / 'router.db'}")

    assert unprotected(settings) == OPEN | PAGES_OPEN | OPEN_BY_SETTING
    assert len(list(endpoints(settings))) > len(OPEN | PAGES_OPEN | OPEN_BY_SETTING)


def test_settings_open_and_close_no_more_than_they_say(tmp_path: Path) -> None:
    """With their settings, `/metrics` joins the open routes, and the directory of `/hsds` and `/fhir` leaves them."""
    url = f"sqlite:///{tmp_path / 'router.db'}"

    assert unprotected(Settings(database=url, metrics_open=True)) == {
        *OPEN,
        *PAGES_OPEN,
        *OPEN_BY_SETTING,
        ("GET", "/metrics"),
    }
    assert unprotected(Settings(database=url, hsds_open=False)) == OPEN | PAGES_OPEN


def test_a_closed_hsds_asks_for_token_and_scope(tmp_path: Path) -> None:
    """Without a token 401, without the scope 403, with it an answer."""
    with running(demo_settings(tmp_path, hsds_open=False)) as api:
        for method, path in sorted(OPEN_BY_SETTING):
            assert api.client.request(method, path).status_code == 401
            assert api.client.request(method, path, headers=api.bearer("route")).status_code == 403
        securities = {(method.upper(), path): security for method, path, security in described(api)}
        assert all(securities[operation] == [TOKEN] for operation in OPEN_BY_SETTING)
        assert api.get("/hsds/services", "directory:read").status_code == 200


def described(api: Api) -> Iterator[tuple[str, str, Any]]:
    """Yield method and path of every operation that the description holds, and what it says of security."""
    for path, operations in api.client.get("/openapi.json").json()["paths"].items():
        for method in METHODS:
            if method in operations:
                yield method, path, operations[method]["security"]


def code_of(response: Any) -> str:
    """Return the code of a refusal, which FHIR tells in an OperationOutcome."""
    document = response.json()
    return str(document["issue"][0]["details"]["coding"][0]["code"] if "issue" in document else document["code"])


BAD = {
    "none": {},
    "empty": {"Authorization": ""},
    "another scheme": {"Authorization": "Basic dXNlcjpwYXNz"},
    "no token": {"Authorization": "Bearer"},
    "not a token": {"Authorization": "Bearer a.b.c"},
    "unsigned": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD)
def test_a_token_is_asked_for_exactly_where_security_says(api: Api, headers: dict[str, str]) -> None:
    """Whatever an operation would do, without a good token it is a 401 with a challenge.

    Where a token may be left out, a bad one is refused all the same; only where none is read, it changes nothing.
    """
    securities = {(method.upper(), path): security for method, path, security in described(api)}

    for (method, path), security in securities.items():
        response = api.client.request(method, path, headers=headers)
        refused = security == [TOKEN] or (security == [TOKEN, {}] and headers != {})
        assert (response.status_code == 401) is refused, (method, path)
        if refused:
            assert code_of(response) == "invalid_token"
            assert response.headers["www-authenticate"].startswith("Bearer")
    assert {operation for operation, security in securities.items() if security == []} == NO_TOKEN_IS_READ
    assert {operation for operation, security in securities.items() if security != [TOKEN]} == (
        OPEN | OPEN_BY_SETTING
    ) & securities.keys()


def test_two_tokens_are_none(api: Api) -> None:
    """Two `Authorization` headers are refused, good as each may be."""
    good = api.bearer("directory:read")["Authorization"]

    response = api.client.get("/v1/policy/rules", headers=[("Authorization", good), ("Authorization", good)])

    assert response.status_code == 401


def test_every_operation_refuses_a_token_without_its_scope(api: Api) -> None:
    """A good token without scopes is a 403 everywhere but on one's own sessions."""
    for method, path, security in described(api):
        if security != [TOKEN]:
            continue
        if (method, path) in ANY_TOKEN:
            assert api.client.request(method, path, headers=api.bearer()).status_code in {200, 204, 404}
            continue
        response = api.client.request(method, path, headers=api.bearer())
        assert response.status_code == 403, (method, path)
        assert code_of(response) == "missing_scope"
