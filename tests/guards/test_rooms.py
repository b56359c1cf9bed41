"""The rooms of the house: the picture in the README shows all of them, and imports lead down it only."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import networkx as nx
import pytest
from rooms import PACKAGES, ROOT, modules, names_imported, room_of

DRAWN = re.compile(r"^## Where things are$.*?^```text$(.*?)^```$", re.MULTILINE | re.DOTALL)
Imports = Mapping[str, set[str]]


def imports_between_rooms(root: Path) -> Imports:
    """Return for each room the rooms that it imports from."""
    known = dict(modules(root))
    found: dict[str, set[str]] = defaultdict(set)
    for name, file in known.items():
        package = file.relative_to(root).parts[:-1]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for imported in names_imported(node, package, known):
                if imported.partition(".")[0] in PACKAGES and room_of(imported) != room_of(name):
                    found[room_of(name)].add(room_of(imported))
    return found


def circles(imports: Imports) -> list[list[str]]:
    graph = nx.DiGraph([(room, other) for room, others in imports.items() for other in others])
    return [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1]


def drawn() -> list[str]:
    """Return the rooms as the README's picture has them, from the top left to the bottom right."""
    [picture] = DRAWN.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return [room for line in picture.strip().splitlines() for room in line.partition("  ")[2].split()]


def upward(imports: Imports, order: list[str]) -> list[tuple[str, str]]:
    """Return the imports that lead up the picture, or to its left."""
    place = {room: index for index, room in enumerate(order)}
    return sorted((room, other) for room, others in imports.items() for other in others if place[other] < place[room])


@pytest.fixture(scope="module")
def imports() -> Imports:
    """The imports between the rooms as they are."""
    return imports_between_rooms(ROOT)


def test_no_rooms_import_each_other(imports: Imports) -> None:
    """If this fails: move what both need into a room below, or hand it in as an argument."""
    assert circles(imports) == []


def test_the_picture_shows_every_room_and_imports_lead_down_it(imports: Imports) -> None:
    """If this fails: draw the new room where it belongs, or import from below only."""
    assert sorted(drawn()) == sorted({room_of(name) for name, _ in modules(ROOT)} - {"service"})
    assert upward(imports, drawn()) == []


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two rooms of which one imports the other."""
    for name, text in {"service/store/rows.py": "x = 1", "service/api/paths.py": "from ..store.rows import x"}.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return tmp_path


def test_a_breach_is_seen(house: Path) -> None:
    """One import upwards is a circle, and is named."""
    assert (circles(imports_between_rooms(house)), upward(imports_between_rooms(house), ["api", "store"])) == ([], [])

    (house / "service/store/rows.py").write_text("import service.api.paths")

    assert circles(imports_between_rooms(house)) == [["api", "store"]]
    assert upward(imports_between_rooms(house), ["api", "store"]) == [("store", "api")]
