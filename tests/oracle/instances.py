"""Small random coalitions and profiles, valid by the guide: `make_instance(seed)` gives the same pair for ever.

Instances are kept small enough for brute force. Corners where the guide or the catalogue leaves two readings are
left out unless `corners=True`; they are listed beside `CORNERS`.
"""

import copy
import json
import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from oracle import brute
from oracle.instance_parts import (
    COMMUNITY,
    EVERYBODY,
    MARKS,
    SYSTEMS,
    TYPES,
    agreement,
    chance,
    consent,
    service,
    some,
)
from seeds import fresh

CORNERS = (
    "data classes justice, shelter_location, directory and aggregate in a packet",
    "an organization that declared nothing",
    "a guardian fact that is unknown, unavailable or state_conservator where the client may be an adult",
    "may_sign_alone for a client who may be an adult with a court-appointed guardian",
    "a rhy_basic holder whose client may be an adult, may sign alone or is emancipated",
    "avoiding the origin, by name or by kind",
)
MOST_BEGINNINGS = 12_000
SLUGS = ["alder", "birch", "cedar", "dogwood", "elm", "fir", "gum", "hazel"]
ZONES = ["America/Chicago"] * 4 + ["America/New_York", "America/Phoenix", "Pacific/Honolulu", "Asia/Kolkata"]
DAYS = ["2026-03-02"] * 4 + ["2026-03-07", "2026-03-08", "2026-10-31", "2026-11-01", "2026-06-19", "2026-12-31"]
WEIGHT_PROFILES = ["balanced", "balanced", "soonest", "fewest_handoffs", "most_private"]


