"""Pages to print for people who don't program, out of the words of the pages.

`python -m service.page.leaflets openapi/guide/to-print` writes them as Markdown, in English and Spanish.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from service.i18n.page_texts import TEXTS
from service.i18n.translation import LANGUAGES
from service.page.words import word

LEAFLETS = ("first-shift", "officers", "first-month", "what-is-kept")
LABELS = {
    "coalition": "menu.coalition",
    "consent": "consent.offer",
    "coverage": "coalition.coverage.title",
    "desk": "menu.desk",
    "due": "coalition.due.title",
    "exchange": "coalition.exchange.title",
    "find": "who.find",
    "grievances": "menu.grievances",
    "hold": "coalition.legal-hold.title",
    "if_no": "sheet.if_no",
    "intake": "menu.intake",
    "leave": "leave",
    "map": "coalition.map.title",
    "next": "menu.next",
    "offer": "referral.offer",
    "paper": "paper.offer",
    "review": "desk.action.organizations.review",
    "said_no": "call.said_no",
    "sessions": "sessions.title",
    "several": "several_next.offer",
    "states": "states.title",
    "tell": "sheet.tell",
    "unsaid": "sheet.unsaid",
}
"""What stands on the screen, by the slot of a leaflet: a label that changes, changes here too."""


class Section(NamedTuple):
    """A heading and its lines."""

    title: str
    lines: list[str]


class Leaflet(NamedTuple):
    """A page to print, in one language."""

    title: str
    about: str
    sections: list[Section]


def read_leaflet(name: str, language: str) -> Leaflet:
    """Return a leaflet, its sections and lines in the order of `service/i18n/page_texts/leaflets.yaml`."""
    start, parts = f"leaflet.{name}.", dict[str, list[str]]()
    for key in TEXTS:
        if key.startswith(start):
            part, _, line = key.removeprefix(start).partition(".")
            parts.setdefault(part, []).append(_said(language, key))
            assert line != "title" or len(parts[part]) == 1, key  # noqa: S101 - the heading comes first
    (title,), (about,) = parts.pop("title"), parts.pop("about")
    return Leaflet(title, about, [Section(heading, lines) for heading, *lines in parts.values()])


def _said(language: str, key: str) -> str:
    slots = {name for _, name, _, _ in Formatter().parse(TEXTS[key].template) if name}
    return word(language, key, **{slot: TEXTS[LABELS[slot]] for slot in slots})


def as_markdown(leaflet: Leaflet) -> str:
    """Return a leaflet as a file of the guide."""
    sections = [f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines) for title, lines in leaflet.sections]
    return "\n\n".join([f"# {leaflet.title}", leaflet.about, *sections]) + "\n"


def files() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file of the guide."""
    for name in LEAFLETS:
        for language in LANGUAGES:
            suffix = "" if language == "en" else f".{language}"
            yield f"{name}{suffix}.md", as_markdown(read_leaflet(name, language))


if __name__ == "__main__":
    for file_name, text in files():
        (Path(sys.argv[1]) / file_name).write_text(text, encoding="utf-8")
