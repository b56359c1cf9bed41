"""Nothing of what is asked stays: not in logs, not in errors, not in counts, not in the database."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_builders import Api, demo_profile, demo_settings, running
from fastapi import FastAPI

from service.api.examples import ASKED_SHARE
from service.app import create_app

CANARY = "zqcanary"
BODIES = ("/v1/referral-paths", "/v1/next-calls", "/v1/policy/decisions")
GOOD: dict[str, dict[str, Any]] = {
    BODIES[0]: demo_profile("12-signed-release-to-two"),
    BODIES[1]: demo_profile("12-signed-release-to-two"),
    BODIES[2]: ASKED_SHARE | {"consents": demo_profile("12-signed-release-to-two")["consents"]},
}


def planted(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield a canary of its own for every value and every trait of a document, with the document that holds it."""
    places = list(_places(document))
    for number, place in enumerate(places):
        canary = f"{CANARY}{number}x"
        found = json.loads(json.dumps(document))
        within = found
        for key in place[:-1]:
            within = within[key]
        within[place[-1]] = canary
        yield canary, found
    if "client" not in document:
        return
    traits = json.loads(json.dumps(document))
    traits["client"]["traits"][f"{CANARY}_trait"] = True
    yield f"{CANARY}_trait", traits
    spoken = json.loads(json.dumps(document))
    spoken["client"]["traits"][f"{CANARY} Trait!"] = True
    yield f"{CANARY} Trait!", spoken


def _places(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from _places(value, (*at, key))


def test_no_value_of_a_request_is_found_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A canary in every field, of good and bad requests, is in no error, header, log, count, nor file of the server."""
    caplog.set_level(logging.DEBUG)
    with running(demo_settings(tmp_path)) as api:
        headers = api.bearer("route", "route:any", "directory:read") | {"Content-Type": "application/json"}
        answers = 0
        for path in BODIES:
            for _, body in planted(GOOD[path]):
                response = api.client.post(path, json=body, headers=headers)
                assert response.status_code in (200, 403, 422)
                assert CANARY not in response.text
                assert CANARY not in str(response.headers)
                answers += 1
            assert api.client.post(path, json=GOOD[path], headers=headers).status_code == 200
        metrics = api.get("/metrics", "operator", headers=api.bearer("operator", subject="operator")).text
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert answers > 100
    assert CANARY not in metrics
    assert CANARY.encode() not in files
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert all(CANARY not in record.getMessage() and CANARY not in str(vars(record)) for record in ours)


def test_a_defect_is_told_and_logged_without_values(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody expected is a bare 500; the log says where and of what kind, never with its words."""
    settings = demo_settings(tmp_path)
    app = create_app(settings)
    _add_faulty_endpoint(app)
    from api_builders import serving

    with serving(app) as client:
        response = client.get("/faulty", headers={"X-Request-ID": CANARY})

    assert response.status_code == 500
    assert response.json() == {
        "type": "/docs#problem-internal_error", "title": "Something went wrong here", "status": 500,
        "code": "internal_error",
    }  # fmt: skip
    assert response.headers["cache-control"] == "no-store"
    told = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.name for record in told] == ["service.api.middleware"]
    assert "ValueError" in told[0].getMessage()
    assert "faulty" in told[0].getMessage()
    assert response.headers["x-request-id"] in told[0].getMessage()
    assert CANARY not in caplog.text


def _add_faulty_endpoint(app: FastAPI) -> None:
    @app.get("/faulty")
    def faulty() -> None:
        raise ValueError(f"the story of {CANARY}")


def test_every_answer_says_not_to_be_kept(api: Api) -> None:
    """Answers, errors and pages alike are not to be stored, sniffed or framed, and carry an id of our own making."""
    responses = [
        api.client.get("/health/live"), api.client.get("/docs"), api.client.get("/nothing"),
        api.client.post(BODIES[0], content=b" " * 300_000), api.post(BODIES[0], demo_profile(), "route"),
        api.client.get("/v1/policy/rules", headers={"X-Request-ID": CANARY}),
    ]  # fmt: skip

    for response in responses:
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert len(response.headers["x-request-id"]) == 36
        assert "server" not in response.headers
    assert len({response.headers["x-request-id"] for response in responses}) == len(responses)
