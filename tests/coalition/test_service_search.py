"""The search of services, held against the directory looked at service by service; and nothing hidden in it."""

from __future__ import annotations

from datetime import datetime
from itertools import product

import pytest
from drawn_coalitions import drawn
from loaded import Loader

import routing
from service import demo
from service.coalition import ServiceSearch, VisibleDirectory, visible_directory_of
from service.documents.document import parse_document

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
ALL = {"page": 1, "per_page": 10_000}


def found_by(search: ServiceSearch) -> dict[str, bool]:
    """Each service that was found, and whether it surely fits."""
    items = search.document(**ALL)["items"]
    return {service["slug"]: service["sure"] for item in items for service in item["services"]}


def expected(visible: VisibleDirectory, type: str | None, area: str | None, age: int | None) -> dict[str, bool]:  # noqa: A002
    """The same by the survey of one service at a time, asked about each age in turn where none is given."""
    snapshot, sure_by_slug = visible.snapshot, {}
    for service in snapshot.services:
        if not service.active or (type is not None and type not in service.types):
            continue
        ages = [age] if age is not None else range(routing.OLDEST + 1)
        verdicts = {verdict(service, snapshot, area, age) for age in ages}
        if verdicts & {"yes", "unknown"}:
            sure_by_slug[service.slug] = "yes" in verdicts
    return sure_by_slug


def verdict(service: routing.Service, snapshot: routing.Snapshot, area: str | None, age: int) -> str:
    """Read from the record alone whether a service takes somebody of an age there."""
    low, high = service.minimum_age, service.maximum_age
    if (low is not None and age < low) or (high is not None and age > high):
        return "no"
    unknown = not service.limits_known and (low is None or high is None)
    if area is not None and service.areas is not None:
        around, code = set[str](), area
        while code is not None:
            around.add(code)
            code = snapshot.areas[code].within  # type: ignore[assignment]
        if not around & service.areas:
            inside = any(area in chain(snapshot, served_area) for served_area in service.areas)
            if service.areas_known and not inside:
                return "no"
            unknown = True
    return "unknown" if unknown else "yes"


def chain(snapshot: routing.Snapshot, code: str | None) -> set[str]:
    """The areas around an area, itself among them."""
    areas = set[str]()
    while code is not None:
        areas.add(code)
        code = snapshot.areas[code].within
    return areas


@pytest.mark.parametrize("seed", range(6))
def test_filters_find_what_the_records_say(loader: Loader, seed: int) -> None:
    """By need, area and age, alone and together: each service that takes such a client, and no other."""
    visible = visible_directory_of(loader.serve(drawn(seed))[1], None)
    types = [None, *sorted({code for service in visible.snapshot.services for code in service.types})[:3]]
    areas = [None, *visible.areas[:4]]

    for code, area, age in product(types, areas, (None, 4, 16, 40)):
        services = found_by(ServiceSearch(visible, AT, type=code, area=area, age=age))
        assert services == expected(visible, code, area, age), (code, area, age)


@pytest.fixture(scope="module")
def visible(loader: Loader) -> VisibleDirectory:
    return visible_directory_of(loader.serve_demo(), None)


def test_what_is_open_now_is_open_by_its_hours(visible: VisibleDirectory) -> None:
    """Whatever opens later is left out; where the hours are not known it may be, and is not sure."""
    every, now = found_by(ServiceSearch(visible, AT)), found_by(ServiceSearch(visible, AT, open_now=True))
    hours = {
        service.slug: routing.availability(service, AT, visible.snapshot.zone).status
        for service in visible.snapshot.services
    }

    assert now.keys() == {slug for slug in every if hours[slug] in ("open", "unknown")}
    assert 0 < len(now) < len(every)
    assert all(hours[slug] == "open" for slug, sure in now.items() if sure)


@pytest.mark.parametrize("words", ["CRISIS line", "línea", "heron", "cama noche", "zz top"])
def test_words_are_found_whatever_their_case_and_accents(visible: VisibleDirectory, words: str) -> None:
    """All of them, in the names of the agency, the service and its needs in either language; folded alike."""
    folded = ServiceSearch(visible, AT, words=words.replace("í", "i").upper()).document(**ALL)

    assert ServiceSearch(visible, AT, words=words).document(**ALL) == folded
    assert (0 < len(folded["items"]) < len(visible.organizations)) is (words != "zz top")


def test_pages_hold_every_agency_once_the_sure_ones_first(visible: VisibleDirectory) -> None:
    """Together the pages are the whole, in one order."""
    search = ServiceSearch(visible, AT, language="vi")
    whole = search.document(**ALL)
    pages = [search.document(page=number, per_page=7)["items"] for number in range(1, 9)]

    assert [item for page in pages for item in page] == whole["items"]
    sure = [any(service["sure"] for service in item["services"]) for item in whole["items"]]
    assert sure == sorted(sure, reverse=True)


def test_only_words_find_an_agency_without_services(loader: Loader) -> None:
    """It stands in a list of all, and in none by need, area, age, language or hours."""
    bundle = parse_document(demo.coalition_bytes())[0]
    bundle["organizations"].append({"id": "new-here", "name": "New Here", "services": []})
    visible = visible_directory_of(loader.serve(bundle)[1], None)

    def slugs(**filters: object) -> set[str]:
        return {item["slug"] for item in ServiceSearch(visible, AT, **filters).document(**ALL)["items"]}  # type: ignore[arg-type]

    assert "new-here" in slugs()
    assert slugs(words="new here") == {"new-here"}
    for filters in ({"age": 15}, {"open_now": True}, {"language": "es"}, {"area": "demo-north"}, {"type": "food"}):
        assert "new-here" not in slugs(**filters)


@pytest.mark.parametrize(
    ("words", "found"), [("sheltr", "emergency_shelter"), ("food bank", "food"), ("deaf", None), ("spansh", None)]
)
def test_search_understands_typos_and_everyday_words(visible: VisibleDirectory, words: str, found: str | None) -> None:
    """Typing errors, everyday words for a need, and languages are understood. Nonsense finds nothing."""
    items = ServiceSearch(visible, AT, words=words).document(**ALL)["items"]
    types = {code for item in items for service in item["services"] for code in service["types"]}

    assert 0 < len(items) < len(visible.organizations)
    assert found is None or found in types
    assert ServiceSearch(visible, AT, words="qqzzxw").document(**ALL)["items"] == []
