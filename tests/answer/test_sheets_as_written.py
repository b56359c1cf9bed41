"""Both demos' answers as the terminal prints them, in English and Spanish, held against files that were read by people.

After a change on purpose: `REWRITE_GOLDEN=1 pytest -n 0 tests/answer/test_sheets_as_written.py`, then read it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from loaded import Loader
from sheets import of_demos, printed

SHEETS = Path(__file__).with_name("sheets")


@pytest.mark.parametrize("language", ["en", "es"])
def test_sheets_are_as_they_were_read(loader: Loader, language: str) -> None:
    """If this fails: read what changed; if it was meant, write the files anew."""
    files = {}
    for name, (_, answer) in of_demos(loader):
        files[f"{name.replace('/', '.')}.{language}.txt"] = "\n".join(printed(answer, language=language)) + "\n"
    if os.environ.get("REWRITE_GOLDEN"):
        for file in SHEETS.glob(f"*.{language}.txt"):
            file.unlink()
        for name, text in files.items():
            (SHEETS / name).write_text(text, encoding="utf-8")

    assert {file.name for file in SHEETS.glob(f"*.{language}.txt")} == {*files}
    for name, text in files.items():
        assert (SHEETS / name).read_text(encoding="utf-8") == text, name
