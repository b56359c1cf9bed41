"""How the oracle reads one service: hours, places and who it takes, checked against written-out answers."""

import pytest
from oracle import brute
from oracle.reading import Case
from oracle.tiny import ALL_WEEK, ALWAYS, bundle, need, organization, profile, service

HOTLINE = organization("hotline")


def hours_at(at, *rows):
    """Return the status and the local opening time of a service with these schedule rows."""
    org = organization("org", service("a", "food", schedules=list(rows)))
    case = Case(bundle(HOTLINE, org), profile(need("food"), at=at))
    status, opens_at = case.hours("a")
    return status, opens_at and opens_at.astimezone(case.zone).isoformat()


def row(byday, opens_at, closes_at, **more):
    """Return a weekly row."""
    return {"freq": "WEEKLY", "byday": byday, "opens_at": opens_at, "closes_at": closes_at, **more}


@pytest.mark.parametrize(
    ("at", "rows", "expected"),
    [
        ("2026-03-02T16:59:00-06:00", [row("MO", "09:00", "17:00")], ("open", None)),
        ("2026-03-02T17:00:00-06:00", [row("MO", "09:00", "17:00")], ("opens_later", "2026-03-09T09:00:00-05:00")),
        ("2026-03-02T09:00:00-06:00", [row("MO", "09:00", "17:00")], ("open", None)),
        ("2026-03-02T23:59:30-06:00", [row("MO", "09:00", "23:59")], ("open", None)),
        ("2026-03-03T05:59:00-06:00", [row("MO", "20:00", "06:00")], ("open", None)),
        ("2026-03-02T05:00:00-06:00", [row("MO", "20:00", "06:00")], ("opens_later", "2026-03-02T20:00:00-06:00")),
        ("2026-03-03T05:00:00-06:00", [row(ALL_WEEK, "20:00", "06:00", valid_to="2026-03-02")], ("open", None)),
        ("2026-03-03T07:00:00-06:00", [row(ALL_WEEK, "20:00", "06:00", valid_to="2026-03-02")], ("unknown", None)),
        (
            "2026-03-02T10:00:00-06:00",
            [row(ALL_WEEK, "09:00", "17:00", valid_from="2026-05-01")],
            ("opens_later", "2026-05-01T09:00:00-05:00"),
        ),
        ("2026-03-02T10:00:00-06:00", [row("TU", "09:00", "17:00"), {"freq": "MONTHLY"}], ("unknown", None)),
        ("2026-03-02T10:00:00-06:00", [row("MO", "09:00", "17:00"), {"freq": "MONTHLY"}], ("open", None)),
        ("2026-03-02T10:00:00-06:00", [row("MO", "09:00", "17:00", interval=2)], ("unknown", None)),
        ("2026-03-02T10:00:00-06:00", [], ("unknown", None)),
        ("2026-03-02T15:30:00+00:00", [row("MO", "09:00", "17:00")], ("open", None)),
    ],
)
def test_hours(at, rows, expected):
    """Local days and minutes, nights that run over, dated rows, and other forms of schedule."""
    assert hours_at(at, *rows) == expected


def test_waiting_over_a_change_of_clocks_is_counted_in_real_hours():
    """From Saturday 22:00 to Sunday 09:00 on the night that loses an hour: 10 hours, and 1 to call, for `later`."""
    org = organization("org", service("a", "food", schedules=[row("SU", "09:00", "17:00")]))

    path = brute.best_paths(bundle(HOTLINE, org), profile(need("food", "later"), at="2026-03-07T22:00:00-06:00"))[0]

    assert path.terms["delay"] == 10 + 1


