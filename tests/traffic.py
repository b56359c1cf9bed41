"""Callers of a served program, all kinds of requests at once: each read of the description, answers, and the loop.

A change whose answer is lost is sent again under its key until it is answered, as clients are told to. So what was
answered must be stored, once, whatever happened meanwhile.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import httpx
from api_builders import NO_RACE
from loop_builders import LEGAL, SENDER, SHELTER, consent_terms, packet
from servers import PROJECT, Server

from service.security import build_caller, issue_token
from service.settings import Settings

SCOPES = (
    "consent", "referral", "capacity", "directory:read", "directory:write", "directory:admin", "route", "webhook",
    "audit", "operator", "grievance", "organization:admin",
)  # fmt: skip
READS = sorted(
    path
    for path, methods in json.loads((PROJECT / "openapi/openapi.json").read_text())["paths"].items()
    if "get" in methods and "{" not in path
)
PROFILE = {
    "client": {"age": 30, "languages": ["en"]},
    "needs": [{"type": "legal_civil", "urgency": "this_week"}, {"type": "emergency_shelter", "urgency": "now"}],
    "facts": {"client_present": True},
}
COME_BACK = (0, 429, 502, 503)
"""What tells a client to ask again; 0: no answer came."""

Kind = Callable[["Caller"], None]


def bearer(settings: Settings, organization: str) -> dict[str, str]:
    """Return a header that is good for half a day before and after now, whatever becomes of a clock."""
    caller, ago = build_caller(organization=organization, scopes=SCOPES), timedelta(hours=12)
    token = issue_token(settings, caller, ttl=2 * ago, now=lambda: datetime.now(UTC) - ago)
    return {"Authorization": f"Bearer {token}"}


class Stopped(Exception):
    """The traffic ends while a caller still waits for an answer."""


class Caller:
    """One client with a connection of its own, and what it was answered."""

    def __init__(self, server: Server, over: Event) -> None:
        self._over, self._keys = over, count()
        self._headers = {slug: bearer(server.settings, slug) for slug in (SENDER, LEGAL, SHELTER)}
        self._client = httpx.Client(
            base_url=server.client.base_url, trust_env=False, timeout=20, limits=NO_RACE, verify=server.trust
        )
        self.statuses: Counter[int] = Counter()
        self.unanswered = list[str]()
        self.answered_at: list[tuple[float, float]] = []
        self.consents: set[str] = set()
        self.referrals: set[str] = set()

    def close(self) -> None:
        self._client.close()

    def once(self, method: str, path: str, organization: str = SENDER, body: Any = None, **more: str) -> httpx.Response:
        """Ask once; an answer that does not come is one of status 503."""
        header_values, begun = {name.replace("_", "-"): value for name, value in more.items()}, time.monotonic()
        try:
            reply = self._client.request(method, path, json=body, headers=self._headers[organization] | header_values)
            self.statuses[reply.status_code] += 1
            if reply.is_server_error:
                self.unanswered.append(f"{method} {path}: {reply.status_code}")
        except httpx.TransportError as error:
            reply = httpx.Response(503)
            self.statuses[0] += 1
            self.unanswered.append(f"{method} {path}: {type(error).__name__} after {time.monotonic() - begun:.1f} s")
            self._over.wait(0.2)  # as clients should
        if reply.is_success:
            self.answered_at.append((begun, time.monotonic()))
        return reply

    def ask(self, method: str, path: str, organization: str = SENDER, body: Any = None, **more: str) -> httpx.Response:
        """Ask until there is an answer."""
        while (found := self.once(method, path, organization, body, **more)).status_code in COME_BACK:
            if self._over.wait(0.2):
                raise Stopped
        return found

    def make(self, path: str, organization: str, body: Any) -> dict[str, Any]:
        """Make something, once, however often it has to be sent."""
        found = self.ask("POST", path, organization, body, idempotency_key=f"key-{uuid4()}")
        assert found.status_code == 201, found.text
        return {**found.json(), "etag": found.headers.get("etag", "")}


def read(caller: Caller) -> None:
    for path in READS:
        caller.once("GET", path)


def answer(caller: Caller) -> None:
    caller.once("POST", "/v1/referral-paths", body=PROFILE)
    caller.once("POST", "/v1/next-calls", body=PROFILE)
    clients = [{"key": name, **{key: PROFILE[key] for key in ("client", "needs", "facts")}} for name in ("a", "b")]
    caller.once("POST", "/v1/group-referral-paths", body={"clients": clients})
    caller.once("POST", "/hsds/services", body={})


def change(caller: Caller) -> None:
    path = "/v1/services/papers"
    shown = caller.ask("GET", path, LEGAL)
    record = shown.json() | {"description": f"Papers of all kinds, {uuid4().hex[:8].translate(LETTERS)}."}
    caller.once("PUT", path, LEGAL, record, if_match=shown.headers["etag"])
    counted = {"unit": "bed", "available": 5, "maximum": 8}
    caller.once("PUT", "/v1/services/beds/capacity", SHELTER, counted)
    caller.once("POST", "/v1/services/beds/capacity/change", SHELTER, {"unit": "bed", "by": -1})


LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Digits could read like a house number, and would be withheld."""


