"""Small files that cost much to read are refused whole, at little cost: peak memory and bytes written are measured."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from attacks import exploding_files as files
from attacks.measured_command import Cost, cost_of

MOST_MEMORY = 190  # MiB that a refusal may take, beyond what the import of one agency takes
MOST_WRITTEN = 100  # MiB

TOO_LARGE = "the workbook is too large"
NO_WORKBOOK = "the workbook cannot be read"


@dataclass(frozen=True)
class Attack:
    """A file, what is said of it, and whether what is right in it is stored nevertheless."""

    make: Callable[[Path], Path]
    said: str
    refused: bool = True
    options: tuple[str, ...] = ()


ATTACKS = (
    Attack(files.entities, "document type (DOCTYPE)"),
    Attack(files.strings_without_number, TOO_LARGE),
    Attack(files.styles_without_number, TOO_LARGE),
    Attack(files.one_row_of_cells, TOO_LARGE),
    Attack(files.far_cells, TOO_LARGE),
    Attack(files.far_row, TOO_LARGE),
    Attack(files.deep_xml, TOO_LARGE),
    Attack(files.merged_cells, TOO_LARGE),
    Attack(files.wide_columns, TOO_LARGE),
    Attack(files.one_long_string, TOO_LARGE),
    Attack(files.rows_among_strings, TOO_LARGE),
    Attack(files.strings_among_rows, TOO_LARGE),
    Attack(files.relations_in_rows, TOO_LARGE),
    Attack(files.main_part_of_rows, NO_WORKBOOK),
    Attack(files.chart_of_rows, "nothing could be imported"),
    Attack(files.workbooks_in_archive, "unpacks to more than 64 MiB"),
    Attack(files.zeros, "unpacks to more than 64 MiB"),
    Attack(files.overlapping, "unpacks to more than 64 MiB"),
    Attack(files.other_packing, "is a zip archive that cannot be read"),
    Attack(files.small_values, "one object of more than 2000000 values"),
    Attack(files.deep_keys, "nested deeper than 100 levels"),
    Attack(files.one_long_key, "a key of more than 1000 bytes"),
    Attack(files.one_line, "a line of more than 4 MiB"),
    Attack(files.row_of_lines, "a record of more than 4 MiB"),
    Attack(files.list_in_a_cell, "a list of more than 1000 entries in a cell", refused=False),
    Attack(files.lists_in_cells, "takes more than 64 MiB of disk"),
    Attack(files.phones_of_one, "belongs to a record of more than 4 MiB"),
    Attack(files.parts_in_parts, "is nested too deep"),
    Attack(files.parts_in_a_circle, "", refused=False),
    Attack(files.copies_of_a_place, "takes more than 64 MiB of disk"),
    Attack(files.area_area, "", refused=False),
    Attack(files.first_row_of_a_megabyte, "says something else", refused=False),
    Attack(files.services_of_one, "takes more than 160 MiB of memory", options=("--most-memory", "160")),
    Attack(files.one_place_of_all, "minutes of processor time", options=("--most-minutes", "0.01")),
)


def stored(database: Path) -> int:
    """Return how many organizations a database holds; none where there is no database."""
    if not database.exists():
        return 0
    opened = sqlite3.connect(database)
    try:
        return int(opened.execute("SELECT count(*) FROM record WHERE type = 'organization'").fetchone()[0])
    finally:
        opened.close()


@pytest.fixture(scope="module")
def usual_mb(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Return the peak memory, in MiB, of an import of one agency: it differs from machine to machine."""
    folder = tmp_path_factory.mktemp("usual")
    records = json.dumps([{"id": "o", "name": "House"}]).encode()
    file = files.put(folder, "usual.zip", files.zipped({"records.json": records}))
    return cost_of("import", "hsds", file, "--database", f"sqlite:///{folder}/usual.db", folder=folder).peak_mb


@pytest.fixture
def attacked(tmp_path: Path, usual_mb: int) -> Callable[..., Cost]:
    """Return what runs a command on a database of its own; each must take little memory and give back its disk."""

    def run(*arguments: object, reads: Path | None = None) -> Cost:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        cost = cost_of(*arguments, "--database", f"sqlite:///{tmp_path}/attacked.db", folder=temporary, reads=reads)
        print({name: value for name, value in vars(cost).items() if name != "said"}, usual_mb)  # noqa: T201  figures
        assert cost.peak_mb - usual_mb < MOST_MEMORY
        assert cost.written_mb < MOST_WRITTEN
        assert not [*temporary.iterdir()]
        assert "Traceback" not in cost.said
        return cost

    return run


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.make.__name__)
def test_a_file_that_explodes_costs_little(tmp_path: Path, attack: Attack, attacked: Callable[..., Cost]) -> None:
    """It is refused by name and limit and nothing of it is stored; or the part that explodes is left out."""
    file = attack.make(tmp_path)

    cost = attacked("import", "hsds", file, *attack.options)

    assert cost.status == attack.refused
    assert attack.said in cost.said
    assert stored(tmp_path / "attacked.db") == (0 if attack.refused else 1)


def test_what_is_read_in_explodes_no_more(tmp_path: Path, attacked: Callable[..., Cost]) -> None:
    """Standard input is held against the same bounds, and what was kept of it is given back."""
    cost = attacked("import", "hsds", "-", reads=files.zeros(tmp_path))

    assert cost.status == 1
    assert "standard input: nothing was imported: it unpacks to more than 64 MiB" in cost.said


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (files.wide_head, "has more than 1000 columns"),
        (files.strings_without_number, TOO_LARGE),
        (files.zeros, "unpacks to more than 64 MiB"),
    ],
)
def test_to_suggest_a_mapping_costs_little(
    tmp_path: Path, attacked: Callable[..., Cost], make: Callable[[Path], Path], sentence: str
) -> None:
    """The headings alone are looked at, under the same bounds."""
    cost = attacked("import", "suggest", make(tmp_path))

    assert (cost.status, sentence in cost.said) == (1, True)


@pytest.mark.parametrize(
    ("make", "sentence", "options"),
    [
        (files.short_bundle, "must not hold more than 3000000 values", ()),
        (files.wrong_bundle, "values that are not what a bundle has there", ()),
        (files.twice_bundle, "takes more than 160 MiB of memory", ("--most-memory", "160")),
    ],
)
def test_to_load_a_bundle_costs_little(
    tmp_path: Path,
    attacked: Callable[..., Cost],
    make: Callable[[Path], Path],
    sentence: str,
    options: tuple[str, ...],
) -> None:
    """JSON holds no more values than YAML may, and reading has the limits of an import."""
    cost = attacked("load", make(tmp_path), *options)

    assert (cost.status, sentence in cost.said) == (1, True)


def test_a_mapping_is_small(tmp_path: Path, attacked: Callable[..., Cost]) -> None:
    """A mapping whose aliases write it out a million times is refused before any row is read."""
    table = files.put(tmp_path, "a.csv", b"C0\n1\n")

    cost = attacked("import", "hsds", table, "--mapping", files.mapping_of_aliases(tmp_path))

    assert cost.status == 1
    assert "the mapping cannot be used" in cost.said