@pytest.mark.parametrize(
    ("urgency", "opens", "reasons"),
    [
        ("now", row("MO", "11:00", "12:00"), {"closed"}),
        ("today", row("MO", "23:30", "23:59"), set()),
        ("today", row("TU", "00:00", "06:00"), {"closed"}),
        ("this_week", row("MO", "09:00", "09:30"), set()),  # Monday a week later, an hour earlier: the clocks changed
        ("this_week", row(ALL_WEEK, "09:00", "10:00", valid_from="2026-03-10"), {"closed"}),
        ("later", row(ALL_WEEK, "09:00", "10:00", valid_from="2026-08-01"), set()),
    ],
)
def test_how_soon_each_urgency_asks_for(urgency, opens, reasons):
    """now: open; today: before midnight; this week: within 168 hours; later: at some time."""
    org = organization("org", service("a", "food", schedules=[opens]))

    assert Case(bundle(HOTLINE, org), profile(need("food", urgency))).shut("a", urgency, "food") == reasons


def test_a_full_service_is_out_for_now_and_today():
    """Later it costs 40; stale rows cost 10, and 24 hours is not older than 24 hours."""

    def capacity(*rows):
        org = organization("org", service("a", "food", capacities=list(rows)))
        case = Case(bundle(HOTLINE, org), profile(need("food")))
        shut = [bool(case.shut("a", urgency, "food")) for urgency in ("now", "today", "this_week", "later")]
        return case.capacity("a", "food"), shut

    free = {"available": 1, "updated": "2026-03-01T10:00:00-06:00"}
    full = {"available": 0, "updated": "2026-03-02T09:00:00-06:00"}
    assert capacity(free) == ("available", [False] * 4)
    assert capacity({**free, "updated": "2026-03-01T09:59:00-06:00"})[0] == "stale"
    assert capacity(full) == ("full", [True, True, False, False])
    assert capacity(full, free)[0] == "available"
    assert capacity(full, {"available": 5})[0] == "stale"
    assert capacity(full, {**full, "available": None})[0] == "unknown"
    assert capacity()[0] == "unknown"


@pytest.mark.parametrize(
    ("test", "client", "fields", "answer"),
    [
        ("age", {"age": 17}, {"maximum_age": 17}, "yes"),
        ("age", {"age": 18}, {"maximum_age": 17}, "no"),
        ("age", {"age": {"min": 16, "max": 19}}, {"minimum_age": 18}, "unknown"),
        ("age", {"age": None}, {"minimum_age": 18}, "unknown"),
        ("age", {"age": None}, {}, "yes"),
        ("gender", {"gender": None}, {"genders": ["female"]}, "unknown"),
        ("gender", {"gender": "male"}, {"genders": ["female"]}, "no"),
        ("gender", {"gender": None}, {}, "yes"),
        ("language", {"languages": ["es"]}, {}, "unknown"),
        ("language", {"languages": ["en-GB"]}, {}, "yes"),
        ("language", {"languages": ["es-MX"]}, {"languages": [{"code": "es"}]}, "yes"),
        ("language", {"languages": ["es"]}, {"languages": [{"code": "es-MX"}]}, "unknown"),
        ("language", {"languages": ["es", "vi"]}, {"languages": [{"code": "vi"}]}, "yes"),
        ("language", {"languages": ["es"]}, {"languages": [{"code": "vi"}]}, "no"),
        ("language", {"languages": []}, {"interpretation_services": "by phone"}, "yes"),
        ("language", {"languages": ["vi"]}, {"interpretation_services": "by phone"}, "yes"),
        ("language", {"languages": ["quc"]}, {"interpretation_services": "by phone"}, "unknown"),
        ("language", {"languages": ["ase"]}, {"interpretation_services": "by phone"}, "unknown"),
        ("language", {"languages": ["ase"]}, {"languages": [{"code": "ase"}]}, "yes"),
        ("language", {"languages": []}, {"languages": [{"code": "vi"}]}, "yes"),
        ("area", {"area": "travis"}, {"service_areas": [{"name": "us-tx"}]}, "yes"),
        ("area", {"area": "us-tx"}, {"service_areas": [{"name": "travis"}]}, "unknown"),
        ("area", {"area": None}, {"service_areas": [{"name": "travis"}]}, "unknown"),
        ("area", {"area": None}, {}, "yes"),
        ("trait", {"traits": {"runaway": True}}, {"only": ["runaway"]}, "yes"),
        ("trait", {"traits": {}}, {"only": ["runaway"]}, "unknown"),
        ("trait", {"traits": {"runaway": False}}, {"only": ["runaway", "pregnant"]}, "no"),
        ("trait", {"traits": {"runaway": None}}, {"not": ["runaway"]}, "yes"),
        ("trait", {"traits": {"runaway": True, "pregnant": None}}, {"not": ["runaway", "pregnant"]}, "no"),
    ],
)
def test_eligibility_has_three_values(test, client, fields, answer):
    """Unknown is never read as yes and never as no."""
    org = organization("org", service("a", "food", **fields))
    case = Case(bundle(HOTLINE, org), profile(need("food"), client=client))

    assert getattr(case, test)(case.services["a"]) == answer
    assert bool(brute.best_paths(case.bundle, case.profile)) is (answer == "yes" or test == "language")


