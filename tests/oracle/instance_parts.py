"""The parts of a random coalition: hours, beds, services, agreements and consents, each from one seeded generator.

Values are few and coarse on purpose, so that costs tie often. No opening or closing falls between 01:00 and 03:00,
where a change of clocks would leave the guide two readings.
"""

from datetime import timedelta

TYPES = [
    "family_reunification",
    "crisis_hotline",
    "youth_drop_in",
    "emergency_shelter",
    "intake_assessment",
    "legal_immigration",
    "mental_health",
    "detox",
    "transportation",
    "food",
    "victim_advocacy",
    "law_enforcement_report",
    "court_accompaniment",
    "medical_emergency",
    "case_management",
    "equine_therapy",
    "peer_support",
]
ALL_WEEK = "MO,TU,WE,TH,FR,SA,SU"
COMMUNITY = {  # kind -> the sets of regimes it may come with
    "victim_services": [[], [], ["voca"], ["vawa", "voca"], ["ovc_ht"]],
    "dv_shelter": [["vawa", "fvpsa"], ["fvpsa", "tx_93"]],
    "trafficking_shelter": [["ovc_ht"], []],
    "sa_program": [["tx_420", "voca"]],
    "cac": [[]],
    "legal": [["attorney"], []],
    "health": [["hipaa"], []],
    "mental_health": [["hipaa", "tx_611"], ["tx_611"]],
    "sud": [["part2"], ["hipaa", "part2"]],
    "youth_program": [[], ["rhy_tlp"], ["rhy_basic"]],
    "homeless_program": [[]],
    "community": [[], []],
}
SYSTEMS = {
    "law_enforcement": [[]],
    "prosecutor": [[], ["voca"]],
    "child_welfare": [["tx_261"]],
    "immigration_authority": [[]],
    "school": [[]],
    "health": [["hipaa"], []],
    "other_government": [[]],
    "juvenile_justice": [[]],
}
DATA = ["need", "identity", "contact_location", "narrative"]
SENSITIVE = ["privileged", "health", "mental_health", "sud", "immigration"]
RARE = ["justice", "shelter_location", "directory", "aggregate"]
MARKS = ["sud", "health", "immigration", "privilege"]
EVERYBODY = ["female", "male", "transgender_female", "transgender_male", "nonbinary"]


def some(rng, items, least=1, most=2):
    """Return between `least` and `most` different items, in the order given."""
    items = list(items)
    count = min(len(items), rng.randint(least, most))
    indices = set(rng.sample(range(len(items)), count))
    return [item for index, item in enumerate(items) if index in indices]


def chance(rng, share):
    """Return True for a share of calls."""
    return rng.random() < share


# -- hours and beds ----------------------------------------------------------------------------------------


