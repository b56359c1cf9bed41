"""One hand-off, once the client said that it may be sent."""

from uuid import uuid4

from connect import answered, connect
from referral_router_client.api.referrals import send_referral
from referral_router_client.models import ReferralBody

body = ReferralBody.from_dict(
    {
        "profile": {
            "client": {"age": 30, "gender": "female", "languages": ["en"]},
            "needs": [{"type": "emergency_shelter", "urgency": "now"}],
            "facts": {"client_present": True},
        },
        "step": {"to": "bluestem-haven", "services": ["bh-beds"], "mode": "warm"},
        "agreed": True,
        "progress": False,
    }
)

with connect() as client:
    # The same key again sends nothing twice: repeat a request that was not answered.
    referral = answered(send_referral.sync(client=client, body=body, idempotency_key=str(uuid4())))
print("say at the door:", referral.code)
