"""What the coalition reads about its own work: coverage, map, what is due, exchange, guide."""

from __future__ import annotations

from collections.abc import Sequence

import routing

NO_FOCUS = "No member of the coalition says yet what it offers, so there is nothing to begin with."
FOCUS = "Most members ({count} of {members}) serve {ages}. A coalition may begin there{needs}."
FOCUS_NEEDS = ", with {names}"


def focus(names: Sequence[str], ages: routing.Ages, count: int, members: int) -> str:
    """Return the sentence on where most members are strong."""
    needs = FOCUS_NEEDS.format(names=", ".join(names)) if names else ""
    return FOCUS.format(count=count, members=members, ages=age_range(ages), needs=needs)


def nobody_offers(names: Sequence[str]) -> str:
    """Return the sentence on what no service of the directory offers; empty where there is no such need."""
    return NOBODY_OFFERS.format(names=", ".join(names)) if names else ""


def age_range(ages: routing.Ages) -> str:
    """Return an age range as people say it."""
    youngest, oldest = ages
    if oldest >= routing.OLDEST:
        return f"ages {youngest} and up" if youngest else "all ages"
    if youngest == oldest:
        return f"age {youngest}"
    return f"ages {youngest} to {oldest}" if youngest else f"ages up to {oldest}"


HEAT_MAP = "How many agencies take somebody of this age in this area; hours, room and what else they ask for aside."
AGES = "ages"
SHADES = {
    "nobody": "- nobody",
    "unsure": "? maybe, not known",
    "one": "1 agency alone",
    "two": "2 agencies",
    "more": "3 or more",
}
CELL = "{name}, {area}, {ages}: {count}{unsure}"
ALSO_UNSURE = "; not known of {unsure} more"


def cell(name: str, area: str, ages: routing.Ages, count: int, unsure: int) -> str:
    """Return what one cell of coverage says."""
    more = ALSO_UNSURE.format(unsure=unsure) if unsure else ""
    return CELL.format(name=name, area=area, ages=age_range(ages), count=count, unsure=more)


SIGNS = "A number: so many agencies. -: nobody. ?: somebody may, it is not known."
FROM_AGE = "from age"
NOBODY_OFFERS = "Nobody in this directory offers: {names}."
