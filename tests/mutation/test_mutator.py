"""The faults themselves: each operator makes what it says, once, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest
from mutator import code_of, mutants_of


def changes(source: str) -> list[str]:
    return [mutant.change for mutant in mutants_of(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a == b", ["statement: a == b -> pass", "comparison: a == b -> a != b"]),
        ("x = a <= b", ["comparison: a <= b -> a > b", "boundary: a <= b -> a < b"]),
        ("x = a < b < c", ["comparison: a < b < c -> a >= b < c", "comparison: a < b < c -> a < b >= c",
                           "boundary: a < b < c -> a <= b < c", "boundary: a < b < c -> a < b <= c"]),
        ("x = a and b", ["boolean: a and b -> a or b", "boolean: without a", "boolean: without b"]),
        ("x = not a", ["sign: not a -> a"]),
        ("x = a + b", ["arithmetic: a + b -> a - b"]),
        ("x = 3", ["constant: 3 -> 4", "constant: 3 -> 2"]),
        ("x = 'yes'", ["constant: 'yes' -> 'yes?'"]),
        ("x = True", ["constant: True -> False"]),
        ("x = b if a else c", ["condition: b if a else c -> b", "condition: b if a else c -> c",
                               "condition: a -> True", "condition: a -> False"]),
        ("x = [n for n in m if n]", ["condition: n -> True", "condition: n -> False"]),
        ("def f():\n    return a", ["return: None"]),
        ("def f():\n    return None", []),
        ("def f():\n    yield a", ["statement: yield a -> pass"]),
        ("x = max(a)", ["name: max -> min"]),
        ("x = f(a, key=b)", ["argument: without key=b"]),
        ("x = (a, *b)", ["element: without a", "element: without *b"]),
        ("x += a", ["statement: x += a -> pass", "arithmetic: x += a -> x -= a"]),
        ("raise Error('a word')", ["statement: raise Error('a word') -> pass"]),
        ("x = 1 == 1", ["comparison: 1 == 1 -> 1 != 1", "constant: 1 -> 2", "constant: 1 -> 0",
                        "constant: 1 -> 2 #2", "constant: 1 -> 0 #2"]),
    ],
)  # fmt: skip
def test_each_operator_makes_its_faults(source: str, expected: list[str]) -> None:
    """A line and every fault that it may have."""
    assert changes(source) == expected


def test_what_only_people_read_stays_as_it_is() -> None:
    """Docstrings, annotations, decorators and the words of errors hold no fault."""
    assert changes('@cache(1)\ndef f(a: 1) -> 2:\n    """Three."""\n') == []
    assert changes("x: tuple[1, 2]") == []


def test_a_mutant_is_the_module_with_that_one_fault() -> None:
    """Each fault compiles, and running it shows that fault and no other."""
    source = "low = 3 < 4\nhigh = 5\n"
    seen = []
    for mutant in mutants_of(source):
        names: dict[str, Any] = {}
        exec(code_of(source, mutant, "toy"), names)
        seen.append((mutant.line, names["low"], names["high"]))

    assert seen == [
        (1, False, 5),
        (1, True, 5),
        (1, False, 5),
        (1, True, 5),
        (1, True, 5),
        (1, False, 5),
        (2, True, 6),
        (2, True, 4),
    ]
