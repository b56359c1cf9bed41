"""Borders: `api` and `cli` import use cases, schemas and auth; outsiders enter `routing` and `policies` by one door."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from rooms import ROOT, modules, names_imported, room_of

PLAIN = {"codes", "demo", "documents", "errors", "parties", "settings", "standard", "vocabulary", "wording"}
"""Rooms of plain values and sentences: no import of theirs leads to the store, to rules or to a search."""
BORDERS: Mapping[str, set[str]] = {
    "api": PLAIN | {"auth", "bundle", "happenings", "profile", "usecases"},
    "cli": PLAIN | {"access", "auth", "bench", "bundle", "happenings", "profile", "render", "usecases"},
}
"""Rooms that an edge imports: use cases; the schemas of bodies (`bundle`, `profile`); callers (`auth`, `access`)."""
BEYOND: Mapping[str, Mapping[str, str]] = {
    "api": {
        "policies": "the rules are shown as they stand",
        "routing": "errors and the clock of a search",
        "service.answer.decisions": "an error of the rules is answered as one",
        "service.coalition": "tables of the coalition's work, printed as they are",
        "service.coalition.outcomes": "tables of the coalition's work, printed as they are",
        "service.events": "types of events, for the description",
        "service.events.reading": "the cursor of events",
        "service.hsds.publishing.profile": "files of the profile of HSDS, sent as they are",
        "service.serving.served": "wiring: the version that answers are given from",
        "service.serving.snapshots": "wiring: the version that answers are given from",
        "service.serving.time_budget": "wiring: how long a search may take",
        "service.store": "wiring: a unit of work is handed to a use case",
        "service.store.consents": "words of a query parameter",
        "service.store.database": "wiring: a unit of work is handed to a use case",
        "service.store.hsds_pages": "names of the pages of HSDS",
        "service.store.key_ring": "wiring: keys are handed to a use case",
        "service.store.referrals": "words of a query parameter",
        "service.store.resources": "names of the tables of a resource",
        "service.store.tally": "figures for /metrics",
        "service.webhooks.claiming": "figures for /metrics",
        "service.webhooks.headers": "bounds of a header, for the description",
        "service.webhooks.tasks": "the states of a delivery, for the description",
        "service.webhooks.transport": "wiring: what sends is handed to a use case",
    },
    "cli": {
        "policies": "rules are explained from the packs alone, without a coalition",
        "policies.verify": "rules are proven from the packs alone, without a coalition",
        "routing": "errors of a search are told as such",
        "service.app": "`serve` and `openapi` start the other program",
        "service.coalition": "tables of the coalition's work, printed as they are",
        "service.coalition.outcomes": "tables of the coalition's work, printed as they are",
        "service.delivering": "`deliver` starts the other program",
        "service.events.reading": "the cursor of events",
        "service.hsds.curation.gaps": "the report of an import, printed as it is",
        "service.hsds.curation.write_file": "the report of an import, printed as it is",
        "service.hsds.findings": "the report of an import, printed as it is",
        "service.hsds.importing.report": "the report of an import, printed as it is",
        "service.hsds.publishing.export_files": "files are opened here, the use case fills them",
        "service.hsds.reading.mapping": "files are opened here, the use case reads them",
        "service.server": "`serve` starts the other program",
        "service.serving.served": "wiring: the version that answers are given from",
        "service.store": "wiring: a unit of work is handed to a use case",
        "service.store.database": "wiring: a unit of work is handed to a use case",
        "service.store.key_ring": "wiring: keys are handed to a use case",
        "service.webhooks.tasks": "the states of a delivery, printed as they are",
        "service.webhooks.transport": "wiring: what sends is handed to a use case",
    },
}
"""Modules that an edge imports besides, and what for. An entry that is not needed any more is to go."""
DOORS = {"routing", "routing.kept", "routing.measuring", "policies", "policies.verify"}
"""How others enter the cores. Apart stand `policies.verify` (it loads the solver), `routing.kept` (nothing) and
`routing.measuring` (parts of the search, for `service/bench`)."""


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
    }


def around_the_door(root: Path) -> set[tuple[str, str]]:
    """Return the modules of `service` that import a part of a core, each with that part."""
    deep = re.compile(r"^\s*(?:from|import) ((?:routing|policies)\.[\w.]+)", re.MULTILINE)
    return {
        (name, part)
        for name, file in modules(root)
        if name.startswith("service.")
        for part in deep.findall(file.read_text(encoding="utf-8"))
        if part not in DOORS
    }


@pytest.mark.parametrize("edge", BORDERS)
def test_an_edge_imports_use_cases_schemas_and_auth(edge: str) -> None:
    """If this fails: move the work into a use case; or name the module in `BEYOND` and say what for."""
    assert beyond(ROOT, edge) == set(BEYOND[edge])


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
