"""One word per idea: `kind` is an agency's; a class name is one idea, or one noun in several forms (table, body)."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from rooms import ROOT, modules

FORMS = {
    "service.bundle": "bundle",
    "service.profile.schema": "profile",
    "service.api.schemas": "body",
    "service.errors": "value",
    "service.store.record_tables": "table",
    "service.store.coalition_tables": "table",
    "service.store.loop_tables": "table",
    "service.store.work_tables": "table",
    "service.store.webhook_tables": "table",
    "service.store.records": "record",
    "policies": "rules",
    "routing": "search",
}
"""Where one noun has a form of its own: an organization in a bundle, in a body, as a row, as the search reads it."""

AN_AGENCYS_KIND = frozenset(
    {
        "routing.client.scenario",
        "routing.costs",
        "routing.directory.columns",
        "routing.directory.encode_records",
        "routing.directory.snapshot",
        "routing.search.graph",
        "service.answer.lead",
        "service.api.organizations",
        "service.bench.awkward",
        "service.bench.synthetic",
        "service.coalition.map",
        "service.coalition.map_groups",
    }
)
"""Modules with a variable or parameter for kinds of agency (`dv_shelter`)."""
NAMED_FOR_CALLERS = frozenset({"service.api.vocabulary", "service.cli.webhooks"})
"""Modules where `kind` is published: a query parameter, an option. Fields of JSON and columns are no variables."""


def form_of(module: str) -> str:
    """Return the form that classes of a module have; the module itself where it is none of `FORMS`."""
    return next((form for place, form in FORMS.items() if f"{module}.".startswith(f"{place}.")), module)


def classes(root: Path) -> dict[str, list[str]]:
    """Return the modules in which each name is a class's, by name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for module, file in modules(root):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(module)
    return found


def shared(root: Path) -> dict[str, list[str]]:
    """Return each class name that stands more than once, but for one noun in different forms."""
    known = set(FORMS.values())
    several = {name: places for name, places in classes(root).items() if len(places) > 1}
    return {
        name: sorted(places)
        for name, places in several.items()
        if len({form_of(place) for place in places}) < len(places) or not {form_of(place) for place in places} <= known
    }


def named_kind(root: Path) -> set[str]:
    """Return the modules that bind a variable or parameter `kind` or `kinds`.

    An annotated field of a class is no variable: its name is a key or a column, for example `kind: str` in a body.
    """
    found = set()
    for module, file in modules(root):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        fields = {
            id(node.target)
            for owner in ast.walk(tree)
            if isinstance(owner, ast.ClassDef)
            for node in owner.body
            if isinstance(node, ast.AnnAssign)
        }
        bound = (
            node.arg if isinstance(node, ast.arg) else node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.arg)
            or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in fields)
        )
        if not {"kind", "kinds"}.isdisjoint(bound):
            found.add(module)
    return found


def test_kind_is_an_agencys_kind() -> None:
    """If this fails: name the idea. A record has a `record_type`, a timer a `timer_type`; a table is a `resource`,
    a service has a `service_type`."""
    assert named_kind(ROOT) == AN_AGENCYS_KIND | NAMED_FOR_CALLERS


def test_a_breach_of_kind_is_seen(tmp_path: Path) -> None:
    """A variable, a parameter and a loop are seen; a field and an argument's name are not."""
    texts = {
        "service/parameter": "def count(kind: str): ...",
        "service/variable": "kinds = 1",
        "policies/loop": "found = [kind for kind in ()]",
        "service/field": "class Body:\n    kind: str",
        "service/argument": "found = sorted(row.kind for row in ()), dict(kind=1)",
        "routing/search": "(kind, place) = 1, 2",
    }
    for place, text in texts.items():
        file = tmp_path / f"{place}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    assert named_kind(tmp_path) == {"service.parameter", "service.variable", "policies.loop", "routing.search"}


def test_a_class_name_is_one_idea() -> None:
    """If this fails: name the class after its own noun. `Change` of a record is `RecordChange`."""
    assert shared(ROOT) == {}


def test_a_breach_is_seen(tmp_path: Path) -> None:
    """One noun as a row and in a bundle is one idea; the same name in two rooms, or twice in one form, is not."""
    places = ("bundle/hsds", "store/record_tables", "store/loop_tables", "render/page")
    for name, place in zip(("Phone", "Phone", "Hold", "Page"), places, strict=True):
        file = tmp_path / "service" / f"{place}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"class {name}: ...\n")
    assert shared(tmp_path) == {}

    (tmp_path / "service/render/page.py").write_text("class Phone: ...\n")
    (tmp_path / "service/store/loop_tables.py").write_text("class Phone: ...\n")

    assert set(shared(tmp_path)) == {"Phone"}
