"""The shape of the repository: few folders, pure packages, no machine in any file."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from repository import ROOT, text_of, tracked_files

FOLDERS = {"service", "routing", "policies", "openapi", "tests"}
FILES = {
    *("CHANGELOG.md", "CONTRIBUTING.md", "DECISIONS.md", "Dockerfile", "LICENSE", "README.md", "SECURITY.md"),
    *("noxfile.py", "pyproject.toml", "requirements.lock", "requirements-run.lock"),
}
STANDARD = frozenset(sys.stdlib_module_names)
ACTING = {"socket", "ssl", "http", "urllib", "sqlite3", "subprocess", "os", "time", "random", "secrets", "asyncio"}
PURE = {
    "routing": {"routing", "numpy", "networkx", "highspy"},
    "policies": {"policies", "numpy", "cedarpy", "yaml", "z3"},
}
EDGES = {"fastapi", "starlette", "uvicorn", "typer", "service.api", "service.usecases", "service.app", "service.cli"}
WEB = {"fastapi", "starlette", "uvicorn", "typer", "service.api", "service.app", "service.cli"}
INNARDS = {"service.store.tables", "service.store.engine", "sqlmodel", "alembic"}
NEVER = {
    "documents": EDGES | {"service.bundle", "service.profile", "service.store"},
    "wording": EDGES | {"service.hsds", "service.standard"},
    "store": EDGES | {"service.hsds"},
    "hsds": EDGES,
    "events": EDGES,
    "webhooks": EDGES,
    "auth": EDGES,
    "audit": EDGES,
    "bundle": EDGES,
    "profile": EDGES | {"service.bundle"},
    "answer": EDGES,
    "coalition": EDGES | INNARDS,
    "render": EDGES | INNARDS,
    "usecases": WEB,
    "api": INNARDS,
    "web": INNARDS,
    "page": INNARDS | {"service.app", "service.cli", "service.answer", "service.profile", "routing", "policies"},
    "cli": INNARDS | {"fastapi", "starlette"},
    "terminal": INNARDS | {"fastapi", "starlette"},
}
"""What a part of `service` never imports: the layers of the house, from the store outwards."""


def imports_of(file: Path) -> Iterator[str]:
    """Yield the full names that a module imports, relative ones made whole."""
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            whole = ".".join([*base, *([node.module] if node.module else [])])
            yield whole
            yield from (f"{whole}.{name.name}" for name in node.names)


def sources(*parts: str) -> list[Path]:
    """Return the modules of a package, or the one module of that name."""
    place = ROOT.joinpath(*parts)
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def is_within(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_top_level_folders_are_the_listed_ones() -> None:
    """Beside dot-files, the repository has five folders and a handful of files."""
    top = {file.relative_to(ROOT).parts for file in tracked_files()}

    assert {parts[0] for parts in top if len(parts) > 1 and not parts[0].startswith(".")} <= FOLDERS
    assert {parts[0] for parts in top if len(parts) == 1 and not parts[0].startswith(".")} <= FILES


@pytest.mark.parametrize("package", sorted(PURE))
def test_pure_packages_only_compute(package: str) -> None:
    """`routing` and `policies` import what the design lists, and nothing of the standard library that acts."""
    found = {(file.name, name.partition(".")[0]) for file in sources(package) for name in imports_of(file)}

    strangers = {(file, name) for file, name in found if name not in STANDARD | PURE[package]}
    assert strangers == set()
    assert {(file, name) for file, name in found if name in ACTING} == set()


@pytest.mark.parametrize("part", sorted(NEVER))
def test_layers_look_inwards_only(part: str) -> None:
    """No part of `service` imports what stands outside of it."""
    modules = [file for file in sources("service", part) if file.exists()]

    found = {(str(file.relative_to(ROOT)), name) for file in modules for name in imports_of(file)}

    assert {pair for pair in found if is_within(pair[1], NEVER[part])} == set()


def test_no_other_distribution_ships_our_import_names() -> None:
    """`routing`, `policies` and `service` are generic names: what is imported must be what lies here."""
    for package in ("routing", "policies", "service"):
        assert Path(str(resources.files(package))).parent.name in (ROOT.name, "site-packages")
        assert (ROOT / package / "__init__.py").is_file()


def test_tests_are_no_package() -> None:
    """A lone `__init__.py` under `tests` would shadow the package that it is named after."""
    assert [
        file for file in tracked_files() if file.name == "__init__.py" and file.is_relative_to(ROOT / "tests")
    ] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """No path of anybody's machine, in any file that is committed."""
    places = ["work", "root", "home", "Users", "tmp"]
    machine = re.compile(rf"(?<![\w.~}}]){'|'.join(f'/{place}/[a-z]' for place in places)}")

    found = [str(file.relative_to(ROOT)) for file in tracked_files() if machine.search(text_of(file))]

    assert found == []


def test_no_file_names_a_registry() -> None:
    """Packages come from whatever registry the reader's own client knows; no host of one is written down."""
    registries = [
        "py" + "pi.org",
        "python" + "hosted",
        "npm" + "js.",
        "ghcr" + ".io",
        "docker" + ".io",
        "find-" + "links",
    ]

    found = [
        (str(file.relative_to(ROOT)), host)
        for file in tracked_files()
        for host in registries
        if host in text_of(file).lower()
    ]

    assert found == []


def test_every_source_line_is_utf8_and_lf() -> None:
    """Text files are UTF-8 with plain line ends, whoever wrote them."""
    texts = [file for file in tracked_files() if file.suffix in (".py", ".md", ".yaml", ".json", ".cedar", ".toml")]

    assert [
        str(file) for file in texts if b"\r" in file.read_bytes() or (not text_of(file).strip() and file.stat().st_size)
    ] == []
