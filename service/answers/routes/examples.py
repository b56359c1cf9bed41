"""Examples in the interface's description. Invented, like the whole demo coalition."""

from __future__ import annotations

from typing import Any

from policies import load_rulebook

_AUTHORITIES = {rule.id: rule.authority for rule in load_rulebook(("federal",)).rules}
_TO = {"id": "8f6f2f0e-0000-5000-8000-000000000001", "slug": "bluestem-haven", "name": "Bluestem Haven"}
_ORIGIN = {"id": "8f6f2f0e-0000-5000-8000-000000000002", "slug": "juniper-bridge-hotline", "name": "Juniper Bridge"}
_OPEN = {
    "status": "open",
    "opens_at": None,
    "closes_at": None,
    "capacity": "available",
    "plain": "open now; room as of the last count",
}
_NOTICE = {"id": "safe-to-talk", "plain": "Before anything else, ask if it is safe to talk now."}
_WITHHELD = {
    "data": "identity",
    "rule": "funded-release",
    "needs": "release",
    "plain": "Names stay here without a signed, time-limited release. Help does not depend on it.",
}
_OPEN_ROUTE = {
    "id": "open-route",
    "effect": "permit",
    "plain": "Anyone may be told whom to call.",
    "authority": "coalition practice",
}
_VERSIONS = {"directory_version": 12, "policy_version": "sha256:…"}
_COUNSEL = {
    "reviewed_on": "2026-11-12",
    "until": "2027-11-12",
    "except": [],
    "plain": "Reviewed by counsel for Four Counties Coalition (demo) on November 12, 2026.",
}
_DECISION_ID = "2b0f1b44-6c1e-4a57-9f3e-1d2a8f7f5b10"
_CONTACT = {"label": "24-hour intake line", "phone": "555-0100", "tel": "tel:5550100", "sms": None}
_INQUIRE = "Is there room, whom do you take, from whom? You may always ask that."
_CONFIRM = {
    "attribute": "client.traits.substance_use",
    "plain": "They will ask the client about alcohol and drugs. You neither ask nor answer it; "
    "the client may leave it open.",
}
_SERVICE = {
    "id": "8f6f2f0e-0000-5000-8000-000000000003",
    "slug": "bh-teen-beds",
    "name": "Beds for teens",
    "covers": ["emergency_shelter"],
    "availability": _OPEN,
    "confirm": [_CONFIRM],
}
_OTHER = {"id": "8f6f2f0e-0000-5000-8000-000000000004", "slug": "lantern-row", "name": "Lantern Row"}
_LEAD = {
    "do": "call",
    "plain": "Call Bluestem Haven together with the client: 555-0100.",
    "to": _TO,
    "phone": "555-0100",
    "tel": "tel:5550100",
    "sms": None,
    "ask": None,
    "opens": None,
}
_LINE = {
    "id": "xx-child-abuse", "name": "State Abuse Hotline", "for": "child_abuse", "phone": "1-800-555-0100",
    "tel": "tel:+18005550100", "sms": None, "hours": "day and night", "languages": ["en"],
    "plain": "Takes reports about children.", "web": None, "operator": None, "may_report": None,
    "by": None, "checked": "2026-11-28", "confirm": None,
}  # fmt: skip
_FALLBACK = {
    "name": "State crisis line",
    "phone": "555-0111",
    "tel": "tel:5550111",
    "sms": None,
    "hours": None,
    "may_report": None,
    "web": None,
}
_STEP = {
    "from": _ORIGIN,
    "to": {**_TO, "basis": "community"},
    "services": [_SERVICE],
    "covers": ["emergency_shelter"],
    "mode": "warm",
    "manner": "warm",
    "relationship": "coalition",
    "contact": _CONTACT,
    "inquire": _INQUIRE,
    "instead": [
        {"to": _OTHER, "services": [_SERVICE], "covers": ["emergency_shelter"], "contact": _CONTACT},
    ],
    "share": ["need"],
    "withhold": [_WITHHELD],
    "rules": [_OPEN_ROUTE],
    "obligations": [],
    "exposure": {
        "level": "protected",
        "plain": "They keep what you say private unless a child is being hurt or someone is in danger.",
    },
}
_CALL_SHEET: list[dict[str, Any]] = [
    {"kind": "safety", "title": "Safety", "text": _NOTICE["plain"]},
    {
        "kind": "call",
        "title": "Bed (now)",
        "text": "emergency shelter: open now; room as of the last count.",
        "needs": ["emergency_shelter"],
        "urgency": "now",
        "from": _ORIGIN,
        "to": _STEP["to"],
        "via": None,
        "mode": "warm",
        "manner": "warm",
        "contact": _CONTACT,
        "availability": _OPEN,
        "how": "Call together. Let them do the talking.",
        "script": "Hi, this is Juniper Bridge. I'm with someone who needs a bed. Do you have a bed tonight? "
        "Who can you take?",
        "inquire": "Do you have a bed tonight? Who can you take?",
        "say": ["need"],
        "leave_unsaid": ["identity", "client.traits.substance_use"],
        "obligations": [],
        "confirm": [_CONFIRM],
        "instead": [
            {
                "to": _OTHER,
                "phone": "555-0104",
                "tel": "tel:5550104",
                "for": ["emergency_shelter"],
                "availability": _OPEN,
            }
        ],
        "then": [
            {
                "kind": "line",
                "name": "State crisis line",
                "to": None,
                "phone": "555-0111",
                "tel": "tel:5550111",
                "sms": None,
                "at": None,
                "hours": None,
                "plain": "Call if nobody else can help.",
            }
        ],
    },
    {
        "kind": "none",
        "title": "Lawyer (this week): nobody yet",
        "text": "This is still open. Try these, in this order.",
        "need": "legal_civil",
        "urgency": "this_week",
        "try": [
            {
                "kind": "line",
                "name": "State crisis line",
                "to": None,
                "phone": "555-0111",
                "tel": "tel:5550111",
                "sms": None,
                "at": None,
                "hours": None,
                "plain": "Call if nobody else can help.",
            }
        ],
    },
    {
        "kind": "line",
        "title": "State Abuse Hotline",
        "text": "Takes reports about children.",
        "phone": "1-800-555-0100",
        "tel": "tel:+18005550100",
        "sms": None,
        "hours": "day and night",
    },
]

