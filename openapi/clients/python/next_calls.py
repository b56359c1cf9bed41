"""The best path as calls to make, one after the other."""

from connect import answered, connect
from referral_router_client.api.referral_paths import list_next_calls
from referral_router_client.models import NeedsProfile

profile = NeedsProfile.from_dict(
    {
        "client": {"age": 30, "gender": "female", "languages": ["en"], "area": "demo-north"},
        "needs": [{"type": "emergency_shelter", "urgency": "now"}, {"type": "legal_civil", "urgency": "this_week"}],
    }
)

with connect() as client:
    answer = answered(list_next_calls.sync(client=client, body=profile))
for call in answer.calls:
    print(call.order, call.to.name, call.phone)
