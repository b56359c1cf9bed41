"""What an integrator copies, and what tells a program how much it may ask."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_builders import Api, demo_profile, demo_settings, running

CLIENT = (Path(__file__).parents[2] / "service/referrals/README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("integrators"), rate_limit="20/minute")) as app:
        yield app


def test_the_client_in_the_readme_goes_through_the_whole_loop(api: Api, tmp_path: Path) -> None:
    """Consent, paths, referral, event, answer, progress; as it stands, in a process of its own."""
    script = tmp_path / "client.py"
    script.write_text(CLIENT.split("```python\n")[1].split("```")[0])
    tokens = api.token("consent", "route", "referral"), api.token("referral", "webhook", organization="bluestem-haven")

    done = subprocess.run(
        [sys.executable, script, str(api.client.base_url), *tokens], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    first, code, last = done.stdout.strip().splitlines()
    assert first
    assert code.startswith("say at the door: ")
    assert last.split()[0] in ("accepted", "requested")


def test_an_answer_says_how_many_requests_are_left(api: Api) -> None:
    """RateLimit fields go down by one with each request of a token, refused ones among them, and are no other's."""
    ben = {"Authorization": f"Bearer {api.token('route', subject='ben')}"}
    remaining = []
    for body in (demo_profile(), {"needs": 7}, demo_profile()):
        answer = api.client.post("/v1/next-calls", json=body, headers=ben)
        assert answer.headers["RateLimit-Policy"] == '"token";q=20;w=60'
        remaining.append(int(answer.headers["RateLimit"].split("r=")[1].split(";")[0]))
    other = api.client.get("/v1/terms", headers=api.bearer("directory:read", subject="ann"))

    assert remaining == [19, 18, 17]
    assert ";r=19;" in other.headers["RateLimit"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/referrals/look-up"),
        ("POST", "/v1/consents/look-up"),
        ("POST", "/v1/consent-withdrawals"),
        ("POST", "/v1/grievances"),
        ("POST", "/v1/grievances/look-up"),
        ("POST", "/signin"),
        ("GET", "/hsds/services"),
    ],
)
def test_limits_that_several_share_are_told_to_nobody(api: Api, method: str, path: str) -> None:
    """Codes, withdrawals, complaints, sign-in, and reading without a token."""
    bearer = api.bearer("referral", "consent") if path.startswith("/v1/") and "grievances" not in path else {}
    answer = api.client.request(method, path, json={"code": "acoustic bamboo canoe dolphin"}, headers=bearer)

    assert answer.status_code in (200, 202, 403, 404, 415, 422), answer.text
    assert not [name for name in answer.headers if name.startswith("ratelimit")]