def make_instance(seed, *, corners=False, pinned=False):
    """Return a (bundle, profile) pair of plain dicts; another pair in each run, unless `pinned`."""
    seed = seed if pinned else fresh(seed)
    for attempt in range(60):
        rng = random.Random(f"{seed}/{attempt}/{corners}")
        aside = random.Random(f"{seed}/{attempt}/{corners}/aside")  # what it decides changes no other draw
        bundle, profile = _draw(rng, aside, shrink=attempt // 4, corners=corners)
        size = brute.size(bundle, profile, MOST_BEGINNINGS)
        if size < MOST_BEGINNINGS and (size > 0 or chance(rng, 0.3)):  # a dead end now and then is enough
            return bundle, profile
    raise AssertionError("no instance of this seed is small enough")


def make_bundle_text(bundle):
    """Return the bundle as JSON, in UTF-8."""
    return json.dumps(bundle, ensure_ascii=False, indent=1).encode()


def shuffle(document, seed):
    """Return a copy of a bundle or profile with every list shuffled whose order has no meaning, at any depth.

    The one list with an order is `between` of an agreement that is not mutual.
    """
    rng = random.Random(f"shuffle/{fresh(seed)}")

    def walk(node):
        if isinstance(node, dict):
            one_way = node.get("mutual") is False
            for name, value in node.items():
                if isinstance(value, list) and not (name == "between" and one_way):
                    rng.shuffle(value)
                walk(value)
        elif isinstance(node, list):
            for item in node:
                if isinstance(item, list):
                    rng.shuffle(item)
                walk(item)

    shuffled = copy.deepcopy(document)
    walk(shuffled)
    return shuffled


# -- drawing -----------------------------------------------------------------------------------------------


def _draw(rng, aside, shrink, corners):
    zone = rng.choice(ZONES)
    day = datetime.fromisoformat(rng.choice(DAYS))
    local = day.replace(hour=rng.randrange(24), minute=rng.choice([0, 0, 30, 45]), tzinfo=ZoneInfo(zone))
    at = local.astimezone(UTC).astimezone(ZoneInfo(zone))
    slugs = rng.sample(SLUGS, max(2, rng.choice([3, 4, 5, 6, 7, 7, 7]) - shrink))
    origin, broker = rng.sample(slugs, 2)
    mood = _mood(rng, aside, slugs, broker, shrink, corners)
    organizations = [_organization(rng, slug, slugs[:index], mood, (at, at.date())) for index, slug in enumerate(slugs)]
    count = rng.choice([2, 4, 6, 9] if mood["packets"] else [0, 2, 3, 4, 6])
    bundle = {
        "coalition": {
            "slug": "test",
            "name": "Test Coalition",
            "timezone": zone,
            "policy_packs": ["federal", "us-tx", "coalition"],
        },
        "areas": [
            {"code": "us-tx", "name": "Texas"},
            {"code": "travis", "name": "Travis County", "within": "us-tx", "latitude": 30.33, "longitude": -97.78},
            {"code": "hays", "name": "Hays County", "within": "us-tx", "latitude": 30.06, "longitude": -98.03},
            {"code": "austin", "name": "Austin", "within": "travis", "latitude": 30.27, "longitude": -97.74},
        ],
        "vocabulary": [
            {"term": "safe house", "organization": slugs[0], "means": mood["types"][0]},
            {"term": "food", "organization": slugs[-1], "means": mood["types"][1]},
            {"code": "equine_therapy", "name": "Equine therapy", "decided_by": "steering-committee"},
        ],
        "organizations": organizations,
        "agreements": [agreement(rng, number, slugs, mood, at.date()) for number in range(count)],
        "release_forms": [_form(slug) for slug in ("roi-standard", "roi-county", "roi-clinic")],
        "equivalent_forms": [["roi-standard", "roi-county"]] if chance(rng, 0.5) else [],
    }
    if chance(rng, 0.6):
        _leave_only(organizations[slugs.index(origin)], {"types": ["crisis_hotline"]})
    if mood["gates"] and chance(rng, 0.7):
        _leave_only(
            organizations[slugs.index(broker)], {"types": [rng.choice(mood["offered"])], "accepts": ["self", "warm"]}
        )
        organizations[slugs.index(broker)]["coalition"] |= {
            "basis": "community",
            "kind": "victim_services",
            "regimes": [],
        }
    rng.shuffle(bundle["organizations"])
    return bundle, _profile(rng, bundle, origin, slugs, mood, at, shrink)


def _leave_only(org, referral):
    """Make an organization one that mostly refers on: the origin, or the one that doors open to."""
    org["services"] = org["services"][:1]
    org["services"][0]["referral"] = referral


def _mood(rng, aside, slugs, broker, shrink, corners):
    """Return what an instance has in common: which of its features are frequent, and from which few values."""
    types, trafficked = rng.sample(TYPES, rng.choice([4, 4, 5, 6])), chance(aside, 0.4)
    if trafficked:
        better_specialised = ["emergency_shelter", aside.choice(["victim_advocacy", "case_management", "host_home"])]
        types = [*better_specialised, *(code for code in types if code not in better_specialised)][:4]
    kinds = ["victim_services", "health", "law_enforcement", "community", "legal"]
    doors = [["members"], ["agreement"], some(rng, kinds, 1, 2), [broker, "agreement"], ["cac", broker]]
    chained = chance(rng, 0.6)
    beyond = some(rng, [code for code in TYPES if code not in types], 1, 2) if chained else []
    return {
        "types": types,
        "offered": types + beyond,
        # each type is offered at least once, what specialised places are for by several
        "in_turn": rng.sample(types + beyond, len(types + beyond)) + (types[:2] * 2 if trafficked else []),
        "types_each": rng.choice([1, 2, 2, 3]),
        "prerequisites": some(rng, types, 0, 2) + beyond if chained else [],
        "requires": rng.choice([0.3, 0.6]) if chained else 0,
        "limits": rng.choice([0, 0, 0.05, 0.1, 0.25]),
        "exclusions": rng.choice([0, 0.05, 0.1, 0.3]),
        "companions": rng.choice([0, 0, 0.3]),
        "come_along": rng.choice([0, 0, 1]),
        "reported": rng.choice([0, 0, 0, 1]),
        "trafficked": aside if trafficked else None,
        "interpreters": rng.choice([0.2, 0.8]),
        "hours": rng.choice([0, 0.3, 0.6, 1]),
        "packets": rng.choice([0, 0, 0.3, 0.9]),
        "gates": rng.choice([0, 0, 0.3, 0.6]),
        "doors": [[broker], *some(rng, doors, 1, 2)],
        "designated": rng.choice([0, 0.3]),
        "response_times": rng.choice([["PT2H"], ["PT1H", "PT4H"], ["PT90M", "P1D", "P2W", "PT0S"]]),
        "services_each": max(1, 3 - shrink // 2),
        "systems": rng.choice([0, 0.2, 0.5]),
        "memberships": rng.choice([["active"], ["active", "non_active", "none"], ["none", "none", "active"]]),
        "corners": corners,
    }


def _organization(rng, slug, earlier, mood, now):
    basis = "systems" if chance(rng, mood["systems"]) else "community"
    kinds = SYSTEMS if basis == "systems" else COMMUNITY
    kind = rng.choice(["victim_services", *kinds]) if basis == "community" else rng.choice(list(kinds))
    private = kind in {"dv_shelter", "trafficking_shelter"} and chance(rng, 0.7)
    count = rng.randint(1, mood["services_each"])
    document = {
        "id": slug,
        "name": slug.title(),
        "description": "An invented organization.",
        "parent": rng.choice(earlier) if earlier and chance(rng, 0.15) else None,
        "phones": [{"number": "555-0100", "type": "voice", "description": "Office"}],
        "coalition": {
            "basis": basis,
            "kind": kind,
            "regimes": list(rng.choice(kinds[kind])),
            "reporter": rng.choice(["none", "child", "child_and_adult"]),
            "membership": rng.choice(mood["memberships"]),
            "address_private": private,
            "accepted_forms": some(rng, ["roi-standard", "roi-county", "roi-clinic"], 1, 3) if chance(rng, 0.9) else [],
            "declared": {"on": "2026-01-10", "by": "director", "review_by": rng.choice(["2026-02-01", "2027-01-10"])},
        },
        "services": [service(rng, f"{slug}-{number}", kind, mood, now) for number in range(1, count + 1)],
    }
    if chance(rng, 0.7):
        near = {"latitude": rng.choice([30.3, 30.27, 29.4]), "longitude": rng.choice([-97.7, -98.5])}
        document["locations"] = [{"id": f"{slug}-place", "location_type": "physical", **near}]
    if chance(rng, 0.3):
        document["coalition"]["near"] = rng.choice(["travis", "hays", "us-tx", "austin"])
    if mood["trafficked"] and basis == "community" and chance(mood["trafficked"], 0.8):
        specialised = ("trafficking_shelter", []), ("victim_services", ["ovc_ht"]), ("trafficking_shelter", ["voca"])
        kind, regimes = mood["trafficked"].choice([*[("victim_services", ["voca"])] * 3, *specialised])
        document["coalition"] |= {"kind": kind, "regimes": list(regimes)}
    if mood["corners"]:
        document["coalition"]["operator_authorised"] = some(rng, earlier, 0, 2)
        if chance(rng, 0.1):
            del document["coalition"]["declared"]
    return document


def _form(slug):
    elements = ["who", "whom", "what", "why", "end_date", "withdrawal", "date", "signature"]
    return {"id": slug, "name": slug, "languages": ["en", "es"], "elements": elements, "marks": list(MARKS)}


def _profile(rng, bundle, origin, slugs, mood, at, shrink):
    client = _client(rng, mood)
    kinds = {org["id"]: org["coalition"]["kind"] for org in bundle["organizations"]}
    regimes = {org["id"]: org["coalition"]["regimes"] for org in bundle["organizations"]}
    facts = _facts(
        rng, client["age"], any("rhy_basic" in regime_list for regime_list in regimes.values()), mood["corners"]
    )
    mood["signers"] = _signers(rng, client["age"], facts)
    avoid = some(rng, [*slugs, *dict.fromkeys(kinds.values())], 1, 2) if chance(rng, 0.2) else []
    if not mood["corners"]:
        avoid = [word for word in avoid if word not in {origin, kinds[origin]}]
    consents = []
    for holder in [origin, *slugs]:
        if mood["packets"] and chance(rng, 0.9 if holder == origin else 0.5):
            recipients = [slug for slug in slugs if slug != holder]
            consents.append(
                consent(rng, holder, some(rng, recipients, len(recipients) // 2, len(recipients)), mood, at.date())
            )
    written_at = at.astimezone(UTC) if chance(rng, 0.2) else at
    needs = _needs(rng, bundle, mood, shrink)
    return {
        "origin": origin,
        "at": written_at.isoformat(),
        "client": client,
        "needs": needs,
        **({"reports": _reports(rng, mood, [slug for slug in slugs if slug != origin])} if mood["reported"] else {}),
        "facts": facts,
        "consents": consents,
        "avoid": avoid,
        "prefer": rng.choice(WEIGHT_PROFILES),
        "limit": rng.choice([1, 3, 5, 5, 5]),
    }


def _client(rng, mood):
    strict = mood["limits"] > 0
    ages = [15, 17, 18, 30] + ([{"min": 16, "max": 19}, {"min": 14, "max": 17}, None, 11, 65] if strict else [])
    languages = [["en"], ["es", "en"], ["en-GB"]] + ([["es"], ["es-MX"], [], ["vi"]] if strict else [])
    traits = {}
    for code in ("foreign_national", "sex_trafficking", "runaway", "pregnant", "suspected_exploiter_household"):
        value = rng.choice([True, True, False, False, None, "absent"])
        traits |= {} if value == "absent" else {code: value}
    if mood["trafficked"]:
        traits[mood["trafficked"].choice(["sex_trafficking", "labor_trafficking"])] = True
    return {
        "age": rng.choice(ages),
        "gender": rng.choice(["female", "female", *EVERYBODY, *([None] if strict else [])]),
        "languages": rng.choice(languages),
        "area": rng.choice(["austin", "travis", "hays", "us-tx", *([None] if strict else [])]),
        "traits": traits,
        "completed": some(rng, mood["prerequisites"], 1, 1) if chance(rng, 0.2) else [],
        "with": [_companion(rng, strict) for _ in range(rng.randint(1, 2) if mood["come_along"] else 0)],
    }


def _companion(rng, strict):
    ages = [1, 10, 16, 25] + ([{"min": 9, "max": 19}, None] if strict else [])
    return {"age": rng.choice(ages), "gender": rng.choice(["female", "male", *([None] if strict else [])])}


def _may_be_adult(age):
    return age is None or (age["max"] if isinstance(age, dict) else age) >= 18


def _may_be_minor(age):
    return age is None or (age["min"] if isinstance(age, dict) else age) < 18


def _facts(rng, age, has_basic_center, corners):
    minor, adult = _may_be_minor(age), _may_be_adult(age)
    guardians = ["none", "safe_parent", "suspected_parent_only", "court_safe", "court_suspected"]
    guardians = ["none", "none", "none", "court_safe"] if not minor else guardians
    guardians = [*guardians, "state_conservator", "unavailable", None] if corners or not adult else guardians
    guardian = rng.choice(guardians)
    facts = {
        "client_present": rng.choice([True, True, False, None]),
        "danger": "none",
        "guardian": guardian,
        "may_sign_alone": rng.choice([True, True, False, None]),
    }
    if chance(rng, 0.2):
        facts["emancipated"] = rng.choice([True, False, None])
    if not corners and (has_basic_center or (adult and guardian in {"court_safe", "court_suspected"})):
        facts |= {"may_sign_alone": False, "emancipated": False}
    return facts


def _signers(rng, age, facts):
    """Return who signs in this instance: the client, with a parent or guardian where there may be one."""
    guardian = facts["guardian"]
    with_adult = {
        "safe_parent": ["client", "parent"],
        "suspected_parent_only": ["client", "parent"],
        "court_safe": ["client", "guardian"],
        "court_suspected": ["client", "guardian"],
        "state_conservator": ["client", "guardian"],
    }.get(guardian, ["client"])
    if not _may_be_adult(age) and len(with_adult) == 2 and chance(rng, 0.15):
        return [with_adult[1]]
    return with_adult if chance(rng, 0.7) else ["client"]


def _reports(rng, mood, slugs):
    """Return what the origin must report in any case, as the duties of an answer would say it, and to whom.

    Any type will do for what the search makes of it; the field is no part of a profile and is taken out before one is
    read.
    """
    return [{"type": rng.choice(["law_enforcement_report", *mood["types"]]), "to": some(rng, slugs, 1, len(slugs))}]


def _needs(rng, bundle, mood, shrink):
    needs = []
    types = mood["types"] if chance(rng, 0.85) else [*mood["types"][1:], rng.choice(TYPES)]
    urgencies = rng.choice(
        [["now"], ["now", "today"], ["today", "this_week", "later"], ["now", "today", "this_week", "later"]]
    )
    most = max(1, 4 - shrink // 3)
    for code in dict.fromkeys(some(rng, types, rng.randint(1, most), most)):
        need = {"type": code, "urgency": rng.choice(urgencies)}
        if chance(rng, 0.35):
            need["required"] = rng.choice([False, False, True])
        needs.append(need)
    if chance(rng, 0.15):
        term = rng.choice(bundle["vocabulary"][:2])
        needs.append({"type": term["term"], "as_said_by": term["organization"], "urgency": rng.choice(urgencies)})
    if chance(rng, 0.1) and len(needs) > 1:
        needs.append({**needs[0], "urgency": rng.choice(urgencies), "required": chance(rng, 0.5)})
    rng.shuffle(needs)
    return needs[:8]


__all__ = ["CORNERS", "make_bundle_text", "make_instance", "shuffle"]
