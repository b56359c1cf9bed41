"""The rooms of the house: the picture in the README shows all of them, and imports lead down it only."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import networkx as nx
import pytest
from rooms import PACKAGES, ROOT, modules, names_imported, room_of

DRAWN = re.compile(r"^## Where things are$.*?^```text$(.*?)^```$", re.MULTILINE | re.DOTALL)
Imports = Mapping[str, set[str]]


def imports_between_rooms(root: Path, place_of: Callable[[str], str] = room_of) -> Imports:
    """Return for each room the rooms that it imports from; with `folder_of`, the same for the folders of the cores."""
    known = dict(modules(root))
    found: dict[str, set[str]] = defaultdict(set)
    for name, file in known.items():
        package = file.relative_to(root).parts[:-1]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for imported in names_imported(node, package, known):
                if imported.partition(".")[0] in PACKAGES and place_of(imported) != place_of(name):
                    found[place_of(name)].add(place_of(imported))
    return found


def folder_of(module: str) -> str:
    """Return the folder or file of a core that a module lies in: `routing.client.prices` in `routing.client`."""
    first, *rest = module.split(".")
    return room_of(module) if first == "service" or not rest else f"{first}.{rest[0]}"


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


def test_no_folders_of_a_core_import_each_other() -> None:
    """If this fails: move what both need into a folder below, or into a file of its own."""
    assert circles(imports_between_rooms(ROOT, folder_of)) == []


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


def test_a_breach_between_folders_is_seen(tmp_path: Path) -> None:
    """A price that asks the search is a circle, although both lie in `routing`."""
    for name, text in {
        "routing/client/prices.py": "from routing.search.tables import x",
        "routing/search/tables.py": "from routing.client import prices",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)

    assert circles(imports_between_rooms(tmp_path)) == []
    assert circles(imports_between_rooms(tmp_path, folder_of)) == [["routing.client", "routing.search"]]


def test_a_breach_is_seen(house: Path) -> None:
    """One import upwards is a circle, and is named."""
    assert (circles(imports_between_rooms(house)), upward(imports_between_rooms(house), ["api", "store"])) == ([], [])

    (house / "service/store/rows.py").write_text("import service.api.paths")

    assert circles(imports_between_rooms(house)) == [["api", "store"]]
    assert upward(imports_between_rooms(house), ["api", "store"]) == [("store", "api")]
