"""The whole output of `load`, as golden files: a file to load, and the expected output next to it."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from bundle_builders import LEFT_OUT, bundle_bytes, good_bundle, put
from command_line import CommandLine

HERE = "sqlite:///here.db"
GOLDEN = Path(__file__).parent / "load_output"
REWRITTEN = os.environ.get("REWRITE_GOLDEN")
"""Set it to rewrite the golden files, then review each difference."""


def after_stored() -> dict[str, tuple[Any, list[str]]]:
    """Return the loads that follow the first one: by name, the changed bundle and extra arguments."""
    without = good_bundle()
    night = without["organizations"].pop(2)
    less = put(put(deepcopy(without), "agreements", LEFT_OUT), "equivalent_forms", LEFT_OUT)
    del less["release_forms"][1:], less["vocabulary"][0]
    put(less, "areas[1].name", "Travis")
    more = good_bundle()
    more["organizations"] += [{**night, "id": f"desk-{n}", "services": []} for n in range(7)]
    more["organizations"][0].pop("services")
    put(more, "organizations[1].services[0].minimum_age", 13)
    put(more, "coalition.name", "New name")
    return {
        "same-again": (good_bundle(), []),
        "less-in-the-file": (less, []),
        "less-with-replace": (less, ["--replace"]),
        "more-and-changed": (more, []),
        "more-dry-run": (more, ["--dry-run"]),
        "refused-by-the-store": (put(without, "organizations[1].services[0].id", "night-line"), []),
    }


def held(name: str, said: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if REWRITTEN:
        file.write_text(said, encoding="utf-8")
    assert said == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", after_stored())
def test_load_lists_changes_and_records_left(router: CommandLine, name: str) -> None:
    """Records added, changed and removed, and records still stored and routed that the file doesn't name."""
    router.run("load", router.write("first.json", bundle_bytes(good_bundle())), "--database", HERE)
    bundle, arguments = after_stored()[name]

    said = router.run("load", router.write("then.json", bundle_bytes(bundle)), *arguments, "--database", HERE)

    held(name, f"status {said.status}\n--- out\n{said.out}--- err\n{said.err}")


@pytest.mark.parametrize("file", sorted((*GOLDEN.glob("*.yaml"), *GOLDEN.glob("*.json"))), ids=lambda file: file.name)
def test_each_problem_has_its_position(router: CommandLine, file: Path) -> None:
    """Each problem names the record's id, the path, line and column, in YAML and JSON. Likely typos are pointed out."""
    said = router.run("load", router.write(file.name, file.read_bytes()), "--database", HERE)

    held(file.name, f"status {said.status}\n--- out\n{said.out}--- err\n{said.err}")
