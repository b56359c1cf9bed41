"""One command line for each test, in a folder of its own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from command_line import CommandLine

from service import demo
from service.cli.terminal import LOCALE
from service.settings import Settings


@pytest.fixture
def router(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(demo, "today", lambda _: demo.WRITTEN_FOR)  # what `demo` prints is the same on every day
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REFERRAL_ROUTER_{name.upper()}", raising=False)
    for name in LOCALE:
        monkeypatch.delenv(name, raising=False)
    return CommandLine(tmp_path, capsysbinary, monkeypatch)
