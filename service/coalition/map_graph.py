"""The map as a graph of networkx: its lines, whom it cannot spare, and files for other programs. Pure.

A node is an organization, by its slug, or a group of a large map, by its number. An edge has its closest
`relationship`, and under the name of each relationship what goes by it: service types, separated by spaces, or the
number of pairs between two groups. All attributes are plain values, so that every format holds the same graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import networkx as nx

import routing


def lines(graph: nx.DiGraph) -> Iterator[tuple[str, str, str, Any]]:
    """Yield (holder, recipient, relationship, what goes by it), of each pair the closest relationship first."""
    for holder, recipient, data in graph.edges(data=True):
        for relationship in routing.RELATIONSHIPS:
            if relationship in data:
                yield holder, recipient, relationship, data[relationship]


def find_cut_off(links: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return each node whose loss splits the graph of `links`, with the nodes outside the largest part that is left.

    >>> find_cut_off([("ash", "elm"), ("elm", "oak")])
    {'elm': {'oak'}}
    """
    graph, cut_off = nx.Graph(links), dict[str, set[str]]()
    routing.checkpoint()
    for node in [*nx.articulation_points(graph)]:
        routing.checkpoint()
        neighbors = [*graph[node]]
        graph.remove_node(node)
        parts = sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part)))
        cut_off[node] = set().union(*parts[1:])
        graph.add_edges_from((node, neighbor) for neighbor in neighbors)
    return cut_off


def write_graphml(graph: nx.DiGraph) -> str:
    """Return a graph as GraphML, which Gephi, yEd and Cytoscape read; the same text for the same graph."""
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def write_node_link(graph: nx.DiGraph) -> str:
    """Return a graph as node-link JSON, which D3 and networkx read."""
    return json.dumps(nx.node_link_data(graph, edges="edges"), ensure_ascii=False)
