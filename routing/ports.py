"""What the search asks others to play.

Routing never learns that policies exist: it asks these questions, for whole batches, and takes the answers as given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from routing.model import ConsentCondition, FactCondition


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


Ages = tuple[int, int]
"""Completed years, both ends inclusive; one that starts at 0 and ends at the oldest age is an age that is not known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The least that would let some transfers go: at these ages, with these facts known, these consents given."""

    ages: Ages
    facts: tuple[FactCondition, ...]
    consents: tuple[ConsentCondition, ...]


class AskRules(HopRules, Protocol):
    """The rules, as far as a search for what would open a path needs them. Pure and deterministic for one request."""

    def age_bounds(self) -> tuple[int, ...]:
        """Return the ages (completed years) from which the rules judge otherwise, rising."""
        ...

    def could_send(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether each transfer may go in a world, with all that lawful signers could agree to.

        Shape (worlds, transfers): a row for each way in which the facts that are not known could be, as many and in
        the same order for all `ages` (on one side of each bound).
        """
        ...

    def least(self, transfers: Sequence[Transfer], ages: Ages, *, age_is_listed: bool) -> Asked | None:
        """Return the least to ask for, so that all these transfers may go at every age that it says; None: nothing can.

        `age_is_listed` says that the age is a condition anyway, so that to narrow it costs no further question.
        """
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