@pytest.mark.parametrize(
    ("code", "client", "fields", "entries", "points"),
    [
        ("food", {"traits": {"runaway": None}}, {"not": ["runaway"]}, [("trait", "client.traits.runaway")], (30, 0)),
        ("food", {"languages": ["vi"]}, {}, [("language", "client.languages")], (0, 60)),
        ("food", {"with": [{"age": 3}]}, {"minimum_age": 18}, [], (0, 0)),
        ("transportation", {"with": [{"age": 3}]}, {"minimum_age": 18}, [("companions", "client.with")], (30, 0)),
        ("transportation", {"with": [{"age": 3}]}, {"minimum_age": 18, "companions": True}, [], (0, 0)),
    ],
)
def test_what_the_agency_itself_will_ask_is_listed_and_paid(code, client, fields, entries, points):
    """Thirty for traits and companions, sixty for a language; those who come along count for a ride."""
    org = organization("org", service("a", code, **fields))
    case = Case(bundle(HOTLINE, org), profile(need(code), client=client))

    assert (case.confirms("a", code), case.confirm_points("a", code, "warm")) == (entries, points)
    assert case.is_usable("a", code)


def test_who_comes_along_may_close_a_ride():
    """Where it says so, and where a child would ride beside an adult; a refusal names what does not fit."""
    org = organization("org", service("a", "transportation", maximum_age=17, companions=False))
    with_boy = profile(need("transportation"), client={"age": 17, "with": [{"age": 3, "gender": "male"}]})
    with_man = profile(need("transportation"), client={"age": 17, "with": [{"age": 25, "gender": "male"}]})
    says_nothing = organization("org", service("a", "transportation", maximum_age=17))

    assert Case(bundle(HOTLINE, org), with_boy).companions_at("a", "transportation") == "yes"
    assert Case(bundle(HOTLINE, org), with_man).companions_at("a", "transportation") == {"age"}
    assert Case(bundle(HOTLINE, says_nothing), with_man).companions_at("a", "transportation") == {"age"}


def test_an_opening_closes_where_no_other_touches_it():
    """Joined over midnight; none within seven days, or a row in another form, is no time at all."""

    def closes(*rows):
        org = organization("org", service("a", "food", schedules=list(rows)))
        found = Case(bundle(HOTLINE, org), profile(need("food"))).closes_at("a")
        return None if found is None else found.isoformat()

    assert closes(row("MO", "09:00", "12:00"), row("MO", "12:00", "17:00")) == "2026-03-02T23:00:00+00:00"
    assert closes(row("MO", "09:00", "23:59"), row("TU", "00:00", "02:00")) == "2026-03-03T08:00:00+00:00"
    assert closes(*ALWAYS) is None
    assert closes(row("MO", "09:00", "17:00"), {"freq": "MONTHLY"}) is None


def test_always_open_means_always():
    """00:00 to 23:59 every day has no closed minute."""
    assert hours_at("2026-03-03T00:00:00-06:00", *ALWAYS)[0] == "open"
