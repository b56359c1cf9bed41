"""Two hops as one edge of the graph: the form in which a gateway, which meets no need itself, is searched."""

from __future__ import annotations

from typing import NamedTuple

from routing.handoffs.hops import Hop, pass_by

WHOEVER = -1
"""The holder of a passage shared by holders that the rules treat alike."""


class Passage(NamedTuple):
    """Two hops as one edge: to a gateway's service (row), and on to offers closed to every holder without a gateway.

    `urgency` is the most urgent need that the second hop may meet; `price` covers both hops, in points. `requires` are
    the bits required by the gateway's service. `holder` may be `WHOEVER`.

    Holder `hotline`, need `detox`, and a detox that accepts clients from hospitals only → a passage with the hospital
    as `gateway`: hotline to hospital, hospital to detox.
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
        """Hours of both hand-offs together."""
        return self.first.hours + self.second.hours

    def requiring(self, mask: int) -> Passage:
        """Return the passage, open once the bits of `mask` are met."""
        return self if mask == self.requires else self._replace(requires=mask)

    def marked(self) -> Passage:
        """Return the passage with its first hop marked, for searches of paths with a mark (`must_mark`)."""
        return self._replace(first=self.first._replace(marked=(pass_by(self.service, self.gateway),)))
