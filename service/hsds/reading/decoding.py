"""Bytes of real directories to text: UTF-8 with strays of Windows-1252, UTF-16, byte order marks, NULs.

A mended byte is certain enough to store and is counted; no byte is refused here.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from service.wording import imports

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHUNK = 64 * 1024
_MOST_OPENED = 2_000  # brackets that one piece may open and not close
_MOST_OPEN = 50_000
LONGEST_TEXT = 1024 * 1024
"""Most bytes between two quotation marks of a JSON file. A parser that is given a text by pieces begins it anew with
each of them, which costs the square of its length."""
LARGEST_RECORD = 256 * 1024 * 1024
LONGEST_LINE = 16 * 1024 * 1024
_STRAYS = "strays of Windows-1252"


def _read_stray(error: UnicodeError) -> tuple[str, int]:
    """Read bytes outside UTF-8 as Windows-1252."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - registered for decoding alone
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_STRAYS, _read_stray)


class Mending:
    """Decodes piece by piece and collects the reasons for mending in `mended`, until a caller empties the set."""

    def __init__(self) -> None:
        self.mended: set[str] = set()
        self._rest = b""

    def decode(self, data: bytes, *, final: bool) -> str:
        """Return `data` as text; without `final`, the first bytes of a character may wait for the rest.

        >>> mending = Mending()
        >>> mending.decode(b"caf\\xe9", final=True), mending.mended
        ('café', {'has bytes that are not UTF-8; read as Windows-1252'})
        """
        data = self._rest + data
        try:
            whole, used = codecs.utf_8_decode(data, "strict", final)
        except UnicodeDecodeError:
            whole, used = codecs.utf_8_decode(data, _STRAYS, final)
            self.mended.add(imports.WINDOWS_1252)
        self._rest = data[used:]
        if "\0" in whole:
            self.mended.add(imports.NUL_TAKEN_OUT)
            return whole.replace("\0", "")
        return whole


class TooLarge(ValueError):
    """A text, a line or a record is larger than any directory holds. The message says which."""


class TextLines:
    """The lines of a stream as text, ends kept; `mending.mended` holds the reasons for mending on the way.

    The iteration raises TooLarge at a line longer than `LONGEST_LINE`.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.mending = Mending()
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        head = _head(self._stream)
        if head in _UTF16:
            self.mending.mended.add(imports.UTF_16)
            wrapper = io.TextIOWrapper(self._stream, encoding="utf-16", errors="replace", newline="")
            try:
                yield from _lines(wrapper)
            finally:
                wrapper.detach()  # the stream is its owner's to close
            return
        first = True
        for line in _lines(self._stream):
            text = self.mending.decode(line, final=True)
            yield text.removeprefix("\ufeff") if first else text
            first = False


def _lines(stream: BinaryIO | io.TextIOWrapper) -> Iterator[Any]:
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise TooLarge(imports.LINE_TOO_LONG.format(most=LONGEST_LINE // 1024**2))
        yield line


class TooDeep(ValueError):
    """JSON opens many more brackets than it closes."""


class Utf8Stream:
    """A stream of JSON as UTF-8 without a byte order mark, for parsers of plain UTF-8 only.

    A file of opening brackets alone costs a parser the square of its size, so `read` counts brackets, roughly: brackets
    within text count too. `read` likewise counts the length of a text, and of a record: bytes since `begin_record`.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.mending = Mending()
        self._stream = stream
        self._wide = codecs.getincrementaldecoder("utf-16")("replace") if _head(stream) in _UTF16 else None
        if self._wide is not None:
            self.mending.mended.add(imports.UTF_16)
        self._first = True
        self._open = 0
        self._record = 0
        self._text = 0
        self._escape = b""

    def begin_record(self) -> None:
        """Begin to count a new record."""
        self._record = 0

    def read(self, size: int = _CHUNK) -> bytes:
        """Return about `size` more bytes, none at the end.

        Raises:
            TooDeep: more brackets are open than in any directory.
            TooLarge: a text or a record is larger than in any directory.
        """
        if not size:  # a parser asks for nothing to learn whether it will get bytes
            return b""
        data = self._read(size)
        opened = data.count(b"[") + data.count(b"{") - data.count(b"]") - data.count(b"}")
        self._open += opened
        if opened > _MOST_OPENED or self._open > _MOST_OPEN:
            raise TooDeep
        self._check_size(data)
        return data

    def _check_size(self, data: bytes) -> None:
        self._record += len(data)
        self._text = self._text + len(data) if self._goes_on(data) else 0
        if self._record > LARGEST_RECORD:
            raise TooLarge(imports.RECORD_TOO_LARGE.format(most=LARGEST_RECORD // 1024**2))
        if self._text > LONGEST_TEXT:
            raise TooLarge(imports.TEXT_TOO_LONG.format(most=LONGEST_TEXT // 1024**2))

    def _goes_on(self, data: bytes) -> bool:
        """Say whether no text begins or ends in the piece: its only quotation marks are escaped."""
        seen = (self._escape + data).replace(b"\\\\", b"")
        self._escape = b"\\" if seen.endswith(b"\\") else b""
        return b'"' not in seen.replace(b'\\"', b"")

    def _read(self, size: int) -> bytes:
        while True:
            data = self._stream.read(size)
            if self._wide is not None:
                data = self._wide.decode(data, not data).encode("utf-8", "replace")
            text = self.mending.decode(data, final=not data)
            if self._first:
                text, self._first = text.removeprefix("\ufeff"), not text
            if text or not data:
                return text.encode("utf-8")


def _head(stream: BinaryIO) -> bytes:
    head = stream.read(2)
    stream.seek(0)
    return head
