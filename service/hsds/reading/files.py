"""The files of an import: a file, a folder, a zip archive or standard input. Opens them, and reads no records."""

from __future__ import annotations

import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from service.hsds.errors import ImportRefused
from service.hsds.findings import Findings, Place
from service.wording import imports

from .workbooks import WORKBOOK, is_workbook, write_sheets

STANDARD_INPUT = "-"
SUFFIXES = (".json", ".ndjson", ".jsonl", ".csv", ".tsv", ".txt", WORKBOOK)
TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
DESCRIPTOR = "datapackage.json"
_ZIP = b"PK\x03\x04"
_LARGEST_ARCHIVE = 16 * 1024**3  # bytes, unpacked: more is no directory, but a trap
_BLANK = b" \t\r\n"
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file: `name` relative to the imported path, `size` in bytes, and a way to open the file, more than once."""

    name: str
    size: int
    open: Callable[[], BinaryIO]

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters."""
        return PurePosixPath(self.name).suffix.lower()


@contextmanager
def input_files(path: Path, findings: Findings) -> Iterator[tuple[InputFile, ...]]:
    """Give the files of `path` in order of names, for a `with` block; `-` is standard input.

    A workbook is given as its sheets: a single sheet under the workbook's name, several as `agencies.xlsx/Programs`.

    Raises:
        ImportRefused: the path is absent, or holds no file of a readable form.
    """
    with _opened(path, findings) as files, ExitStack() as kept:
        yield tuple(found for file in files for found in (_sheets(file, kept) if file.suffix == WORKBOOK else [file]))


@contextmanager
def _opened(path: Path, findings: Findings) -> Iterator[tuple[InputFile, ...]]:
    """Give the files of `path`, workbooks as found."""
    if str(path) == STANDARD_INPUT:
        with _kept_input() as kept:
            yield from _one(kept, "standard input", findings)
    elif path.is_file():
        yield from _one(path, path.name, findings)
    elif path.is_dir():
        yield _wanted([_on_disk(file, file.relative_to(path).as_posix()) for file in path.rglob("*") if file.is_file()])
    else:
        raise ImportRefused(imports.NO_SUCH_FILE)


def starts_with(file: InputFile, size: int = 1024) -> bytes:
    """Return how a file begins, without byte order mark and leading blanks."""
    with file.open() as stream:
        head = stream.read(size)
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").lstrip(_BLANK)


def _one(path: Path, name: str, findings: Findings) -> Iterator[tuple[InputFile, ...]]:
    """Yield once: the single file, or the files of an archive."""
    file = _on_disk(path, name)
    try:
        with file.open() as stream:
            packed = stream.read(len(_ZIP)) == _ZIP
    except OSError:
        findings.leave_out(Place(name), imports.NOT_OPENED)
        raise ImportRefused(imports.NOTHING_IMPORTED, findings.left_out) from None
    if not packed:
        yield (file,)
        return
    if _is_workbook(file):
        yield (replace(file, name=name if file.suffix == WORKBOOK else f"{name}{WORKBOOK}"),)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            yield _wanted(_members(archive))
    except (zipfile.BadZipFile, NotImplementedError):
        findings.leave_out(Place(name), imports.BAD_ARCHIVE)
        raise ImportRefused(imports.NOTHING_IMPORTED, findings.left_out) from None


def _is_workbook(file: InputFile) -> bool:
    with file.open() as stream:
        return is_workbook(stream)


def _sheets(file: InputFile, kept: ExitStack) -> list[InputFile]:
    """Return the sheets of a workbook as CSV files, kept as long as `kept` is open."""
    folder = kept.enter_context(tempfile.TemporaryDirectory())
    with file.open() as stream:
        sheets = list(write_sheets(stream, folder))
    if len(sheets) == 1:
        return [_on_disk(sheets[0][1], file.name)]
    return [_on_disk(written, f"{file.name}/{title.replace('.', ' ')}") for title, written in sheets]


def _members(archive: zipfile.ZipFile) -> list[InputFile]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if sum(member.file_size for member in members) > _LARGEST_ARCHIVE:
        raise ImportRefused(imports.ARCHIVE_TOO_LARGE.format(largest_archive=_LARGEST_ARCHIVE // 1024**3))
    if any(member.flag_bits & 1 for member in members):
        raise ImportRefused(imports.ARCHIVE_ENCRYPTED)
    return [InputFile(member.filename, member.file_size, _opener(archive, member)) for member in members]


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: archive.open(member)  # type: ignore[return-value]  # an IO[bytes] that reads and seeks


def _on_disk(path: Path, name: str) -> InputFile:
    return InputFile(name, path.stat().st_size, lambda: path.open("rb"))


def _wanted(files: list[InputFile]) -> tuple[InputFile, ...]:
    visible = [file for file in files if not any(part.startswith((".", "__MACOSX")) for part in _parts(file))]
    found = sorted((file for file in visible if file.suffix in SUFFIXES), key=lambda file: file.name)
    if not found:
        raise ImportRefused(imports.NO_FILE_OF_A_FORM.format(suffixes=", ".join(SUFFIXES)))
    return tuple(found)


def _parts(file: InputFile) -> tuple[str, ...]:
    return PurePosixPath(file.name).parts


@contextmanager
def _kept_input() -> Iterator[Path]:
    """Keep standard input in a temporary file: a source read more than once must be stored."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "input")
        with path.open("wb") as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
        yield path
