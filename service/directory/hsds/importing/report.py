"""The report of an import as a document for programs and as text for people: its findings, counted. Pure.

No value of a file is in the report: only names of files, rows, fields and reasons.
"""

from __future__ import annotations

from typing import Any

from policies.messages import joined
from service.directory.hsds.findings import (
    INFERRED,
    LEFT_OUT,
    MENDED,
    MOST_LISTED,
    SET_ASIDE,
    UNKNOWN,
    Finding,
    Findings,
)
from service.words import imports

ORDER = (LEFT_OUT, MENDED, INFERRED, UNKNOWN, SET_ASIDE)
_HEADINGS = {
    LEFT_OUT: imports.HEAD_LEFT_OUT,
    MENDED: imports.HEAD_MENDED,
    INFERRED: imports.HEAD_INFERRED,
    UNKNOWN: imports.HEAD_UNKNOWN,
    SET_ASIDE: imports.HEAD_SET_ASIDE,
}


def report_document(summary: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """Return the report for a program: `summary`, totals, counts by reason, and the findings one by one.

    `row` is the place within the file: `row 7` of a table, `line 7` of NDJSON, `contents[0]` of JSON.
    """
    return {
        **summary,
        "totals": {done: findings.totals().get(done, 0) for done in ORDER},
        "counts": [
            {"done": done, "field": field, "reason": reason, "count": count}
            for done in ORDER
            for (field, reason), count in _counts(findings, done)
        ],
        "findings": [_entry(finding) for done in ORDER for finding in findings.of(done)],
        "findings_listed_up_to": MOST_LISTED,
    }


def report_text(summary: dict[str, Any], findings: Findings) -> str:
    """Return the report for a person: Markdown, worst first."""
    lines = [imports.HEADING, ""]
    lines += [joined(["- ", imports.SUMMARY[name], ": ", _plain(value)], "") for name, value in summary.items()]
    totals = findings.totals()
    for done in (done for done in ORDER if totals.get(done)):
        heading = joined(["## ", _HEADINGS[done], f": {totals[done]}"], "")
        lines += ["", heading, "", imports.WHAT_WAS_DONE.format(done=done), ""]
        lines += [imports.COLUMNS, "|--:|---|---|"]
        lines += [
            joined([f"| {count} | {f'`{field}`' if field else ''} | ", reason, " |"], "")
            for (field, reason), count in _counts(findings, done)
        ]
        lines += ["", *(joined(["- ", finding.said], "") for finding in findings.of(done))]
    if any(count > MOST_LISTED for count in findings.counts.values()):
        lines += ["", imports.FIRST_OF_EACH.format(most_listed=MOST_LISTED)]
    return joined((line + "\n" for line in lines), "")


def _counts(findings: Findings, done: str) -> list[tuple[tuple[str | None, str], int]]:
    found = [((field, reason), count) for (what, field, reason), count in findings.counts.items() if what == done]
    return sorted(found, key=lambda entry: (-entry[1], entry[0][0] or "", entry[0][1]))


def _entry(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "row": finding.path or None,
        "field": finding.field,
        "reason": finding.reason,
        "done": finding.done,
    }


def _plain(value: Any) -> str:
    known = {True: imports.YES, False: imports.NO, None: "-"}
    return known[value] if isinstance(value, (bool, type(None))) else str(value)
