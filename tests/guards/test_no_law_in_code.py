"""Law is data: no statute, no name of a state and no phone number is written into the program.

If this fails: move the text to a pack, a state's card or a file of data beside the module; a test may have one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

import pytest

import policies

ROOT = Path(__file__).resolve().parents[2]
LAW = re.compile(
    r"\b\d+ (?:USC|U\.S\.C\.|CFR|ILCS|V\.S\.A\.)\b|§ ?\d|\b(?:Rev\. Stat|Gen\. Laws|Gen\. Stat|Fam\. Code|Penal Code)\b"
    r"|\b(?:Code|Stat\.|Laws?) (?:art\. |ch\. |tit\. )?\d|\bPub\. L\. ?\d|\b[HS]\.?B\.? ?\d"
)
PHONE = re.compile(r"\b(?:1-)?\(?[2-9]\d{2}\)?[ -]\d{3}-\d{4}\b")
ZONES = available_timezones()
INVENTED = re.compile(r"555-01\d\d$")
"""Numbers that nobody has."""
SAME_WORDS = frozenset({"Georgia", "Maine", "Washington"})
"""Names of states that are words or names of something else as well."""
STATES = re.compile(
    rf"\b(?:{'|'.join(sorted(c.name for c in policies.load_states().values() if c.name not in SAME_WORDS))})\b"
)


def literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the string literals of a module with their lines, docstrings and the like left out."""
    bare = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.lineno, node.value


def law_in(text: str) -> list[str]:
    """Return the parts of a text that are law: citations, names of states, phone numbers that may be real.

    A time zone such as `Pacific/Guam` is none.
    """
    if text in ZONES:
        return []
    phones = [number for number in PHONE.findall(text) if not INVENTED.search(number)]
    return [*LAW.findall(text), *STATES.findall(text), *phones]


@pytest.mark.parametrize("package", ["policies", "routing", "service"])
def test_no_module_has_law_in_it(package: str) -> None:
    """Of a changed law, one file of data changes, and everybody can see how old it is."""
    found = [
        (file.relative_to(ROOT).as_posix(), line, law)
        for file in sorted((ROOT / package).rglob("*.py"))
        for line, text in literals(ast.parse(file.read_text(encoding="utf-8")))
        if (law := law_in(text))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("text", "is_law"),
    [
        ('X = "34 USC 20341"', True), ('X = "see Tex. Fam. Code 261"', True), ('X = "In Ohio, call"', True),
        ('X = "Tex. Hum. Res. Code 48.051"', True), ('X = "N.Y. Soc. Serv. Law 413"', True), ('X = "SB 571"', True),
        ('X = "Children\'s Code art. 610"', True), ('X = "Pub. L. 117-9"', True), ('X = "the code 12"', False),
        ('X = "1-888-373-7888"', True), ('X = "call 212-638-1000 now"', True), ('X = "1-800-555-0100"', False),
        ('"""34 USC 20341"""', False), ('X = "a state"', False), ("X = f'in Texas {1}'", True),
    ],
)  # fmt: skip
def test_what_counts_as_law(text: str, is_law: bool) -> None:
    """A docstring may name a law; a number that nobody has may stand in an example."""
    assert any(law_in(literal) for _, literal in literals(ast.parse(text))) is is_law
