"""The rooms of the house and what each module imports, as the guards see them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("service", "routing", "policies")


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


def names_imported(node: ast.AST, package: tuple[str, ...], known: Mapping[str, Path]) -> Iterator[str]:
    """Yield the modules that a statement imports, in full, as written within a package; none for other statements."""
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else ()
        whole = ".".join([*base, *([node.module] if node.module else [])])
        for name in node.names:
            yield f"{whole}.{name.name}" if f"{whole}.{name.name}" in known else whole
