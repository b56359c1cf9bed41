"""The checks of the rules as printed lines: counts, findings, and the table of seeded faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from service.answers.printed.page import PrintedPage
from service.i18n import pages

if TYPE_CHECKING:  # the solver behind these is loaded by the commands that need it only
    from policies.verify import CheckStep, Outcome

WIDTH = 11
SHOWN = 12
"""Findings of one step that are printed in full, at most."""

CHECKS = ("refused", "example", "promise", "reach")
COLUMNS = ("faults", *CHECKS, "same", "unseen")
"""Columns of the table. Each fault is counted once, in the first column that fits."""


def print_step(page: PrintedPage, step: CheckStep) -> None:
    """Print one step of the checks: the things looked at, and the findings."""
    page.row(step.name, step.coverage, indent=2, width=WIDTH)
    print_findings(page, step.issues)


def print_findings(page: PrintedPage, issues: Sequence[str]) -> None:
    """Print findings, the first `SHOWN` in full and the rest as a number."""
    for finding in issues[:SHOWN]:
        page.item(finding, indent=4)
    if len(issues) > SHOWN:
        page.item(pages.AND_MORE.format(findings=len(issues) - SHOWN), indent=4)


def print_outcomes(page: PrintedPage, outcomes: Sequence[Outcome], *, by_fault: bool) -> bool:
    """Print the table of faults, then the faults proven to change nothing and the unseen ones.

    `by_fault`: print a line for each fault with the checks that caught it. Return False where any fault is unseen.
    """
    page.heading(pages.FAULTS)
    page.verbatim("  " + "".join(f"{name:>9}" for name in COLUMNS))
    for operator in dict.fromkeys(outcome.mutant.operator for outcome in outcomes):
        _row(page, operator, [outcome for outcome in outcomes if outcome.mutant.operator == operator])
    _row(page, "all", outcomes)
    alone = Counter(check for outcome in outcomes for check in _checks(outcome))
    page.verbatim(
        "  " + f"{'':>9}" + "".join(f"{alone[check]:>9,}" for check in CHECKS) + f"{'':>18}  {pages.CAUGHT_AT_ALL}"
    )
    page.gap()
    page.paragraph(pages.WHAT_CATCHES)
    if by_fault:
        for outcome in outcomes:
            page.verbatim(
                f"{_name_of(outcome)}: "
                f"{', '.join(outcome.caught_by) or ('proven the same' if outcome.equivalent else 'unseen')}"
            )
    else:
        _print_list(page, pages.NO_CHANGE, [outcome for outcome in outcomes if outcome.equivalent])
    unseen = [outcome for outcome in outcomes if outcome.survives]
    if unseen:
        _print_list(page, pages.UNSEEN, unseen)
    return not unseen


def _row(page: PrintedPage, name: str, outcomes: Sequence[Outcome]) -> None:
    counts = Counter(_column(outcome) for outcome in outcomes)
    counts["faults"] = len(outcomes)
    page.verbatim("  " + "".join(f"{counts[column]:>9,}" for column in COLUMNS) + f"  {name}")


def _column(outcome: Outcome) -> str:
    caught = _checks(outcome)
    return next((check for check in CHECKS if check in caught), "same" if outcome.equivalent else "unseen")


def _checks(outcome: Outcome) -> set[str]:
    return {name.partition(" ")[0].rstrip(":") for name in outcome.caught_by}


def _print_list(page: PrintedPage, words: str, outcomes: Sequence[Outcome]) -> None:
    page.gap()
    page.paragraph(words)
    for outcome in outcomes:
        page.item(_name_of(outcome), indent=2)


def _name_of(outcome: Outcome) -> str:
    return f"{outcome.mutant.rule.id}: {outcome.mutant.operator}: {outcome.mutant.fault}"
