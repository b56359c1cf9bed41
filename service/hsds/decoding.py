"""Bytes as directories really hold them to text: UTF-8 with strays of Windows-1252, UTF-16, byte order marks, NULs.

What is put right is certain enough to store and is counted; nothing here is refused.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from service.wording import imports

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHUNK = 64 * 1024
_MOST_OPENED = 2_000  # brackets that one piece may open and not close
_MOST_OPEN = 50_000


class Mending:
    """Decodes piece by piece and remembers, in `mended`, what it had to put right since that was last emptied."""

    def __init__(self) -> None:
        self.mended: set[str] = set()
        self._rest = b""

    def decode(self, data: bytes, *, final: bool) -> str:
        """Return `data` as text; without `final`, the first bytes of a character may wait for the others."""
        data = self._rest + data
        self._rest = b""
        parts: list[str] = []
        while data:
            try:
                text, used = codecs.utf_8_decode(data, "strict", final)
            except UnicodeDecodeError as error:
                good, bad = data[: error.start], data[error.start : error.end]
                parts += (good.decode(), bad.decode("cp1252", "replace"))
                self.mended.add(imports.WINDOWS_1252)
                data = data[error.end :]
            else:
                parts.append(text)
                self._rest = data[used:]
                break
        whole = "".join(parts)
        if "\0" in whole:
            self.mended.add(imports.NUL_TAKEN_OUT)
            return whole.replace("\0", "")
        return whole


class TextLines:
    """The lines of a stream as text, ends kept; `mending.mended` tells what was put right on the way."""

    def __init__(self, stream: BinaryIO) -> None:
        self.mending = Mending()
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        head = _head(self._stream)
        if head in _UTF16:
            self.mending.mended.add(imports.UTF_16)
            wrapper = io.TextIOWrapper(self._stream, encoding="utf-16", errors="replace", newline="")
            try:
                yield from wrapper
            finally:
                wrapper.detach()  # the stream is its owner's to close
            return
        first = True
        for line in self._stream:
            text = self.mending.decode(line, final=True)
            yield text.removeprefix("\ufeff") if first else text
            first = False


class TooDeep(ValueError):
    """JSON opens many more brackets than it closes."""


class Utf8Stream:
    """A stream of JSON as UTF-8 without a byte order mark, for parsers that take nothing else.

    A file that only ever opens brackets costs a parser the square of its size, so `read` counts them, roughly: those
    within text count too.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.mending = Mending()
        self._stream = stream
        self._wide = codecs.getincrementaldecoder("utf-16")("replace") if _head(stream) in _UTF16 else None
        if self._wide is not None:
            self.mending.mended.add(imports.UTF_16)
        self._first = True
        self._open = 0

    def read(self, size: int = _CHUNK) -> bytes:
        """Return about `size` more bytes, none at the end.

        Raises:
            TooDeep: more brackets are open than any directory opens.
        """
        if not size:  # a parser asks for nothing to learn whether it will get bytes
            return b""
        data = self._read(size)
        opened = data.count(b"[") + data.count(b"{") - data.count(b"]") - data.count(b"}")
        self._open += opened
        if opened > _MOST_OPENED or self._open > _MOST_OPEN:
            raise TooDeep
        return data

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