ANSWER: dict[str, Any] = {
    "lead": _LEAD,
    "call_sheet": _CALL_SHEET,
    "paths": [
        {
            "rank": 1,
            "covers": ["emergency_shelter"],
            "uncovered": [],
            "cost": {"total": 100, "terms": [{"name": "handoffs", "value": 100, "plain": "1 hand-off"}]},
            "exposure": "protected",
            "steps": [_STEP],
        }
    ],
    "conditional_paths": [
        {
            "rank": 1,
            "covers": ["emergency_shelter"],
            "uncovered": [],
            "cost": {
                "total": 250,
                "terms": [
                    {"name": "handoffs", "value": 100, "plain": "1 hand-off"},
                    {"name": "asks", "value": 150, "plain": "steps that need something first"},
                ],
            },
            "exposure": "protected",
            "steps": [_STEP],
            "conditions": [
                {
                    "kind": "fact",
                    "attribute": "client.age",
                    "values": "11-17",
                    "plain": "This path fits only if the client is 11 to 17 years old.",
                }
            ],
        }
    ],
    "uncovered": [],
    "later": [],
    "fallback_lines": [_FALLBACK],
    "lines": [_LINE],
    "caller": None,
    "sole_provider": ["bluestem-haven"],
    "duties": [],
    "questions": [],
    "complete": {
        "paths": True,
        "conditional_paths": True,
        "questions": True,
        "instead": True,
        "later": True,
        "near": True,
    },
    "notices": [_NOTICE],
    "grievance": {"contact": "grievance@example.org", "plain": "To question this answer, write to this contact."},
    "counsel": _COUNSEL,
    **_VERSIONS,
    "decision_id": _DECISION_ID,
}

CALLS: dict[str, Any] = {
    "lead": _LEAD,
    "call_sheet": _CALL_SHEET,
    "calls": [
        {
            "order": 1,
            "from": _ORIGIN,
            "to": _STEP["to"],
            **_CONTACT,
            "availability": _OPEN,
            "for": ["emergency_shelter"],
            "mode": "warm",
            "manner": "warm",
            "inquire": _INQUIRE,
            "say": ["need"],
            "leave_unsaid": ["identity", "client.traits.substance_use"],
            "confirm": [_CONFIRM],
            "obligations": [],
            "instead": [
                {
                    "to": _OTHER,
                    "phone": "555-0104",
                    "tel": "tel:5550104",
                    "for": ["emergency_shelter"],
                    "availability": _OPEN,
                }
            ],
            "plain": "Call together with the client; the client speaks. You may say: the services wanted (no name). "
            "Leave unsaid: name and identity.",
        }
    ],
    "questions": [],
    "uncovered": [],
    "later": [],
    "fallback_lines": [_FALLBACK],
    "lines": [_LINE],
    "duties": [],
    "notices": [_NOTICE],
    "counsel": _COUNSEL,
    **_VERSIONS,
    "decision_id": _DECISION_ID,
}

RULE: dict[str, Any] = {
    **_OPEN_ROUTE,
    "asks": "nothing",
    "jurisdiction": "federal",
    "confidence": "verified",
    "reviewed": "2026-01-10",
    "pack": "federal",
    "due": None,
    "to_be_confirmed": False,
}

ASKED_SHARE: dict[str, Any] = {
    "holder": "juniper-bridge-hotline",
    "recipient": "bluestem-haven",
    "action": "disclose",
    "data": "identity",
    "purpose": "referral",
    "at": "2026-03-02T02:00:00-06:00",
    "age": 15,
    "facts": {"guardian": "unavailable", "may_sign_alone": True},
    "consents": [],
}

