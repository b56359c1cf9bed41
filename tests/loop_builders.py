"""A small coalition for consents and referrals, and callers that speak for its agencies over HTTP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from api_builders import ADDRESS_KEY, load_demo, serving
from sqlalchemy import select, update

from service.app import create_app
from service.database.database import Database, open_database
from service.database.outbox import beat, data_for
from service.database.outbox.tables import Event, EventAudience, Heartbeat
from service.database.outbox.timers import fire_next
from service.database.table_base import table_of
from service.directory.store.repositories import CoalitionRepository
from service.security import build_caller, issue_token
from service.settings import Settings

SENDER, SHELTER, CLINIC, OUTSIDER, LEGAL, REFUGE = "hotline", "house", "clinic", "pantry", "legal", "refuge"
EVERYTHING = "consent consent:any referral capacity grievance directory:read directory:write directory:admin route"
ZONE = "America/Chicago"
NEED = [{"type": "emergency_shelter", "urgency": "now"}]
_keys = count(1)
_PASSING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[0-9:.+Z-]+|\b[a-z]{3,8}(?:-[a-z]{3,8}){2,3}\b|gAAAA[\w=-]+"
)


def agency(slug: str, services: list[dict[str, Any]], **profile: Any) -> dict[str, Any]:
    declared = {"basis": "community", "kind": "victim_services", "membership": "active", "listed": "public", **profile}
    return {
        "id": slug,
        "name": slug.title(),
        "phones": [{"number": "555-0100", "type": "voice"}],
        "coalition": {**declared, "accepted_forms": ["roi"]},
        "services": services,
    }


def service(slug: str, *types: str, available: int | None = None, **referral: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": slug,
        "name": slug.title(),
        "status": "active",
        "languages": [{"code": "en"}],
        "referral": {"types": list(types), "accepts": ["self", "warm"], **referral},
    }
    if available is not None:
        now = datetime.now(UTC).isoformat()
        document["capacities"] = [{"unit": "bed", "available": available, "maximum": 8, "updated": now}]
    return document


def coalition(
    *, beds: int | None = 2, holds: str | None = "PT2H", more_beds: int = 0, companions: bool = False, **house: Any
) -> dict[str, Any]:
    """A hotline, a house with beds, a clinic, legal help that takes packets, a refuge under VAWA, and a pantry.

    `more_beds`: services like the house's first, by the names `beds-1` and so on.
    """
    packet = {"accepts": ["packet"], "intake_data": ["need", "identity"]}
    hold_terms = ({} if holds is None else {"holds": holds}) | ({"companions": True} if companions else {})
    return {
        "coalition": {"slug": "tri", "name": "Tri", "timezone": ZONE, "policy_packs": ["federal", "coalition"]},
        "areas": [{"code": "travis", "name": "Travis"}],
        "organizations": [
            agency(SENDER, [service("hotline-line", "crisis_hotline")]),
            agency(
                SHELTER,
                [
                    service(slug, "emergency_shelter", available=beds, **hold_terms)
                    for slug in ("beds", *(f"beds-{number}" for number in range(1, more_beds + 1)))
                ],
                **house,
            ),
            agency(CLINIC, [service("teeth", "dental"), service("visits", "primary_medical", **packet)]),
            agency(LEGAL, [service("papers", "legal_civil", **packet)]),
            agency(REFUGE, [service("refuge-food", "food")], kind="dv_shelter", regimes=["vawa"]),
            agency(OUTSIDER, [service("food", "food")], membership="none"),
        ],
        "agreements": [
            {
                "id": "mou", "between": [SENDER, CLINIC, LEGAL, SHELTER], "mutual": True, "level": "coalition",
                "type": "mou", "status": "signed", "effective": "2020-01-01",
            }
        ],
        "release_forms": [
            {"id": "roi", "name": "Release", "languages": ["en"], "marks": [],
             "elements": ["who", "whom", "what", "why", "end_date", "withdrawal", "date", "signature"]}
        ],
    }  # fmt: skip


@dataclass
class Loop:
    """A served coalition and its database."""

    settings: Settings
    client: httpx.Client
    database: Database
    tokens: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def token(self, organization: str, scopes: str = EVERYTHING, subject: str = "desk") -> str:
        key = organization, scopes, subject
        if key not in self.tokens:
            caller = build_caller(organization=organization, scopes=scopes.split(), subject=subject)
            self.tokens[key] = issue_token(self.settings, caller, ttl=timedelta(hours=12))
        return self.tokens[key]

    def call(
        self,
        method: str,
        path: str,
        organization: str = SENDER,
        body: Any = None,
        *,
        scopes: str = EVERYTHING,
        subject: str = "desk",
        **headers: str,
    ) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token(organization, scopes, subject)}"
        content = None
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self.client.request(method, path, content=content, headers=sent)

    def consent(self, organization: str = SENDER, **terms: Any) -> dict[str, Any]:
        reply = self.call("POST", "/v1/consents", organization, consent_terms(**terms))
        assert reply.status_code == 201, reply.text
        return dict(reply.json())

    def send(
        self, body: dict[str, Any] | None = None, organization: str = SENDER, key: str | None = None
    ) -> httpx.Response:
        idempotency_key = key or f"key-{next(_keys)}"
        return self.call("POST", "/v1/referrals", organization, body or referral(), idempotency_key=idempotency_key)

    def sent(self, **changes: Any) -> dict[str, Any]:
        reply = self.send(referral(**changes))
        assert reply.status_code == 201, reply.text
        return dict(reply.json())

    def view(self, referral_id: str, organization: str) -> httpx.Response:
        return self.call("GET", f"/v1/referrals/{referral_id}", organization)

    def move(self, referral_id: str, organization: str, status: str, **more: Any) -> httpx.Response:
        tag = self.view(referral_id, organization).headers["etag"]
        return self.call(
            "PUT", f"/v1/referrals/{referral_id}/status", organization, {"status": status, **more}, if_match=tag
        )

    def fire(self, at: datetime | None = None) -> int:
        """Fire all timers that are due at a moment; return how many."""
        moment = at or datetime.now(UTC)
        beat(self.database.unit_of_work(), at=datetime.now(UTC))
        _beat_quietly(self.database, moment)
        fired = 0
        while fire_next(self.database.unit_of_work(), at=moment):
            fired += 1
        return fired

    def refresh(self) -> None:
        """Wait until the served version is the stored one; it is looked for twice a second."""
        deadline = time.monotonic() + 60
        with self.database.unit_of_work(writes=False) as work:
            version = CoalitionRepository(work).directory_version()
        served = re.compile(rf"^referral_router_directory_version(\{{.*\}})? {version}\.0$", re.MULTILINE)
        while not served.search(self.call("GET", "/metrics", scopes="operator").text):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def event_types(self, organization: str) -> list[str]:
        """The types of the events that are for everybody, and that an organization may read."""
        with self.database.unit_of_work(writes=False) as work:
            rows = work.session.execute(select(Event)).scalars().all()
            return [row.type for row in rows if data_for(work.session, row, organization) is not None]

    def events(self, organization: str) -> list[tuple[str, str, dict[str, Any]]]:
        """The events that an organization may read: type, object, data."""
        events, audience = table_of(Event), table_of(EventAudience)
        with self.database.unit_of_work(writes=False) as work:
            query = select(Event).join(audience, audience.c.event_id == events.c.id)
            query = query.where(audience.c.organization == organization).order_by(events.c.at)
            rows = work.session.execute(query).scalars().all()
            judgments = [(row, data_for(work.session, row, organization)) for row in rows]
            return [(row.type, row.object_id, dict(data)) for row, data in judgments if data is not None]


def _beat_quietly(database: Database, at: datetime) -> None:
    """Have something served at `at`, though no clock stood still until then."""
    with database.unit_of_work() as work:
        work.session.execute(update(table_of(Heartbeat)).values(beat_at=at))
        work.commit()


def here() -> date:
    """The day in the coalition's time zone."""
    return datetime.now(ZoneInfo(ZONE)).date()


