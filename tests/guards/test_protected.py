"""Every endpoint asks for a token unless it is named here as open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_builders import Api, demo_settings, running
from fastapi.routing import APIRoute, iter_route_contexts

from service.api.deps import Requires
from service.app import create_app
from service.settings import Settings

OPEN = {
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/docs"),
    ("GET", "/docs/style.css"),
    ("GET", "/openapi.json"),
    ("HEAD", "/openapi.json"),
}
METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("guard"), rate_limit="1000000/minute")) as found:
        yield found


def endpoints(settings: Settings) -> Iterator[tuple[str, str, Any]]:
    """Yield method, path and route of everything that the application answers, described or not."""
    for context in iter_route_contexts(create_app(settings).routes):
        for method in sorted(context.methods or ()):
            yield method, context.path, context


def needs_token(dependant: Any) -> bool:
    return any(isinstance(one.call, Requires) or needs_token(one) for one in dependant.dependencies)


def test_every_route_that_is_not_named_open_depends_on_a_token(tmp_path: Path) -> None:
    """No route, whether described or hidden, lacks the dependency that checks a token."""
    found = list(endpoints(Settings(database=f"sqlite:///{tmp_path / 'router.db'}")))

    unprotected = {
        (method, path)
        for method, path, route in found
        if not (isinstance(route.original_route, APIRoute) and needs_token(route.dependant))
    }
    assert unprotected == OPEN
    assert len(found) > len(OPEN)


def test_metrics_are_open_only_where_a_setting_says_so(tmp_path: Path) -> None:
    """With the setting, `/metrics` joins the open routes, and nothing else does."""
    settings = Settings(database=f"sqlite:///{tmp_path / 'router.db'}", metrics_open=True)

    unprotected = {
        (method, path)
        for method, path, route in endpoints(settings)
        if not (isinstance(route.original_route, APIRoute) and needs_token(route.dependant))
    }
    assert unprotected == {*OPEN, ("GET", "/metrics")}


def described(api: Api) -> Iterator[tuple[str, str]]:
    """Yield method and path of every operation that the description holds and that is not open."""
    for path, operations in api.client.get("/openapi.json").json()["paths"].items():
        for method in METHODS:
            if method in operations and (method.upper(), path) not in OPEN:
                yield method, path


BAD = {
    "none": {},
    "empty": {"Authorization": ""},
    "another scheme": {"Authorization": "Basic dXNlcjpwYXNz"},
    "no token": {"Authorization": "Bearer"},
    "not a token": {"Authorization": "Bearer a.b.c"},
    "unsigned": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD)
def test_every_operation_refuses_who_has_no_token(api: Api, headers: dict[str, str]) -> None:
    """Whatever an operation would do, without a good token it is a 401 with a challenge."""
    operations = list(described(api))

    for method, path in operations:
        response = api.client.request(method, path, headers=headers)
        assert response.status_code == 401, (method, path)
        assert response.json()["code"] == "invalid_token"
        assert response.headers["www-authenticate"].startswith("Bearer")
    assert operations


def test_two_tokens_are_none(api: Api) -> None:
    """Two `Authorization` headers are refused, good as each may be."""
    good = api.bearer("directory:read")["Authorization"]

    response = api.client.get("/v1/policy/rules", headers=[("Authorization", good), ("Authorization", good)])

    assert response.status_code == 401


def test_every_operation_refuses_a_token_without_its_scope(api: Api) -> None:
    """A good token without scopes is a 403 everywhere."""
    for method, path in described(api):
        response = api.client.request(method, path, headers=api.bearer())
        assert response.status_code == 403, (method, path)
        assert response.json()["code"] == "missing_scope"
