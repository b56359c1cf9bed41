"""The files of an import: which they are, and what plain data they hold. Reads files, writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.bundle.document import LARGEST_FILE, parse_document
from service.errors import BundleRefused

from .errors import ImportRefused
from .findings import TOP, Findings, Place


@dataclass(frozen=True, slots=True)
class Document:
    """One file that could be read: `name` relative to the imported folder, and its plain data."""

    name: str
    data: Any


def read_documents(path: Path, findings: Findings) -> tuple[Document, ...]:
    """Return what the JSON file `path`, or every `*.json` file under the folder `path`, holds; in order of names.

    A file that cannot be read is noted and left out.

    Raises:
        ImportRefused: there is no such path, no JSON file in it, or not one that can be read.
    """
    names = _names(path)
    documents = tuple(document for name, file in names for document in _read(name, file, findings))
    if not documents:
        raise ImportRefused("nothing could be imported", tuple(findings.left_out))
    return documents


def _names(path: Path) -> list[tuple[str, Path]]:
    if path.is_file():
        return [(path.name, path)]
    if not path.is_dir():
        raise ImportRefused("nothing could be imported: there is no such file or folder")
    found = [(file.relative_to(path), file) for file in path.rglob("*.json") if file.is_file()]
    visible = [(name.as_posix(), file) for name, file in found if not any(part.startswith(".") for part in name.parts)]
    if not visible:
        raise ImportRefused("nothing could be imported: the folder holds no JSON file")
    return sorted(visible)


def _read(name: str, file: Path, findings: Findings) -> Iterator[Document]:
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
        tree, problems = parse_document(data)
    except OSError:
        findings.leave_out(Place(name), "cannot be opened")
        return
    except BundleRefused as refused:
        for problem in refused.problems:
            findings.leave_out(Place(name), problem.message)
        return
    if not isinstance(tree, (dict, list)):
        findings.leave_out(Place(name), "holds neither a record nor a list of records")
        return
    for problem in problems:
        whole, _, field = problem.path.rpartition(".")
        findings.keep_unread(Place(name, whole or TOP), field, problem.message)
    yield Document(name, tree)
