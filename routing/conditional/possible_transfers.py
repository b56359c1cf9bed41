"""Transfers as they could go in some worlds: under facts that are not known, and consents that are not on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.handoffs.permitted import Permits
from routing.ports import Ages, AskRules, HopRules, Transfer


class Possibilities:
    """The transfers that the rules could let go, each transfer asked about once; for one request."""

    def __init__(self, rules: AskRules) -> None:
        self.rules = rules
        self._could: dict[tuple[Transfer, Ages], NDArray[np.bool_]] = {}

    def could(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether transfers may go in each of the rules' worlds, shape (worlds, transfers)."""
        fresh = [transfer for transfer in transfers if (transfer, ages) not in self._could]
        if fresh:
            found = self.rules.could_send(fresh, ages)
            self._could.update({(transfer, ages): found[:, place] for place, transfer in enumerate(fresh)})
        return np.array([self._could[transfer, ages] for transfer in transfers], dtype=np.bool_).T


@dataclass(frozen=True, slots=True)
class PermittedInWorlds:
    """What may go today, and what may go in one of the worlds of a region.

    The rules tell these worlds apart by `ages` (each on one side of each bound), and by `rows` of
    `AskRules.could_send`; None means every row.
    """

    today: Permits
    possibilities: Possibilities
    ages: tuple[Ages, ...]
    rows: frozenset[int] | None = None

    @property
    def rules(self) -> HopRules:
        """The rules as things stand."""
        return self.today.rules

    @property
    def asked(self) -> tuple[Transfer, ...]:
        """Every transfer about which the rules were asked so far, as things stand."""
        return self.today.asked

    def ask(self, transfers: Sequence[Transfer]) -> None:
        """Ask the rules at once about transfers, today and then in the worlds, and keep the answers."""
        if missing := self.missing(transfers):
            for ages in self.ages:
                self.possibilities.could(missing, ages)

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Say whether the transfers may all go with one packet: today, or together in one of the worlds."""
        missing, rows = self.missing(transfers), slice(None) if self.rows is None else sorted(self.rows)
        return not missing or any(self.possibilities.could(missing, ages)[rows].all(axis=1).any() for ages in self.ages)

    def missing(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Return the transfers that may not go as things stand, in the order given."""
        return self.today.missing(transfers)
