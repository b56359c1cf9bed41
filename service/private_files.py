"""Files that hold a secret: readable by their owner only, and written whole before they take their name."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class ReadableByOthers(OSError):
    """The file gives rights to further users than its owner."""


def read_private_file(path: Path, *, most: int) -> bytes:
    """Return the content of a file that nobody but its owner has rights to, at most `most` bytes.

    Raises:
        FileNotFoundError: there is no file.
        ReadableByOthers: further users have rights to the file.
        OSError, ValueError: the file cannot be read, is no regular file, or is longer.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe of that name must not hold us up
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError
        if os.name == "posix" and status.st_mode & _OTHERS:
            raise ReadableByOthers
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError
    return content


def is_open_to_others(path: Path) -> bool:
    """Say whether further users than its owner have rights to a file; an absent one is open to nobody."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & _OTHERS)
    except (OSError, ValueError):
        return False


def make_private_file(path: Path, content: bytes) -> None:
    """Write a new file, unless another process has made a file of the name first: that file then stays.

    Raises:
        OSError, ValueError: the file cannot be written.
    """
    with _draft(path, content) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        _keep_names(path.parent)


def replace_private_file(path: Path, content: bytes) -> None:
    """Replace the content of a present file, for its owner as before; a reader sees the old content or the new.

    Raises:
        OSError, ValueError: the file cannot be replaced.
    """
    target = path.resolve(strict=True)  # of a link, the file that it leads to
    with _draft(target, content, like=target.stat()) as draft:
        os.replace(draft, target)
        _keep_names(target.parent)


def fingerprint(path: Path) -> tuple[int, ...]:
    """Return what changes with each change of a file.

    Raises:
        OSError, ValueError: there is no such file.
    """
    status = os.stat(path)
    return (status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@contextmanager
def turn_at(path: Path) -> Iterator[None]:
    """Change a file alone for a `with` block; a process that dies gives its turn back.

    Raises:
        OSError: its folder cannot be opened.
    """
    import fcntl  # noqa: PLC0415 - not on every system, and keys are changed on a server

    folder = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def writing_private_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write for a `with` block; once written whole it takes the name `path`, if that is free still.

    Raises:
        FileExistsError: there is a file of that name, which stays.
        OSError, ValueError: the file cannot be written.
    """
    if path.exists():
        raise FileExistsError
    with _writing(path) as (file, draft):
        yield file
        _finish(file)
        os.link(draft, path)


@contextmanager
def _draft(path: Path, content: bytes, *, like: os.stat_result | None = None) -> Iterator[str]:
    """Give a file beside `path` with the content, its owner's only; `like`: for the owner of the file it replaces."""
    with _writing(path) as (file, draft):
        if like is not None and (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(file.fileno(), like.st_uid, like.st_gid)  # whom the server runs as must go on reading it
        file.write(content)
        _finish(file)
        yield draft


@contextmanager
def _writing(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    """Give an empty file beside `path`, its owner's only, and its name; the name goes at the end."""
    descriptor, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, draft
    finally:
        Path(draft).unlink(missing_ok=True)


def _keep_names(folder: Path) -> None:
    """Have the names of a folder outlast a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _finish(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
