"""The lock files: every version pinned by hash, and the container's a part of the whole."""

from __future__ import annotations

import re
import tomllib

from repository import ROOT

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)( ; .+?)? \\$", re.MULTILINE)


def pins(name: str) -> set[tuple[str, str]]:
    return {(pin[0], pin[1]) for pin in PIN.findall((ROOT / name).read_text(encoding="utf-8"))}


def test_every_line_is_a_pin_or_a_hash() -> None:
    """A lock holds pins and hashes, and no address of any kind."""
    for name in ("requirements.lock", "requirements-run.lock"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()

        strange = [
            line for line in lines if not PIN.match(line) and not re.match(r"^    --hash=sha256:[0-9a-f]{64}", line)
        ]

        assert strange == []


def test_what_runs_is_part_of_what_is_tested() -> None:
    """The container's lock holds the same versions as the whole lock, and none of the test tools."""
    runs, whole = pins("requirements-run.lock"), pins("requirements.lock")

    assert runs
    assert runs < whole
    assert {"pytest", "mypy", "ruff", "schemathesis"}.isdisjoint(name for name, _ in runs)


def test_every_dependency_is_locked() -> None:
    """Each dependency of the program is in the container's lock, each of the tests in the whole one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    for requirements, name in (
        (project["dependencies"], "requirements-run.lock"),
        (project["optional-dependencies"]["test"], "requirements.lock"),
    ):
        wanted = {re.split(r"[\[<>=;\s]", requirement)[0].lower() for requirement in requirements}
        assert wanted - {pin for pin, _ in pins(name)} == set()
