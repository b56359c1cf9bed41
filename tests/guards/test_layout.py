"""The shape of the repository: few folders, no machine in any file."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from repository import ROOT, text_of, tracked_files

FOLDERS = {"service", "routing", "policies", "openapi", "tests"}
FILES = {
    *("CHANGELOG.md", "CONTRIBUTING.md", "DECISIONS.md", "Dockerfile", "LICENSE", "README.md", "SECURITY.md"),
    *("noxfile.py", "pyproject.toml", "requirements.lock", "requirements-run.lock"),
}


def test_top_level_folders_are_the_listed_ones() -> None:
    """Beside dot-files, the repository has five folders and a handful of files."""
    top = {file.relative_to(ROOT).parts for file in tracked_files()}

    assert {parts[0] for parts in top if len(parts) > 1 and not parts[0].startswith(".")} <= FOLDERS
    assert {parts[0] for parts in top if len(parts) == 1 and not parts[0].startswith(".")} <= FILES


def test_no_other_distribution_ships_our_import_names() -> None:
    """`routing`, `policies` and `service` are generic names: what is imported must be what lies here."""
    for package in ("routing", "policies", "service"):
        assert Path(str(resources.files(package))).parent.name in (ROOT.name, "site-packages")
        assert (ROOT / package / "__init__.py").is_file()


def test_tests_are_no_package() -> None:
    """A lone `__init__.py` under `tests` would shadow the package that it is named after."""
    assert [
        file for file in tracked_files() if file.name == "__init__.py" and file.is_relative_to(ROOT / "tests")
    ] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """No path of anybody's machine, in any file that is committed."""
    places = ["work", "root", "home", "Users", "tmp"]
    machine = re.compile(rf"(?<![\w.~}}])/({'|'.join(places)})/[a-z]")

    files = [str(file.relative_to(ROOT)) for file in tracked_files() if machine.search(text_of(file))]

    assert files == []


def test_no_file_names_a_registry() -> None:
    """Packages come from whatever registry the reader's own client knows; no host of one is written down."""
    registries = [
        "py" + "pi.org",
        "python" + "hosted",
        "npm" + "js.",
        "ghcr" + ".io",
        "docker" + ".io",
        "find-" + "links",
    ]

    places = [
        (str(file.relative_to(ROOT)), host)
        for file in tracked_files()
        for host in registries
        if host in text_of(file).lower()
    ]

    assert places == []


def test_every_source_line_is_utf8_and_lf() -> None:
    """Text files are UTF-8 with plain line ends, whoever wrote them."""
    texts = [file for file in tracked_files() if file.suffix in (".py", ".md", ".yaml", ".json", ".cedar", ".toml")]

    assert [
        str(file) for file in texts if b"\r" in file.read_bytes() or (not text_of(file).strip() and file.stat().st_size)
    ] == []
