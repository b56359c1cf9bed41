"""Docstrings show shapes: an example where a shape or a rule is not obvious, run as a doctest."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

import pytest
from rooms import ROOT, modules

EXAMPLES_IN = {"policies": 0.1, "routing": 0.1, "service": 0.1}
"""The part of public docstrings that holds an example, at least."""


class Docstring(NamedTuple):
    """A docstring: the module and the name of its object, and its text."""

    module: str
    name: str
    text: str


def docstrings() -> Iterator[Docstring]:
    """Yield every docstring of the program."""
    for module, file in modules(ROOT):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
                text := ast.get_docstring(node)
            ):
                yield Docstring(module, getattr(node, "name", ""), text)


def test_examples_are_true() -> None:
    """Every example of a docstring is run. If this fails: the example or the function is wrong."""
    failed = {}
    for module in sorted({one.module for one in docstrings() if ">>>" in one.text}):
        result = doctest.testmod(import_module(module))
        if result.failed or not result.attempted:
            failed[module] = result
    assert failed == {}


@pytest.mark.parametrize("package", EXAMPLES_IN)
def test_docstrings_hold_examples(package: str, say: Callable[[str], None]) -> None:
    """If this fails: show the shape. `>>> age_from_range(15, 17)` says more than a sentence."""
    public = [
        one for one in docstrings() if one.module.split(".")[0] == package and one.name and not one.name.startswith("_")
    ]
    holding = sum(">>>" in one.text for one in public)
    say(f"examples: {holding} of {len(public)} public docstrings of {package}")

    assert holding >= EXAMPLES_IN[package] * len(public)