def consent_terms(**changes: Any) -> dict[str, Any]:
    """Terms of a release for a referral, signed today by the client."""
    today = here()
    return {
        "form": "roi",
        "level": "release",
        "to": [LEGAL],
        "data": ["need", "identity"],
        "purpose": "referral",
        "signers": ["client"],
        "signed_on": (today - timedelta(days=1)).isoformat(),
        "ends_on": (today + timedelta(days=60)).isoformat(),
        **changes,
    }


def referral(
    to: str = SHELTER, services: tuple[str, ...] = ("beds",), mode: str = "warm", **changes: Any
) -> dict[str, Any]:
    """A referral of an adult who is on the line."""
    profile = {
        "client": {"age": 30, "languages": ["en"]},
        "needs": changes.pop("needs", NEED),
        "facts": {"client_present": True},
        "consents": changes.pop("consents", []),
    }
    step = {"to": to, "services": list(services), "mode": mode}
    return {"profile": profile, "step": step, "agreed": True, **changes}


def packet(consent: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A packet to legal help, on a consent on record."""
    needs = [{"type": "legal_civil", "urgency": "this_week"}]
    consents = [] if consent is None else [{"id": consent["id"]}]
    return referral(LEGAL, ("papers",), "packet", needs=needs, consents=consents, **changes)


def content_of(reply: httpx.Response) -> tuple[int, str, tuple[str, ...]]:
    """What an answer tells, without ids, moments and codes."""
    headers = tuple(sorted(name for name in reply.headers if name != "date"))
    return reply.status_code, _PASSING.sub("*", reply.text), headers


@contextmanager
def loop_over(settings: Settings, bundle: dict[str, Any]) -> Iterator[Loop]:
    """Serve `bundle` from the database of `settings`; tokens say in plain words who bears them."""
    load_demo(settings, json.dumps(bundle).encode())
    with open_database(settings) as database, serving(create_app(settings)) as client:
        yield Loop(settings, client, database)


def loop_settings(url: str, folder: Path, **more: Any) -> Settings:
    """Settings for a database, with a key pair for tokens in `folder`."""
    time = {"time_budget_ms": 60_000, "question_budget_ms": 60_000}  # a busy machine cuts off no answer
    limits = {"rate_limit": "1000000/minute", "deliver": False, **time, **more}
    return Settings(database=url, address_key=ADDRESS_KEY, token_key_file=folder / "token.key", **limits)
