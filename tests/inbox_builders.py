"""Referrals of the hotline to a shelter, and the shelter's presses at its inbox."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from api_builders import Api
from sqlalchemy import update
from visitors import Visitor

from service.database.database import open_database
from service.database.table_base import table_of
from service.referrals.store.tables import Referral

SHELTER = "bluestem-haven"
_keys = count(1)


def send(api: Api, **more: Any) -> dict[str, Any]:
    """A referral of the hotline to the shelter's beds, as the hotline sees it."""
    body = {
        "profile": {
            "client": {"age": 30, "gender": "female", "languages": ["en"]},
            "needs": [{"type": "emergency_shelter", "urgency": "now"}],
            "facts": {"client_present": True},
        },
        "step": {"to": SHELTER, "services": ["bh-beds"], "mode": "warm"},
        "agreed": True,
        "progress": True,
        **more,
    }
    key = {"Idempotency-Key": f"sent-{next(_keys)}"}
    answer = api.post("/v1/referrals", body, "referral", headers=key)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def consent(api: Api) -> dict[str, Any]:
    """A release of the hotline's client to the shelter, as the hotline sees it."""
    today = datetime.now(ZoneInfo("America/Chicago")).date()
    terms = {
        "form": "roi-four-counties", "level": "release", "to": [SHELTER], "data": ["need"], "purpose": "referral",
        "signers": ["client"], "signed_on": str(today - timedelta(days=1)), "ends_on": str(today + timedelta(days=30)),
    }  # fmt: skip
    answer = api.post("/v1/consents", terms, "consent", headers={"Idempotency-Key": f"consent-{next(_keys)}"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def status_of(api: Api, referral: dict[str, Any]) -> str:
    """How its receiver sees that a referral stands."""
    bearer = api.bearer("referral", organization=SHELTER)
    return str(api.client.get(f"/v1/referrals/{referral['id']}", headers=bearer).json()["status"])


def press(visitor: Visitor, page: str, action: str, **fields: str) -> Any:
    """Send a form of a page as its button does: the hidden fields of the first form that a button leads there from."""
    forms = re.findall(r"<form .*?</form>", page, re.DOTALL)
    form = next(form for form in forms if re.search(rf'action="{re.escape(action)}(?:#\w+)?"', form))
    own = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}
    return visitor.post(action, {**own, **fields})


def make_due(api: Api, referral: dict[str, Any], by: timedelta) -> None:
    """Have the answer to a referral due in so much time."""
    table = table_of(Referral)
    with open_database(api.settings) as database, database.engine.begin() as connection:
        due = datetime.now(UTC) + by
        connection.execute(update(table).where(table.c.id == referral["id"]).values(respond_by=due))
