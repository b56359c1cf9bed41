"""What an import has to say about the files it read: where, which field, what is wrong, and never the value."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.bundle.paths import ROOT, child

TOP = ROOT  # a file's own path: shown as nothing, and extended by `child`


@dataclass(frozen=True, slots=True)
class Place:
    """A record's place: the file, relative to what was imported, and the path within it (`contents[0].phones[1]`)."""

    file: str
    path: str = TOP

    def at(self, key: str, index: int | None = None) -> Place:
        """Return the place of a key of this record, or of one item of the list under it."""
        path = child(self.path, key)
        return Place(self.file, path if index is None else f"{path}[{index}]")

    def item(self, index: int) -> Place:
        """Return the place of an item, where this place is a list."""
        return Place(self.file, f"[{index}]" if self.path == TOP else f"{self.path}[{index}]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: `path` is empty for a whole file, `field` is None for a whole record.

    `field` is a name that HSDS has, or `?` where a file's own key may be data.
    """

    file: str
    path: str
    field: str | None
    reason: str

    def __str__(self) -> str:
        where = ": ".join(filter(None, (self.file, self.path)))
        return f"{where}: {self.reason}" if self.field is None else f"{where}: `{self.field}` {self.reason}"


@dataclass(slots=True)
class Findings:
    """Collects findings of three kinds while an import runs.

    `left_out`: records (or files) that are wrong and were not stored. `unread`: fields of stored records that are
    kept as they came and count as unknown. `set_aside`: what is right, and no matter for this import.
    """

    left_out: list[Finding] = field(default_factory=list)
    unread: list[Finding] = field(default_factory=list)
    set_aside: list[Finding] = field(default_factory=list)

    def leave_out(self, place: Place, reason: str, field_name: str | None = None) -> None:
        """Note a record that was not stored."""
        self.left_out.append(_finding(place, field_name, reason))

    def keep_unread(self, place: Place, field_name: str, reason: str) -> None:
        """Note a field that was kept as it came."""
        self.unread.append(_finding(place, field_name, reason))

    def put_aside(self, place: Place, reason: str) -> None:
        """Note a record that this import does not touch."""
        self.set_aside.append(_finding(place, None, reason))


def _finding(place: Place, field_name: str | None, reason: str) -> Finding:
    return Finding(place.file, "" if place.path == TOP else place.path, field_name, reason)
