"""The target of an export: a file or folder, whole or not at all. Files take their name only when complete."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from service.directory.standard.record_types import BY_TYPE_ALONE
from service.directory.standard.schema import OBJECT_TYPES
from service.errors import ServiceError
from service.i18n import imports, setup
from service.i18n.texts import cell_of

from .data_package import Flattener, KeySet, columns_of, package

Take = Callable[[str, Mapping[str, Any]], object]
"""Takes the next record: its type (`organization`, `service`, `taxonomy`, `taxonomy_term`), and the record."""


class ExportRefused(ServiceError):
    """No record was exported, and an existing file is unchanged."""


def export_to(path: Path, *, formulas: bool = False) -> AbstractContextManager[Take]:
    """Return a `with` block that writes an export to `path`, in the form of its ending.

    JSON: a single array. NDJSON: a record on each line. A folder, or a ZIP file: a tabular data package. An existing
    file is replaced when the block ends well; after an error the existing file is unchanged. `formulas`: cells that a
    spreadsheet would work out are written as they are (`texts.cell_of`).

    Raises:
        ExportRefused: the ending names no form, the folder is not empty, or the path cannot be written.
    """
    match path.suffix.lower():
        case ".json":
            return _file(path, _json)
        case ".ndjson" | ".jsonl":
            return _file(path, ndjson)
        case ".zip":
            return _file(path, partial(_zip, formulas=formulas))
        case "":
            return _folder(path, formulas=formulas)
    raise ExportRefused(imports.NOT_EXPORTED.format(wanted=imports.NAME_A_FILE))


@contextmanager
def ndjson(out: BinaryIO) -> Iterator[Take]:
    """Write a record on each line of `out`."""
    yield lambda record_type, record: out.write(_bytes(record_type, record) + b"\n")


@contextmanager
def _json(out: BinaryIO) -> Iterator[Take]:
    before = b"[\n"

    def take(record_type: str, record: Mapping[str, Any]) -> None:
        nonlocal before
        out.write(before + _bytes(record_type, record))
        before = b",\n"

    yield take
    out.write(b"[]\n" if before == b"[\n" else b"\n]\n")


@contextmanager
def _zip(out: BinaryIO, *, formulas: bool) -> Iterator[Take]:
    with tempfile.TemporaryDirectory(prefix="hsds-") as name:
        folder = Path(name)
        with _tables(folder, formulas=formulas) as take:
            yield take
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.iterdir()):
                member = zipfile.ZipInfo(file.name)  # of no time, so that the same content is the same bytes
                member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with file.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target)


@contextmanager
def _tables(folder: Path, *, formulas: bool) -> Iterator[Take]:
    """Write a data package into `folder`, every table at once."""
    with ExitStack() as opened:
        rows: dict[str, Any] = {}
        for object_type in OBJECT_TYPES.values():
            file: TextIO = opened.enter_context((folder / object_type.file).open("w", encoding="utf-8", newline=""))
            rows[object_type.name] = csv.writer(file, lineterminator="\n")
            rows[object_type.name].writerow(columns_of(object_type))
        keys = KeySet()
        opened.callback(keys.close)

        def put(table: str, values: Sequence[Any]) -> None:
            rows[table].writerow(
                [cell_of(value, formulas=formulas) if isinstance(value, str) else value for value in values]
            )

        yield Flattener(put, keys).add
    description = json.dumps(package(), ensure_ascii=False, indent=1) + "\n"
    (folder / "datapackage.json").write_text(description, encoding="utf-8")


@contextmanager
def _file(path: Path, form: Callable[[BinaryIO], AbstractContextManager[Take]]) -> Iterator[Take]:
    with _draft(path) as draft, draft.open("wb") as out:
        with form(out) as take:
            yield take
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _folder(path: Path, *, formulas: bool) -> Iterator[Take]:
    if path.is_dir() and any(path.iterdir()):
        raise ExportRefused(imports.FOLDER_NOT_EMPTY)
    with _draft(path) as draft:
        draft.mkdir()
        with _tables(draft, formulas=formulas) as take:
            yield take


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Give a path beside `path`, which takes its place when the block ends well."""
    try:
        with tempfile.TemporaryDirectory(
            dir=path.parent, prefix=f".{path.name}.", ignore_cleanup_errors=True
        ) as folder:
            draft = Path(folder, "draft")
            yield draft
            draft.replace(path)
    except OSError as error:
        raise ExportRefused(imports.NOT_WRITTEN.format(what=error.strerror or setup.NO_REASON)) from None


def _bytes(record_type: str, record: Mapping[str, Any]) -> bytes:
    if record_type in BY_TYPE_ALONE:
        record = {**record, "kind": record_type}
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")
