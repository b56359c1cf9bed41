"""Coverage, held against the router asked cell by cell; its pictures and tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from xml.etree import ElementTree

import numpy as np
import pytest
from builders import NothingLeaves
from drawn_coalitions import Bundle, drawn
from loaded import Loader

import routing
from service.coalition import Coverage, VisibleDirectory, draw_heat_map, visible_directory_of

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
PROBE = routing.Organization("probe", "Probe", basis="community", kind="victim_services", membership="active")


def takes(
    directory: routing.Directory,
    service: routing.Service,
    kind: str,
    area: str,
    ages: routing.Ages,
    language: str | None = None,
) -> bool:
    """Ask the router whether a service is led to for somebody of these ages there, whom it otherwise takes.

    With a language, that is the client's, and the service must surely have it: nothing of it is to confirm.
    """
    opened = replace(
        service, accepts=frozenset({"self"}), accepts_from=frozenset({"anyone"}), schedules=(), requires=frozenset()
    )
    alone = routing.build_snapshot(
        replace(directory, organizations=(*directory.organizations, PROBE), services=(opened,))
    )
    client = routing.Client(
        age_min=ages[0],
        age_max=ages[1],
        gender=min(service.genders or {"female"}),
        languages=(language or min(service.languages or {"en"}),),
        area=area,
        traits={**dict.fromkeys(service.only, True), **dict.fromkeys(service.excludes, False)},
    )
    need = routing.Need(kind, "later")
    profile = routing.Profile(origin="probe", at=AT, client=client, needs=(need,), client_present=True)
    paths = routing.find_paths(routing.Request(alone, profile, rules=NothingLeaves())).paths
    used = [use for path in paths for step in path.steps for use in step.services]
    return bool(used) and not any(entry.kind == "language" for use in used for entry in use.confirm)


@pytest.mark.parametrize("language", [None, "es", "en"])
@pytest.mark.parametrize("seed", range(6))
def test_every_cell_is_what_the_router_finds(
    loader: Loader, seed: int, language: str | None, count_compared: Callable[[int], None]
) -> None:
    """For each need, area and band: as many services, agencies, gaps and lone agencies as the router leads to."""
    directory, snapshot = loader.serve(drawn(seed))
    document = Coverage(visible_directory_of(snapshot, None), language=language).document()

    expected, compared = {}, 0
    for band in document["bands"]:
        ages = band["min"], band["max"]
        for area in ("state", "north", "south", "north-town"):
            for service in directory.services:
                for kind in service.types:
                    compared += 1
                    if service.active and takes(directory, service, kind, area, ages, language):
                        expected.setdefault((kind, area, ages), []).append(service)

    cells = {key_of(cell): cell for cell in document["cells"] if cell["services"]}
    assert {key: cell["services"] for key, cell in cells.items()} == {key: len(item) for key, item in expected.items()}
    assert {key: cell["organizations"] for key, cell in cells.items()} == {
        key: len({service.organization for service in services}) for key, services in expected.items()
    }
    alone = {key: {service.organization for service in services} for key, services in expected.items()}
    assert {key_of(entry): {entry["organization"]} for entry in document["thin"]} == {
        key: organizations for key, organizations in alone.items() if len(organizations) == 1
    }
    gaps = {key_of(gap) for gap in document["gaps"]}
    assert gaps.isdisjoint(expected)
    assert len(gaps) + len(expected) == len(Coverage(visible_directory_of(snapshot, None), language=language).cells)
    count_compared(compared)


def key_of(place: Bundle) -> tuple[str, str, routing.Ages]:
    return place["type"], place["area"], (place["age"]["min"], place["age"]["max"])


@pytest.mark.parametrize("seed", range(6))
def test_bands_are_cut_where_some_service_begins_or_ends(loader: Loader, seed: int) -> None:
    """Bands cover 0 to 120 without overlap, and no service begins or ends within one."""
    directory, snapshot = loader.serve(drawn(seed))

    bands = routing.age_bands(snapshot.snapshot)

    assert [age for low, high in bands for age in range(low, high + 1)] == list(range(121))
    for service in directory.services:
        if service.active:
            for low, high in bands:
                assert not low < (service.minimum_age or 0) <= high
                assert service.maximum_age is None or not low <= service.maximum_age < high


def test_a_filter_selects_and_changes_nothing_else(loader: Loader) -> None:
    """What is asked for one need, area and age is the part of the whole that is about them."""
    visible = visible_directory_of(loader.serve(drawn(3))[1], None)
    whole = Coverage(visible).document()
    part = Coverage(visible, type="food", area="north", age=12).document()

    def is_match(place: Bundle) -> bool:
        band = place["age"]
        return place["type"] == "food" and place["area"] == "north" and band["min"] <= 12 <= band["max"]

    for name in ("cells", "gaps", "thin"):
        assert part[name] == [place for place in whole[name] if is_match(place)]
    assert part["cells"] or part["gaps"]


def test_unknown_limits_fill_no_gap(loader: Loader) -> None:
    """A service whose ages an import left unsaid is told as unsure, and the need there stays a gap."""
    directory, snapshot = loader.serve(one_shelter())
    [service] = directory.services
    unsure = replace(service, maximum_age=None, limits_known=False)
    visible = visible_directory_of(
        replace(snapshot, snapshot=routing.build_snapshot(replace(directory, services=(unsure,)))), None
    )

    document = Coverage(visible, type="emergency_shelter", area="north").document()

    assert [(cell["age"]["min"], cell["services"], cell["unsure"]) for cell in document["cells"]] == [(11, 0, 1)]
    assert [(gap["age"]["min"], gap["unsure"]) for gap in document["gaps"]] == [(0, 0), (11, 1)]
    assert document["thin"] == []


def one_shelter() -> Bundle:
    bundle = drawn(0)
    bundle["organizations"] = bundle["organizations"][:1]
    bundle["agreements"] = []
    bundle["vocabulary"] = []
    bundle["organizations"][0] |= {"services": []}
    bundle["organizations"][0]["services"] = [
        {
            "id": "beds",
            "name": "Beds",
            "status": "active",
            "minimum_age": 11,
            "maximum_age": 17,
            "service_areas": [{"name": "north"}],
            "referral": {"types": ["emergency_shelter"], "accepts": ["warm"], "accepts_from": ["members"]},
        }
    ]
    bundle["organizations"][0]["coalition"] |= {"membership": "active", "listed": "public"}
    return bundle


def test_a_service_is_counted_by_hours_language_and_door(loader: Loader) -> None:
    """Day and night counts only where no minute of the week is left out; a warm call alone is a referral."""
    bundle = one_shelter()
    beds = bundle["organizations"][0]["services"][0]
    halves = [{**WEEK, "opens_at": "08:00", "closes_at": "20:00"}, {**WEEK, "opens_at": "20:00", "closes_at": "08:00"}]
    beds |= {"schedules": halves, "languages": [{"code": "es"}], "interpretation_services": "by phone"}

    cell = the_cell(loader, bundle)
    assert (cell["always_open"], cell["languages"], cell["any_language"], cell["by_referral_only"]) == (1, ["es"], 1, 1)

    beds["schedules"] = [halves[0], {**halves[1], "byday": "MO,TU,WE,TH,FR,SA"}]
    assert the_cell(loader, bundle)["always_open"] == 0


def the_cell(loader: Loader, bundle: Bundle) -> Bundle:
    visible = visible_directory_of(loader.serve(bundle)[1], None)
    [cell] = Coverage(visible, type="emergency_shelter", area="north").document()["cells"]
    return cell


WEEK = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR,SA,SU"}


def test_a_closing_minute_before_midnight_is_midnight_and_no_other_is() -> None:
    """23:59 means midnight; 23:58 leaves a minute out, and so does a row that has a last day."""

    def week(closes: time, **more: object) -> routing.Schedule:
        return routing.Schedule(frozenset(range(7)), time(0), closes, **more)  # type: ignore[arg-type]

    assert routing.is_always_open([week(time(23, 59))])
    assert routing.is_always_open([week(time(0))])
    assert not routing.is_always_open([week(time(23, 58))])
    assert not routing.is_always_open([week(time(23, 59), valid_to=AT.date())])
    assert not routing.is_always_open([])


def demo_sight(loader: Loader) -> VisibleDirectory:
    return visible_directory_of(loader.serve_demo(), None)


def test_the_focus_of_the_demo_is_where_most_members_serve(loader: Loader) -> None:
    """No other band has more members in it than those of the focus."""
    coverage = Coverage(demo_sight(loader))
    focus, members = coverage.focus(), coverage.visible.members
    snapshot = coverage.visible.snapshot
    survey = routing.Survey(snapshot, coverage.bands)
    anywhere = np.logical_or.reduce([survey.acceptance(area).sure for area in coverage.areas])

    def members_at(low: int) -> set[str]:
        [number] = [number for number, band in enumerate(coverage.bands) if band[0] == low]
        rows = survey.rows[anywhere[number]].tolist()
        return {snapshot.services[row].organization for row in rows if snapshot.services[row].types} & members

    counts = {low: len(members_at(low)) for low, _ in coverage.bands}
    inside = [count for low, count in counts.items() if focus["age"]["min"] <= low <= focus["age"]["max"]]
    assert max(counts.values()) == max(inside) == focus["members"]
    assert min(inside) >= 0.9 * focus["members"]
    assert 1 <= len(focus["types"]) <= 5


def test_the_heat_map_is_a_picture_that_says_what_the_cells_say(loader: Loader) -> None:
    """Well-formed, the same bytes each time, a title for each cell, no text outside of the picture."""
    coverage = Coverage(demo_sight(loader))

    drawing = draw_heat_map(coverage)

    assert drawing == draw_heat_map(Coverage(demo_sight(loader)))
    root = ElementTree.fromstring(drawing)
    titles = root.findall(".//{http://www.w3.org/2000/svg}g/{http://www.w3.org/2000/svg}title")
    assert len(titles) == sum(len(cells) for _, rows in coverage.grids() for cells in rows.values()) > 1000
    for text in root.findall(".//{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(text.get("x", "")) <= float(root.get("width", ""))
        assert 0 <= float(text.get("y", "")) <= float(root.get("height", ""))
