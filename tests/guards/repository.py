"""The files of this repository, as the guards see them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every file that is or would be committed, by git; without git, whatever is not ignored by name."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        names = (file for file in ROOT.rglob("*") if file.is_file())
        skipped = {".git", ".venv", "__pycache__", "build", "dist"}
        return tuple(sorted(file for file in names if skipped.isdisjoint(file.relative_to(ROOT).parts)))
    return tuple(sorted(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()))


def text_of(file: Path) -> str:
    """Return a file's text; what is not text reads as nothing."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
