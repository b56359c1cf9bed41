"""All addresses without a token share a bound: beyond it they take turns, and sign-in and complaints go on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from api_builders import demo_settings, running

from service.settings import Settings
from service.web import anonymous_limiter
from service.web.anonymous_limiter import AnonymousLimiter, build_anonymous_limiter
from service.web.problems import ApiProblem

HERE = "192.0.2.1"


def test_beyond_the_bound_addresses_take_turns() -> None:
    """Who sends forty requests waits for them; each other address is let in after one of these."""
    others = [f"192.0.2.{last}" for last in range(2, 7)]

    async def order() -> list[str]:
        bound, addresses = AnonymousLimiter("50/second"), list[str]()

        async def ask(address: str) -> None:
            await bound.let_in(address)
            addresses.append(address)

        await asyncio.gather(*(ask(HERE) for _ in range(50)))
        addresses.clear()
        await asyncio.gather(*(ask(address) for address in [*[HERE] * 40, *others]))
        return addresses

    addresses = asyncio.run(order())
    assert len(addresses) == 45
    assert {*addresses[: len(others) + 2]} == {HERE, *others}


def test_within_the_bound_nobody_waits_and_beyond_it_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands still lets as many in as the bound says; the next is told when to come again."""
    monkeypatch.setattr(anonymous_limiter, "LONGEST_WAIT_S", 0.05)

    async def outcome() -> tuple[int, ApiProblem]:
        bound = AnonymousLimiter("30/minute", now=lambda: 0.0)
        for count in range(100):
            try:
                await bound.let_in(HERE)
            except ApiProblem as refused:
                return count, refused
        raise AssertionError

    count, refused = asyncio.run(outcome())
    assert (count, refused.code, refused.headers["Retry-After"]) == (30, "busy", "1")


def test_processor_time_counts_too_and_runs_off() -> None:
    """A tenth of a second is ten requests; what was counted is gone a while later."""
    now = 0.0

    async def let_in(bound: AnonymousLimiter, most: int) -> int:
        for count in range(most):
            try:
                async with asyncio.timeout(0.01):
                    await bound.let_in(HERE)
            except TimeoutError:
                return count
        return most

    async def counts() -> list[int]:
        nonlocal now
        bound = AnonymousLimiter("60/minute", now=lambda: now)
        bound.charge(0.5)
        first = [await let_in(bound, 100)]
        now = 30.0
        return [*first, await let_in(bound, 100)]

    assert asyncio.run(counts()) == [10, 30]


def test_the_bound_is_a_setting_or_five_times_that_of_one_address() -> None:
    """As many as it says are let in at once."""

    async def is_let_in(settings: Settings, count: int) -> bool:
        bound = build_anonymous_limiter(settings)
        try:
            async with asyncio.timeout(0.2):
                await asyncio.gather(*(bound.let_in(HERE) for _ in range(count)))
        except TimeoutError:
            return False
        return True

    for settings, most in [(Settings(rate_limit="3/day"), 15), (Settings(rate_limit="3/day", open_limit="7/day"), 7)]:
        assert asyncio.run(is_let_in(settings, most))
        assert not asyncio.run(is_let_in(settings, most + 1))


def test_beyond_the_bound_reading_waits_and_signing_in_and_complaints_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP and on the pages; a program that reads is told when to come again, and a token is not held up."""
    monkeypatch.setattr(anonymous_limiter, "LONGEST_WAIT_S", 0.05)
    body = {"about": {"coalition": True}, "codes": ["not_heard"]}
    form = {"about": "*", "codes": "not_heard"}
    with running(demo_settings(tmp_path, open_limit="3/day")) as api:
        used_up = [api.client.get("/v1/keys").status_code for _ in range(4)]
        assert (used_up[0], used_up[-1]) == (200, 503)
        waited = [api.client.get(path) for path in ("/v1/keys", "/hsds/services", "/v1/coalition/guide", "/guide")]
        assert [answer.status_code for answer in waited] == [503] * 4
        assert [answer.headers["retry-after"] for answer in waited] == ["1"] * 4
        assert waited[0].json()["code"] == "busy"

        assert api.get("/v1/services", "directory:read").status_code == 200
        assert api.get("/v1/keys").status_code == 200
        assert api.client.get("/health/live").status_code == 200
        assert api.client.get("/signin").status_code == 200
        assert api.client.get("/locked").status_code == 200
        assert api.client.post("/leave").status_code == 303
        assert api.client.post("/v1/grievances", json=body).status_code == 201
        assert api.client.get("/grievances").status_code == 200
        assert api.client.post("/grievances/file", data=form).status_code == 200


def test_what_others_read_is_not_counted_against_signing_in_and_complaints(tmp_path: Path) -> None:
    """Behind one address that has used up its limit people sign in and complain; complaints have a limit alone."""
    body = {"about": {"coalition": True}, "codes": ["not_heard"]}
    with running(demo_settings(tmp_path, rate_limit="5/hour")) as api:
        assert [api.client.get("/v1/keys").status_code for _ in range(6)] == [200] * 5 + [429]
        assert {api.client.get("/signin").status_code for _ in range(20)} == {200}
        assert {api.client.post("/signin", data={"code": "wrong"}).status_code for _ in range(20)} == {401}
        assert api.client.get("/guide").status_code == 429

        assert api.client.get("/grievances").status_code == 200
        assert [api.client.post("/v1/grievances", json=body).status_code for _ in range(5)] == [201] * 4 + [429]
        assert api.client.get("/signin").status_code == 200
