"""What a client agreed to, on record without the client. The code is for the client, who may take it back anywhere."""

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from connect import answered, connect
from referral_router_client.api.consents import record_consent
from referral_router_client.models import ConsentTerms

today = datetime.now(ZoneInfo("America/Chicago")).date()  # dates are the coalition's
terms = ConsentTerms.from_dict(
    {
        "form": "roi-four-counties",
        "level": "release",
        "to": ["bluestem-haven"],
        "data": ["need", "identity", "contact_location"],
        "purpose": "referral",
        "signers": ["client"],
        "signed_on": today.isoformat(),
        "ends_on": (today + timedelta(days=30)).isoformat(),
    }
)

with connect() as client:
    # The same key again records nothing twice: repeat a request that was not answered.
    consent = answered(record_consent.sync(client=client, body=terms, idempotency_key=str(uuid4())))
print(consent.id, consent.code)
