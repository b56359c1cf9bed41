"""The lock files: every version pinned by hash, and the container's a part of the whole."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

import pytest
from repository import ROOT

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)( ; .+?)? \\$", re.MULTILINE)

GIVEN_AWAY = re.compile(r"MIT|BSD|Apache|ISC|PSF|MPL|Mozilla Public|LGPL|Lesser General Public|Zlib|Unlicense")
KEPT_TOGETHER = re.compile(r"GPL|General Public License")
READ_BY_US = {"cedarpy": "Apache-2.0", "z3-solver": "MIT"}
"""Licences that stand in the package's own text, and not in its metadata."""


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
        names = {re.split(r"[\[<>=;\s]", requirement)[0].lower() for requirement in requirements}
        assert names - {pin for pin, _ in pins(name)} == set()


@pytest.mark.parametrize("name", sorted({name for name, _ in pins("requirements-run.lock")}))
def test_what_runs_may_be_given_away(name: str) -> None:
    """Each package that runs is under a permissive licence, the MPL or the LGPL, by its own word or as read by us."""
    try:
        words = metadata(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is for other systems")
    own = [words.get("License-Expression"), words.get("License"), *(words.get_all("Classifier") or [])]
    licence = READ_BY_US.get(name) or " ".join(text for text in own if text)

    assert GIVEN_AWAY.search(licence), licence[:200]
    assert not KEPT_TOGETHER.search(licence.replace("LGPL", "").replace("Lesser General Public License", ""))
