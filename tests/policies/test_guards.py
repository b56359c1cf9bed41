"""The package stays what it says it is: pure, and with the public names that it lists."""

import ast
import subprocess
import sys
from pathlib import Path

import policies

FILES = sorted(Path(policies.__file__).parent.rglob("*.py"))


def test_importing_brings_no_framework_and_no_solver_along():
    strangers = ("fastapi", "sqlmodel", "routing", "service", "z3")
    code = f"import policies, sys; print([m for m in {strangers} if m in sys.modules])"

    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(policies.__file__).parents[1]
    )

    assert run.stdout.strip() == "[]"


def test_no_module_asks_for_the_day():
    """The day is part of the case; a decision on the same records is the same tomorrow."""
    asking = [
        (file.name, node.attr)
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("today", "now", "utcnow")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("date", "datetime")
    ]

    assert asking == []


def test_the_public_names_are_the_listed_ones():
    public = {
        name for name, value in vars(policies).items() if not name.startswith("_") and not isinstance(value, type(ast))
    }

    assert public == set(policies.__all__)
    assert sorted(policies.__all__, key=lambda name: (not name.isupper(), name)) == policies.__all__


def test_modules_stay_small():
    assert [file.name for file in FILES if len(file.read_text(encoding="utf-8").splitlines()) > 400] == []
