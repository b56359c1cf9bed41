"""What members read of the coalition's work, as outsiders read it: nothing in it tells of what they may not see."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from drawn_coalitions import same_for_outsiders
from loaded import Loader

from service.coalition import (
    Coverage,
    DueItems,
    Exchange,
    Map,
    ServiceSearch,
    draw_calendar,
    draw_heat_map,
    draw_map,
    visible_directory_of,
    write_graphml,
    write_node_link,
)
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
READ = frozenset({"directory:read"})
ALL = {"page": 1, "per_page": 10_000}


def answers(directory: DirectorySnapshot, outsider: str) -> list[str]:
    visible = visible_directory_of(directory, outsider)
    due = DueItems(visible_directory_of(directory, outsider, READ), AT, timedelta(days=900))
    coverage, coalition_map = Coverage(visible), Map(visible, AT)
    filters: tuple[dict[str, object], ...] = ({}, {"words": "a"}, {"age": 15})
    searches = [ServiceSearch(visible, AT, **narrowed).document(**ALL) for narrowed in filters]  # type: ignore[arg-type]
    documents = (coverage.document(), coalition_map.document(), Exchange(visible, AT).document(), due.document())
    pictures = (draw_heat_map(coverage), draw_map(coalition_map), draw_calendar(due))
    graphs = (write_graphml(coalition_map.graph), write_node_link(coalition_map.graph))
    return [json.dumps([*documents, *searches, sorted(visible.served_areas)]), *pictures, *graphs]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_tells_of_what_an_outsider_may_not_see(loader: Loader, seed: int) -> None:
    """To the byte, documents, pictures and graphs are those of a directory without what is hidden."""
    same_for_outsiders(loader, seed, answers)


def test_outsiders_are_compared_at_all(loader: Loader) -> None:
    """Among the drawn coalitions are some that hide somebody, and answers differ by who asks."""
    compared = 0
    for seed in range(100):
        if seed >= 8 and compared > 8:
            break
        compared += same_for_outsiders(loader, seed, lambda *_: None)
    assert compared > 8
    directory = loader.serve_demo()
    mine, theirs = (answers(directory, asker) for asker in ("juniper-bridge-hotline", "bright-basin-dental"))
    assert [mine[at] != theirs[at] for at in range(len(mine))] == [True] * 6