def refuse(caller: Caller) -> None:
    """What is wrong, or not the caller's."""
    caller.once("POST", "/v1/referral-paths", body={"needs": [{"type": "nothing"}]})
    caller.once("GET", f"/v1/referrals/{uuid4()}")
    caller.once("GET", "/v1/terms", Authorization="Bearer nothing")


def loop(caller: Caller) -> None:
    """Consent, referral, answer and end; every other consent is withdrawn."""
    consent = caller.make("/v1/consents", SENDER, consent_terms())
    caller.consents.add(consent["id"])
    referral = caller.make("/v1/referrals", SENDER, packet(consent))
    caller.referrals.add(referral["id"])
    for status, more in (("accepted", {}), ("completed", {"outcome": "served"})):
        shown = caller.ask("GET", f"/v1/referrals/{referral['id']}", LEGAL)
        moved = {"status": status, **more}
        caller.ask("PUT", f"/v1/referrals/{referral['id']}/status", LEGAL, moved, if_match=shown.headers["etag"])
    if len(caller.consents) % 2:
        caller.ask("POST", f"/v1/consents/{consent['id']}/withdrawal", SENDER, {})


KINDS: dict[str, Kind] = {"read": read, "answer": answer, "change": change, "refuse": refuse, "loop": loop}


class Traffic:
    """The callers of each kind."""

    def __init__(self, server: Server, pause_s: float, kinds: Collection[str]) -> None:
        self._over, self._pause_s = Event(), pause_s
        self.callers = {name: Caller(server, self._over) for name in kinds}
        self._failed: list[BaseException] = []
        self._threads = [Thread(target=self._go_on, args=(name,)) for name in kinds]

    def _go_on(self, name: str) -> None:
        try:
            while not self._over.wait(self._pause_s):
                KINDS[name](self.callers[name])
        except Stopped:
            pass
        except BaseException as error:
            self._failed.append(error)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        for caller in self.callers.values():
            caller.close()
        if self._failed:
            raise self._failed[0]

    def again_after(self, moment_s: float, *, within_s: float = 120) -> float:
        """Wait until callers of each kind were answered what they asked after a moment; return how long it took."""
        names = self.callers.keys() - {"refuse"}
        return max(self.answered(name, moment_s, within_s=within_s) for name in names) - moment_s

    def answered(self, name: str, moment_s: float, *, within_s: float = 120) -> float:
        """Wait until callers of a kind were answered what they asked after a moment; return when."""
        caller = self.callers[name]
        while not (ends := [end for begun, end in list(caller.answered_at) if begun >= moment_s]):
            assert not self._failed, self._failed
            assert time.monotonic() < moment_s + within_s, f"no answers came again: {name} {caller.statuses}"
            time.sleep(0.05)
        return min(ends)

    def statuses(self) -> Counter[int]:
        return sum((caller.statuses for caller in self.callers.values()), Counter[int]())

    def came_back(self) -> int:
        """Return how often somebody was told to come back, or told nothing."""
        return sum(self.statuses()[status] for status in COME_BACK)

    def made(self) -> int:
        """Return how many consents and referrals were made."""
        return len(self.callers["loop"].consents) + len(self.callers["loop"].referrals)

    def lost(self, server: Server) -> list[str]:
        """Return what was answered and is not stored, or stored twice: by the lists of the agency that sent it."""
        loops = self.callers["loop"]
        headers, missing = bearer(server.settings, SENDER), list[str]()
        for path, made in (("/v1/consents", loops.consents), ("/v1/referrals", loops.referrals)):
            stored = Counter(_ids(server.client, path, headers))
            missing += [f"{path}/{one}" for one in made if stored[one] != 1]
            unknown = stored.keys() - made
            if len(unknown) > 1:  # the one that was under way at the end may be there or not
                missing += [f"{path}/{one} unasked for" for one in unknown]
        return missing


def _ids(client: httpx.Client, path: str, headers: dict[str, str]) -> Iterator[str]:
    place: str | None = f"{path}?per_page=100"
    while place is not None:
        page = client.get(place, headers=headers)
        assert page.status_code == 200, page.text
        yield from (one["id"] for one in page.json()["items"])
        place = page.links.get("next", {}).get("url")


@contextmanager
def traffic(server: Server, *, pause_s: float = 0.02, kinds: Collection[str] = tuple(KINDS)) -> Iterator[Traffic]:
    """Have callers of each kind ask for a `with` block; all of them were answered when it begins."""
    found = Traffic(server, pause_s, kinds)
    found.start()
    try:
        found.again_after(time.monotonic())
        yield found
    finally:
        found.stop()


def given(settings: Settings) -> dict[str, str]:
    """Return the settings of a program that is asked much, and whose webhooks may come to this machine."""
    return {
        "rate_limit": "1000000/minute", "open_limit": "1000000/minute", "metrics_open": "true",
        "webhook_networks": "127.0.0.0/8", "webhook_http": "true", "database": settings.database,
    }  # fmt: skip
