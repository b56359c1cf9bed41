"""One word per idea: `kind` is an agency's."""

from __future__ import annotations

import ast
from pathlib import Path

from rooms import ROOT, modules

AN_AGENCYS_KIND = frozenset(
    {
        "routing.client.scenario",
        "routing.costs",
        "routing.directory.build_snapshot",
        "routing.directory.columns",
        "routing.directory.encode_records",
        "routing.directory.patch",
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
