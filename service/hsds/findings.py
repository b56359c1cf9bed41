"""What an import has to say about the files it read: where, which field, what is wrong, and never the value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.documents.paths import ROOT, child
from service.wording import imports

TOP = ROOT  # a file's own path: shown as nothing, and extended by `child`
MOST_LISTED = 2_000  # findings of one reason that are told one by one; beyond that they are counted

LEFT_OUT = imports.NOT_STORED
UNKNOWN = imports.COUNTS_AS_UNKNOWN
INFERRED = imports.READ_AS_A_GUESS
MENDED = imports.MENDED
SET_ASIDE = imports.SET_ASIDE


@dataclass(frozen=True, slots=True)
class Place:
    """A record's place: the file, relative to what was imported, and the path within it.

    `contents[0].phones[1]` in JSON, `row 7` in a table (as a spreadsheet counts: the header is row 1), `line 7` in
    NDJSON.
    """

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

    `field` is a name that HSDS has, or `?` where a file's own key may be data. `done` is what became of it.
    """

    file: str
    path: str
    field: str | None
    reason: str
    done: str = LEFT_OUT

    def __str__(self) -> str:
        where = ": ".join(filter(None, (self.file, self.path)))
        return f"{where}: {self.reason}" if self.field is None else f"{where}: `{self.field}` {self.reason}"


@dataclass(slots=True)
class Findings:
    """Collects what an import finds, by what became of it. The same finding twice is one.

    `counts` are exact, by (done, field, reason); the findings themselves are kept up to `MOST_LISTED` of each.
    `malformed`: how many fields are not what HSDS says they are, whatever was made of them.
    """

    counts: Counter[tuple[str, str | None, str]] = field(default_factory=Counter)
    malformed: int = 0
    _found: dict[str, dict[Finding, None]] = field(default_factory=dict)

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """Records, or files, that are wrong and were not stored."""
        return self.of(LEFT_OUT)

    @property
    def unread(self) -> tuple[Finding, ...]:
        """Fields of stored records that are kept as they came and count as unknown."""
        return self.of(UNKNOWN)

    @property
    def inferred(self) -> tuple[Finding, ...]:
        """Fields out of whose words something was read that counts as unknown."""
        return self.of(INFERRED)

    @property
    def set_aside(self) -> tuple[Finding, ...]:
        """What is right, and no matter for this import."""
        return self.of(SET_ASIDE)

    def of(self, done: str) -> tuple[Finding, ...]:
        """Return what was found of which this became."""
        return tuple(self._found.get(done, ()))

    def totals(self) -> Mapping[str, int]:
        """Return how many findings there are, by what became of them."""
        totals: Counter[str] = Counter()
        for (done, _, _), count in self.counts.items():
            totals[done] += count
        return totals

    def leave_out(self, place: Place, reason: str, field_name: str | None = None) -> None:
        """Note a record that was not stored."""
        self._add(place, field_name, reason, LEFT_OUT)

    def keep_unread(self, place: Place, field_name: str, reason: str, *, malformed: bool = True) -> None:
        """Note a field that was kept as it came. `malformed` false: HSDS allows it, and nobody here can use it."""
        self.malformed += malformed
        self._add(place, field_name, reason, UNKNOWN)

    def infer(self, place: Place, field_name: str, reason: str, *, malformed: bool = True) -> None:
        """Note a field out of whose words something was read. `malformed` false: words may stand there."""
        self.malformed += malformed
        self._add(place, field_name, reason, INFERRED)

    def mend(self, place: Place, reason: str, field_name: str | None = None) -> None:
        """Note what could be put right for certain."""
        self.malformed += 1
        self._add(place, field_name, reason, MENDED)

    def put_aside(self, place: Place, reason: str) -> None:
        """Note a record that this import does not touch."""
        self._add(place, None, reason, SET_ASIDE)

    def _add(self, place: Place, field_name: str | None, reason: str, done: str) -> None:
        finding = Finding(place.file, "" if place.path == TOP else place.path, field_name, reason, done)
        kept = self._found.setdefault(done, {})
        if finding in kept:
            return
        self.counts[done, field_name, reason] += 1
        if self.counts[done, field_name, reason] <= MOST_LISTED:
            kept[finding] = None
