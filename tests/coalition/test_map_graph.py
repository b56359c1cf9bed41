"""The map as a graph: its files hold what the map's document, table and picture hold; whom it cannot spare."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree

import networkx as nx
import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from drawn_coalitions import drawn
from length import draws
from loaded import Loader
from seeds import fresh_random
from visitors import signed_in

import routing
from service.coalition import Map, visible_directory_of, write_graphml, write_node_link
from service.coalition import map as map_module
from service.coalition.map_graph import find_cut_off, lines
from service.page.words import word
from service.web.bounds import COALITION_S

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
GRAPHML, NODE_LINK, SVG = "application/graphml+xml", "application/vnd.node-link+json", "image/svg+xml"
OUTSIDER = "bright-basin-dental"
PARTS = (None, "kind:health", "area:demo-north", f"organization:{OUTSIDER}")
TITLES = "{http://www.w3.org/2000/svg}title"
Link = tuple[str, str]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("graph"), rate_limit="1000000/minute")) as app:
        yield app


@pytest.mark.parametrize("of", PARTS)
@pytest.mark.parametrize("organization", [HOTLINE, OUTSIDER])
def test_each_form_of_the_map_has_the_same_hand_offs(api: Api, organization: str, of: str | None) -> None:
    """Document, GraphML and node-link JSON all of them; the table without types, the picture those under agreements."""
    bearer = api.bearer("directory:read", organization=organization)
    query = "" if of is None else f"?of={of}"

    def form(media_type: str) -> str:
        answer = api.client.get(f"/v1/coalition/map{query}", headers={**bearer, "Accept": media_type})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media_type)
        return answer.text

    document = json.loads(form("application/json"))
    visitor = signed_in(api, organization, "directory:read")
    table = visitor.get(f"/coalition/map.csv{query}").content.decode("utf-8-sig")
    names = {agency["slug"]: agency["name"] for agency in document["organizations"]}
    edges = {(edge["from"], edge["to"], edge["relationship"]): edge["types"] for edge in document["edges"]}

    assert edges
    for graph in (read_graphml(form(GRAPHML)), read_node_link(form(NODE_LINK))):
        assert {(*pair, how): types.split() for *pair, how, types in lines(graph)} == edges
        assert dict(graph.nodes(data="name")) == names
        assert {slug for slug, is_single in graph.nodes(data="single_point") if is_single} == {
            point["organization"] for point in document["single_points"]
        }
        assert graph.graph == {"directory_version": document["directory_version"], "complete": document["complete"]}
    rows = list(csv.reader(io.StringIO(table)))[1:]
    assert {(holder, how, name) for holder, how, to in rows for name in to.split("; ")} == {
        (names[holder], word("en", f"relationship.{how}"), names[other]) for holder, other, how in edges
    }
    drawn_pairs = {frozenset(title.rpartition(": ")[0].split(", ", 1)) for title in titles(form(SVG))}
    assert {
        frozenset((names[holder], names[other])) for holder, other, how in edges if how != "public" and holder != other
    } == {pair for pair in drawn_pairs if len(pair) == 2 and pair <= {*names.values()}}
    assert visitor.get(f"/coalition/map.graphml{query}").text == form(GRAPHML)
    assert visitor.get(f"/coalition/map.json{query}").text == form(NODE_LINK)


def titles(picture: str) -> list[str]:
    return [title.text or "" for title in ElementTree.fromstring(picture).iter(TITLES)]


def read_graphml(text: str) -> nx.DiGraph:
    graph = nx.parse_graphml(text)
    for default in ("node_default", "edge_default"):  # of the format, not of the map
        assert graph.graph.pop(default) == {}
    return graph


def read_node_link(text: str) -> nx.DiGraph:
    return nx.node_link_graph(json.loads(text), edges="edges")


@pytest.mark.parametrize("most", [2, 200], ids=["groups", "agencies"])
@pytest.mark.parametrize("seed", range(draws(10)))
def test_files_are_read_back_as_the_graph_that_was_written(
    loader: Loader, seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nodes, edges and all that is said of them, in the same text each time; of a large map its groups."""
    monkeypatch.setattr(map_module, "MOST_AGENCIES", most)
    visible = visible_directory_of(loader.serve(drawn(seed))[1], None)
    graph = Map(visible, AT).graph

    assert type(graph) is nx.DiGraph
    assert nx.utils.graphs_equal(read_graphml(write_graphml(graph)), graph)
    assert nx.utils.graphs_equal(read_node_link(write_node_link(graph)), graph)
    assert write_graphml(Map(visible, AT).graph) == write_graphml(graph)


def test_a_name_may_hold_what_xml_escapes_or_forbids(loader: Loader) -> None:
    """What is forbidden is left out, as in pictures; no bundle brings it in, but a record may be older."""
    directory = loader.serve(drawn(1))[1]
    views = {slug: replace(view, name="Ash & <Elm>\x00 House") for slug, view in directory.names.organizations.items()}
    directory = replace(directory, names=replace(directory.names, organizations=views))

    graph = Map(visible_directory_of(directory, None), AT).graph

    assert {*dict(read_graphml(write_graphml(graph)).nodes(data="name")).values()} == {"Ash & <Elm> House"}


@pytest.mark.parametrize("seed", range(draws(100)))
def test_who_is_cut_off_is_who_is_not_in_the_largest_part(seed: int) -> None:
    """Each node of small graphs taken away, by brute force; of parts of a size the first stays."""
    dice = fresh_random(seed)
    nodes, chance = "abcdefghijklm"[: dice.randint(1, 13)], dice.choice([0.08, 0.15, 0.3, 0.7])
    links = [(node, other) for node in nodes for other in nodes if node < other and dice.random() < chance]
    linked, expected = sorted({node for link in links for node in link}), {}
    for node in linked:
        parts = parts_of([other for other in linked if other != node], links)
        if len(parts) > len(parts_of(linked, links)):
            _, *smaller = sorted(parts, key=lambda part: (-len(part), part))
            expected[node] = set().union(*smaller)

    assert find_cut_off(links) == expected


def parts_of(nodes: Sequence[str], links: Iterable[Link]) -> list[list[str]]:
    """Return the connected parts, from each node on to whoever can be reached."""
    near = {node: {other for link in links if node in link for other in link if other in nodes} for node in nodes}
    parts = set[frozenset[str]]()
    for node in nodes:
        part = {node}
        while more := set[str]().union(*(near[member] for member in part)) - part:
            part |= more
        parts.add(frozenset(part))
    return [sorted(part) for part in parts]


def test_the_work_can_be_ended_before_each_agency_that_is_taken_away() -> None:
    """Two of four in a row split it."""
    checks = list[int]()

    with routing.checked_by(lambda: checks.append(1)):
        cut_off = find_cut_off([("ash", "elm"), ("elm", "fir"), ("fir", "oak")])

    assert cut_off == {"elm": {"ash"}, "fir": {"oak"}}
    assert len(checks) == 1 + 2


@pytest.mark.at_length
def test_three_thousand_members_in_a_chain_are_within_the_bound_of_the_map(say: Callable[[str], None]) -> None:
    """No coalition is split by more: each member but two splits the rest."""
    links, start = [(f"agency-{number}", f"agency-{number + 1}") for number in range(2_999)], time.process_time()

    cut_off = find_cut_off(links)

    spent_s = time.process_time() - start
    say(f"map: 3,000 members in a chain are taken away one by one in {spent_s:.1f} s of {COALITION_S} s")
    assert len(cut_off) == 2_998
    assert spent_s < COALITION_S