def schedules(rng, today):
    """Return the rows of one service's hours: plain, overnight, dated, other forms, or none."""

    def row(byday, opens_at, closes_at, **more):
        return {"freq": "WEEKLY", "byday": byday, "opens_at": opens_at, "closes_at": closes_at, **more}

    def day(offset):
        return (today + timedelta(days=offset)).isoformat()

    always = [row(ALL_WEEK, "00:00", "23:59")]
    choices = [
        (8, always),
        (3, [row("MO,TU,WE,TH,FR", "09:00", "17:00")]),
        (2, [row(ALL_WEEK, "20:00", "06:00")]),
        (1, [row("FR,SU", "22:00", "07:30")]),
        (1, [row("SA,SU", "10:00", "23:59")]),
        (1, [row("MO,TU,WE,TH,FR", "08:00", "12:00"), row("MO,WE,SA", "13:00", "17:00")]),
        (1, [row(rng.choice(["MO", "WE", "SU"]), "09:00", "17:00")]),
        (1, [row(ALL_WEEK, "08:00", "08:00")]),
        (1, [row(ALL_WEEK, "09:00", "17:00", valid_to=day(-1))]),
        (1, [row(ALL_WEEK, "20:00", "06:00", valid_to=day(rng.choice([-1, 0, 1])))]),
        (1, [row(ALL_WEEK, "09:00", "17:00", valid_from=day(rng.choice([1, 6, 7, 8, 30])))]),
        (1, [row(ALL_WEEK, "09:00", "17:00", valid_from=day(-3), valid_to=day(rng.choice([0, 3])))]),
        (1, [{"freq": "MONTHLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}]),
        (1, [row("MO,TU,WE,TH,FR", "09:00", "17:00"), row("SA", "09:00", "17:00", interval=2)]),
        (1, [*always, {"freq": "MONTHLY", "bymonthday": "1", "opens_at": "09:00", "closes_at": "10:00"}]),
        (3, []),
    ]
    return rng.choices([rows for _, rows in choices], [weight for weight, _ in choices])[0]


def capacities(rng, at):
    """Return the rows of one service's free places: fresh, full, stale at the edge, unknown, or none."""

    def row(available, age):
        return {"unit": "bed", "available": available, "maximum": 8, "updated": (at - age).isoformat()}

    hour, day = timedelta(hours=1), timedelta(days=1)
    choices = [
        (5, [row(2, hour)]),
        (2, [row(0, hour)]),
        (1, [row(1, hour)]),
        (1, [{**row(1, hour), "unit": "seat"}]),
        (1, [row(1, day)]),
        (1, [row(1, day + timedelta(minutes=1))]),
        (1, [{"unit": "bed", "available": 3, "maximum": 8}]),
        (1, [row(None, hour)]),
        (1, [row(0, hour), row(1, 2 * hour)]),
        (1, [row(0, hour), row(0, 2 * day)]),
        (1, [row(0, hour), row(None, hour)]),
        (3, []),
    ]
    return rng.choices([rows for _, rows in choices], [weight for weight, _ in choices])[0]


# -- a service ---------------------------------------------------------------------------------------------


def service(rng, slug, owner_kind, mood, now):
    """Return one service; `mood` holds what the whole instance has in common, `now` its (at, today)."""
    at, today = now
    document = {"id": slug, "name": slug.replace("-", " ").title(), "status": "active"}
    if chance(rng, 0.04):
        document["status"] = rng.choice(["inactive", "temporarily closed"])
    if chance(rng, mood["limits"]):
        low, high = rng.choice([(11, 17), (18, None), (None, 24), (16, 21), (12, 17), (18, 64)])
        document |= {"minimum_age": low} if low is not None else {}
        document |= {"maximum_age": high} if high is not None else {}
    if chance(rng, mood["limits"]):
        document["languages"] = [
            {"code": code} for code in rng.choice([["en", "es"], ["es-MX"], ["en"], ["es"], ["vi"]])
        ]
    if chance(rng, mood["interpreters"]):
        document["interpretation_services"] = rng.choice(["by phone", "by phone", " "])
    if chance(rng, mood["limits"]):
        areas = rng.choice([["us-tx"], ["travis"], ["travis", "hays"], ["austin"], ["hays"]])
        document["service_areas"] = [{"name": code} for code in areas]
    rows = (
        schedules(rng, today)
        if chance(rng, mood["hours"])
        else [{"freq": "WEEKLY", "byday": ALL_WEEK, "opens_at": "00:00", "closes_at": "23:59"}]
    )
    document |= {"schedules": rows} if rows else {}
    beds = capacities(rng, at) if chance(rng, mood["hours"]) else []
    document |= {"capacities": beds} if beds else {}
    document["referral"] = referral(rng, owner_kind, mood)
    return document


def referral(rng, owner_kind, mood):
    """Return the referral profile of one service."""
    turn = [mood["in_turn"].pop()] if mood["in_turn"] else []
    types = sorted({*turn, *some(rng, mood["offered"], 1 - len(turn), mood["types_each"] - len(turn))})
    terms = {"types": types}
    if chance(rng, mood["packets"]):
        terms["accepts"] = rng.choice([["packet"], ["packet"], ["packet", "self"], ["warm", "packet"]])
        classes = some(rng, DATA, 1, 2)
        sensitive = [c for c in SENSITIVE if c != "health" or owner_kind not in {"mental_health", "sud"}]
        classes += some(rng, sensitive, 1, 1) if chance(rng, 0.3) else []
        classes += some(rng, RARE, 1, 1) if mood["corners"] and chance(rng, 0.3) else []
        terms["intake_data"] = classes
    elif chance(rng, 0.4):
        terms["accepts"] = rng.choice([["warm"], ["self"], ["self"], ["warm", "self"]])
    if chance(rng, mood["gates"]):
        terms["accepts_from"] = rng.choice(mood["doors"])
    prerequisites = [code for code in mood["prerequisites"] if code not in types]
    first = any(code in mood["prerequisites"] for code in types)  # chains and cycles, but not always
    if prerequisites and chance(rng, mood["requires"] / (3 if first else 1)):
        terms["requires"] = some(rng, prerequisites, 1, rng.choice([1, 1, 2]))
    if chance(rng, mood["limits"] / 2):
        terms["genders"] = rng.choice([["female", "transgender_female"], ["female"], ["male"], list(EVERYBODY)])
    if chance(rng, mood["limits"] / 2):
        terms["only"] = rng.choice([["foreign_national"], ["sex_trafficking"], ["runaway"]])
    if chance(rng, mood["exclusions"]):
        terms["not"] = rng.choice(
            [["suspected_exploiter_household"], ["pregnant"], ["sex_trafficking"], ["foreign_national", "runaway"]]
        )
        terms["not"] = [trait for trait in terms["not"] if trait not in terms.get("only", [])]
    if chance(rng, mood["companions"]):
        terms["companions"] = chance(rng, 0.5)
    if chance(rng, mood["designated"]):
        terms["designated"] = True
    if chance(rng, 0.7):
        terms["response_time"] = rng.choice(mood["response_times"])
    return terms


# -- agreements and consents -------------------------------------------------------------------------------


def agreement(rng, number, slugs, mood, today):
    """Return one agreement between two or three organizations."""

    def day(offset):
        return (today + timedelta(days=offset)).isoformat()

    between = rng.sample(slugs, min(len(slugs), rng.choice([2, 2, 2, 3])))
    document = {
        "id": f"mou-{number}",
        "between": between,
        "mutual": not (len(between) == 2 and chance(rng, 0.3)),
        "level": rng.choice(["cooperation", "coordination", "coalition"]),
        "type": rng.choice(["mou"] * 6 + ["team", "qsoa"]),
        "status": rng.choice(["signed"] * 8 + ["draft", "suspended"]),
        "effective": day(rng.choice([-400, -30, -30, 0, 1])),
    }
    if chance(rng, 0.7):
        document["expires"] = day(rng.choice([400, 400, 30, 2, 1]))
    if chance(rng, 0.2):
        document |= {"effective": day(-400), "expires": day(rng.choice([-1, 0]))}
    if chance(rng, 0.3):
        document["types"] = some(rng, sorted(mood["offered"]), 1, 3)
    if chance(rng, 0.3):
        document["data"] = some(rng, DATA + SENSITIVE, 2, 7)
    return document


def consent(rng, holder, recipients, mood, today):
    """Return one consent, valid more often than not."""

    def day(offset):
        return (today + timedelta(days=offset)).isoformat()

    document = {
        "form": rng.choice(["roi-standard", "roi-standard", "roi-county", "roi-clinic"]),
        "level": rng.choice(["release"] * 6 + ["written", "verbal", "told"]),
        "marks": list(MARKS) if chance(rng, 0.5) else some(rng, MARKS, 0, 2),
        "from": holder,
        "to": recipients,
        "data": DATA + SENSITIVE if chance(rng, 0.7) else some(rng, DATA + SENSITIVE, 3, 8),
        "purpose": "benefits" if chance(rng, 0.05) else "referral",
        "signers": mood["signers"] if chance(rng, 0.9) else [],
        "signed_on": day(rng.choice([-1, -20, 0])),
        "ends_on": day(rng.choice([90, 90, 1, 0])),
        "withdrawn_on": None,
    }
    if mood["corners"] and chance(rng, 0.5):
        document["data"] = document["data"] + [code for code in RARE if code not in document["data"]]
    fault = rng.random()
    if fault < 0.05:
        document["signed_on"] = rng.choice([None, day(1)])
    elif fault < 0.10:
        document["ends_on"] = rng.choice([None, None, day(-1)])
    elif fault < 0.15:
        document["withdrawn_on"] = day(rng.choice([-1, 0, 1]))
    return document
