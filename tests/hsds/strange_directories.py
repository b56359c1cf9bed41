"""Hypothesis strategies for HSDS records as sources write them: right, nearly right, and with fields of their own."""

from __future__ import annotations

import re
from typing import Any

from hsds.hsds_builders import BOXES, HALL, PANTRY, SHOP
from hypothesis import strategies as st

Strategy = st.SearchStrategy[Any]
SEEN = re.compile(r"[^\s\ufeff]")


def record(required: dict[str, Strategy], **optional: Strategy) -> Strategy:
    return st.fixed_dictionaries(required, optional=optional)


def few(strategy: Strategy, most: int = 2) -> Strategy:
    return st.lists(strategy, max_size=most)


def words(*choices: str) -> Strategy:
    return st.sampled_from(choices)


TEXT = st.text("ab é\"';,=\r\n\t\ufeff😀", min_size=1, max_size=8).filter(lambda text: bool(SEEN.search(text)))
PLAIN = st.recursive(TEXT | st.integers(-9, 99) | st.booleans(), lambda inner: st.dictionaries(TEXT, inner, max_size=2))
OWN_FIELDS = st.dictionaries(words("county_code", "x_note", "alert"), TEXT, max_size=3)
UUIDS = st.uuids().map(str)
LANGUAGES = few(record({}, code=words("en", "es", "eng", "?"), name=TEXT))
PHONES = few(
    record(
        {"number": TEXT},
        id=UUIDS | st.just("p1"),
        extension=st.integers(1, 99) | TEXT,
        description=TEXT,
        languages=LANGUAGES,
        x_more=PLAIN,
    )
)
CONTACTS = few(record({}, name=TEXT, title=TEXT, email=TEXT | st.just("a@b.example"), phones=PHONES))
SCHEDULES = few(
    record(
        {},
        freq=words("WEEKLY", "DAILY"),
        byday=words("MO", "?"),
        opens_at=words("09:00", "9 am", "10:00:00"),
        valid_from=words("2026-01-01", "soon"),
        until=words("2026-12-31"),
        interval=st.integers(1, 3),
        notes=TEXT,
    )
)
ADDRESSES = few(
    record(
        dict.fromkeys(("address_1", "city", "state_province", "postal_code", "country"), TEXT)
        | {"address_type": words("physical", "postal")}
    ),
    1,
)
LOCATIONS = record(
    {"id": st.just(HALL), "location_type": words("physical", "virtual")},
    name=TEXT,
    latitude=st.floats(-91, 91) | TEXT,
    longitude=st.floats(-180, 180),
    phones=PHONES,
    addresses=ADDRESSES,
)
FEW_UUIDS = words(*(HALL.replace("9d", f"{number}d") for number in range(3)))  # told again, and told otherwise
TERMS = record({"name": TEXT}, code=TEXT, taxonomy=st.just("Open Eligibility"), id=UUIDS | FEW_UUIDS, parent_id=UUIDS)
PROGRAMS = record({"id": FEW_UUIDS, "name": TEXT}, description=TEXT, x_more=PLAIN)
CAPACITIES = few(
    record(
        {"unit": TEXT | TEXT.map(lambda name: {"name": name}), "available": st.integers(0, 5)},
        updated=st.just("2026-01-02T03:04:05Z"),
    ),
    1,
)
PLACES = record({"id": st.just(SHOP), "location_id": st.just(HALL)}, phones=PHONES, description=TEXT)
SERVICES = st.builds(
    lambda fields, own: {**fields, **own},
    record(
        {"id": words(BOXES, "s-1"), "name": TEXT, "status": words("active", "inactive")},
        minimum_age=st.integers(0, 130) | TEXT,
        maximum_age=words("99+"),
        last_modified=words("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05-06:00", "x"),
        phones=PHONES,
        contacts=CONTACTS,
        languages=LANGUAGES,
        schedules=SCHEDULES,
        capacities=CAPACITIES,
        attributes=few(record({"taxonomy_term": TERMS})),
        service_areas=few(record({"name": TEXT}), 1),
        funding=few(record({"source": TEXT}), 1),
        program=PROGRAMS,
        service_at_locations=few(PLACES, 1),
    ),
    OWN_FIELDS,
)
ORGANIZATIONS = st.builds(
    lambda fields, own: {**fields, **own},
    record(
        {"id": words(PANTRY, "o-1"), "name": TEXT, "services": few(SERVICES, 1), "locations": few(LOCATIONS, 1)},
        description=TEXT,
        phones=PHONES,
        contacts=CONTACTS,
        programs=few(PROGRAMS).filter(lambda programs: len({program["id"] for program in programs}) == len(programs)),
        website=st.just("https://a.example") | TEXT,
        year_incorporated=st.integers(1900, 2000) | TEXT,
    ),
    OWN_FIELDS,
)
TAXONOMIES = record({"id": UUIDS, "name": TEXT, "kind": st.just("taxonomy")}, version=TEXT, uri=TEXT, x_more=PLAIN)
LONE_TERMS = st.builds(
    lambda term, own: {**term, **own}, TERMS, record({"kind": st.just("taxonomy_term")}, x_more=PLAIN)
)
DIRECTORIES = st.builds(
    lambda organization, further: [organization, *further], ORGANIZATIONS, few(TAXONOMIES | LONE_TERMS)
)
