"""The facts of the states' cards and the public lines as they were last read, each with its day and a digest.

Double entry: a digit that slips in `states.yaml` or `lines.yaml` differs from `card_versions.txt`. After a new reading
`python tests/policies/card_versions.py` writes the file anew; it refuses a fact that changed without a later `read`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import policies
from policies.verify.run import sets_of_packs

FILE = Path(__file__).with_name("card_versions.txt")
Versions = Mapping[str, tuple[date, str]]
"""By name, as `us-ak child_line` or `federal childhelp`: the day of the reading, and the digest of what was read."""


def versions(cards: Mapping[str, policies.StateCard], lines: Mapping[str, policies.Line] | None = None) -> Versions:
    """Return the versions of the facts of cards, and of lines of packs (by pack and id; None: those shipped)."""
    facts = {
        f"{code} {point}": (fact.read, _digest(fact.value, sorted(fact.when), fact.authority, fact.source))
        for code, card in cards.items()
        for point, fact in card.facts.items()
    }
    shipped = _lines() if lines is None else lines
    said = {
        name: (line.checked, _digest(line.phone, line.text, line.hours, line.languages, line.takes_reports, line.web))
        for name, line in shipped.items()
    }
    return facts | said


def _lines() -> dict[str, policies.Line]:
    return {f"{line.pack} {line.id}": line for names in sets_of_packs() for line in policies.load_lines(names)}


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def read() -> Versions:
    """Return what the file holds."""
    rows = (row.rsplit(" ", 2) for row in FILE.read_text().splitlines())
    return {name: (date.fromisoformat(day), digest) for name, day, digest in rows}


def changed(known: Versions, found: Versions) -> list[str]:
    """Return the names of which one side has another digest or day, or nothing."""
    return sorted(name for name in {*known, *found} if known.get(name) != found.get(name))


def not_read_again(known: Versions, found: Versions) -> list[str]:
    """Return the names of what says something else than before, with no later day."""
    return [
        name
        for name in changed(known, found)
        if name in known and name in found and known[name][1] != found[name][1] and found[name][0] <= known[name][0]
    ]


def main() -> int:
    found = versions(policies.load_states())
    if FILE.exists() and (slipped := not_read_again(read(), found)):
        print("Changed, and not read again on a later day:", *slipped, sep="\n  ")  # noqa: T201
        return 1
    FILE.write_text("".join(f"{name} {day} {digest}\n" for name, (day, digest) in sorted(found.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
