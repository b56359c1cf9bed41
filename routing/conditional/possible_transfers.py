"""Transfers as they could go in some worlds: under facts that are not known, and consents that are not on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.handoffs.permits import Permits
from routing.ports import Ages, AskRules, Transfer


@dataclass(frozen=True, slots=True)
class Suppositions:
    """The worlds, as the rules tell worlds apart: ages (on one side of each bound), and rows of `AskRules.could_send`.

    `rows` None means every row.
    """

    ages: tuple[Ages, ...]
    rows: frozenset[int] | None = None


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

    def ask_ahead(self, transfers: Sequence[Transfer], supposed: Suppositions) -> None:
        """Ask the rules at once about transfers in the supposed worlds, and keep the answers."""
        for ages in supposed.ages if transfers else ():
            self.could(transfers, ages)

    def allow(self, transfers: Sequence[Transfer], supposed: Suppositions) -> bool:
        """Say whether the transfers may go together in at least one of the supposed worlds."""
        for ages in supposed.ages:
            together = np.asarray(self.could(transfers, ages).all(axis=1), dtype=np.bool_)
            if supposed.rows is not None:
                together = together[sorted(supposed.rows)]
            if together.any():
                return True
        return False


class PermittedInWorlds(Permits):
    """What may go today, and what may go in one of the `supposed` worlds of a region."""

    def __init__(self, today: Permits, possibilities: Possibilities, supposed: Suppositions) -> None:
        """Take what may go today, whose answers are shared, and the worlds."""
        super().__init__(today.rules)
        self.may_go = today.may_go
        self._possibilities, self._supposed = possibilities, supposed

    def ask(self, transfers: Sequence[Transfer]) -> None:
        """Ask the rules at once about transfers, today and then in the worlds, and keep the answers."""
        self._possibilities.ask_ahead(self.missing(transfers), self._supposed)

    def together(self, transfers: Sequence[Transfer]) -> bool:
        """Say whether the transfers may all go with one packet: today, or together in one of the worlds."""
        missing = self.missing(transfers)
        return not missing or self._possibilities.allow(missing, self._supposed)
