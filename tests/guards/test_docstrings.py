"""Examples in docstrings are true: each is run as a doctest."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from rooms import ROOT, modules


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
    for module in sorted({docstring.module for docstring in docstrings() if ">>>" in docstring.text}):
        result = doctest.testmod(import_module(module))
        if result.failed or not result.attempted:
            failed[module] = result
    assert failed == {}
