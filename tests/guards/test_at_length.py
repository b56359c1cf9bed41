"""What a short run leaves out: each entry of the list stands for a test that exists, and a table keeps its ends."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
import yaml
from length import ROWS, draws, rows
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


@pytest.mark.parametrize("count", [1, ROWS, ROWS + 1, 2 * ROWS, 714])
def test_a_table_keeps_its_ends_and_what_is_spread_between(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short: different cases in their order, the gaps alike; at length: all of them."""
    every = range(count)
    monkeypatch.setenv("AT_LENGTH", "0")
    short = rows(every)
    gaps = {after - before for before, after in pairwise(short)}

    assert len(short) == min(count, ROWS)
    assert (short[0], short[-1]) == (0, count - 1)
    assert not gaps or min(gaps) >= max(1, max(gaps) - 1)
    assert draws(100) == 20

    monkeypatch.setenv("AT_LENGTH", "1")
    assert rows(every) == every
    assert draws(100) == 100
