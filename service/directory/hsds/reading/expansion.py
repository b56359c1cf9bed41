"""How much an import's files may grow: bytes unpacked, and bytes written to disk, against the size of its files."""

from __future__ import annotations

from dataclasses import dataclass

from service.directory.hsds.findings import ImportRefused
from service.i18n import imports

FREE = 64 * 1024**2  # bytes: little enough to be read whatever was given
MOST_TIMES = 100
LARGEST = 4 * 1024**3
"""Bytes, unpacked or written: more is no directory, but a trap."""


@dataclass(slots=True)
class Expansion:
    """Counts the bytes that an import unpacks, and the bytes that it writes, against `source_size`, that of its files.

    `name`: the input, for messages.

    >>> Expansion(source_size=1_000).most // 1024**2, Expansion(source_size=1024**2).most // 1024**2
    (64, 100)
    """

    name: str = ""
    source_size: int = 0
    unpacked: int = 0
    written: int = 0

    @property
    def most(self) -> int:
        """The most bytes for either."""
        return min(max(FREE, MOST_TIMES * self.source_size), LARGEST)

    def unpack(self, size: int) -> None:
        """Count bytes about to be unpacked.

        Raises:
            ImportRefused: the files hold much more than any directory packs into their size.
        """
        self.unpacked += size
        if self.unpacked > self.most:
            raise ImportRefused(imports.UNPACKS_TO_MORE.format(file=self.name, most=self.most // 1024**2))

    def write(self, size: int) -> None:
        """Count bytes about to be written to disk.

        Raises:
            ImportRefused: the import would write much more than any directory of that size.
        """
        self.written += size
        if self.written > self.most:
            raise ImportRefused(imports.WRITES_MORE.format(file=self.name, most=self.most // 1024**2))
