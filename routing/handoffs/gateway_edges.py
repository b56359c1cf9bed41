"""Two hops as one edge of the graph: how a gateway, which meets nothing itself, stands in the search."""

from __future__ import annotations

from typing import NamedTuple

from routing.handoffs.hops import Hop, pass_by

WHOEVER = -1
"""The holder of a passage that holders who are alike share."""


class Passage(NamedTuple):
    """Two hops as one: to a gateway's service (row), and from there to offers that refuse everyone else.

    `urgency` is the most urgent that the second hop may meet; `price` covers both hops, in points.
    `requires` are the bits that the gateway's service asks to be met before. `holder` may be `WHOEVER` holds.
    """

    first: Hop
    second: Hop
    holder: int
    gateway: int
    service: int
    urgency: str
    price: int
    requires: int = 0

    @property
    def hours(self) -> int:
        """Hours that both hand-offs take."""
        return self.first.hours + self.second.hours

    def requiring(self, mask: int) -> Passage:
        """Return this passage, open once the bits of `mask` are met."""
        return self if mask == self.requires else self._replace(requires=mask)

    def marked(self) -> Passage:
        """Return this passage as one that a path may be looked for by."""
        return self._replace(first=self.first._replace(marked=(pass_by(self.service, self.gateway),)))
