"""The files of an import: a file, a folder, a zip archive or standard input. Opens them, and reads no records."""

from __future__ import annotations

import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import IO

from service.directory.hsds.findings import Findings, ImportRefused, Place
from service.i18n import imports

from .expansion import Expansion
from .workbooks import READABLE, WORKBOOK, is_workbook, write_sheets

STANDARD_INPUT = "-"
LINE_SUFFIXES = (".ndjson", ".jsonl")
_JSON_SUFFIXES = (".json", *LINE_SUFFIXES)
_TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
SUFFIXES = (*_JSON_SUFFIXES, *_TABLE_SUFFIXES, WORKBOOK)
DESCRIPTOR = "datapackage.json"
_ZIP = b"PK\x03\x04"
_MOST_MEMBERS = 10_000  # files of an archive
_PIECE = 1024**2
UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error)
"""What opening or reading a broken file raises."""
_BLANK = b" \t\r\n"
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file: `name` relative to the imported path, `size` in bytes, and a way to open the file, more than once."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters."""
        return PurePosixPath(self.name).suffix.lower()


@contextmanager
def input_files(path: Path, findings: Findings, expansion: Expansion) -> Iterator[tuple[InputFile, ...]]:
    """Give the files of `path` in order of names, for a `with` block; `-` is standard input.

    A workbook is given as its sheets: a single sheet under the workbook's name, several as `agencies.xlsx/Programs`.

    Raises:
        ImportRefused: the path is absent, or holds no file of a readable form; or the files expand too much.
    """
    with _open_files(path, findings, expansion) as files, ExitStack() as stack:
        yield tuple(
            sheet
            for file in files
            for sheet in (_sheets(file, stack, expansion) if file.suffix == WORKBOOK else [file])
        )


@contextmanager
def _open_files(path: Path, findings: Findings, expansion: Expansion) -> Iterator[tuple[InputFile, ...]]:
    """Give the files of `path`, workbooks as found."""
    expansion.name = path.name
    if str(path) == STANDARD_INPUT:
        expansion.name = "standard input"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "input")
            with file.open("wb") as copy:  # a source read more than once must be stored
                _copy(sys.stdin.buffer, copy, expansion, is_source=True)
            yield from _one(file, findings, expansion)
    elif path.is_file():
        expansion.source_size = path.stat().st_size
        yield from _one(path, findings, expansion)
    elif path.is_dir():
        files = [_on_disk(file, file.relative_to(path).as_posix()) for file in path.rglob("*") if file.is_file()]
        readable = _readable_files(files)
        expansion.source_size = sum(file.size for file in readable)
        yield readable
    else:
        raise ImportRefused(imports.NO_SUCH_FILE)


def starts_with(file: InputFile, size: int = 1024) -> bytes:
    """Return how a file begins, without byte order mark and leading blanks."""
    with file.open() as stream:
        head = stream.read(size)
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").lstrip(_BLANK)


def looks_like_table(file: InputFile) -> bool:
    """Say whether a file is to be read as a table: as its name says, else as it begins."""
    return file.suffix in _TABLE_SUFFIXES or (
        file.suffix not in _JSON_SUFFIXES and starts_with(file)[:1] not in (b"{", b"[")
    )


def _one(path: Path, findings: Findings, expansion: Expansion) -> Iterator[tuple[InputFile, ...]]:
    """Yield once: the single file, or the files of an archive."""
    name = expansion.name
    file = _on_disk(path, name)
    try:
        with file.open() as stream:
            is_archive = stream.read(len(_ZIP)) == _ZIP
    except OSError:
        findings.leave_out(Place(name), imports.NOT_OPENED)
        raise ImportRefused(imports.NOTHING_IMPORTED, findings.left_out) from None
    if not is_archive:
        yield (file,)
        return
    with file.open() as stream:
        workbook = is_workbook(stream)
    if workbook:
        yield (replace(file, name=name if file.suffix == WORKBOOK else f"{name}{WORKBOOK}"),)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield _readable_files(_members(archive, expansion))
    except (zipfile.BadZipFile, NotImplementedError):
        findings.leave_out(Place(name), imports.BAD_ARCHIVE)
        raise ImportRefused(imports.NOTHING_IMPORTED, findings.left_out) from None


def _sheets(file: InputFile, stack: ExitStack, expansion: Expansion) -> list[InputFile]:
    """Return the sheets of a workbook as CSV files, there as long as `stack` is open."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    with file.open() as source, tempfile.TemporaryFile(dir=folder) as stream:
        _copy(source, stream, expansion)  # within an archive, each step back would unpack from the beginning again
        sheets = list(write_sheets(stream, file.name, folder, expansion))
    if len(sheets) == 1:
        return [_on_disk(sheets[0][1], file.name)]
    return [_on_disk(path, f"{file.name}/{title.replace('.', ' ')}") for title, path in sheets]


def _members(archive: zipfile.ZipFile, expansion: Expansion) -> list[InputFile]:
    """Return the files of an archive. The library unpacks no more of a file than its stated size."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > _MOST_MEMBERS:
        raise ImportRefused(imports.TOO_MANY_FILES.format(file=expansion.name, most=_MOST_MEMBERS))
    expansion.unpack(sum(member.file_size for member in members))
    if any(member.compress_type not in READABLE for member in members):
        raise NotImplementedError
    if any(member.flag_bits & 1 for member in members):
        raise ImportRefused(imports.ARCHIVE_ENCRYPTED)
    return [InputFile(member.filename, member.file_size, partial(archive.open, member)) for member in members]


def _on_disk(path: Path, name: str) -> InputFile:
    return InputFile(name, path.stat().st_size, lambda: path.open("rb"))


def _readable_files(files: list[InputFile]) -> tuple[InputFile, ...]:
    def is_hidden(file: InputFile) -> bool:
        return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(file.name).parts)

    readable = [file for file in files if file.suffix in SUFFIXES and not is_hidden(file)]
    if not readable:
        raise ImportRefused(imports.NO_FILE_OF_A_FORM.format(suffixes=", ".join(SUFFIXES)))
    return tuple(sorted(readable, key=attrgetter("name")))


def _copy(source: IO[bytes], target: IO[bytes], expansion: Expansion, *, is_source: bool = False) -> None:
    """Copy a stream; the size of the import's own files (`is_source`) bounds what else may be written."""
    while piece := source.read(_PIECE):
        expansion.source_size += len(piece) if is_source else 0
        expansion.write(len(piece))
        target.write(piece)
