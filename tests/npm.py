"""Programs of npm, installed for one test; the test is skipped, and says why, where there are none to be had."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

QUIET = ("--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=0", "--fetch-timeout=30000")


def npm_programs(folder: Path, *packages: str) -> Path:
    """Install `packages` in a test's folder, and return the folder of their programs."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm here: apt-get install npm")
    (folder / "package.json").write_text("{}")
    try:
        subprocess.run([npm, "install", *QUIET, *packages], cwd=folder, check=True, capture_output=True, timeout=240)
    except subprocess.SubprocessError:
        pytest.skip(f"npm cannot install {' and '.join(packages)} here; is there a network?")
    return folder / "node_modules" / ".bin"
