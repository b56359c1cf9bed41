"""Health, readiness, counts, and the description of the interface."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from api_builders import Api, demo_profile, demo_settings, load_demo, running
from prometheus_client.parser import text_string_to_metric_families
from webhook_builders import eventually

from service import demo
from service.app import description_bytes
from service.settings import Settings
from service.web.problems import PROBLEM_TYPES, type_of

NO_TOKEN_IS_READ = ("post /v1/grievances", "post /v1/grievances/look-up")
DESCRIPTION = Path(__file__).parents[2] / "openapi" / "openapi.json"


def test_a_loaded_directory_is_ready(api: Api) -> None:
    """Readiness names the versions that answers are made from, to whoever bears a token; to others none."""
    response = api.get("/health/ready", "route")
    bare = api.client.get("/health/ready")

    document = response.json()
    assert response.status_code == bare.status_code == 200
    assert bare.json() == {**document, "directory_version": None, "policy_version": None}
    assert "sha256" not in bare.text + str(bare.headers)
    assert api.client.get("/health/ready", headers={"Authorization": "Bearer x"}).status_code == 401
    assert (document["status"], document["directory_version"], document["reason"]) == ("ready", 1, None)
    assert document["policy_version"].startswith("sha256:")


def test_an_empty_database_is_live_and_not_ready(tmp_path: Path) -> None:
    """Without a coalition the process lives, says what is missing, answers 503, and is ready once one is loaded."""
    settings = Settings(database=f"sqlite:///{tmp_path / 'router.db'}")
    with running(settings) as api:
        live, ready = api.client.get("/health/live"), api.client.get("/health/ready")
        response = api.post("/v1/referral-paths", demo_profile(), "route")

    assert live.status_code == 200
    assert ready.status_code == 503
    assert ready.json()["reason"]
    assert response.status_code == 503
    assert response.json()["code"] == "not_ready"
    assert response.headers["retry-after"] == "1"


def test_counts_name_routes_and_no_more(api: Api) -> None:
    """Metrics count by method, route as written and status: no path, token, organization or value is a label.

    What happened when the directory was loaded is placed soon, and then nothing waits.
    """
    api.get("/v1/policy/rules/open-route", "directory:read")
    api.client.get("/v1/organizations/some-secret-place/at/all")
    api.client.request("PROPFIND", "/docs")

    texts = list[str]()

    def nothing_waits() -> bool:
        texts.append(api.get("/metrics", "operator").text)
        waiting = ("queue", "lag_seconds")
        return all(f"\nreferral_router_delivery_{name} 0.0\n" in texts[-1] for name in waiting)

    eventually(nothing_waits)

    text = texts[-1]
    families = {family.name: family for family in text_string_to_metric_families(text)}
    requests = families["referral_router_requests"].samples
    labels = {(s.labels["method"], s.labels["route"], s.labels["status"]) for s in requests if s.labels}
    assert ("GET", "/v1/policy/rules/{id}", "200") in labels
    assert ("GET", "unmatched", "404") in labels
    assert any(method == "other" for method, _, _ in labels)
    assert "secret" not in text
    assert "juniper" not in text
    assert families["referral_router_ready"].samples[0].value == 1
    assert families["referral_router_directory_version"].samples[0].value == 1
    assert 0 <= families["referral_router_snapshot_age_seconds"].samples[0].value < 60


def test_metrics_can_be_opened(tmp_path: Path) -> None:
    """With the setting, counts need no token."""
    with running(demo_settings(tmp_path, metrics_open=True)) as api:
        assert api.client.get("/metrics").status_code == 200


def test_the_description_is_the_one_checked_in(api: Api) -> None:
    """`openapi/openapi.json` is what `referral-router openapi` prints and what the server sends."""
    assert DESCRIPTION.read_bytes() == description_bytes(), (
        "write it anew: referral-router openapi > openapi/openapi.json"
    )
    assert api.client.get("/openapi.json").json() == json.loads(description_bytes())


def test_the_command_prints_the_description(tmp_path: Path) -> None:
    """`referral-router openapi` prints it anywhere, without a database and whatever the environment sets."""
    program = "from service.cli import main; main()"
    surroundings = os.environ | {"PYTHONPATH": str(DESCRIPTION.parents[1]), "REFERRAL_ROUTER_METRICS_OPEN": "true"}

    done = subprocess.run(
        [sys.executable, "-c", program, "openapi"], capture_output=True, check=True, cwd=tmp_path, env=surroundings
    )

    assert done.stdout == DESCRIPTION.read_bytes()
    assert list(tmp_path.iterdir()) == []


def test_every_operation_is_described_whole() -> None:
    """Each operation has a summary, an example of its answer, one of its body, and the errors that it may give."""
    document = json.loads(description_bytes())

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["operationId"], where
            good = [status for status in operation["responses"] if status.startswith("2")]
            for status in good:
                for kind, content in operation["responses"][status].get("content", {}).items():
                    assert "example" in content or "examples" in content, (where, kind)
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                assert "example" in content or "examples" in content, where
                assert {"413", "415", "422"} <= set(operation["responses"]), where
            if path.startswith("/v1/"):
                assert {"406", "429", "500"} <= set(operation["responses"]), where
                assert ("401" in operation["responses"]) == (where not in NO_TOKEN_IS_READ), where
                if operation["security"] == [{"bearer": []}]:  # no token: nothing of the directory either
                    assert {"403", "503"} <= set(operation["responses"]), where
    text = json.dumps(document)
    assert "HTTPValidationError" not in text


def test_every_problem_is_explained_where_it_points(api: Api) -> None:
    """The `type` of each problem names a place on the server's own page."""
    page = api.client.get("/docs").text

    for code in PROBLEM_TYPES:
        assert f'id="{type_of(code).partition("#")[2]}"' in page


def test_the_version_follows_what_is_loaded(tmp_path: Path) -> None:
    """A version loaded by another process is served without being asked for; how soon: tests/cli/test_workers.py."""
    settings = demo_settings(tmp_path)
    with running(settings) as api:
        assert api.get("/health/ready", "route").json()["directory_version"] == 1
        changed = demo.coalition_bytes().replace(b"name: Juniper", b"name: New Juniper", 1)
        version = load_demo(settings, changed)
        deadline = time.monotonic() + 60
        while (directory_version := api.get("/health/ready", "route").json()["directory_version"]) != version:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    assert directory_version == 2
