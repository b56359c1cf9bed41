"""Findings of an import about its files, and its report: where, which field, which fault, and never the value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.messages import Message, joined
from service.documents.node import ROOT, child
from service.errors import ServiceError
from service.i18n import imports

TOP = ROOT  # a file's own path: shown as nothing, and extended by `child`
MOST_LISTED = 2_000  # findings of one reason that are told one by one; beyond that they are counted

LEFT_OUT = imports.NOT_STORED
UNKNOWN = imports.COUNTS_AS_UNKNOWN
INFERRED = imports.READ_AS_A_GUESS
MENDED = imports.MENDED
SET_ASIDE = imports.SET_ASIDE


@dataclass(frozen=True, slots=True)
class Place:
    """A record's place: the file, relative to the imported path, and the path within the file.

    `contents[0].phones[1]` in JSON, `row 7` in a table (as a spreadsheet counts: the header is row 1), `line 7` in
    NDJSON.
    """

    file: str
    path: str = TOP

    def at(self, key: str, index: int | None = None) -> Place:
        """Return the place of a key of the record, or of an item of the list under the key.

        >>> Place("data.json", "contents[0]").at("phones", 1).path
        'contents[0].phones[1]'
        """
        path = child(self.path, key)
        return Place(self.file, path if index is None else f"{path}[{index}]")

    def item(self, index: int) -> Place:
        """Return the place of an item of a list.

        >>> Place("data.json").item(2).path
        '[2]'
        """
        return Place(self.file, f"[{index}]" if self.path == TOP else f"{self.path}[{index}]")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: `path` is empty for a whole file, `field` is None for a whole record.

    `field` is a name of HSDS, or `?` where a file's own key may be data. `done` says how the import treated the value.
    """

    file: str
    path: str
    field: str | None
    reason: str
    done: str = LEFT_OUT

    def __str__(self) -> str:
        return str(self.line)

    @property
    def line(self) -> Message:
        """The finding as a line for a reader."""
        about = self.reason if self.field is None else joined([f"`{self.field}`", self.reason], " ")
        return joined([self.file, _in_words(self.path), about], ": ")


def _in_words(path: str) -> str:
    """Return a path within a file with its row or line in words.

    >>> _in_words("row 7.phones[1]"), _in_words("contents[0]")
    ('row 7.phones[1]', 'contents[0]')
    """
    unit, blank, tail = path.partition(" ")
    if not blank or unit not in imports.UNITS:
        return path
    number, dot, inside = tail.partition(".")
    return joined([imports.UNITS[unit].format(number=number), dot, inside], "")


@dataclass(slots=True)
class Findings:
    """Collects findings of an import, by treatment. An equal finding counts once.

    `counts` are exact, by (done, field, reason); the findings themselves are kept up to `MOST_LISTED` of each.
    `malformed`: the number of fields that depart from HSDS, whatever their treatment.
    """

    counts: Counter[tuple[str, str | None, str]] = field(default_factory=Counter)
    malformed: int = 0
    _found: dict[str, dict[Finding, None]] = field(default_factory=dict)

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """Records, or files, that are wrong and were not stored."""
        return self.of(LEFT_OUT)

    def of(self, treatment: str) -> tuple[Finding, ...]:
        """Return the findings with a treatment, such as `LEFT_OUT`."""
        return tuple(self._found.get(treatment, ()))

    def totals(self) -> Mapping[str, int]:
        """Return the number of findings by treatment."""
        totals: Counter[str] = Counter()
        for (treatment, _, _), count in self.counts.items():
            totals[treatment] += count
        return totals

    def leave_out(self, place: Place, reason: str, field_name: str | None = None) -> None:
        """Note a record left out of the store."""
        self._add(place, field_name, reason, LEFT_OUT)

    def keep_unread(self, place: Place, field_name: str, reason: str, *, malformed: bool = True) -> None:
        """Note a field kept as found. `malformed` false: HSDS allows the value, and the program has no use for it."""
        self.malformed += malformed
        self._add(place, field_name, reason, UNKNOWN)

    def infer(self, place: Place, field_name: str, reason: str, *, malformed: bool = True) -> None:
        """Note a field with a value read from words. `malformed` false: the field may hold words."""
        self.malformed += malformed
        self._add(place, field_name, reason, INFERRED)

    def mend(self, place: Place, reason: str, field_name: str | None = None) -> None:
        """Note a value mended for certain."""
        self.malformed += 1
        self._add(place, field_name, reason, MENDED)

    def put_aside(self, place: Place, reason: str) -> None:
        """Note a record that the import does not touch."""
        self._add(place, None, reason, SET_ASIDE)

    def _add(self, place: Place, field_name: str | None, reason: str, treatment: str) -> None:
        finding = Finding(place.file, "" if place.path == TOP else place.path, field_name, reason, treatment)
        listed = self._found.setdefault(treatment, {})
        if finding in listed:
            return
        self.counts[treatment, field_name, reason] += 1
        if self.counts[treatment, field_name, reason] <= MOST_LISTED:
            listed[finding] = None


