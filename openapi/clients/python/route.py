"""Whom to call first for a client, and how good the other ways are."""

from connect import answered, connect
from referral_router_client.api.referral_paths import find_referral_paths
from referral_router_client.models import NeedsProfile

profile = NeedsProfile.from_dict(
    {
        "client": {"age": 30, "gender": "female", "languages": ["en"], "area": "demo-north"},
        "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        "facts": {"client_present": True, "danger": "none"},
    }
)

with connect() as client:
    answer = answered(find_referral_paths.sync(client=client, body=profile))
print(answer.lead.plain)
for path in answer.paths:
    print(" then ".join(step.to.name for step in path.steps))
