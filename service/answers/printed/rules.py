"""Rules as a page: the rule in plain words, its authority, and the confidence in the reading."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies import Rule, load_states
from policies.messages import TOGETHER, joined
from service.answers.printed.page import PrintedPage
from service.i18n import pages, times

Rows = tuple[Sequence[str], Sequence[Sequence[str]]]
"""A table: its columns, then its rows."""
COLUMNS = ("id", "jurisdiction", "kind", "plain", "asks", "authority", "confidence", "reviewed", "pack")


@dataclass(frozen=True, slots=True)
class ExplainedExample:
    """A worked example as lines for a person; each part may be empty."""

    facts: Sequence[str]
    answer: Sequence[str]
    changes: Sequence[str]
    tasks: Sequence[str]


def print_rule(page: PrintedPage, rule: Rule) -> None:
    """Print one rule in full, with its Cedar text."""
    page.paragraph(joined([f"{rule.id}:", rule.plain], TOGETHER), style="bold")
    page.gap()
    for part, text in (
        ("effect", pages.EFFECT[rule.effect]),
        ("due", times.due(rule.due) if rule.due else ""),
        ("asks", rule.asks),
        ("authority", rule.authority),
        ("jurisdiction", _jurisdiction(rule.jurisdiction)),
        ("confidence", joined([_sure(rule), _confidence(rule.confidence)], ": ")),
        ("reviewed", rule.reviewed),
        ("pack", rule.pack),
    ):
        if text:
            page.row(pages.RULE[part], text)
    if rule.pseudo:
        page.gap()
        page.paragraph(pages.ONLY_A_NAME)
    page.gap()
    page.paragraph(pages.THE_RULE_ITSELF)
    page.verbatim(rule.source, indent=2)


def print_rule_table(page: PrintedPage, rules: Iterable[Rule]) -> None:
    """Print a short entry for each rule, in the order given."""
    for rule in rules:
        page.item(f"{rule.id} [{rule.pack}]", style="bold")
        page.paragraph(rule.plain, indent=2)
        for part, text in (
            ("effect", pages.EFFECT[rule.effect]),
            ("asks", rule.asks),
            ("authority", rule.authority),
            ("jurisdiction", _jurisdiction(rule.jurisdiction)),
            ("confidence", _sure(rule)),
        ):
            page.row(pages.RULE[part], text, indent=2)


def _jurisdiction(letters: str) -> str:
    """Return the jurisdiction of a rule in words; the letters of a state are those of its card."""
    card = load_states().get(f"us-{letters.lower()}")
    return pages.JURISDICTION.get(letters, letters) if card is None else card.name


def rule_rows(rules: Iterable[Rule]) -> Rows:
    """Return the rules as the rows of a table, in the order given."""
    return COLUMNS, [_cells(rule) for rule in rules]


def markdown_table(table: Rows) -> str:
    """Return columns and rows as a Markdown table.

    >>> print(markdown_table((("id", "due"), [("hhs-minor-notice-24h", "PT24H")])), end="")
    | id | due |
    |--|--|
    | hhs-minor-notice-24h | PT24H |
    """
    columns, rows = table
    lines = ["| " + " | ".join(columns) + " |", "|" + "--|" * len(columns)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def csv_table(table: Rows) -> str:
    """Return columns and rows as CSV (RFC 4180, a header first)."""
    columns, rows = table
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


TABLES = {"markdown": markdown_table, "csv": csv_table}
"""How a table is written, by the form's name."""


def print_example(page: PrintedPage, sentence: str, example: ExplainedExample) -> None:
    """Print one worked example from end to end: the facts as read, the answer, the facts that turn it, the tasks."""
    page.gap()
    page.paragraph(sentence, style="bold")
    parts = example.facts, example.answer, example.changes, example.tasks
    for heading, lines in zip(pages.PARTS_OF_AN_EXAMPLE, parts, strict=True):
        if lines:
            page.paragraph(heading, indent=2)
        for line in lines:
            page.item(line, indent=4)


def _cells(rule: Rule) -> tuple[str, ...]:
    return (
        rule.id, rule.jurisdiction, rule.effect, rule.plain, rule.asks, rule.authority, _sure(rule), rule.reviewed,
        rule.pack,
    )  # fmt: skip


def _sure(rule: Rule) -> str:
    return joined([rule.confidence, pages.CONFIRM if rule.to_be_confirmed else ""], TOGETHER)


def _confidence(marks: str) -> str:
    """Return the letters of a confidence mark in words: `S` is "an official guide or an expert's summary was read"."""
    letters = dict.fromkeys(re.findall(r"\b[PSMGC]\b", marks))
    return joined([pages.CONFIDENCE[letter] for letter in letters], "; ") or pages.SEE_CATALOGUE
