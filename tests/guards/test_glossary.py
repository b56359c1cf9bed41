"""No identifier, module or package has a name that the glossary in CONTRIBUTING.md replaces."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from repository import ROOT, tracked_files

GLOSSARY = ROOT / "CONTRIBUTING.md"
ROW = re.compile(r"^\| (?P<names>`[^|]+`) \| (?P<places>[^|]+) \| [^|]+ \| [^|]+ \|$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """A name that is no longer used, in the folders or files `places` (empty: anywhere)."""

    name: str
    places: tuple[str, ...]

    def covers(self, file: str) -> bool:
        return not self.places or file.startswith(self.places)


def entries(text: str) -> list[Entry]:
    """Return the names in the first column of the glossary, each with the places of the second."""
    _, _, section = text.partition("\n## Names\n")
    return [
        Entry(name, tuple(re.findall(r"`([^`]+)`", row["places"])))
        for row in ROW.finditer(section.partition("\n## ")[0])
        for name in re.findall(r"`([^`]+)`", row["names"])
    ]


def names_in(source: str) -> Iterator[str]:
    """Yield every identifier in a module: what it defines, uses, imports and passes by keyword."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, (ast.arg, ast.keyword)):
            yield node.arg or ""
        elif isinstance(node, ast.alias):
            yield from (*parts_of(node.name), node.asname or "")
        elif isinstance(node, ast.ImportFrom):
            yield from parts_of(node.module or "")


def parts_of(module: str) -> Iterator[str]:
    """Yield each part of a module's dotted name, and the dotted names of its packages."""
    parts = module.split(".")
    yield from parts
    yield from (".".join(parts[:end]) for end in range(2, len(parts) + 1))


def breaches(files: dict[str, str], glossary: list[Entry]) -> list[str]:
    """Return each file with a replaced name: an identifier in it, or a part of its own path."""
    found = set()
    for file, source in files.items():
        names = {*names_in(source), *parts_of(".".join(Path(file).with_suffix("").parts))}
        found |= {f"{file}: {entry.name}" for entry in glossary if entry.name in names and entry.covers(file)}
    return sorted(found)


def test_no_replaced_name_is_used(say: Callable[[str], None]) -> None:
    """If this fails: write the name in the third column, or correct the row's second column."""
    glossary = entries(GLOSSARY.read_text(encoding="utf-8"))
    files = {
        str(file.relative_to(ROOT)): file.read_text(encoding="utf-8")
        for file in tracked_files()
        if file.suffix == ".py" and "versions" not in file.parts
    }

    assert breaches(files, glossary) == []

    say(f"glossary: {len(glossary)} names that no module uses")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("service/web/limits.py", "from service import Crowd"),
        ("service/web/limits.py", "import routing.kept"),
        ("service/kept/limits.py", ""),
        ("service/loop/limits.py", ""),
        ("service/web/limits.py", "import service.loop.limits"),
        ("service/web/limits.py", "def f(out_of_time): ..."),
        ("service/web/limits.py", "f(out_of_time=1)"),
        ("service/web/limits.py", "request.out_of_time()"),
        ("routing/model.py", "class Standing: ..."),
    ],
)
def test_a_replaced_name_is_found(file: str, source: str) -> None:
    """Wherever it is written: a definition, a use, an import, a keyword, a path; only in its places."""
    table = (
        "\n## Names\n\n| Not | In | Write | Because |\n|---|---|---|---|\n"
        "| `Crowd`, `kept`, `service.loop` | anywhere | `Other` | reasons |\n"
        "| `out_of_time` | anywhere | `is_expired` | reasons |\n"
        "| `Standing` | `routing/model.py`, `service/` | `PathQuality` | reasons |\n\n## Next\n"
    )
    glossary = entries(table)

    assert len(glossary) == 5
    assert len(breaches({file: source}, glossary)) == 1
    assert breaches({"routing/handoffs/standing.py": "class Standing: ..."}, glossary) == []
