"""Imports: the contracts of `pyproject.toml` hold, each notices a breach, and the README draws the rooms."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from rooms import PACKAGES, ROOT, contracts, layers, rooms

DRAWN = re.compile(r"^## Where things are$.*?^```text$(.*?)^```$", re.MULTILINE | re.DOTALL)
PURE = {"routing": {"numpy", "highspy"}, "policies": {"numpy", "cedarpy", "yaml", "z3"}}
BREACHES = {
    "picture": ("service.errors", "import service.answers.routes.paths"),
    "cores": ("policies.facts", "def later():\n    from routing import Path"),
    "pure": ("routing.costs", "from time import sleep"),
    "folders": ("routing.client.scenario", "from ..search import tables"),
    "search": ("routing.what_if.answers", "from ..explain import reasons"),
    "doors": ("service.answers.builder.paths", "from routing.search.tables import x"),
    "frameworks": ("service.answers.use_cases.find_paths", "import fastapi"),
    "tables": ("service.referrals.routes.consents", "from ..store import tables"),
    "edges": ("service.cli.route", "import service.answers.builder"),
    "inside": ("service.referrals.use_cases.keep_consents", "from service.referrals.routes import consents"),
    "pages": ("service.page.home", "from policies import Rulebook"),
}
"""For each contract a module, and an import that breaks it."""


def broken_contracts(root: Path) -> set[str]:
    """Return the names of the contracts that `lint-imports` finds broken in a copy of the program."""
    tool = Path(sys.executable).with_name("lint-imports")
    command = [tool, "--no-cache", "--no-logo"]
    printed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout
    assert "Contracts:" in printed, printed
    return set(re.findall(r"^(.+) BROKEN", printed, re.MULTILINE))


def test_every_contract_is_kept() -> None:
    """If this fails: `lint-imports` names the import; move what both need into a room below, or hand it in."""
    assert broken_contracts(ROOT) == set()


@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_is_seen(tmp_path: Path, contract: str) -> None:
    """Each contract notices an import that is planted into a copy, and no other does but the picture."""
    names = {contract["id"]: contract["name"] for contract in contracts()}
    assert names.keys() == BREACHES.keys()
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=lambda folder, files: [
            name for name in files if not name.endswith(".py") and not Path(folder, name).is_dir()
        ])  # fmt: skip
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    module, text = BREACHES[contract]
    with tmp_path.joinpath(*module.split(".")).with_suffix(".py").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")

    broken = broken_contracts(tmp_path)
    assert names[contract] in broken
    assert len(broken) <= 2


@pytest.mark.parametrize("core", PURE)
def test_a_core_stands_on_few_libraries(core: str) -> None:
    """Beside the standard library, `routing` and `policies` import what the design lists."""
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    modules = {core, *graph.find_descendants(core)}
    imported = {name for module in modules for name in graph.find_modules_directly_imported_by(module)} - modules

    assert imported - sys.stdlib_module_names == PURE[core]


def test_the_picture_shows_every_room() -> None:
    """If this fails: draw the rooms in README.md in the order of the contract."""
    [picture] = DRAWN.findall((ROOT / "README.md").read_text(encoding="utf-8"))

    drawn = [room for line in picture.strip().splitlines() for room in line.partition("  ")[2].split()]
    assert drawn == rooms()


def test_the_table_of_the_search_lists_every_folder() -> None:
    """If this fails: list the folders in routing/README.md in the order of the contract."""
    table = (ROOT / "routing" / "README.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `(\w+)/` \|", table, re.MULTILINE) == layers("search")
