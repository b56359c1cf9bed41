"""Rules as a page: what a rule says, on whose authority, and how sure the reading is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.console import Console

from policies import Rule
from service.render import words
from service.render.page import Page

CONFIDENCE = {
    "P": "the text of the provision was read",
    "S": "an official guide or an expert's summary was read",
    "M": "from memory; to be confirmed before it is relied on",
    "G": "good practice of a coalition",
    "C": "a term of the coalition",
}
JURISDICTION = {"F": "federal", "TX": "Texas", "C": "coalition agreement", "G": "good practice"}
EFFECT = {
    "permit": "permits a share",
    "forbid": "forbids a share, whatever else permits it",
    "obligation": "a task that travels with a share; it changes no decision",
    "advice": "advice that travels with a share; it changes no decision",
}


def print_rule(console: Console, rule: Rule) -> None:
    """Print one rule whole, its text included."""
    page = Page(console)
    page.paragraph(f"{rule.id}: {rule.plain}", style="bold")
    page.gap()
    width = 14
    for label, text in (
        ("Effect", EFFECT[rule.effect]),
        ("Due", words.due(rule.due) if rule.due else ""),
        ("Asks for", rule.asks),
        ("Authority", rule.authority),
        ("Jurisdiction", JURISDICTION.get(rule.jurisdiction, rule.jurisdiction)),
        ("Confidence", f"{rule.confidence}: {_confidence(rule.confidence)}"),
        ("Reviewed", rule.reviewed),
        ("Pack", rule.pack),
    ):
        if text:
            page.labelled(label, text, width=width)
    if rule.pseudo:
        page.gap()
        page.paragraph("This entry only names the absence of a permit; it is never evaluated.")
    page.gap()
    page.paragraph("The rule itself, in Cedar:")
    page.verbatim(rule.source, indent=2)


def print_rule_table(console: Console, rules: Iterable[Rule]) -> None:
    """Print one short entry for each rule, in the order given."""
    page = Page(console)
    for rule in rules:
        page.item(f"{rule.id} [{rule.pack}, {rule.effect}]", style="bold")
        page.paragraph(f"{rule.plain} ({words.authority(rule.authority)})", indent=2)


def _confidence(marks: str) -> str:
    """Return in words what the letters of a confidence mark mean."""
    letters = dict.fromkeys(re.findall(r"\b[PSMGC]\b", marks))
    return "; ".join(CONFIDENCE[letter] for letter in letters) or "see the catalogue"
