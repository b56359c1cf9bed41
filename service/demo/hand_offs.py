"""A hand-off for each invented coalition, sent and answered by `demo` while the user watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service import demo

_CONSENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class DemoHandOff:
    """A packet from an agency to another agency's service, on the consent of an adult. Everything by slug or id."""

    sender: str
    receiver: str
    service: str
    need: str
    form: str
    client: Mapping[str, Any]

    def consent(self, today: date) -> dict[str, Any]:
        """Return the terms of the consent, signed today. Pure."""
        return {
            "form": self.form,
            "level": "release",
            "to": [self.receiver],
            "data": ["need", "identity", "contact_location"],
            "purpose": "referral",
            "signers": ["client"],
            "signed_on": today.isoformat(),
            "ends_on": (today + timedelta(days=_CONSENT_DAYS)).isoformat(),
        }

    def referral(self, consent_id: str) -> dict[str, Any]:
        """Return the body of the referral that rests on a consent. Pure."""
        facts = {"client_present": True, "may_sign_alone": True, "guardian": "none", "danger": "none"}
        needs = [{"type": self.need, "urgency": "now"}]
        consents = [{"id": consent_id}]
        return {
            "profile": {"client": dict(self.client), "needs": needs, "facts": facts, "consents": consents},
            "step": {"to": self.receiver, "services": [self.service], "mode": "packet"},
            "agreed": True,
            "progress": True,
        }


HAND_OFFS: Mapping[str, DemoHandOff] = {
    demo.FIRST: DemoHandOff(
        sender="juniper-bridge-hotline",
        receiver="bluestem-haven",
        service="bh-beds",
        need="emergency_shelter",
        form="roi-four-counties",
        client={"age": 30, "gender": "female", "languages": ["en"], "area": "demo-north"},
    ),
    demo.SECOND: DemoHandOff(
        sender="cedar-lamp-line",
        receiver="mesa-hearth",
        service="mesa-beds",
        need="emergency_shelter",
        form="prairie-release",
        client={
            "age": 30,
            "gender": "female",
            "languages": ["en"],
            "area": "salt-county",
            "traits": {"suspected_exploiter_household": False},
        },
    ),
}
