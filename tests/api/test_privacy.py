"""Nothing of what is asked stays: not in logs, not in errors, not in counts, not in the database."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from api_builders import Api, demo_profile, demo_settings
from canaries import CANARY
from fastapi import FastAPI

from service.app import create_app

PATHS = "/v1/referral-paths"


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
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [(record.name, record.getMessage()) for record in errors] == [("service.web.middleware", "defect")]
    assert vars(errors[0])["error"] == "ValueError"
    assert "faulty" in vars(errors[0])["places"]
    assert CANARY not in caplog.text


def _add_faulty_endpoint(app: FastAPI) -> None:
    @app.get("/faulty")
    def faulty() -> None:
        raise ValueError(f"the story of {CANARY}")


def test_every_answer_says_not_to_be_kept(api: Api) -> None:
    """Answers, errors and pages alike are not to be stored, sniffed or framed, and carry an id of our own making."""
    responses = [
        api.client.get("/health/live"), api.client.get("/docs"), api.client.get("/nothing"),
        api.client.post(PATHS, content=b" " * 300_000), api.post(PATHS, demo_profile(), "route"),
        api.client.get("/v1/policy/rules", headers={"X-Request-ID": CANARY}),
    ]  # fmt: skip

    for response in responses:
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert len(response.headers["x-request-id"]) == 36
        assert "server" not in response.headers
    assert len({response.headers["x-request-id"] for response in responses}) == len(responses)
