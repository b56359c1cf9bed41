"""The rooms of the house, as the contracts of imports in `pyproject.toml` list them, and its modules."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("service", "routing", "policies")


def contracts() -> list[dict[str, Any]]:
    """Return the contracts of import-linter."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return contracts


def rooms() -> list[str]:
    """Return the rooms from the top of the house down, the cores last."""
    return [*layers("picture"), "policies", "routing"]


def layers(contract_id: str) -> list[str]:
    """Return the layers of a contract from the top down."""
    [contract] = (contract for contract in contracts() if contract["id"] == contract_id)
    return list(contract["layers"])


def room_of(module: str) -> str:
    """Return the package of a module: `service.answers.routes.paths` in `answers`, `routing.queries` in `routing`."""
    first, *rest = module.split(".")
    return first if first != "service" or not rest else rest[0]


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of every module but the migrations, which Alembic loads."""
    for package in PACKAGES:
        for file in (root / package).rglob("*.py"):
            parts = file.relative_to(root).with_suffix("").parts
            if "migrations" not in parts:
                yield ".".join(parts).removesuffix(".__init__"), file
