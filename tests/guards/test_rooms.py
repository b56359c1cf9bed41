"""The rooms of the house: the picture in the README shows all of them, and imports lead down it only."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("service", "routing", "policies")
DRAWN = re.compile(r"^## Where things are$.*?^```text$(.*?)^```$", re.MULTILINE | re.DOTALL)
Imports = Mapping[str, set[str]]


def room_of(module: str) -> str:
    """Return the room that a module lies in: `service.api.paths` in `api`, `routing.find` in `routing`."""
    first, *rest = module.split(".")
    return first if first != "service" or not rest else rest[0]


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of every module but the migrations, which Alembic loads."""
    for package in PACKAGES:
        for file in (root / package).rglob("*.py"):
            parts = file.relative_to(root).with_suffix("").parts
            if "migrations" not in parts:
                yield ".".join(parts).removesuffix(".__init__"), file


def imports_between_rooms(root: Path) -> Imports:
    """Return for each room the rooms that it imports from."""
    known = dict(modules(root))
    found: dict[str, set[str]] = defaultdict(set)
    for name, file in known.items():
        package = file.relative_to(root).parts[:-1]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for imported in _names(node, package, known):
                if imported.partition(".")[0] in PACKAGES and room_of(imported) != room_of(name):
                    found[room_of(name)].add(room_of(imported))
    return found


def _names(node: ast.AST, package: tuple[str, ...], known: Mapping[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else ()
        whole = ".".join([*base, *([node.module] if node.module else [])])
        for name in node.names:
            yield f"{whole}.{name.name}" if f"{whole}.{name.name}" in known else whole


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


def test_no_rooms_import_each_other() -> None:
    """If this fails: move what both need into a room below, or hand it in as an argument."""
    assert circles(imports_between_rooms(ROOT)) == []


def test_the_picture_shows_every_room_and_imports_lead_down_it() -> None:
    """If this fails: draw the new room where it belongs, or import from below only."""
    imports = imports_between_rooms(ROOT)

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


def test_outsiders_import_the_cores_by_their_front_door() -> None:
    """`service` imports `routing`, `policies` and `policies.verify` as packages; `bench` measures their parts.

    If this fails: add the name to the package's `__init__`, or do without it.
    """
    doors = {"routing", "routing.kept", "policies", "policies.verify"}
    deep = re.compile(r"^\s*(?:from|import) ((?:routing|policies)\.[\w.]+)", re.MULTILINE)

    found = {
        (str(file.relative_to(ROOT)), name)
        for file in (ROOT / "service").rglob("*.py")
        if "bench" not in file.parts
        for name in deep.findall(file.read_text(encoding="utf-8"))
        if name not in doors
    }

    assert found == set()
