"""What is due: each kind by a case and its near miss, told to whom it concerns, and as a calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from drawn_coalitions import Bundle, drawn
from icalendar import Calendar
from loaded import Loader

import policies
from service.coalition import DueItems, draw_calendar, visible_directory_of

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
READ, ADMIN = frozenset({"directory:read"}), frozenset({"directory:read", "directory:admin"})


def quiet() -> Bundle:
    """Return a coalition of two in which nothing is due."""
    service = {
        "id": "beds",
        "name": "Beds",
        "status": "active",
        "schedules": [{"freq": "WEEKLY", "byday": "MO", "opens_at": "08:00", "closes_at": "20:00"}],
        "capacities": [{"unit": "bed", "available": 1, "maximum": 2, "updated": "2026-03-02T08:00:00-06:00"}],
        "referral": {"types": ["emergency_shelter"]},
    }
    first: Bundle = {
        "id": "one",
        "name": "One",
        "phones": [{"number": "555-0100", "type": "voice"}],
        "contacts": [{"title": "spokesperson", "name": "A", "until": "2027-06-01", "successor": "B"}],
        "coalition": {
            "basis": "community",
            "kind": "victim_services",
            "membership": "active",
            "declared": {"on": "2026-01-01", "review_by": "2027-01-01"},
        },
        "services": [service],
    }
    second = {"id": "two", "name": "Two", "coalition": {"basis": "systems", "kind": "court", "membership": "active"}}
    agreement = {
        "id": "mou",
        "between": ["one", "two"],
        "level": "coalition",
        "type": "mou",
        "status": "signed",
        "effective": "2025-01-01",
        "expires": "2027-01-01",
    }
    return {
        "coalition": {"slug": "quiet", "name": "Quiet", "timezone": "America/Chicago", "policy_packs": ["federal"]},
        "areas": [{"code": "north", "name": "North"}],
        "organizations": [first, second],
        "agreements": [agreement],
    }


def items(loader: Loader, bundle: Bundle, organization: str | None = None, **more: Any) -> list[tuple[str, str, str]]:
    due = DueItems(visible_directory_of(loader.serve(bundle)[1], organization, READ), AT, **more)
    return [(item.kind, item.organization, item.due.isoformat()) for item in due.items()]


def test_in_a_quiet_coalition_nothing_is_due(loader: Loader) -> None:
    """The base of all cases below."""
    assert items(loader, quiet()) == []


def test_an_agreement_ends_for_each_of_its_parties(loader: Loader) -> None:
    """Within the time asked for, its last day included, and not a day before."""
    bundle = quiet()
    bundle["agreements"][0]["expires"] = "2026-05-01"  # sixty days from the second of March

    ends = [("agreement_ends", "one", "2026-05-01"), ("agreement_ends", "two", "2026-05-01")]
    assert items(loader, bundle) == ends
    assert items(loader, bundle, within=timedelta(days=59)) == []
    assert items(loader, bundle, "two") == ends[1:]


@pytest.mark.parametrize(
    ("changes", "kind", "day"),
    [
        ({"expires": "2026-03-01"}, "agreement_ended", "2026-03-01"),
        ({"status": "ended", "expires": None}, "agreement_ended", "2026-03-02"),
        ({"status": "draft", "effective": None}, "agreement_unsigned", "2026-03-02"),
        ({"status": "suspended"}, "agreement_suspended", "2026-03-02"),
        ({"expires": "2026-03-02"}, "agreement_ends", "2026-03-02"),
    ],
)
def test_what_an_agreement_can_be_due_for(loader: Loader, changes: Bundle, kind: str, day: str) -> None:
    """Ended, unsigned and on hold; on its last day it is still in force."""
    bundle = quiet()
    bundle["agreements"][0] |= changes

    assert items(loader, bundle, "one") == [(kind, "one", day)]


def test_an_agreement_with_a_follower_is_not_due(loader: Loader) -> None:
    """An ended one is over and done with where another of the same parties is in force."""
    bundle = quiet()
    bundle["agreements"].append({**bundle["agreements"][0], "id": "old", "expires": "2025-12-31"})

    assert items(loader, bundle) == []


def test_a_term_ends_and_somebody_follows_or_not(loader: Loader) -> None:
    """Without a successor that is an item of its own."""
    bundle = quiet()
    contact = bundle["organizations"][0]["contacts"][0]
    contact["until"] = "2026-04-01"
    assert items(loader, bundle) == [("contact_term_ends", "one", "2026-04-01")]

    del contact["successor"]
    assert items(loader, bundle) == [
        ("contact_term_ends", "one", "2026-04-01"),
        ("contact_without_successor", "one", "2026-04-01"),
    ]


def test_reviews_counts_words_and_gaps_in_a_record(loader: Loader) -> None:
    """A review by its day; the rest today."""
    bundle = quiet()
    agency, _ = bundle["organizations"]
    agency["coalition"]["declared"]["review_by"] = "2026-03-20"
    agency["services"][0]["capacities"][0]["updated"] = "2026-03-01T09:59:00-06:00"
    agency["services"].append({"id": "talk", "name": "Talk", "status": "active", "referral": {"types": ["food"]}})
    agency["services"].append({"id": "gone", "name": "Gone", "status": "defunct", "referral": {"types": ["food"]}})
    bundle["vocabulary"] = [
        {"term": "safe house", "organization": "one", "means": "emergency_shelter"},
        {"term": "Safe  House", "organization": "two", "means": "long_term_safe_house"},
    ]

    assert items(loader, bundle) == [
        ("beds_not_counted", "one", "2026-03-02"),
        ("service_incomplete", "one", "2026-03-02"),
        ("word_undecided", "one", "2026-03-02"),
        ("word_undecided", "two", "2026-03-02"),
        ("declaration_review", "one", "2026-03-20"),
    ]
    [plain] = [
        item.plain
        for item in DueItems(visible_directory_of(loader.serve(bundle)[1], None), AT).items()
        if "Talk" in item.plain
    ]
    assert plain == "Talk leaves open: its hours."


@pytest.mark.parametrize(("phone_type", "missing"), [("fax", True), ("voice", False)])
def test_a_number_that_nobody_answers_is_none_to_call(loader: Loader, phone_type: str, missing: bool) -> None:
    bundle = quiet()
    bundle["organizations"][0]["phones"] = [{"number": "555-0100", "type": phone_type}]

    assert [kind for kind, *_ in items(loader, bundle)] == ["service_incomplete"] * missing


def test_a_count_of_a_day_ago_still_stands(loader: Loader) -> None:
    """Twenty-four hours, and not a minute more."""
    bundle = quiet()
    bundle["organizations"][0]["services"][0]["capacities"][0]["updated"] = "2026-03-01T10:00:00-06:00"

    assert items(loader, bundle) == []


@pytest.mark.parametrize("seed", range(6))
def test_nobody_learns_of_anothers_weak_points(loader: Loader, seed: int) -> None:
    """Each reads its own items alone; with `directory:admin` a member reads all, anybody else no more."""
    bundle = drawn(seed)
    _, directory = loader.serve(bundle)
    every = DueItems(visible_directory_of(directory, None), AT, timedelta(days=900)).items()

    for organization in bundle["organizations"]:
        slug = organization["id"]
        own = DueItems(visible_directory_of(directory, slug, READ), AT, timedelta(days=900)).items()
        assert all(item.organization == slug for item in own)
        everything = DueItems(visible_directory_of(directory, slug, ADMIN), AT, timedelta(days=900)).items()
        if organization["coalition"]["membership"] == "none":
            assert everything == own
        else:
            assert own == [item for item in every if item.organization == slug]
            assert everything == every


def test_the_calendar_holds_a_whole_day_for_each_item(loader: Loader) -> None:
    """Read back by another reading of RFC 5545: days, sentences, ids of their own; lines of 75 bytes at most."""
    due = DueItems(visible_directory_of(loader.serve_demo(), None), AT)

    text = draw_calendar(due)

    entries = Calendar.from_ical(text).walk("VEVENT")
    assert [(entry["dtstart"].dt, str(entry["categories"].cats[0])) for entry in entries] == [
        (item.due, item.kind) for item in due.items()
    ]
    assert all(type(entry["dtstart"].dt) is date for entry in entries)
    assert all(item.plain in str(entry["summary"]) for item, entry in zip(due.items(), entries, strict=True))
    assert len({str(entry["uid"]) for entry in entries}) == len(entries) > 20
    assert all(len(line) <= 75 for line in text.encode().split(b"\r\n"))
    assert text == draw_calendar(due)


def test_law_that_was_read_a_year_ago_is_due_for_each_member_as_its_own(loader: Loader) -> None:
    """Pack by pack, on the day on which its oldest source turns a year; and the card of a state without a pack."""
    bundle = quiet()
    bundle["areas"] = [{"code": "us-oh", "name": "Ohio"}]
    directory = loader.serve(bundle)[1]
    sources = policies.sources_of(directory.rulebook, [policies.load_states()["us-oh"]])
    first = {
        within: min(source.due for source in sources if source.within == within) for within in ("federal", "us-oh")
    }
    later = datetime.combine(max(first.values()), AT.time(), AT.tzinfo) + timedelta(days=1)

    def dates(at: datetime, reader: str | None) -> set[tuple[str, str, date]]:
        items = DueItems(visible_directory_of(directory, reader, READ), at).items()
        return {(item.organization, item.href, item.due) for item in items if item.kind == "sources_to_read"}

    assert dates(AT, "one") == set()
    for reader, members in (("one", ("one",)), ("two", ("two",)), (None, ("one", "two"))):
        places = (("/v1/policy/rules", first["federal"]), ("/v1/policy/states", first["us-oh"]))
        assert dates(later, reader) == {(member, *place) for member in members for place in places}
    assert dates(later, "stranger") == set()