class ImportRefused(ServiceError):
    """No record could be read, so no row was stored. `findings` name the files that were tried, and their faults."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        self.findings = findings
        super().__init__(joined([message, *(finding.line for finding in findings)], "\n"))


_HEADINGS = {
    LEFT_OUT: imports.HEAD_LEFT_OUT,
    MENDED: imports.HEAD_MENDED,
    INFERRED: imports.HEAD_INFERRED,
    UNKNOWN: imports.HEAD_UNKNOWN,
    SET_ASIDE: imports.HEAD_SET_ASIDE,
}
ORDER = tuple(_HEADINGS)  # worst first


def report_document(summary: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """Return the report for a program: `summary`, totals, counts by reason, and the findings one by one.

    `row` is the place within the file: `row 7` of a table, `line 7` of NDJSON, `contents[0]` of JSON.
    """
    return {
        **summary,
        "totals": {treatment: findings.totals().get(treatment, 0) for treatment in ORDER},
        "counts": [
            {"done": treatment, "field": field, "reason": reason, "count": count}
            for treatment in ORDER
            for (field, reason), count in _counts(findings, treatment)
        ],
        "findings": [_entry(finding) for treatment in ORDER for finding in findings.of(treatment)],
        "findings_listed_up_to": MOST_LISTED,
    }


def report_text(summary: dict[str, Any], findings: Findings) -> str:
    """Return the report for a person: Markdown, worst first."""
    lines = [imports.HEADING, ""]
    lines += [joined(["- ", imports.SUMMARY[name], ": ", _plain(value)], "") for name, value in summary.items()]
    totals = findings.totals()
    for treatment in (treatment for treatment in ORDER if totals.get(treatment)):
        heading = joined(["## ", _HEADINGS[treatment], f": {totals[treatment]}"], "")
        lines += ["", heading, "", imports.WHAT_WAS_DONE.format(done=treatment), ""]
        lines += [imports.COLUMNS, "|--:|---|---|"]
        lines += [
            joined([f"| {count} | {f'`{field}`' if field else ''} | ", reason, " |"], "")
            for (field, reason), count in _counts(findings, treatment)
        ]
        lines += ["", *(joined(["- ", finding.line], "") for finding in findings.of(treatment))]
    if any(count > MOST_LISTED for count in findings.counts.values()):
        lines += ["", imports.FIRST_OF_EACH.format(most_listed=MOST_LISTED)]
    return joined((line + "\n" for line in lines), "")


def _counts(findings: Findings, treatment: str) -> list[tuple[tuple[str | None, str], int]]:
    rows = [((field, reason), count) for (kind, field, reason), count in findings.counts.items() if kind == treatment]
    return sorted(rows, key=lambda entry: (-entry[1], entry[0][0] or "", entry[0][1]))


def _entry(finding: Finding) -> dict[str, Any]:
    fields = {"file": finding.file, "row": finding.path or None, "field": finding.field}
    return {**fields, "reason": finding.reason, "done": finding.done}


def _plain(value: Any) -> str:
    words = {True: imports.YES, False: imports.NO, None: "-"}
    return words[value] if isinstance(value, (bool, type(None))) else str(value)
