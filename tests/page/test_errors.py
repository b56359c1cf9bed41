"""Error pages: a browser is told in its language what went wrong; a program gets the problem document as before."""

from __future__ import annotations

import pytest
from api_builders import HOTLINE, Api, demo_settings, serving
from fastapi import FastAPI, Response
from visitors import Visitor, signed_in

from service.app import create_app
from service.page.rendering import BARE, render
from service.page.visit import Visit
from service.page.words import word

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/nowhere", 404, "status_404"),
        ("GET", "/answer", 405, "status_405"),
        ("PUT", "/intake", 405, "status_405"),
        ("POST", "/answer", 401, "invalid_token"),
    ],
)
def test_a_browser_gets_a_page(demo: Api, language: str, method: str, path: str, status: int, name: str) -> None:
    """With a way back and a number for danger, and the headers of every page."""
    response = demo.client.request(method, path, headers={**BROWSER, "Accept-Language": language})

    assert response.status_code == status
    assert f'<html lang="{language}">' in response.text
    assert word(language, f"refused.{name}.title") in response.text
    assert 'href="tel:911"' in response.text
    assert response.headers["cache-control"] == "no-store"


def test_a_program_gets_the_problem(demo: Api) -> None:
    """Whoever does not ask for a page, or asks below the interface, is answered in JSON."""
    for path, headers in (("/nowhere", {}), ("/v1/nowhere", BROWSER), ("/health/nowhere", BROWSER)):
        response = demo.client.get(path, headers=headers)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_whoever_asks_too_often_is_told_how_long_to_wait(tmp_path_factory: pytest.TempPathFactory) -> None:
    """429 as a page, with the seconds that the interface names."""
    app = create_app(demo_settings(tmp_path_factory.mktemp("often"), rate_limit="6/minute"))
    with serving(app) as client:
        visitor = signed_in(Api(app.state.wiring.settings, client), HOTLINE, "route")
        answers = [visitor.get("/intake") for _ in range(9)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert word("en", "refused.status_429.title") in refused[0].text
    assert word("en", "refused.wait", seconds=refused[0].headers["retry-after"]) in refused[0].text.replace(
        "&#39;", "'"
    )


def test_a_defect_is_a_page_without_its_words(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody expected: 500, as a page, and nothing of the error is on it."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the story of Maria")

    app: FastAPI = create_app(demo_settings(tmp_path_factory.mktemp("defect")))
    with serving(app) as client:
        visitor: Visitor = signed_in(Api(app.state.wiring.settings, client), HOTLINE, "route")
        monkeypatch.setattr(Visit, "page", fail)
        answer, to_a_program = visitor.get("/", **BROWSER), visitor.get("/")

    assert (to_a_program.status_code, to_a_program.json()["code"]) == (500, "internal_error")
    assert answer.status_code == 500
    assert word("en", "refused.other.title") in answer.text
    assert "Maria" not in answer.text


def test_a_long_wait_is_told_in_minutes() -> None:
    """Nearly an hour is 59 minutes and not 3,487 seconds to whoever reads it."""
    page = bytes(render_refusal("3487").body).decode()

    assert word("en", "refused.wait_minutes", minutes=59) in page
    assert "3487" not in page


def render_refusal(wait_s: str) -> Response:
    values = {**BARE, "back": "/", "leave_to": "https://neutral.example/"}
    return render("error.html", "en", 429, name="status_429", wait_s=wait_s, **values)
