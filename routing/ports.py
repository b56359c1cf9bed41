"""What the search asks others to play.

Routing never learns that policies exist: it asks these questions, for whole batches, and takes the answers as given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Transfer(NamedTuple):
    """One class of data from one organization to another (slugs), under an agreement (slug) or none."""

    holder: str
    recipient: str
    data: str
    agreement: str | None


class HopRules(Protocol):
    """The confidentiality rules, as far as a search needs them. Pure and deterministic for one request."""

    def may_send(self, transfers: Sequence[Transfer]) -> NDArray[np.bool_]:
        """Return one bool for each transfer: may this data go, as things stand?"""
        ...

    def hindrances(self, transfer: Transfer) -> frozenset[str]:
        """Return what stands in the way of a transfer: "consent", "agreement", both, or nothing."""
        ...

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return the (holder, recipient) pairs that a recorded consent speaks of."""
        ...


class NothingLeaves:
    """Rules that let no data go: what a search assumes when nobody says otherwise."""

    def may_send(self, transfers: Sequence[Transfer]) -> NDArray[np.bool_]:
        """Return False for each transfer."""
        return np.zeros(len(transfers), dtype=np.bool_)

    def hindrances(self, transfer: Transfer) -> frozenset[str]:
        """Return that consent is missing, whatever is asked."""
        del transfer
        return frozenset({"consent"})

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return no pair: there is no consent."""
        return frozenset()
