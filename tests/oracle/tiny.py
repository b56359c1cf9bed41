"""Builders for coalitions of two or three organizations, with defaults that cost nothing and refuse nobody."""

ALL_WEEK = "MO,TU,WE,TH,FR,SA,SU"
ALWAYS = [{"freq": "WEEKLY", "byday": ALL_WEEK, "opens_at": "00:00", "closes_at": "23:59"}]
AT = "2026-03-02T10:00:00-06:00"  # a Monday


def service(slug, *types, **more):
    """Return an active service, always open, with free places and an immediate response, unless told otherwise."""
    outer = {k: more.pop(k) for k in list(more) if k in SERVICE_FIELDS}
    base = {
        "id": slug,
        "name": slug,
        "status": "active",
        "schedules": ALWAYS,
        "capacities": [{"unit": "bed", "available": 1, "updated": AT}],
    }
    return {**base, **outer, "referral": {"types": list(types), "response_time": "PT0S", **more}}


SERVICE_FIELDS = {
    "status", "schedules", "capacities", "minimum_age", "maximum_age", "languages", "interpretation_services",
    "service_areas",
}  # fmt: skip


def organization(slug, *services, parent=None, locations=(), **coalition):
    """Return an organization: by default a protected community agency that is no member, in the client's own area."""
    base = {"basis": "community", "kind": "victim_services", "regimes": ["voca"], "membership": "none"}
    base |= {"near": "travis", "declared": {"on": "2026-01-10", "by": "director"}, "accepted_forms": ["roi"]}
    return {
        "id": slug,
        "name": slug,
        "parent": parent,
        "locations": list(locations),
        "coalition": {**base, **coalition},
        "services": list(services),
    }


def bundle(*organizations, agreements=(), equivalent_forms=(), **coalition):
    """Return a bundle around organizations."""
    return {
        "coalition": {"slug": "tiny", "name": "Tiny", "timezone": "America/Chicago", **coalition},
        "areas": [
            {"code": "us-tx", "name": "Texas"},
            {"code": "travis", "name": "Travis", "within": "us-tx", "latitude": 30.0, "longitude": -97.0},
        ],
        "organizations": list(organizations),
        "agreements": list(agreements),
        "release_forms": [{"id": "roi", "name": "roi"}, {"id": "other", "name": "other"}],
        "equivalent_forms": list(equivalent_forms),
    }


def agreement(*between, **more):
    """Return an agreement in force."""
    return {
        "id": "mou-" + "-".join(between),
        "between": list(between),
        "level": "coalition",
        "type": "mou",
        "status": "signed",
        **more,
    }


def need(code, urgency="now", required=True):
    """Return one need."""
    return {"type": code, "urgency": urgency, "required": required}


def profile(*needs, origin="hotline", **more):
    """Return a profile of an adult who speaks English and is on the line."""
    client = {"age": 30, "gender": "female", "languages": ["en"], "area": "travis", **more.pop("client", {})}
    facts = {"client_present": True, "guardian": "none", **more.pop("facts", {})}
    base = {"origin": origin, "at": AT, "client": client, "needs": list(needs), "facts": facts}
    return {**base, "consents": [], "avoid": [], "prefer": "balanced", "limit": 5, **more}


def consent(holder, *to, **more):
    """Return a full release by the client from a holder."""
    return {
        "form": "roi",
        "level": "release",
        "marks": [],
        "from": holder,
        "to": list(to),
        "data": ["need", "identity"],
        "purpose": "referral",
        "signers": ["client"],
        "signed_on": "2026-03-01",
        "ends_on": "2026-06-01",
        "withdrawn_on": None,
        **more,
    }
