"""The map and coverage of more than one document can show: groups and parts, held against what a small map shows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime

import pytest
from drawn_coalitions import AREAS, drawn, same_for_outsiders
from length import draws
from loaded import Loader
from read_in_spanish import names_of, not_in_spanish

from service.coalition import Coverage, Map, coverage, draw_heat_map, draw_map, visible_directory_of, write_graphml
from service.coalition import map as map_module
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.errors import FilterRefused

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A map of more than two agencies is large, a part shows three, and coverage has room for some areas."""
    monkeypatch.setattr(map_module, "MOST_AGENCIES", 2)
    monkeypatch.setattr(map_module, "MOST_IN_PART", 3)
    monkeypatch.setattr(coverage, "MOST_CELLS", 400)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(draws(20)))
def test_groups_count_the_hand_offs_of_their_agencies(loader: Loader, seed: int) -> None:
    """Each pair of agencies counts once, by its closest hand-off, between the groups that the two belong to."""
    coalition_map = Map(visible_directory_of(loader.serve(drawn(seed, plain=True))[1], None), AT)
    document, names = coalition_map.document(), list(coalition_map.groups)
    closest = {}
    for off in coalition_map.hand_off_graph.hand_offs:  # from the closest relationship down
        closest.setdefault((off.holder, off.organization), off.relationship)
    expected = Counter(
        (names.index(coalition_map._groups[holder]), names.index(coalition_map._groups[other]), how)
        for (holder, other), how in closest.items()
    )

    edges = {(edge["from"], edge["to"], edge["relationship"]): edge["pairs"] for edge in document["group_edges"]}
    assert edges == expected
    assert sum(group["organizations"] for group in document["groups"]) == len(coalition_map.all_organizations)
    assert document["left_out"] == {"organizations": len(coalition_map.all_organizations), "single_points": 0}
    assert (document["organizations"], document["edges"], document["complete"]) == ([], [], False)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(8))
def test_what_is_large_depends_on_what_is_seen(loader: Loader, seed: int) -> None:
    """To the byte: map, parts, coverage, their pictures and graphs of a directory without what is hidden."""

    def answer(directory: DirectorySnapshot, outsider: str) -> list[str]:
        visible = visible_directory_of(directory, outsider)
        maps = [Map(visible, AT, of=of) for of in (None, "kind:health", "area:north")]
        maps += [Map(visible, AT, of=f"organization:{slug}") for slug in maps[0].all_organizations[:1]]
        covered = Coverage(visible)
        pictures = [*(draw_map(drawing) for drawing in maps), draw_heat_map(covered)]
        pictures += [write_graphml(drawing.graph) for drawing in maps]
        return [*(json.dumps(drawing.document()) for drawing in maps), json.dumps(covered.document()), *pictures]

    same_for_outsiders(loader, seed, answer)


@pytest.mark.usefixtures("small")
def test_what_is_hidden_is_no_part(loader: Loader) -> None:
    """An agency that the caller may not see is refused in the words for one that is not there."""
    directory = loader.serve_demo()
    outside = visible_directory_of(directory, "bright-basin-dental")
    hidden = next(
        slug
        for slug in Map(visible_directory_of(directory, None), AT).all_organizations
        if slug not in outside.organizations
    )

    problems = set()
    for of in (f"organization:{hidden}", "organization:nobody-here", "kind:nothing", "area:atlantis", "agency:x", "x"):
        with pytest.raises(FilterRefused) as refusal:
            Map(outside, AT, of=of)
        problems.add(refusal.value.problem)
    assert len(problems) == 1


@pytest.mark.parametrize("seed", range(draws(10)))
def test_a_part_shows_what_the_whole_shows_of_it(loader: Loader, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hand-offs between agencies of a part are those of a map small enough to show all, rules and all."""
    visible = visible_directory_of(loader.serve(drawn(seed, plain=True))[1], None)
    whole = Map(visible, AT).document()
    monkeypatch.setattr(map_module, "MOST_AGENCIES", 2)
    for of in ("kind:dv_shelter", "kind:health", *(f"area:{area}" for area in AREAS)):
        part = Map(visible, AT, of=of).document()
        here = {organization["slug"] for organization in part["organizations"]}
        assert part["edges"] == [edge for edge in whole["edges"] if {edge["from"], edge["to"]} <= here]
        assert part["complete"]
    for agency in whole["organizations"]:
        around = Map(visible, AT, of=f"organization:{agency['slug']}").document()["edges"]
        own = [edge for edge in whole["edges"] if agency["slug"] in (edge["from"], edge["to"])]
        assert around == own


def test_coverage_of_too_many_areas_is_of_the_widest(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cell for cell as in the whole, the focus of all areas, and one area is told whole."""
    visible = visible_directory_of(loader.serve(drawn(3))[1], None)
    whole = Coverage(visible).document()
    monkeypatch.setattr(coverage, "MOST_CELLS", 3 * len(whole["bands"]) * len(visible.types))
    part = Coverage(visible).document()

    assert part["areas"] == ["state", "north", "south"]
    assert (part["complete"], whole["complete"], whole["plain"]) == (False, True, None)
    for name in ("cells", "gaps", "thin"):
        assert part[name] == [entry for entry in whole[name] if entry["area"] in part["areas"]]
    assert part["focus"] == whole["focus"]
    monkeypatch.setattr(coverage, "MOST_CELLS", 1)
    town = Coverage(visible, area="north-town").document()
    assert town["complete"]
    assert town["gaps"] == [gap for gap in whole["gaps"] if gap["area"] == "north-town"]


@pytest.mark.usefixtures("small")
def test_what_is_left_out_is_told_in_spanish_too(loader: Loader) -> None:
    """The sentences of groups, of a part, and of coverage."""
    directory = loader.serve_demo()
    visible = visible_directory_of(directory, None)
    documents = [
        replace(Map(visible, AT), of=of).document() for of in (None, "area:demo-north", "kind:victim_services")
    ] + [Coverage(visible).document()]

    assert all(document["plain"] for document in documents[:2] + documents[3:])
    assert not_in_spanish(documents, names_of(directory)) == []
