"""The map, held against the router asked pair by pair, and with each agency taken away; its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from drawn_coalitions import drawn
from length import draws
from loaded import Loader
from numpy.typing import NDArray

import routing
from service import demo
from service.coalition import Map, draw_map, visible_directory_of
from service.documents.document import parse_document

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
PROBE = routing.Organization("probe", "Probe", basis="community", membership="active")
SOME_AREAS = ("state", "south", "north-town")
OTHER = frozenset({"other"})
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class WithProbe:
    """The rules of a map, for a directory with one more member, who sends no packets."""

    rules: routing.HopRules

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        return np.array(
            [transfer.holder != "probe" and bool(self.rules.may_send([transfer])[0]) for transfer in transfers],
            np.bool_,
        )

    def hindrances(self, transfer: routing.Transfer) -> frozenset[str]:
        return frozenset() if self.may_send([transfer]).all() else frozenset({"consent"})

    def only_by_consent(self) -> frozenset[str]:
        return frozenset()

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset()


def paths(
    directory: routing.Directory,
    rules: routing.HopRules,
    origin: str,
    kind: str,
    area: str,
    completed: Iterable[str] = (),
) -> tuple[routing.Path, ...]:
    """Ask the router for one need of a client about whom nothing else is asked."""
    client = routing.Client(
        age_min=30, age_max=30, gender="female", languages=("en", "es"), area=area, completed=frozenset(completed)
    )
    profile = routing.Profile(
        origin=origin, at=AT, client=client, needs=(routing.Need(kind, "later"),), client_present=True
    )
    return routing.find_paths(routing.Request(routing.build_snapshot(directory), profile, rules=WithProbe(rules))).paths


@pytest.mark.parametrize("seed", range(6))
def test_edges_are_the_hand_offs_that_the_router_makes(
    loader: Loader, seed: int, count_compared: Callable[[int], None]
) -> None:
    """For each pair and type: a hand-off, and how close, exactly where the router makes it with what is asked done."""
    directory, snapshot = loader.serve(drawn(seed, plain=True))
    coalition_map = Map(visible_directory_of(snapshot, None), AT)
    everywhere = [replace(service, areas=None) for service in directory.services]

    expected, pairs = set(), 0
    for holder in coalition_map.organizations:
        for other in coalition_map.organizations:
            for kind in sorted({kind for offer in everywhere if offer.organization == other for kind in offer.types}):
                services = tuple(offer for offer in everywhere if offer.organization == other and kind in offer.types)
                alone = replace(directory, services=services)
                completed = set().union(*(service.requires for service in services))
                if holder != other:
                    pairs += 1
                    for path in paths(alone, coalition_map.hand_off_graph.rules, holder, kind, "state", completed)[:1]:
                        expected.add((holder, other, kind, path.steps[0].relationship))

    edges = coalition_map.document()["edges"]
    closest = {}
    for edge in edges:
        for kind in edge["types"]:
            closest.setdefault((edge["from"], edge["to"], kind), edge["relationship"])
    assert {(*key, relationship) for key, relationship in closest.items()} == expected
    count_compared(pairs)


@pytest.mark.parametrize("seed", range(draws(6)))
def test_single_points_are_those_without_whom_the_router_finds_nothing(
    loader: Loader, seed: int, count_compared: Callable[[int], None]
) -> None:
    """Each agency taken away, each need and area routed again: what is lost, and to whom no path leads any more."""
    directory, snapshot = loader.serve(drawn(seed, plain=True))
    directory = replace(directory, organizations=(*directory.organizations, PROBE))
    coalition_map = Map(visible_directory_of(snapshot, None), AT)
    points = {point.organization: point for point in coalition_map.points}

    before, compared = reached(directory, coalition_map.hand_off_graph.rules), 0
    for slug in coalition_map.organizations:
        without = replace(
            directory, services=tuple(service for service in directory.services if service.organization != slug)
        )
        after = reached(without, coalition_map.hand_off_graph.rules)
        compared += len(before)
        point = points.get(slug, routing.SinglePoint(slug, (), ()))
        lost = {(kind, area) for kind, area, _ in before} - {(kind, area) for kind, area, _ in after}
        assert {need for need in point.lost if need[1] in SOME_AREAS} == lost, slug
        gone = {provider for _, _, provider in before} - {provider for _, _, provider in after} - {slug}
        assert gone - hanging_on(coalition_map, slug) <= set(point.cuts_off), slug
        everywhere = {
            provider for _, _, provider in reached(without, coalition_map.hand_off_graph.rules, ("north",))
        } | {provider for _, _, provider in after}
        assert not set(point.cuts_off) & (everywhere - hanging_on(coalition_map, slug)), slug
        assert hanging_on(coalition_map, slug) <= set(point.cuts_off), slug
    count_compared(compared)


def reached(
    directory: routing.Directory, rules: routing.HopRules, areas: Iterable[str] = SOME_AREAS
) -> set[tuple[str, str, str]]:
    """Return (type, area, provider) for all that the router leads the probe to, each provider by itself."""
    triples = set()
    for kind in sorted(set().union(*(service.types for service in directory.services))):
        for provider in sorted({service.organization for service in directory.services if kind in service.types}):
            services = tuple(
                service
                if service.organization == provider
                else replace(service, types=(service.types - {kind}) or OTHER)
                for service in directory.services
            )
            for area in areas:
                if paths(replace(directory, services=services), rules, "probe", kind, area):
                    triples.add((kind, area, provider))
    return triples


@pytest.mark.parametrize("bridge", ["bridge", "zebra"])
def test_who_alone_links_others_is_a_single_point(loader: Loader, bridge: str) -> None:
    """elm <-- bridge --> oak, neither of which anybody else can reach: of two parts of a size the later is cut off."""

    def agency(slug: str, **service: object) -> dict[str, object]:
        own = [{"id": f"{slug}-service", "name": slug, "status": "active", "referral": service}] if service else []
        profile = {"basis": "community", "kind": "health", "membership": "active", "listed": "public"}
        return {"id": slug, "name": slug, "coalition": profile, "services": own}

    behind = {"types": ["food"], "accepts": ["self"], "accepts_from": [bridge]}
    bundle = drawn(1) | {
        "organizations": [agency(bridge), agency("elm", **behind), agency("oak", **behind)],
        "agreements": [], "vocabulary": [],
    }  # fmt: skip
    coalition_map = Map(visible_directory_of(loader.serve(bundle)[1], None), AT)

    assert coalition_map.points == (routing.SinglePoint(bridge, (), ("oak",)),)


def hanging_on(coalition_map: Map, slug: str) -> set[str]:
    """Return those who are not in the largest part of the map once one agency is taken out of it."""
    links = [{edge["from"], edge["to"]} for edge in coalition_map.document()["edges"]]
    whole, parts = parts_of(links), parts_of(link for link in links if slug not in link)
    alone = set().union(*links) - {slug}.union(*parts)
    parts = sorted([*parts, *({node} for node in alone)], key=lambda part: (-len(part), min(part)))
    is_one_less = slug in set().union(*links) and len(parts) > len(whole)
    return set().union(*parts[1:]) if is_one_less else set()


def parts_of(links: Iterable[set[str]]) -> list[set[str]]:
    """Return the connected parts of a graph, each link merging the parts of its ends."""
    parts: list[set[str]] = []
    for link in links:
        parts = [part for part in parts if not part & link] + [link.union(*(part for part in parts if part & link))]
    return parts


def demo_map(loader: Loader) -> Map:
    return Map(visible_directory_of(loader.serve_demo(), None), AT)


def test_each_single_point_says_what_is_lost(loader: Loader) -> None:
    """In the demo host homes are behind one gateway: without it they are lost, though those who give them stay."""
    document = demo_map(loader).document()

    points = {point["organization"]: point for point in document["single_points"]}
    lost = {need["type"] for need in points["open-gate-intake"]["lost"]}
    assert {"host_home", "intake_assessment"} <= lost
    assert "lantern-row" in points["open-gate-intake"]["cuts_off"]
    assert "Lantern Row" in points["open-gate-intake"]["plain"]
    assert all(point["lost"] or point["cuts_off"] for point in points.values())


def test_one_need_alone(loader: Loader) -> None:
    """With a type, edges and losses are about that type."""
    whole = demo_map(loader)
    food = replace(whole, type="food").document()

    assert {kind for edge in food["edges"] for kind in edge["types"]} == {"food"}
    assert {need["type"] for point in food["single_points"] for need in point["lost"]} <= {"food"}


def test_no_two_labels_of_the_picture_overlap(loader: Loader) -> None:
    """Agencies stand in rows of their own; no text leaves the picture; the same bytes each time."""
    coalition_map = demo_map(loader)
    drawing = draw_map(coalition_map)

    assert drawing == draw_map(demo_map(loader))
    root = ElementTree.fromstring(drawing)
    boxes = [box_of(text) for text in root.iter(f"{SVG}text")]
    assert len(boxes) > len(coalition_map.organizations)
    for box, other in combinations(boxes, 2):
        assert box[2] <= other[0] or other[2] <= box[0] or box[3] <= other[1] or other[3] <= box[1], (box, other)
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= float(root.get("width", ""))
        assert bottom <= float(root.get("height", ""))


def box_of(text: ElementTree.Element) -> tuple[float, float, float, float]:
    """Return where a text stands at least: half its size for each letter, so that a real font is never narrower."""
    x, y, size = (float(text.get(name, "")) for name in ("x", "y", "font-size"))
    width = len(text.text or "") * size * 0.5
    left = x - {"start": 0.0, "middle": width / 2, "end": width}[text.get("text-anchor", "start")]
    return left, y - size * 0.75, left + width, y + size * 0.2


def test_what_stays_keeps_its_order(loader: Loader) -> None:
    """One agency more in the coalition: all others stand in the order in which they stood."""
    bundle = parse_document(demo.coalition_bytes())[0]
    before = order_in(draw_map(Map(visible_directory_of(loader.serve(bundle)[1], None), AT)))
    newcomer = {"id": "new-here", "name": "New Here", "coalition": {"basis": "community", "kind": "health"}}
    bundle["organizations"].insert(3, newcomer)
    after = order_in(draw_map(Map(visible_directory_of(loader.serve(bundle)[1], None), AT)))

    assert [name for name in after if name != "New Here"] == before
    assert len(after) == len(before) + 1


def order_in(drawing: str) -> list[str]:
    return [
        group.findtext(f"{SVG}text", "")
        for group in ElementTree.fromstring(drawing).iter(f"{SVG}g")
        if group.find(f"{SVG}circle") is not None
    ]
