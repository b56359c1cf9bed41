"""Every example of the guide works: its commands run as printed beside the demo of today, and answer what it shows.

The `sh` blocks of a page are one session. A `json` block right after a block of commands is a part of what the last of
them printed: `…` stands for anything, a list for some of its elements in order. The `yaml` blocks of a page are one
bundle, which loads.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from api_builders import Api, load_demo, running
from environments import PROJECT

from service import demo
from service.directory.bundle import read_bundle
from service.settings import Settings

GUIDE = PROJECT / "openapi" / "guide"
PAGES = sorted(file.name for file in GUIDE.glob("*.md"))
BLOCK = re.compile(r"^```(sh|json|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(#[\w-]+)?\)")
LEAST_EXAMPLES = 60


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the language and the text of each example of a page."""
    return [(match[1], match[2]) for match in BLOCK.finditer((GUIDE / page).read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `demo` was started: its database, and its profiles."""
    place = tmp_path_factory.mktemp("guide")
    (place / "referral-router-demo").mkdir()
    for name in demo.profile_names():
        profile = demo.profile_bytes(name, day=demo.today())
        (place / "referral-router-demo" / f"{name}.json").write_bytes(profile)
    return place


@pytest.fixture(scope="module")
def api(folder: Path) -> Iterator[Api]:
    """The demo of today; the host of the example endpoint is this machine's, where nobody listens."""
    found, look_up = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9)), socket.getaddrinfo

    def look_up_here(host: Any, *arguments: Any, **more: Any) -> Any:
        return [found] if host == "example.org" else look_up(host, *arguments, **more)

    settings = Settings(
        database=f"sqlite:///{folder / 'referral-router-demo.db'}", time_budget_ms=60_000, deliver=False,
        rate_limit="1000000/minute", webhook_networks="127.0.0.0/8", grievance_body="dogwood-victim-aid",
    )  # fmt: skip
    load_demo(settings, demo.coalition_bytes(day=demo.today()))
    with pytest.MonkeyPatch.context() as patch, running(settings) as served:
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield served


def run(page: str, api: Api, folder: Path) -> list[str]:
    """Run the commands of a page after those of the first page, and return what each of its blocks printed."""
    commands = [text for language, text in blocks(page) if language == "sh"]
    first = [text for language, text in blocks("README.md") if language == "sh"] if page != "README.md" else []
    parts = [f"{{\n{text}\n}} >before.out\n" for text in first]
    parts += [f"{{\n{text}\n}} >block{number}.out\n" for number, text in enumerate(commands)]
    script = "set -eu\n" + "".join(parts)
    script = script.replace("http://127.0.0.1:8000", str(api.client.base_url).rstrip("/"))
    script = re.sub(r"\bcurl ", "curl --silent --fail-with-body ", script)
    environment = {"PATH": f"{PROJECT / '.venv' / 'bin'}:{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    printed = [(folder / f"block{number}.out").read_text() for number in range(len(commands)) if done.returncode == 0]
    assert done.returncode == 0, (page, done.stdout, done.stderr, [file.read_text() for file in folder.glob("*.out")])
    return printed


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_guide_answers_what_it_shows(page: str, api: Api, folder: Path) -> None:
    """No command fails, and each answer that is shown is one that was given."""
    printed = iter(run(page, api, folder))
    last = ""
    for language, text in blocks(page):
        if language == "sh":
            last = next(printed)
        elif language == "json":
            given = json.loads(last.strip().splitlines()[-1] if not last.lstrip().startswith("{\n") else last)
            assert fault(json.loads(text), given) is None, (fault(json.loads(text), given), last[:3000])


@pytest.mark.parametrize("page", [page for page in PAGES if any(language == "yaml" for language, _ in blocks(page))])
def test_the_yaml_of_a_page_is_a_bundle(page: str) -> None:
    """The blocks of a page together, as they are printed."""
    text = "\n".join(text for language, text in blocks(page) if language == "yaml")

    assert yaml.safe_load(text)
    read_bundle(text.encode())


def test_the_guide_has_many_examples() -> None:
    """If this fails: examples were lost."""
    assert sum(len(blocks(page)) for page in PAGES) >= LEAST_EXAMPLES


def test_every_link_of_the_guide_leads_somewhere() -> None:
    """To a file here; the first page names every other one."""
    missing = [
        (page, target)
        for page in PAGES
        for target, _ in LINK.findall((GUIDE / page).read_text(encoding="utf-8"))
        if not target.startswith(("http", "mailto:")) and not (GUIDE / target).exists()
    ]
    named = {target for target, _ in LINK.findall((GUIDE / "README.md").read_text(encoding="utf-8"))}

    assert missing == []
    assert {*PAGES} - {"README.md"} <= named
    assert {f"to-print/{file.name}" for file in (GUIDE / "to-print").glob("*.md")} <= named


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_guide_is_short(page: str) -> None:
    """If this fails: make two pages of it."""
    assert len((GUIDE / page).read_text(encoding="utf-8").splitlines()) <= 250


def fault(shown: Any, given: Any, place: str = "") -> str | None:
    """Return where an answer is not as the guide shows it, None where it is. Pure.

    >>> fault({"a": [{"b": 1}]}, {"a": [{"b": 2}, {"b": 1, "c": 3}]})
    >>> fault({"a": {"b": 1}}, {"a": {"b": 2}})
    '/a/b: 2'
    """
    if shown == "…":
        return None
    if isinstance(shown, dict) and isinstance(given, dict):
        missing = (f"{place}/{name}: not there" for name in shown if name not in given)
        inner = (fault(value, given[name], f"{place}/{name}") for name, value in shown.items() if name in given)
        return next((wrong for wrong in (*missing, *inner) if wrong), None)
    if isinstance(shown, list) and isinstance(given, list):
        rest = iter(given)
        if not shown and given:
            return f"{place}: not empty"
        absent = (element for element in shown if not any(fault(element, other) is None for other in rest))
        return next((f"{place}: no {element}" for element in absent), None)
    if isinstance(shown, str) and isinstance(given, str) and shown.endswith("…"):
        return None if given.startswith(shown[:-1]) else f"{place}: {given}"
    return None if shown == given else f"{place}: {given}"