_FUNDED_RELEASE = {
    "id": "funded-release",
    "effect": "forbid",
    "plain": "This program's funding asks for a written release, still in force, "
    "before facts about the client leave it.",
    "authority": _AUTHORITIES["funded-release"],
    "asks": "informed, written, reasonably time-limited release",
    "confidence": "P; OVC S",
    "to_be_confirmed": False,
}
_RELEASE = {
    "level": "release",
    "marks": [],
    "signers": ["client"],
    "plain": "It would take a signed release with an end date from the client.",
}
_PARTY = {
    "kind": "victim_services",
    "basis": "community",
    "regimes": ["vawa"],
    "declared": True,
    "reporter": "child",
    "member": True,
}

DECISION: dict[str, Any] = {
    "allow": False,
    "rules": [_FUNDED_RELEASE],
    "stopped_by": _FUNDED_RELEASE,
    "needs": _RELEASE,
    "would_change": [{"kind": "consent", **_RELEASE}],
    "facts": {
        "read": {
            "holder": _PARTY,
            "recipient": {**_PARTY, "kind": "dv_shelter"},
            "action": "disclose",
            "data": "identity",
            "purpose": "referral",
            "process": "none",
            "consent": "absent",
            "level": "none",
            "marks": [],
            "signers": [],
            "agreement": "in_force",
            "age": "minor",
        },
        "plain": ["What: share name and identity, for referral.", "Consent: none on record for this."],
    },
    "agreement": "hotline-haven",
    "obligations": [
        {
            "id": "minimum-necessary",
            "plain": "Share the least that gets the client the service.",
            "authority": _AUTHORITIES["minimum-necessary"],
            "due": None,
            "effect": "obligation",
            "asks": "a shorter list",
        }
    ],
    "plain": ["This may not be shared as things stand."],
    "notices": [_NOTICE],
    "grievance": {"contact": "grievance@example.org", "plain": "To question this answer, write to this contact."},
    **_VERSIONS,
}
GROUP: dict[str, Any] = {
    "clients": [
        {
            "key": "a",
            "count": 3,
            "client": {"age": {"min": 20, "max": 30}, "gender": "female", "languages": ["es"], "area": "demo-north"},
            "needs": [{"type": "emergency_shelter", "urgency": "now"}],
            "facts": {"client_present": True, "danger": "none"},
        },
        {
            "key": "b",
            "client": {"age": 17, "languages": ["en"], "with": [{"age": 1}]},
            "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        },
    ],
    "apart": [["a", "b"]],
    "taken": [{"key": "a", "count": 2, "service": "bh-beds"}],
}
_FOR_A = {"for": ["a"]}
GROUP_ANSWER: dict[str, Any] = {
    "lead": {**_LEAD, **_FOR_A},
    "call_sheet": [
        {"kind": "safety", "title": "Safety", "text": _NOTICE["plain"], "for": ["a", "b"]},
        {
            **{key: value for key, value in _CALL_SHEET[1].items() if key not in ("how", "then")},
            **_FOR_A,
            "text": "Ask Bluestem Haven for 3 people. Ask for places only; then each person speaks for themselves.",
            "contact": {**_CONTACT, "label": None},
            "script": "Hi, this is Juniper Bridge. Do you have 3 beds tonight? Who can you take?",
            "inquire": "Do you have 3 beds tonight? Who can you take?",
            "say": [],
            "leave_unsaid": ["identity"],
            "confirm": [{"attribute": None, "plain": "How many people can you take?"}],
        },
    ],
    "calls": [
        {
            "order": 1,
            "to": _TO,
            **{name: _CONTACT[name] for name in ("phone", "tel", "sms")},
            "for": [{"key": "a", "count": 3, "covers": ["emergency_shelter"]}],
            "inquire": _INQUIRE,
            "confirm": [{"attribute": None, "plain": "How many people can you take?"}],
            "instead": [{"to": _OTHER, "phone": "555-0104", "tel": "tel:5550104"}],
            "plain": "Ask Bluestem Haven for 3 people. Ask for places only; then each person speaks for themselves.",
        }
    ],
    "clients": [
        {"key": "a", "chosen": [{"count": 3, "path": ANSWER["paths"][0]}], "uncovered": [], "questions": []},
        {"key": "b", "chosen": [{"count": 1, "path": None}], "uncovered": ANSWER["uncovered"], "questions": []},
    ],
    "duties": [{**duty, **_FOR_A} for duty in ANSWER["duties"]],
    "lines": [
        {name: line[name] for name in ("id", "name", "phone", "tel", "sms", "hours", "languages", "plain")}
        | {"about": line["for"], **_FOR_A}
        for line in ANSWER["lines"]
    ],
    "notices": [{**_NOTICE, "for": ["a", "b"]}],
    "fallback_lines": ANSWER["fallback_lines"],
    "complete": True,
    "counsel": _COUNSEL,
    **_VERSIONS,
    "decision_id": _DECISION_ID,
}
