"""An office behind one address, and a thousand addresses behind a proxy: who floods the server switches nothing off.

People leave, sign in and complain as before; who reads waits for a turn, and not for those who ask for more.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from length import is_long
from servers import Server, server_process
from visitors import Visitor, login_code

BODY = {"about": {"coalition": True}, "codes": ["not_heard"]}
TRIES: dict[str, Callable[[Server], httpx.Response]] = {
    "GET /signin": lambda server: server.client.get("/signin"),
    "POST /signin": lambda server: server.client.post("/signin", data={"code": "junk"}),
    "POST /leave": lambda server: server.client.post("/leave"),
    "GET / with a guess": lambda server: Visitor(server.client, {"__Host-session": "a guess"}).get("/"),
    "GET /v1/keys": lambda server: server.client.get("/v1/keys"),
}
ADDRESSES = 1000 if is_long() else 500
PAGE, AGENCY = "router.example.org", "juniper-bridge-hotline"


def check_door(server: Server, client: dict[str, str]) -> dict[str, int]:
    """What a person of an address is answered who leaves, signs in and complains."""
    visitor = Visitor(server.client, headers=client)
    return {
        "GET /signin": visitor.get("/signin").status_code,
        "POST /signin": visitor.post(
            "/signin", {"code": login_code(server, "juniper-bridge-hotline", "route")}
        ).status_code,
        "GET /": visitor.get("/").status_code,
        "GET /locked": visitor.get("/locked").status_code,
        "POST /leave": visitor.post("/leave", {}).status_code,
        "GET /grievances": visitor.get("/grievances").status_code,
        "POST /v1/grievances": server.client.post("/v1/grievances", json=BODY, headers=client).status_code,
        "GET /health/live": server.client.get("/health/live").status_code,
    }


OPEN = {
    "GET /signin": 200, "POST /signin": 303, "GET /": 200, "GET /locked": 200, "POST /leave": 303,
    "GET /grievances": 200, "POST /v1/grievances": 201, "GET /health/live": 200,
}  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "count", "names"), [("600/minute", 640, ["GET /signin"]), ("30/minute", 40, [*TRIES])]
)
def test_many_tries_of_one_address_switch_nothing_off(
    tmp_path: Path, say: Callable[[str], None], rate: str, count: int, names: list[str]
) -> None:
    """Sign-in pages, junk codes, guesses at sessions, reads and leaving: each more often than an address may ask."""
    with server_process(tmp_path, rate_limit=rate) as server:
        for name in names:
            answered = Counter(TRIES[name](server).status_code for _ in range(count))
            after = check_door(server, {})
            status = server.client.get("/v1/keys").status_code
            say(f"{count} of {name} at {rate}: {dict(answered)}; then {after}, and a read {status}")
            assert after == OPEN
            assert status == (429 if name == "GET /v1/keys" else 200)


def test_a_thousand_addresses_switch_nothing_off(tmp_path: Path, say: Callable[[str], None]) -> None:
    """Each within its own limit, all together far beyond theirs: a newcomer signs in, and reads in its turn."""
    newcomer = {"X-Forwarded-For": "198.51.100.7", "Host": PAGE}
    variables = {"trusted_proxies": "127.0.0.1/32", "page_url": f"https://{PAGE}", "open_limit": "300/minute"}
    with server_process(tmp_path, **variables) as server:
        flood, door, statuses = asyncio.run(_flooded(server, newcomer))
        begun_s = time.monotonic()
        response = server.client.get("/v1/keys", headers=newcomer)
        read_s = time.monotonic() - begun_s

    say(
        f"reads of {ADDRESSES} addresses: {dict(statuses)}; a newcomer meanwhile, in {flood:.1f} s: "
        f"{door}; a read after it {response.status_code} in {read_s:.2f} s"
    )
    assert door == OPEN
    assert set(statuses) <= {200, 503}
    assert statuses[200] >= 300
    assert response.status_code == 200


async def _flooded(server: Server, newcomer: dict[str, str]) -> tuple[float, dict[str, int], Counter[int]]:
    """Ask as a newcomer while a thousand addresses ask; return its seconds and answers, and what the others got."""
    statuses, at_once = Counter[int](), asyncio.Semaphore(200)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=0)  # each address has its own
    async with httpx.AsyncClient(
        base_url=server.client.base_url, trust_env=False, timeout=60, limits=limits
    ) as attackers:

        async def attack(number: int) -> None:
            claim = {"X-Forwarded-For": f"198.51.100.7, 203.0.{number // 250}.{number % 250}"}
            async with at_once:
                statuses[(await attackers.get("/v1/keys", headers=claim)).status_code] += 1

        flood = asyncio.gather(*(attack(number) for number in range(ADDRESSES)))
        while statuses.total() < 400:
            await asyncio.sleep(0.05)
        begun_s = time.monotonic()
        door = await asyncio.to_thread(check_door, server, newcomer)
        took_s = time.monotonic() - begun_s
        await flood
    return took_s, door, statuses
