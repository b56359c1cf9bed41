"""The list of tests that a short run leaves out: each entry stands for a test that exists, so that none is lost."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

import yaml
from rooms import ROOT

Listed = Mapping[str, Sequence[str]]


def dead(listed: Listed) -> set[str]:
    """Return the entries whose test is in no file."""
    found = set()
    for file, names in listed.items():
        text = (ROOT / file).read_text(encoding="utf-8") if (ROOT / file).is_file() else ""
        known = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
        found |= {f"{file}::{name}" for name in names if name.partition("[")[0].rpartition("::")[2] not in known}
    return found


def test_what_is_left_out_of_a_short_run_exists() -> None:
    """If this fails: the test has another name or file now; give `tests/at_length.yaml` that one."""
    listed = yaml.safe_load((ROOT / "tests/at_length.yaml").read_text(encoding="utf-8"))

    assert dead(listed) == set()
    assert [file for file, names in listed.items() if len(set(names)) < len(names)] == []


def test_a_breach_is_seen() -> None:
    """A name that is no test's and a file that is not there."""
    here = "tests/guards/test_at_length.py"

    assert dead({here: ["test_a_breach_is_seen[one]", "test_gone"], "tests/gone.py": ["Group::test_it"]}) == {
        f"{here}::test_gone",
        "tests/gone.py::Group::test_it",
    }
