"""Borders: `api` and `cli` import use cases, schemas and auth; outsiders enter `routing` and `policies` by one door."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from rooms import ROOT, modules, names_imported, room_of

PLAIN = {
    "acting",
    "codes",
    "demo",
    "documents",
    "errors",
    "fhir",
    "logs",
    "parties",
    "settings",
    "standard",
    "vocabulary",
    "wording",
}
"""Rooms of plain values and sentences: no import of theirs leads to the store, to rules or to a search."""
USE_CASES = {"coalition", "happenings", "usecases"}
"""What the application does; `coalition` for the coalition's own work, `happenings` for the types of events."""
SCHEMAS = {"bundle", "profile"}
BORDERS: Mapping[str, set[str]] = {
    "api": PLAIN | USE_CASES | SCHEMAS | {"auth"},
    "cli": PLAIN | USE_CASES | SCHEMAS | {"access", "auth", "bench", "render"},
}
"""Rooms that an edge imports: use cases, the schemas of bodies, callers (`auth`, `access`)."""
OPENED = {
    "service.serving.served",
    "service.serving.snapshots",
    "service.serving.time_budget",
    "service.store",
    "service.store.audit_queue",
    "service.store.database",
    "service.store.key_ring",
    "service.webhooks.transport",
}
"""What an edge opens, and hands to use cases: the database, its keys, the version to answer from, what sends."""
CORES = {"policies", "routing"}
"""Entered by the front door alone, as by all outsiders: errors to tell, rules to show as they stand."""
BEYOND: Mapping[str, Mapping[str, str]] = {
    "api": {},
    "cli": {
        "policies.verify": "rules are proven from the packs alone, without a coalition",
        "service.app": "`serve` and `openapi` start the other program",
        "service.delivering": "`deliver` starts the other program",
        "service.garbage": "a command's modules are imported without looking for garbage",
        "service.server": "`serve` starts the other program",
    },
}
"""Modules that an edge imports besides, and what for. An entry that is not needed any more is to go."""
DOORS = {"routing", "routing.kept", "policies", "policies.verify"}
"""How others enter the cores. Apart stand `policies.verify` (it loads the solver) and `routing.kept` (nothing)."""
BENCH = "service.bench."
"""Makes and times parts of the search one by one, so it may import any part of `routing`."""


def beyond(root: Path, edge: str) -> set[str]:
    """Return the modules that an edge imports from other rooms than its own and those of `BORDERS`."""
    known = dict(modules(root))
    return {
        imported
        for name, file in known.items()
        if room_of(name) == edge
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for imported in names_imported(node, file.relative_to(root).parts[:-1], known)
        if imported.partition(".")[0] in ("service", "routing", "policies")
        and room_of(imported) not in BORDERS[edge] | {edge}
        and imported not in OPENED | CORES
    }


def around_the_door(root: Path) -> set[tuple[str, str]]:
    """Return the modules of `service` that import a part of a core, each with that part."""
    deep = re.compile(r"^\s*(?:from|import) ((?:routing|policies)\.[\w.]+)", re.MULTILINE)
    return {
        (name, part)
        for name, file in modules(root)
        if name.startswith("service.")
        for part in deep.findall(file.read_text(encoding="utf-8"))
        if part not in DOORS and not (name.startswith(BENCH) and part.startswith("routing."))
    }


@pytest.mark.parametrize("edge", BORDERS)
def test_an_edge_imports_use_cases_schemas_and_auth(edge: str) -> None:
    """If this fails: move the work into a use case; or name the module in `BEYOND` and say what for."""
    assert beyond(ROOT, edge) == set(BEYOND[edge])


def test_what_an_edge_opens_is_opened_by_one() -> None:
    """If this fails: no edge imports the module any more; take it out of `OPENED`."""
    known = dict(modules(ROOT))
    imported = {
        name
        for module, file in known.items()
        if room_of(module) in BORDERS
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in names_imported(node, file.relative_to(ROOT).parts[:-1], known)
    }

    assert imported >= OPENED


def test_outsiders_enter_the_cores_by_the_front_door() -> None:
    """If this fails: add the name to the package's `__init__`, or do without it."""
    assert around_the_door(ROOT) == set()


@pytest.mark.parametrize(
    ("text", "imported"),
    [
        ("from service.store.tables import Row", "service.store.tables"),
        ("def f():\n    import service.answer.paths", "service.answer.paths"),
        ("from ..hsds import reading", "service.hsds.reading"),
        ("from routing.handoffs.hops import HOURS", "routing.handoffs.hops"),
    ],
)
def test_a_breach_is_seen(tmp_path: Path, text: str, imported: str) -> None:
    """A planted import is named: at the top, within a function, relative, and into a core."""
    for module in (
        "service/api/paths.py",
        "service/store/tables.py",
        "service/answer/paths.py",
        "service/hsds/reading.py",
    ):
        file = tmp_path / module
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    assert (beyond(tmp_path, "api"), around_the_door(tmp_path)) == (set(), set())

    (tmp_path / "service/api/paths.py").write_text(text)

    assert beyond(tmp_path, "api") == {imported}
    assert around_the_door(tmp_path) == ({("service.api.paths", imported)} if imported.startswith("routing") else set())
