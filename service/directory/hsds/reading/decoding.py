"""Bytes of real directories to text: UTF-8 with strays of Windows-1252, UTF-16, byte order marks, NULs.

A mended byte is certain enough to store and is counted; no byte is refused here.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from itertools import accumulate
from typing import IO, Any

from service.directory.hsds.findings import Findings, Place
from service.i18n import imports

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHUNK = 64 * 1024
DEEPEST = 100
"""Levels of brackets in a JSON file. A parser keeps for each the path of keys above, which costs the square of them."""
LONGEST_TEXT = 1024 * 1024
"""Most bytes between two quotation marks of a JSON file. A parser that is given a text by pieces begins it anew with
each of them, which costs the square of its length."""
LONGEST_KEY = 1_000
"""Most bytes of a key: it stands in the path of all that is below it."""
LARGEST_RECORD = 4 * 1024 * 1024
LARGEST_WHOLE = 64 * 1024 * 1024
"""Most bytes of an object that holds whole tables, or records by id: it is held as one."""
LONGEST_LINE = LARGEST_RECORD
MOST_VALUES = 2_000_000  # of such an object
MOST_COLUMNS = 1_000  # of a table
MOST_IN_CELL = 1_000  # entries of a list in a cell of a table
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())
_STRAYS = "strays of Windows-1252"


def _read_stray(error: UnicodeError) -> tuple[str, int]:
    """Read bytes outside UTF-8 as Windows-1252."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - registered for decoding alone
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_STRAYS, _read_stray)


class RepairingDecoder:
    """Decodes piece by piece and collects the reasons for mending in `mended`, until a caller empties the set."""

    def __init__(self) -> None:
        self.mended: set[str] = set()
        self._rest = b""

    def decode(self, data: bytes, *, final: bool) -> str:
        """Return `data` as text; without `final`, the first bytes of a character may wait for the rest.

        >>> mending = RepairingDecoder()
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
    """A text, a line, a record or its depth is larger than any directory holds. The message says which."""


class TextLines:
    """The lines of a stream as text, ends kept; `mending.mended` holds the reasons for mending on the way.

    The iteration raises TooLarge at a line longer than `LONGEST_LINE`.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.mending = RepairingDecoder()
        self._stream = stream

    def note_mended(self, place: Place, findings: Findings) -> None:
        """Note at a place the repairs since the last note."""
        for reason in self.mending.mended:
            findings.mend(place, reason)
        self.mending.mended.clear()

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


def _lines(stream: IO[bytes] | io.TextIOWrapper) -> Iterator[Any]:
    while line := stream.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise TooLarge(imports.LINE_TOO_LONG.format(most=LONGEST_LINE // 1024**2))
        yield line


class Utf8Stream:
    """A stream of JSON as UTF-8 without a byte order mark, for parsers of plain UTF-8 only.

    A parser's cost is bounded by a look at what it is about to get: the depth of brackets, the length of a text and of
    a key, and the bytes of a record, since `begin_record`. With `whole`, of an object that holds all records.
    """

    def __init__(self, stream: IO[bytes], *, whole: bool = False) -> None:
        self.mending = RepairingDecoder()
        self._stream = stream
        self._wide = codecs.getincrementaldecoder("utf-16")("replace") if _head(stream) in _UTF16 else None
        if self._wide is not None:
            self.mending.mended.add(imports.UTF_16)
        self._first = True
        self._whole = whole
        self._record = self._values = 0
        self._open = 0
        self._text: int | None = None  # bytes so far of a text that has begun
        self._after_long = False  # a text longer than a key has ended, and nothing has come since
        self._escape = b""

    def begin_record(self) -> None:
        """Begin to count a new record."""
        self._record = 0

    def read(self, size: int = _CHUNK) -> bytes:
        """Return about `size` more bytes, none at the end.

        Raises:
            TooLarge: a text, a key, a record or the depth of brackets is larger than in any directory.
        """
        if not size:  # a parser asks for nothing to learn whether it will get bytes
            return b""
        data = self._read(size)
        self._record += len(data)
        most = LARGEST_WHOLE if self._whole else LARGEST_RECORD
        if self._record > most:
            raise TooLarge(imports.RECORD_TOO_LARGE.format(most=most // 1024**2))
        between = b"".join(self._between_texts(data))
        self._values += sum(map(between.count, (b",", b"[", b"{")))
        if self._whole and self._values > MOST_VALUES:
            raise TooLarge(imports.TOO_MANY_VALUES.format(most=MOST_VALUES))
        steps = map(_STEPS.__getitem__, between.translate(None, _NO_BRACKETS))
        *_, self._open = depths = [*accumulate(steps, initial=self._open)]
        if max(depths) > DEEPEST:
            raise TooLarge(imports.DEEPER.format(most=DEEPEST))
        return data

    def _between_texts(self, data: bytes) -> list[bytes]:
        """Return what stands outside quotation marks, and check the texts inside."""
        plain = (self._escape + data).replace(b"\\\\", b"__").replace(b'\\"', b"__")
        self._escape = b"\\" if plain.endswith(b"\\") else b""
        parts = plain.removesuffix(b"\\").split(b'"')
        in_text = self._text is not None
        sizes = [*map(len, parts)]
        sizes[0] += self._text or 0
        longest = max(sizes[not in_text :: 2], default=0)
        if (self._after_long or longest > LONGEST_KEY) and self._long_key(parts, sizes, in_text):
            raise TooLarge(imports.KEY_TOO_LONG.format(most=LONGEST_KEY))
        self._text = sizes[-1] if in_text == len(parts) % 2 else None
        if self._text is not None and self._text > LONGEST_TEXT:
            raise TooLarge(imports.TEXT_TOO_LONG.format(most=LONGEST_TEXT // 1024**2))
        return parts[in_text::2]

    def _long_key(self, parts: list[bytes], sizes: list[int], in_text: bool) -> bool:
        """Say whether a colon follows a text that is longer than any key."""
        for number, part in enumerate(parts):
            if number % 2 != in_text:  # a text
                self._after_long = sizes[number] > LONGEST_KEY
            elif text := part.lstrip():
                if self._after_long and text.startswith(b":"):
                    return True
                self._after_long = False
        return False

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


def _head(stream: IO[bytes]) -> bytes:
    head = stream.read(2)
    stream.seek(0)
    return head
